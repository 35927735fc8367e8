with plan as (
    select *
    from {{ source('generated', 'reminder_plan') }}
    where business_date <= {{ as_of_date() }}
),

final as (
    select
        business_date,
        decision,
        coalesce(reason_code, 'none') as reason_code,
        currency_code,
        cast(count(*) as integer) as document_count,
        {{ money_sum('open_amount') }} as open_amount
    from plan
    group by business_date, decision, coalesce(reason_code, 'none'), currency_code
)

select * from final
