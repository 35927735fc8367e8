{{ config(tags=['tie']) }}

-- What should be billed = what is billed + what the list of unbilled charges holds, per currency, counted and summed.
with should as (
    select
        coalesce(currency_code, '') as currency_code,
        count(*) as charge_count,
        sum(coalesce(total_amount, 0)) as total_amount
    from {{ ref('int_charges_latest') }}
    where status <> 'withdrawn'
    group by coalesce(currency_code, '')
),

told as (
    select
        coalesce(charges.currency_code, '') as currency_code,
        count(*) as charge_count,
        sum(coalesce(charges.total_amount, 0)) as total_amount
    from {{ ref('fct_charges') }} as charges
    left join {{ ref('rpt_delivered_not_billed') }} as listed on charges.billing_key = listed.billing_key
    where charges.status <> 'not_drafted' and (charges.is_billed or listed.billing_key is not null)
    group by coalesce(charges.currency_code, '')
),

billed_and_listed as (
    select charges.billing_key
    from {{ ref('fct_charges') }} as charges
    inner join {{ ref('rpt_delivered_not_billed') }} as listed on charges.billing_key = listed.billing_key
    where charges.is_billed
)

select
    should.currency_code,
    should.charge_count,
    told.charge_count as told_count,
    should.total_amount,
    told.total_amount as told_amount,
    'charges that should be billed are neither billed nor listed' as what_differs
from should
left join told on should.currency_code = told.currency_code
where should.charge_count <> coalesce(told.charge_count, 0) or should.total_amount <> coalesce(told.total_amount, 0)

union all

select
    billing_key,
    1,
    0,
    0,
    0,
    'this charge is billed and listed as not billed'
from billed_and_listed
