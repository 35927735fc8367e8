with drafts as (
    select * from {{ ref('rpt_invoices_to_review') }}
),

contracts as (
    select * from {{ ref('dim_contracts') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

fulfilments as (
    select * from {{ ref('fct_fulfilments') }} where not is_voided
),

milestones as (
    select * from {{ ref('fct_milestones') }}
),

usage_events as (
    select * from {{ ref('fct_usage_events') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }} where not is_cancelled
),

invoice_lines as (
    select * from {{ ref('fct_invoice_lines') }}
),

drafts_by_part as (
    select
        *,
        -- contract|<contract>|<line>|<period or milestone>|<kind>, order|<order>|<shipment>|goods
        {{ dbt.split_part('billing_key', "'|'", 3) }} as third_part,
        {{ dbt.split_part('billing_key', "'|'", 4) }} as fourth_part
    from drafts
),

usage_months as (
    select
        contract_id,
        contract_line_number,
        cast(cast({{ dbt.date_trunc('month', 'occurred_date') }} as date) as {{ dbt.type_string() }}) as month_text,
        min(metric) as metric,
        cast(sum(quantity) as decimal(28, 10)) as quantity,
        max(occurred_date) as last_date
    from usage_events
    group by contract_id, contract_line_number, cast(cast({{ dbt.date_trunc('month', 'occurred_date') }} as date) as {{ dbt.type_string() }})
),

final as (
    select
        drafts_by_part.billing_key,
        'contract' as source_kind,
        contracts.contract_id as source_number,
        contracts.contract_line_number as line_number,
        cast(null as {{ dbt.type_string() }}) as product_id,
        contracts.description,
        case when contracts.period_amount is not null then cast(1 as decimal(28, 10)) end as quantity,
        coalesce(cast(contracts.period_amount as decimal(28, 10)), contracts.unit_price) as unit_price,
        contracts.period_amount as net_amount,
        contracts.last_changed_date as source_date
    from drafts_by_part
    inner join contracts
        on
            drafts_by_part.contract_id = contracts.contract_id
            and drafts_by_part.third_part = cast(contracts.contract_line_number as {{ dbt.type_string() }})

    union all

    select
        drafts_by_part.billing_key,
        'order' as source_kind,
        order_lines.order_number as source_number,
        order_lines.line_number,
        order_lines.product_id,
        order_lines.description,
        order_lines.quantity,
        order_lines.unit_price,
        order_lines.net_amount,
        order_lines.known_date as source_date
    from drafts_by_part
    inner join order_lines on drafts_by_part.order_number = order_lines.order_number

    union all

    select
        drafts_by_part.billing_key,
        'shipment' as source_kind,
        fulfilments.shipment_number as source_number,
        fulfilments.line_number,
        order_lines.product_id,
        order_lines.description,
        fulfilments.quantity,
        cast(null as decimal(28, 10)) as unit_price,
        cast(null as {{ type_amount() }}) as net_amount,
        fulfilments.ship_date as source_date
    from drafts_by_part
    inner join fulfilments
        on
            drafts_by_part.order_number = fulfilments.order_number
            and drafts_by_part.third_part = fulfilments.shipment_number
    left join order_lines on fulfilments.order_line_key = order_lines.order_line_key

    union all

    select
        drafts_by_part.billing_key,
        'milestone' as source_kind,
        milestones.milestone_id as source_number,
        milestones.contract_line_number as line_number,
        cast(null as {{ dbt.type_string() }}) as product_id,
        {{ dbt.concat(['milestones.milestone_name', "', accepted by '", "coalesce(milestones.accepted_by, 'nobody')"]) }} as description,
        cast(null as decimal(28, 10)) as quantity,
        cast(null as decimal(28, 10)) as unit_price,
        cast(null as {{ type_amount() }}) as net_amount,
        milestones.completed_date as source_date
    from drafts_by_part
    inner join milestones
        on drafts_by_part.charge_kind = 'milestone' and drafts_by_part.fourth_part = milestones.milestone_id

    union all

    select
        drafts_by_part.billing_key,
        'usage' as source_kind,
        usage_months.month_text as source_number,
        usage_months.contract_line_number as line_number,
        cast(null as {{ dbt.type_string() }}) as product_id,
        usage_months.metric as description,
        usage_months.quantity,
        cast(null as decimal(28, 10)) as unit_price,
        cast(null as {{ type_amount() }}) as net_amount,
        usage_months.last_date as source_date
    from drafts_by_part
    inner join usage_months
        on
            drafts_by_part.charge_kind = 'usage'
            and drafts_by_part.contract_id = usage_months.contract_id
            and drafts_by_part.third_part = cast(usage_months.contract_line_number as {{ dbt.type_string() }})
            and drafts_by_part.fourth_part = usage_months.month_text

    union all

    select
        drafts_by_part.billing_key,
        'previous_invoice' as source_kind,
        invoices.document_number as source_number,
        invoice_lines.line_number,
        invoice_lines.product_id,
        invoice_lines.description,
        invoice_lines.quantity,
        invoice_lines.unit_price,
        invoice_lines.net_amount,
        invoices.invoice_date as source_date
    from drafts_by_part
    inner join invoices
        on
            drafts_by_part.previous_document_number = invoices.document_number
            and drafts_by_part.legal_entity_id = invoices.legal_entity_id
    inner join invoice_lines on invoices.document_key = invoice_lines.document_key
)

select * from final
