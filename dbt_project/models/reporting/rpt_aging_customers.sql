with open_items as (
    select * from {{ ref('fct_open_items') }}
),

receipts as (
    select * from {{ ref('int_receipts_settled') }} where unapplied_amount <> 0
),

customers as (
    select * from {{ ref('dim_customers') }}
),

unioned as (
    select
        customer_key,
        legal_entity_id,
        currency_code,
        open_amount,
        case when days_overdue > 0 then open_amount else 0 end as overdue_amount,
        0 as unapplied_amount,
        case when document_type = 'invoice' then due_date end as due_date
    from open_items

    union all

    select
        customer_key,
        legal_entity_id,
        currency_code,
        0 as open_amount,
        0 as overdue_amount,
        unapplied_amount,
        cast(null as date) as due_date
    from receipts
),

summed as (
    select
        customer_key,
        legal_entity_id,
        currency_code,
        {{ money_sum('open_amount') }} as open_amount,
        {{ money_sum('overdue_amount') }} as overdue_amount,
        {{ money_sum('unapplied_amount') }} as unapplied_amount,
        min(due_date) as oldest_due_date
    from unioned
    group by customer_key, legal_entity_id, currency_code
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        summed.customer_key,
        coalesce(customers.customer_name, 'Not identified') as customer_name,
        summed.legal_entity_id,
        summed.currency_code,
        summed.open_amount,
        summed.overdue_amount,
        summed.unapplied_amount,
        cast(
            case
                when summed.oldest_due_date < {{ as_of_date() }}
                    then {{ dbt.datediff('summed.oldest_due_date', as_of_date(), 'day') }}
                else 0
            end as integer
        ) as days_overdue,
        summed.oldest_due_date
    from summed
    left join customers on summed.customer_key = customers.customer_key
)

select * from final
