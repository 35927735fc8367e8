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

deal_lines as (
    select * from {{ ref('stg_hubspot__line_items') }}
    where is_last_version and known_date <= {{ as_of_date() }} and quantity is not null and unit_price is not null
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
        -- contract|<contract>|<line>|<period or milestone>|<kind>, order|<order>|<shipment>|goods, deal|<deal>|won|deal
        {{ dbt.split_part('billing_key', "'|'", 2) }} as second_part,
        {{ dbt.split_part('billing_key', "'|'", 3) }} as third_part,
        {{ dbt.split_part('billing_key', "'|'", 4) }} as fourth_part
    from drafts
),

-- A block of a month is <month>.<number>, what is missing to a year's commitment <first day of the year>.true_up
usage_charges as (
    select
        billing_key,
        contract_id,
        third_part,
        cast({{ dbt.split_part('fourth_part', "'.'", 1) }} as date) as first_date,
        {{ dbt.split_part('fourth_part', "'.'", 2) }} = 'true_up' as is_true_up
    from drafts_by_part
    where charge_kind = 'usage'
),

-- A month belongs to the contract year that its first day is in; the contract's own first month to its first year.
usage_drafts as (
    select
        usage_charges.*,
        case
            when contracts.start_date = usage_charges.first_date then cast({{ dbt.date_trunc('month', 'usage_charges.first_date') }} as date)
            else usage_charges.first_date
        end as first_counted_date,
        case
            when usage_charges.is_true_up then cast({{ dbt.dateadd('month', 12, 'usage_charges.first_date') }} as date)
            else cast({{ dbt.dateadd('day', 1, 'usage_charges.first_date') }} as date)
        end as next_date
    from usage_charges
    left join contracts
        on
            usage_charges.contract_id = contracts.contract_id
            and usage_charges.third_part = cast(contracts.contract_line_number as {{ dbt.type_string() }})
),

usage_months as (
    select
        contract_id,
        contract_line_number,
        cast({{ dbt.date_trunc('month', 'occurred_date') }} as date) as month_date,
        min(metric) as metric,
        cast(sum(quantity) as decimal(28, 10)) as quantity,
        max(occurred_date) as last_date
    from usage_events
    group by contract_id, contract_line_number, cast({{ dbt.date_trunc('month', 'occurred_date') }} as date)
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
        case
            when milestones.provisioned_at is null
                then {{ dbt.concat(['milestones.milestone_name', "', accepted by '", "coalesce(milestones.accepted_by, 'nobody')"]) }}
            else {{ dbt.concat(['milestones.milestone_name', "', provisioned'"]) }}
        end as description,
        milestones.quantity,
        cast(null as decimal(28, 10)) as unit_price,
        cast(null as {{ type_amount() }}) as net_amount,
        coalesce(milestones.provisioned_date, milestones.completed_date) as source_date
    from drafts_by_part
    inner join milestones
        on drafts_by_part.charge_kind = 'milestone' and drafts_by_part.fourth_part = milestones.milestone_id

    union all

    select
        usage_drafts.billing_key,
        'usage' as source_kind,
        cast(usage_months.month_date as {{ dbt.type_string() }}) as source_number,
        usage_months.contract_line_number as line_number,
        cast(null as {{ dbt.type_string() }}) as product_id,
        usage_months.metric as description,
        usage_months.quantity,
        cast(null as decimal(28, 10)) as unit_price,
        cast(null as {{ type_amount() }}) as net_amount,
        usage_months.last_date as source_date
    from usage_drafts
    inner join usage_months
        on
            usage_drafts.contract_id = usage_months.contract_id
            and usage_drafts.third_part = cast(usage_months.contract_line_number as {{ dbt.type_string() }})
            and usage_months.month_date >= usage_drafts.first_counted_date
            and usage_months.month_date < usage_drafts.next_date

    union all

    select
        drafts_by_part.billing_key,
        'deal' as source_kind,
        deal_lines.deal_id as source_number,
        cast(row_number() over (partition by drafts_by_part.billing_key order by deal_lines.line_item_id) as integer) as line_number,
        deal_lines.product_id,
        deal_lines.product_name as description,
        deal_lines.quantity,
        deal_lines.unit_price,
        cast(null as {{ type_amount() }}) as net_amount,
        deal_lines.known_date as source_date
    from drafts_by_part
    inner join deal_lines
        on drafts_by_part.charge_kind = 'deal' and drafts_by_part.second_part = deal_lines.deal_id

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
