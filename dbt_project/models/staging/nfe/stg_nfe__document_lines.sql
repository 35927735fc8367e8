with delivered as (
    {{ latest_lines(source('raw', 'nfe__document_lines'), ['chnfe'], ['nitem'], []) }}
),

final as (
    select
        {{ to_text('chnfe') }} as access_key,
        {{ to_integer('nitem') }} as line_number,
        {{ to_text('cprod') }} as product_id,
        {{ to_text('xprod') }} as description,
        {{ to_text('ncm') }} as classification_code,
        {{ to_text('cfop') }} as operation_code,
        {{ to_text('ucom') }} as unit,
        {{ to_text('xped') }} as purchase_order_number,
        {{ to_quantity('qcom') }} as quantity,
        {{ to_quantity('vuncom') }} as unit_price,
        {{ to_amount('vprod') }} as goods_amount,
        coalesce({{ to_amount('vdesc') }}, 0) as discount_amount,
        coalesce({{ to_text('indtot') }}, '1') <> '0' as is_in_total,
        {{ known_columns() }}
    from delivered
)

select * from final
