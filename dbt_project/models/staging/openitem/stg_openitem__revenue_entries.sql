with decisions as (
    select * from {{ ref('stg_openitem__decisions') }}
),

recognised as (
    select * from decisions where kind = 'revenue_recognised'
),

-- Revenue is decided before the store has numbered the day's invoices, so it names them by their turn.
issued as (
    select
        subject_key as billing_key,
        {{ dbt.concat(["'issue '", dbt.cast('row_number() over (partition by subject_key order by sequence)', dbt.type_string())]) }} as issue_label,
        {{ document_key("'openitem'", json_text('payload', 'legal_entity_id'), json_text('payload', 'document_number')) }} as document_key
    from decisions
    where kind = 'invoice_issued'
),

entries as (
    select
        sequence,
        subject_key,
        payload,
        element,
        element_position,
        business_date
    from recognised
    {{ join_json_elements('payload', 'entries') }}
),

unpacked as (
    select
        {{ json_text('element', 'entry_key') }} as entry_key,
        {{ json_text('element', 'entry_kind') }} as entry_kind,
        {{ json_text('element', 'document') }} as document_label,
        {{ json_text('element', 'reason_code') }} as reason_code,
        subject_key as charge_key,
        {{ json_text('payload', 'charge_kind') }} as charge_kind,
        {{ json_text('payload', 'billing_key') }} as billing_key,
        {{ json_text('payload', 'contract_id') }} as contract_id,
        {{ json_integer('payload', 'contract_line_number') }} as contract_line_number,
        {{ json_text('payload', 'order_number') }} as order_number,
        {{ json_text('payload', 'customer_key') }} as customer_key,
        {{ json_text('payload', 'legal_entity_id') }} as legal_entity_id,
        {{ json_text('payload', 'currency_code') }} as currency_code,
        coalesce({{ json_amount('element', 'receivable') }}, 0) as receivable_amount,
        coalesce({{ json_amount('element', 'contract_asset') }}, 0) as contract_asset_amount,
        coalesce({{ json_amount('element', 'deferred_revenue') }}, 0) as deferred_revenue_amount,
        coalesce({{ json_amount('element', 'revenue') }}, 0) as revenue_amount,
        {{ json_text('payload', 'accounts.receivable') }} as receivable_account,
        {{ json_text('payload', 'accounts.contract_asset') }} as contract_asset_account,
        {{ json_text('payload', 'accounts.deferred_revenue') }} as deferred_revenue_account,
        {{ json_text('payload', 'accounts.revenue') }} as revenue_account,
        sequence,
        {{ json_date('element', 'original_period') }} as original_period,
        {{ json_date('element', 'period') }} as period,
        {{ json_date('element', 'posting_date') }} as posting_date,
        business_date
    from entries
),

final as (
    select
        unpacked.entry_key,
        unpacked.entry_kind,
        unpacked.reason_code,
        unpacked.charge_key,
        unpacked.charge_kind,
        case when unpacked.document_label like 'issue %' then issued.document_key else unpacked.document_label end as document_key,
        unpacked.billing_key,
        unpacked.contract_id,
        unpacked.contract_line_number,
        unpacked.order_number,
        unpacked.customer_key,
        unpacked.legal_entity_id,
        unpacked.currency_code,
        cast(unpacked.receivable_amount as {{ type_amount() }}) as receivable_amount,
        cast(unpacked.contract_asset_amount as {{ type_amount() }}) as contract_asset_amount,
        cast(unpacked.deferred_revenue_amount as {{ type_amount() }}) as deferred_revenue_amount,
        cast(unpacked.revenue_amount as {{ type_amount() }}) as revenue_amount,
        unpacked.receivable_account,
        unpacked.contract_asset_account,
        unpacked.deferred_revenue_account,
        unpacked.revenue_account,
        unpacked.sequence,
        unpacked.original_period,
        unpacked.period,
        unpacked.posting_date,
        unpacked.business_date
    from unpacked
    left join issued on unpacked.billing_key = issued.billing_key and unpacked.document_label = issued.issue_label
)

select * from final
