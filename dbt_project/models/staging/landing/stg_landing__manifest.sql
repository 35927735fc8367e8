with manifest as (
    select * from {{ source('raw', 'landing_manifest') }}
    where {{ known_by_as_of('received_at') }}
),

final as (
    select
        file_key,
        system as source_system,
        object as object_name,
        source_file,
        sha256 as content_hash,
        status as file_status,
        reason_code,
        reason,
        position as fault_position,
        duplicate_of as duplicate_of_file,
        byte_count,
        row_count,
        amount_sum,
        currency_code,
        received_at,
        business_date
    from manifest
)

select * from final
