{{ config(tags=['tie']) }}

-- Invariant 10: no column of any table is a binary float; amounts are decimals to the last digit.
select
    table_schema,
    table_name,
    column_name,
    data_type,
    'this column is a float' as what_differs
from information_schema.columns
where
    upper(data_type) in ('DOUBLE', 'FLOAT', 'REAL', 'DOUBLE PRECISION')
    and lower(table_schema) in (
        'control', 'raw', 'policy', 'staging', 'intermediate', 'marts', 'generated', 'receivables', 'reporting'
    )
