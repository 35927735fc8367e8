with matches as (
    select *
    from {{ source('generated', 'cash_matches') }}
    where business_date <= {{ as_of_date() }}
),

dated as (
    select
        matches.*,
        max(business_date) over (partition by receipt_key) as last_business_date
    from matches
),

final as (
    select
        receipt_key,
        rank,
        outcome,
        rule,
        customer_key,
        document_key,
        document_number,
        applied_amount,
        unapplied_amount,
        currency_code,
        confidence,
        solution_count,
        reason_code,
        evidence,
        business_date
    from dated
    where business_date = last_business_date
)

select * from final
