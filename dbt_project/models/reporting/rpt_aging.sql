with entries as (
    select * from {{ ref('fct_ledger_entries') }}
),

documents as (
    select * from {{ ref('int_documents_unioned') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_dated') }}
),

buckets as (
    select * from {{ ref('aging_buckets') }}
),

days as (
    select * from {{ ref('int_days') }}
),

amendments as (
    select * from {{ ref('int_document_amendments') }}
),

-- As known now a document has its last due date; as known then, the one it had on the day.
due_dates as (
    select
        'known_now' as clock,
        document_key,
        due_date,
        cast('1900-01-01' as date) as valid_from_date,
        cast('9999-12-31' as date) as valid_before_date
    from documents

    union all

    select
        'known_then' as clock,
        document_key,
        due_date,
        coalesce(amended_date, cast('1900-01-01' as date)) as valid_from_date,
        cast('9999-12-31' as date) as valid_before_date
    from documents

    union all

    select
        'known_then' as clock,
        document_key,
        due_date,
        known_date as valid_from_date,
        superseded_date as valid_before_date
    from amendments
),

first_day as (
    select min(as_of_date) as first_date from days
),

-- As known now, an entry counts from the day it took effect; as known then, not before the day we heard of it.
on_clocks as (
    select
        'known_now' as clock,
        entries.*,
        effective_date as counts_from_date
    from entries

    union all

    select
        'known_then' as clock,
        entries.*,
        greatest(effective_date, known_date) as counts_from_date
    from entries
),

document_movements as (
    select
        clock,
        document_key,
        {{ money_sum('receivable_amount') }} as moved_amount,
        counts_from_date
    from on_clocks
    where document_key is not null and counts_from_date <= {{ as_of_date() }}
    group by clock, document_key, counts_from_date
),

document_balances as (
    select
        clock,
        document_key,
        sum(moved_amount) over (
            partition by clock, document_key order by counts_from_date
            rows between unbounded preceding and current row
        ) as open_amount,
        counts_from_date as first_date,
        lead(counts_from_date) over (partition by clock, document_key order by counts_from_date) as next_date
    from document_movements
),

-- A balance stays in a bucket for some days: each piece is one row with its first day and the day after its last.
bucket_pieces as (
    select
        document_balances.clock,
        documents.legal_entity_id,
        documents.currency_code,
        buckets.aging_bucket,
        document_balances.open_amount,
        greatest(
            document_balances.first_date,
            due_dates.valid_from_date,
            coalesce({{ days_after('due_dates.due_date', 'buckets.from_days') }}, document_balances.first_date),
            first_day.first_date
        ) as first_date,
        least(
            coalesce(document_balances.next_date, cast('9999-12-31' as date)),
            due_dates.valid_before_date,
            coalesce({{ days_after('due_dates.due_date', 'buckets.to_days + 1') }}, cast('9999-12-31' as date))
        ) as next_date
    from document_balances
    inner join documents on document_balances.document_key = documents.document_key
    inner join due_dates
        on
            document_balances.document_key = due_dates.document_key
            and document_balances.clock = due_dates.clock
    inner join buckets
        on
            buckets.aging_bucket <> 'unapplied_cash'
            and (due_dates.due_date is null) = (buckets.aging_bucket = 'no_due_date')
    cross join first_day
    where document_balances.open_amount <> 0
),

bucket_movements as (
    select
        clock,
        legal_entity_id,
        currency_code,
        aging_bucket,
        open_amount,
        1 as document_count,
        first_date as as_of_date
    from bucket_pieces
    where first_date < next_date

    union all

    select
        clock,
        legal_entity_id,
        currency_code,
        aging_bucket,
        -open_amount,
        -1,
        next_date
    from bucket_pieces
    where first_date < next_date

    union all

    select
        on_clocks.clock,
        on_clocks.legal_entity_id,
        on_clocks.currency_code,
        'unapplied_cash',
        -on_clocks.unapplied_amount,
        0,
        greatest(on_clocks.counts_from_date, first_day.first_date)
    from on_clocks
    cross join first_day
    where on_clocks.unapplied_amount <> 0
),

daily_movements as (
    select
        clock,
        legal_entity_id,
        currency_code,
        aging_bucket,
        as_of_date,
        sum(open_amount) as open_amount,
        sum(document_count) as document_count
    from bucket_movements
    group by clock, legal_entity_id, currency_code, aging_bucket, as_of_date
),

entities as (
    select
        clock,
        legal_entity_id,
        currency_code
    from on_clocks group by clock, legal_entity_id, currency_code
),

every_day as (
    select
        days.as_of_date,
        entities.clock,
        entities.legal_entity_id,
        entities.currency_code,
        buckets.aging_bucket,
        cast(sum(coalesce(daily_movements.open_amount, 0)) over (
            partition by entities.clock, entities.legal_entity_id, entities.currency_code, buckets.aging_bucket
            order by days.as_of_date
            rows between unbounded preceding and current row
        ) as {{ type_amount() }}) as open_amount,
        sum(coalesce(daily_movements.document_count, 0)) over (
            partition by entities.clock, entities.legal_entity_id, entities.currency_code, buckets.aging_bucket
            order by days.as_of_date
            rows between unbounded preceding and current row
        ) as document_count
    from days
    cross join entities
    cross join buckets
    left join daily_movements
        on
            days.as_of_date = daily_movements.as_of_date
            and entities.clock = daily_movements.clock
            and entities.legal_entity_id = daily_movements.legal_entity_id
            and entities.currency_code = daily_movements.currency_code
            and buckets.aging_bucket = daily_movements.aging_bucket
),

-- The group's balance of a day at the rate of that day; null when a currency with a balance has no rate at all.
group_currency as (
    select min(group_currency_code) as group_currency_code from rates
),

every_day_of_group as (
    select
        every_day.as_of_date,
        every_day.clock,
        'all' as legal_entity_id,
        group_currency.group_currency_code as currency_code,
        every_day.aging_bucket,
        case
            when max(case when every_day.open_amount <> 0 and rates.exchange_rate is null then 1 else 0 end) = 0
                then {{ money_sum(money_in_group_currency('every_day.open_amount', 'rates.exchange_rate')) }}
        end as open_amount,
        sum(every_day.document_count) as document_count
    from every_day
    cross join group_currency
    left join rates
        on
            every_day.clock = rates.clock
            and every_day.currency_code = rates.currency_code
            and every_day.as_of_date >= rates.valid_from_date
            and every_day.as_of_date < rates.valid_before_date
    group by every_day.as_of_date, every_day.clock, group_currency.group_currency_code, every_day.aging_bucket
),

unioned as (
    select * from every_day
    union all
    select * from every_day_of_group
),

final as (
    select
        unioned.as_of_date,
        unioned.clock,
        unioned.legal_entity_id,
        unioned.currency_code,
        unioned.aging_bucket,
        cast(buckets.bucket_order as integer) as bucket_order,
        unioned.open_amount,
        cast(unioned.document_count as integer) as document_count
    from unioned
    inner join buckets on unioned.aging_bucket = buckets.aging_bucket
)

select * from final
