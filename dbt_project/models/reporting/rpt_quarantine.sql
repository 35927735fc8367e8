with files as (
    select * from {{ ref('stg_landing__manifest') }}
),

rejected_rows as (
    select * from {{ ref('stg_landing__rejected_rows') }} where row_status = 'quarantined'
),

final as (
    select
        file_key,
        source_system as system,
        source_file,
        reason_code,
        reason,
        fault_position as position,
        received_at
    from files
    where file_status = 'quarantined'

    union all

    select
        rejected_rows.file_key,
        files.source_system as system,
        files.source_file,
        rejected_rows.reason_code,
        rejected_rows.reason,
        {{ dbt.concat(["'row '", 'cast(rejected_rows.source_row_number as ' ~ dbt.type_string() ~ ')']) }} as position,
        files.received_at
    from rejected_rows
    inner join files on rejected_rows.file_key = files.file_key
)

select * from final
