with delivered as (
    {{ latest_lines(source('raw', 'nfe__installments'), ['chnfe'], ['_row_number'], []) }}
),

final as (
    select
        {{ to_text('chnfe') }} as access_key,
        {{ to_text('ndup') }} as installment_number,
        {{ to_amount('vdup') }} as installment_amount,
        {{ to_date('dvenc') }} as due_date,
        {{ known_columns() }}
    from delivered
)

select * from final
