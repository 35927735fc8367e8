{{ config(tags=['tie']) }}

-- Invariant 7: numbers of a series begin at 1, are unique and have no gap, invoices and credit memos alike.
-- `MUS-2026-00042` is number 42 of `MUS-2026`; whatever stands before the last hyphen names the series.
with documents as (
    select document_number from {{ ref('stg_openitem__invoices') }}
    union all
    select document_number from {{ ref('stg_openitem__credit_memos') }}
),

numbered as (
    select
        document_number,
        {{ dbt.split_part('document_number', "'-'", -1) }} as printed_number
    from documents
),

numbers as (
    select
        substring(document_number, 1, length(document_number) - length(printed_number) - 1) as series,
        cast(printed_number as integer) as number_in_series
    from numbered
)

select
    series,
    count(*) as document_count,
    min(number_in_series) as first_number,
    max(number_in_series) as last_number,
    'numbers of this series are missing or given twice' as what_differs
from numbers
group by series
having
    count(number_in_series) <> count(*)
    or min(number_in_series) <> 1
    or max(number_in_series) <> count(*)
    or count(distinct number_in_series) <> count(*)
