with day_numbers as (
    {{ dbt.generate_series(180) }}
),

final as (
    select {{ days_after(as_of_date(), '1 - generated_number') }} as as_of_date
    from day_numbers
)

select * from final
