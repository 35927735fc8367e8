with agreements as (
    select * from {{ ref('stg_contracts__agreements') }}
),

agreement_lines as (
    select * from {{ ref('stg_contracts__agreement_lines') }}
    where contract_kind <> 'price'
),

identities as (
    select * from {{ ref('int_customer_identities') }}
    where source_system = 'contracts'
),

milestone_billing as (
    select * from {{ ref('milestone_billing') }}
),

-- A version that was delivered again is still one version, known since its first delivery.
versions as (
    select
        *,
        row_number() over (partition by contract_id, contract_version order by known_date) as delivery_rank,
        max(contract_version) over (partition by contract_id) as last_version
    from agreements
),

final as (
    select
        {{ surrogate_key(['versions.contract_id', 'agreement_lines.contract_line_number']) }} as contract_line_key,
        versions.contract_id,
        agreement_lines.contract_line_number,
        versions.contract_version as version,
        versions.contract_version = versions.last_version as is_last_version,
        identities.customer_key,
        versions.legal_entity_id,
        agreement_lines.contract_kind,
        agreement_lines.description,
        versions.currency_code,
        case when agreement_lines.contract_kind <> 'usage' then agreement_lines.period_amount end as period_amount,
        agreement_lines.unit_price,
        agreement_lines.included_quantity,
        case when agreement_lines.contract_kind = 'retainer' then coalesce(agreement_lines.billing_frequency, 'monthly') end as billing_frequency,
        agreement_lines.is_billed_in_advance,
        agreement_lines.metric,
        agreement_lines.anchor,
        agreement_lines.discount_percent,
        agreement_lines.tiers,
        agreement_lines.threshold_quantity,
        agreement_lines.minimum_amount,
        agreement_lines.commitment_amount,
        agreement_lines.required_attachments,
        coalesce(agreement_lines.milestone_billed_when, milestone_billing.billed_when, 'completed') as milestone_billed_when,
        versions.purchase_order_number,
        versions.buyer_reference,
        versions.purchase_order_valid_until,
        versions.is_purchase_order_required,
        versions.terms_code,
        versions.tax_code,
        versions.start_date,
        versions.end_date,
        versions.effective_date,
        versions.known_at,
        versions.known_date,
        versions.first_known_date
    from versions
    inner join agreement_lines
        on versions.contract_id = agreement_lines.contract_id
        and versions.contract_version = agreement_lines.contract_version
    left join milestone_billing on versions.legal_entity_id = milestone_billing.legal_entity_id
    left join identities
        on versions.contract_id = identities.source_customer_id
    where versions.delivery_rank = 1
)

select * from final
