{#- The aging bucket of policy/aging_buckets.csv for days overdue; null days mean a document without a due date. -#}
{% macro aging_bucket(days_overdue) -%}
    case
        when {{ days_overdue }} is null then 'no_due_date'
        when {{ days_overdue }} <= 0 then 'not_due'
        when {{ days_overdue }} <= 30 then '1_30'
        when {{ days_overdue }} <= 60 then '31_60'
        when {{ days_overdue }} <= 90 then '61_90'
        when {{ days_overdue }} <= 120 then '91_120'
        else 'over_120'
    end
{%- endmacro %}
