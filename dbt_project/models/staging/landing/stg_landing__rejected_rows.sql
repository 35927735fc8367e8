with landed_rows as (
    select * from {{ source('raw', 'landing_rows') }}
),

known_files as (
    select file_key from {{ source('raw', 'landing_manifest') }}
    where {{ known_by_as_of('received_at') }}
),

final as (
    select
        file_key,
        object as object_name,
        row_number as source_row_number,
        status as row_status,
        reason_code,
        reason,
        payload
    from landed_rows
    where file_key in (select file_key from known_files)
)

select * from final
