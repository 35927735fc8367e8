{{ config(tags=['tie']) }}

-- Invariant 7: numbers of a series begin at 1, are unique and have no gap. `MUS-2026-00042` is number 42 of `MUS-2026`.
with numbers as (
    select
        document_number,
        {{ dbt.concat([dbt.split_part('document_number', "'-'", 1), "'-'", dbt.split_part('document_number', "'-'", 2)]) }} as series,
        cast({{ dbt.split_part('document_number', "'-'", 3) }} as integer) as number_in_series
    from {{ ref('stg_openitem__invoices') }}
)

select
    series,
    count(*) as invoice_count,
    min(number_in_series) as first_number,
    max(number_in_series) as last_number,
    'numbers of this series are missing or given twice' as what_differs
from numbers
group by series
having min(number_in_series) <> 1 or max(number_in_series) <> count(*) or count(distinct number_in_series) <> count(*)
