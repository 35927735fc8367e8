with files as (
    select * from {{ ref('stg_landing__manifest') }}
),

quarantined_rows as (
    select
        file_key,
        count(*) as quarantined_row_count
    from {{ ref('stg_landing__rejected_rows') }}
    where row_status = 'quarantined'
    group by file_key
),

final as (
    select
        files.business_date,
        files.source_system as system,
        files.currency_code,
        cast(count(*) as integer) as file_count,
        cast(sum(case when files.file_status = 'accepted' then files.row_count else 0 end) as bigint) as accepted_row_count,
        cast(sum(case when files.file_status = 'duplicate' then 1 else 0 end) as integer) as duplicate_file_count,
        cast(sum(case when files.file_status = 'quarantined' then 1 else 0 end) as integer) as quarantined_file_count,
        cast(coalesce(sum(quarantined_rows.quarantined_row_count), 0) as bigint) as quarantined_row_count,
        cast(sum(case when files.file_status = 'accepted' then files.amount_sum end) as decimal(38, 3)) as amount_sum
    from files
    left join quarantined_rows on files.file_key = quarantined_rows.file_key
    group by files.business_date, files.source_system, files.currency_code
)

select * from final
