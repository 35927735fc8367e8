{{ config(tags=['tie']) }}

-- Invariant 3: on the as-of date both clocks of the aging show exactly the open items, bucket by bucket, and exactly the
-- cash that is not applied.
with aging as (
    select * from {{ ref('rpt_aging') }}
    where as_of_date = {{ as_of_date() }} and legal_entity_id <> 'all'
),

open_items as (
    select
        legal_entity_id,
        currency_code,
        aging_bucket,
        open_amount
    from {{ ref('fct_open_items') }}
    union all
    select
        legal_entity_id,
        currency_code,
        'unapplied_cash',
        -unapplied_amount
    from {{ ref('int_receipts_settled') }}
    where value_date <= {{ as_of_date() }}
),

clocks as (
    select 'known_now' as clock
    union all
    select 'known_then' as clock
),

both_sides as (
    select
        clock,
        legal_entity_id,
        currency_code,
        aging_bucket,
        open_amount as aging_amount,
        0 as item_amount
    from aging
    union all
    select
        clocks.clock,
        legal_entity_id,
        currency_code,
        aging_bucket,
        0,
        open_amount
    from open_items cross join clocks
)

select
    clock,
    legal_entity_id,
    currency_code,
    aging_bucket,
    sum(aging_amount) as aging_amount,
    sum(item_amount) as item_amount,
    'the aging and the items in it have different totals' as what_differs
from both_sides
group by clock, legal_entity_id, currency_code, aging_bucket
having sum(aging_amount) <> sum(item_amount)
