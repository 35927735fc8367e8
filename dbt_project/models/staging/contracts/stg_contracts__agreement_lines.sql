with delivered as (
    {{ latest_version(source('raw', 'contracts__agreement_lines'), ['agreement_id', 'version', 'line'], []) }}
),

final as (
    select
        {{ to_text('agreement_id') }} as contract_id,
        {{ to_integer('version') }} as contract_version,
        {{ to_integer('line') }} as contract_line_number,
        lower({{ to_text('kind') }}) as contract_kind,
        {{ to_text('description') }} as description,
        {{ to_amount('amount') }} as period_amount,
        lower({{ to_text('frequency') }}) as billing_frequency,
        coalesce({{ to_boolean('in_advance') }}, false) as is_billed_in_advance,
        {{ to_quantity('unit_price') }} as unit_price,
        {{ to_quantity('included_quantity') }} as included_quantity,
        {{ to_text('metric') }} as metric,
        {{ to_text('sku') }} as product_id,
        lower({{ to_text('anchor') }}) as anchor,
        {{ to_quantity('discount_percent') }} as discount_percent,
        {{ to_text('tiers') }} as tiers,
        {{ to_quantity('threshold_quantity') }} as threshold_quantity,
        {{ to_amount('minimum_amount') }} as minimum_amount,
        {{ to_amount('commitment_amount') }} as commitment_amount,
        {{ to_text('required_attachments') }} as required_attachments,
        lower({{ to_text('billed_when') }}) as milestone_billed_when,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
