with known_charges as (
    select * from {{ ref('int_charges_latest') }}
),

drafted as (
    select * from known_charges where status <> 'withdrawn'
),

manifest as (
    select * from {{ ref('stg_landing__manifest') }}
),

history_rules as (
    select * from {{ ref('comparison_rules') }} where rule_code = 'HISTORY'
),

fulfilments as (
    select * from {{ ref('fct_fulfilments') }} where not is_voided
),

orders as (
    select * from {{ ref('fct_orders') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

milestones as (
    select
        *,
        coalesce(completed_at, provisioned_at) as delivered_at,
        coalesce(completed_date, provisioned_date) as delivered_date
    from {{ ref('fct_milestones') }}
    where is_completed or provisioned_at is not null
),

usage_events as (
    select
        *,
        cast({{ dbt.date_trunc('month', 'occurred_date') }} as date) as usage_month
    from {{ ref('fct_usage_events') }}
),

contract_lines as (
    select * from {{ ref('int_contract_versions') }} where is_last_version
),

-- A line that a later version leaves out was told of all the same.
lines_told_of as (
    select
        contract_id,
        contract_line_number
    from {{ ref('int_contract_versions') }}
    group by contract_id, contract_line_number
),

replaced as (
    select credits_document_key from {{ ref('stg_openitem__credit_memos') }} where is_replaced
),

invoices as (
    select issued.*
    from {{ ref('fct_invoice_charges') }} as issued
    left join replaced on issued.document_key = replaced.credits_document_key
    where not issued.is_cancelled and replaced.credits_document_key is null
),

billing_invoices as (
    select
        billing_key,
        count(*) as invoice_count,
        min(document_key) as document_key,
        min(document_number) as document_number,
        min(invoice_date) as invoice_date
    from invoices
    group by billing_key
),

managed_entities as (
    select * from {{ ref('legal_entities') }}
),

won_deals as (
    select * from {{ ref('int_deal_versions') }}
    where is_last_version and is_won and contract_id is null
),

deal_billing as (
    select * from {{ ref('deal_billing') }} where is_billed_when_won
),

deal_customers as (
    select * from {{ ref('dim_customers') }}
),

tax_rates as (
    select * from {{ ref('tax_rates') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

lines_shipped as (
    select
        fulfilments.order_number,
        fulfilments.shipment_number,
        orders.order_key,
        orders.legal_entity_id,
        orders.customer_key,
        orders.currency_code,
        {{ line_amount('fulfilments.quantity', 'order_lines.unit_price', 'currencies.minor_unit_digits') }} as line_net_amount,
        orders.tax_amount as order_tax_amount,
        orders.net_amount as order_net_amount,
        tax_rates.tax_rate,
        fulfilments.shipped_at,
        fulfilments.ship_date
    from fulfilments
    left join orders on fulfilments.order_key = orders.order_key
    left join order_lines on fulfilments.order_line_key = order_lines.order_line_key
    left join managed_entities on orders.legal_entity_id = managed_entities.legal_entity_id
    left join tax_rates on orders.legal_entity_id = tax_rates.legal_entity_id and orders.tax_code = tax_rates.tax_code
    left join currencies on orders.currency_code = currencies.currency_code
    where
        fulfilments.known_date <= {{ as_of_date() }}
        and (orders.order_key is null or managed_entities.legal_entity_id is not null)
),

-- Shipped by the system whose orders the shop holds, and not drafted: the order or one of its lines is not known. What
-- is known of it is priced as the draft would be: what was shipped, not all that was ordered. Of what is all known and
-- priced 0 there is nothing to draft.
shipments_not_drafted as (
    select
        'order|' || order_number || '|' || shipment_number || '|goods' as billing_key,
        'goods' as charge_kind,
        min(legal_entity_id) as legal_entity_id,
        min(customer_key) as customer_key,
        cast(null as {{ dbt.type_string() }}) as contract_id,
        order_number,
        min(currency_code) as currency_code,
        cast(sum(line_net_amount) as {{ type_amount() }}) as net_amount,
        coalesce(
            min(tax_rate),
            {{ exact_quotient('min(order_tax_amount)', 'min(order_net_amount)', 6, type_quantity()) }}
        ) as tax_rate,
        'not_drafted' as status,
        case when min(order_key) is null then 'ORDER_NOT_KNOWN' else 'ORDER_LINE_NOT_KNOWN' end as reason_code,
        min(shipped_at) as trigger_at,
        min(ship_date) as triggered_date
    from lines_shipped
    group by order_number, shipment_number
    having count(line_net_amount) < count(*) or sum(line_net_amount) <> 0
),

milestones_priced as (
    select
        'contract|' || milestones.contract_id || '|' || cast(milestones.contract_line_number as {{ dbt.type_string() }})
        || '|' || milestones.milestone_id || '|milestone' as billing_key,
        'milestone' as charge_kind,
        contract_lines.legal_entity_id,
        contract_lines.customer_key,
        milestones.contract_id,
        cast(null as {{ dbt.type_string() }}) as order_number,
        contract_lines.currency_code,
        case
            when milestones.quantity is null or contract_lines.unit_price is null then contract_lines.period_amount
            else {{ line_amount('milestones.quantity', 'contract_lines.unit_price', 'currencies.minor_unit_digits') }}
        end as net_amount,
        tax_rates.tax_rate,
        'not_drafted' as status,
        case
            when contract_lines.milestone_billed_when = 'accepted' and milestones.accepted_by is null then 'MILESTONE_NOT_ACCEPTED'
            when contract_lines.milestone_billed_when = 'provisioned' and milestones.provisioned_at is null then 'PROVISIONING_NOT_CONFIRMED'
            else 'CONTRACT_NOT_KNOWN'
        end as reason_code,
        milestones.delivered_at as trigger_at,
        milestones.delivered_date as triggered_date
    from milestones
    left join contract_lines
        on
            milestones.contract_id = contract_lines.contract_id
            and milestones.contract_line_number = contract_lines.contract_line_number
    left join tax_rates
        on
            contract_lines.legal_entity_id = tax_rates.legal_entity_id
            and contract_lines.tax_code = tax_rates.tax_code
    left join currencies on contract_lines.currency_code = currencies.currency_code
    where milestones.known_date <= {{ as_of_date() }}
),

-- Done, and not drafted: nobody told of the contract, or it is not accepted or not provisioned yet. Nothing is due at
-- price 0.
milestones_not_drafted as (
    select * from milestones_priced where coalesce(net_amount, 1) <> 0
),

-- Metered under a contract line that nobody told of: each month of it is a charge without a price.
usage_not_drafted as (
    select
        'contract|' || usage_events.contract_id || '|' || cast(usage_events.contract_line_number as {{ dbt.type_string() }})
        || '|' || cast(usage_events.usage_month as {{ dbt.type_string() }}) || '|usage' as billing_key,
        'usage' as charge_kind,
        cast(null as {{ dbt.type_string() }}) as legal_entity_id,
        cast(null as {{ dbt.type_string() }}) as customer_key,
        usage_events.contract_id,
        cast(null as {{ dbt.type_string() }}) as order_number,
        cast(null as {{ dbt.type_string() }}) as currency_code,
        cast(null as {{ type_amount() }}) as net_amount,
        cast(null as {{ type_quantity() }}) as tax_rate,
        'not_drafted' as status,
        'CONTRACT_NOT_KNOWN' as reason_code,
        min(usage_events.occurred_at) as trigger_at,
        min(usage_events.occurred_date) as triggered_date
    from usage_events
    left join lines_told_of
        on
            usage_events.contract_id = lines_told_of.contract_id
            and usage_events.contract_line_number = lines_told_of.contract_line_number
    where usage_events.known_date <= {{ as_of_date() }} and lines_told_of.contract_id is null
    group by usage_events.contract_id, usage_events.contract_line_number, usage_events.usage_month
),

-- Won where deals bill, and not drafted: nobody told what was sold.
deals_not_drafted as (
    select
        'deal|' || won_deals.deal_id || '|won|deal' as billing_key,
        'deal' as charge_kind,
        deal_billing.legal_entity_id,
        won_deals.customer_key,
        cast(null as {{ dbt.type_string() }}) as contract_id,
        cast(null as {{ dbt.type_string() }}) as order_number,
        coalesce(won_deals.currency_code, deal_customers.currency_code) as currency_code,
        won_deals.amount as net_amount,
        cast(null as {{ type_quantity() }}) as tax_rate,
        'not_drafted' as status,
        'DEAL_LINES_NOT_KNOWN' as reason_code,
        cast(coalesce(won_deals.won_at, won_deals.changed_at) as timestamp) as trigger_at,
        {{ local_date('coalesce(won_deals.won_at, won_deals.changed_at)', 'managed_entities.time_zone') }} as triggered_date
    from won_deals
    left join deal_customers on won_deals.customer_key = deal_customers.customer_key
    inner join deal_billing
        on coalesce(won_deals.legal_entity_id, deal_customers.legal_entity_id) = deal_billing.legal_entity_id
    left join managed_entities on deal_billing.legal_entity_id = managed_entities.legal_entity_id
    where won_deals.known_date <= {{ as_of_date() }}
),

delivered as (
    select * from shipments_not_drafted
    union all
    select * from milestones_not_drafted
    union all
    select * from usage_not_drafted
    union all
    select * from deals_not_drafted
),

-- What was triggered before our records begin was billed elsewhere: the walk leaves it alone, and so does this list.
first_day as (
    select min(cast(received_at as date)) as first_landed_date from manifest
),

not_drafted as (
    select
        delivered.billing_key,
        delivered.charge_kind,
        delivered.legal_entity_id,
        delivered.customer_key,
        delivered.contract_id,
        delivered.order_number,
        delivered.currency_code,
        delivered.net_amount,
        cast(
            delivered.net_amount
            + coalesce({{ round_to_minor_unit('delivered.net_amount * delivered.tax_rate', 'currencies.minor_unit_digits') }}, 0)
            as {{ type_amount() }}
        ) as total_amount,
        delivered.status,
        delivered.reason_code,
        delivered.trigger_at,
        delivered.triggered_date
    from delivered
    left join currencies on delivered.currency_code = currencies.currency_code
    cross join first_day
    cross join history_rules
    left join drafted on delivered.billing_key = drafted.billing_key
    where
        drafted.billing_key is null
        and delivered.triggered_date >= {{ days_after('first_day.first_landed_date', '-history_rules.days') }}
        -- East of UTC an evening's delivery is of the next day, and drafted on it.
        and delivered.triggered_date <= {{ as_of_date() }}
),

charges as (
    select
        billing_key,
        charge_kind,
        legal_entity_id,
        customer_key,
        contract_id,
        order_number,
        currency_code,
        net_amount,
        total_amount,
        status,
        reason_code,
        trigger_at,
        triggered_date
    from drafted

    union all

    select * from not_drafted
),

final as (
    select
        charges.billing_key,
        charges.charge_kind,
        charges.legal_entity_id,
        charges.customer_key,
        charges.contract_id,
        charges.order_number,
        billing_invoices.document_key,
        billing_invoices.document_number,
        charges.status,
        charges.reason_code,
        charges.currency_code,
        charges.net_amount,
        charges.total_amount,
        billing_invoices.billing_key is not null as is_billed,
        charges.trigger_at,
        charges.triggered_date,
        billing_invoices.invoice_date
    from charges
    left join billing_invoices on charges.billing_key = billing_invoices.billing_key
)

select * from final
