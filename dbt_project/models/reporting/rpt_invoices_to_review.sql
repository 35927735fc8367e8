with drafts as (
    select *
    from {{ source('generated', 'invoice_drafts') }}
    where business_date <= {{ as_of_date() }}
),

entities_that_issue_here as (
    select * from {{ ref('legal_entities') }} where invoicing_mode = 'openitem'
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

reviews as (
    select * from {{ ref('stg_openitem__draft_reviews') }}
),

contracts as (
    select * from {{ ref('dim_contracts') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

terms as (
    select * from {{ ref('payment_terms') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

refusals as (
    select * from {{ source('generated', 'document_checks') }} where refused_because is not null
),

billing_groups as (
    select * from {{ ref('billing_groups') }}
),

letter_languages as (
    select * from {{ ref('letter_languages') }}
),

drafts_in_order as (
    select
        drafts.*,
        row_number() over (partition by billing_key order by business_date desc, drafting_number desc, status desc) as recency_rank
    from drafts
),

latest_drafts as (
    select
        drafts_in_order.*,
        -- contract|<contract_id>|<line>|<period>|<kind>: all but the period names the contract line.
        case
            when charge_kind in ('retainer', 'usage')
                then {{ dbt.concat([dbt.split_part('billing_key', "'|'", 1), "'|'", dbt.split_part('billing_key', "'|'", 2), "'|'", dbt.split_part('billing_key', "'|'", 3), "'|'", 'charge_kind']) }}
        end as charge_line_key,
        cast(
            case when contract_id is not null then {{ dbt.split_part('billing_key', "'|'", 3) }} end as integer
        ) as contract_line_number
    from drafts_in_order
    where recency_rank = 1 and status <> 'withdrawn'
),

reviews_in_order as (
    select
        reviews.*,
        row_number() over (partition by billing_key order by sequence desc) as recency_rank
    from reviews
),

last_reviews as (
    select * from reviews_in_order where recency_rank = 1
),

-- A draft made after a correction stands for itself: its charge was replaced or taken back since.
draftings as (
    select
        subject_key as billing_key,
        max(sequence) as last_sequence
    from {{ ref('stg_openitem__decisions') }}
    where kind in ('draft_created', 'draft_blocked')
    group by subject_key
),

corrections_in_order as (
    select
        reviews.*,
        row_number() over (partition by reviews.billing_key order by reviews.sequence desc) as recency_rank
    from reviews
    left join draftings on reviews.billing_key = draftings.billing_key
    where reviews.kind = 'draft_corrected' and reviews.sequence > coalesce(draftings.last_sequence, 0)
),

-- A correction replaces the draft's lines and purchase order; its totals were computed again from its lines.
corrections as (
    select
        billing_key,
        {{ json_text('payload', 'draft.purchase_order_number') }} as purchase_order_number,
        {{ json_amount('payload', 'draft.net_amount') }} as net_amount,
        {{ json_amount('payload', 'draft.tax_amount') }} as tax_amount,
        {{ json_amount('payload', 'draft.total_amount') }} as total_amount,
        {{ json_text('payload', 'draft.lines') }} as lines,
        {{ json_text('payload', 'draft.terms_code') }} as terms_code,
        cast({{ json_text('payload', 'draft.due_days') }} as integer) as due_days,
        {{ json_text('payload', 'draft.tax_category') }} as tax_category,
        {{ json_text('payload', 'draft.buyer_reference') }} as buyer_reference,
        {{ json_text('payload', 'draft.document_format') }} as document_format,
        business_date
    from corrections_in_order
    where recency_rank = 1
),

billed_lines as (
    select
        {{ dbt.concat([dbt.split_part('billing_key', "'|'", 1), "'|'", dbt.split_part('billing_key', "'|'", 2), "'|'", dbt.split_part('billing_key', "'|'", 3), "'|'", dbt.split_part('billing_key', "'|'", 5)]) }} as charge_line_key,
        billing_key,
        document_number,
        invoice_date,
        total_amount
    from invoices
    where {{ dbt.split_part('billing_key', "'|'", 1) }} = 'contract'
),

-- The period before the draft's own: keys of one contract line sort by their period.
invoices_before as (
    select
        latest_drafts.billing_key,
        billed_lines.document_number,
        billed_lines.invoice_date,
        billed_lines.total_amount,
        row_number() over (
            partition by latest_drafts.billing_key order by billed_lines.billing_key desc, billed_lines.document_number desc
        ) as recency_rank
    from latest_drafts
    inner join billed_lines
        on
            latest_drafts.charge_line_key = billed_lines.charge_line_key
            and billed_lines.billing_key < latest_drafts.billing_key
),

previous_invoices as (
    select * from invoices_before where recency_rank = 1
),

waiting as (
    select
        latest_drafts.billing_key,
        latest_drafts.legal_entity_id,
        latest_drafts.customer_key,
        customers.customer_name,
        latest_drafts.charge_kind,
        latest_drafts.contract_id,
        latest_drafts.order_number,
        case
            when corrections.billing_key is not null then corrections.purchase_order_number
            else latest_drafts.purchase_order_number
        end as purchase_order_number,
        -- A correction fills what blocked the draft.
        case
            when latest_drafts.status = 'blocked' and corrections.billing_key is null then 'blocked'
            when refusals.billing_key is not null then 'blocked'
            when last_reviews.kind = 'draft_held' then 'held'
            else 'drafted'
        end as status,
        case
            when latest_drafts.status = 'blocked' and corrections.billing_key is null then latest_drafts.reason_code
            when refusals.billing_key is not null then 'DOCUMENT_REFUSED'
            when last_reviews.kind = 'draft_held' then last_reviews.reason_code
        end as reason_code,
        refusals.refused_because,
        coalesce(corrections.terms_code, latest_drafts.terms_code) as terms_code,
        coalesce(contracts.terms_code, orders.agreed_terms_code) as agreed_terms_code,
        orders.terms_code as order_terms_code,
        contracts.purchase_order_number as agreed_purchase_order_number,
        orders.purchase_order_number as order_purchase_order_number,
        coalesce(
            contracts.is_purchase_order_required, orders.is_purchase_order_required, customers.is_purchase_order_required, false
        ) as is_purchase_order_required,
        case when customers.is_billing_email_valid then customers.billing_email end as billing_email,
        coalesce(nullif(trim(customers.language_code), ''), letter_languages.language_code) as language_code,
        latest_drafts.currency_code,
        coalesce(corrections.net_amount, latest_drafts.net_amount) as net_amount,
        coalesce(corrections.tax_amount, latest_drafts.tax_amount) as tax_amount,
        coalesce(corrections.total_amount, latest_drafts.total_amount) as total_amount,
        contracts.period_amount as contract_amount,
        previous_invoices.document_number as previous_document_number,
        previous_invoices.invoice_date as previous_invoice_date,
        previous_invoices.total_amount as previous_total_amount,
        cast(coalesce(corrections.due_days, case when corrections.billing_key is null then latest_drafts.due_days end, terms.due_days) as integer) as due_days,
        cast({{ dbt.datediff('latest_drafts.triggered_date', as_of_date(), 'day') }} as integer) as age_days,
        coalesce(corrections.lines, latest_drafts.lines) as lines,
        latest_drafts.evidence,
        coalesce(versions.version, 0) as version,
        latest_drafts.triggered_date,
        latest_drafts.tax_code,
        latest_drafts.tax_rate,
        latest_drafts.tax_exemption_code,
        latest_drafts.tax_exemption_reason,
        case when corrections.billing_key is not null then corrections.tax_category else latest_drafts.tax_category end as tax_category,
        case
            when corrections.billing_key is not null then corrections.buyer_reference else latest_drafts.buyer_reference
        end as buyer_reference,
        case
            when corrections.billing_key is not null then corrections.document_format else latest_drafts.document_format
        end as document_format,
        coalesce(groups_of_customers.is_billed_together, groups_of_entities.is_billed_together, false) as is_billed_together
    from latest_drafts
    inner join entities_that_issue_here on latest_drafts.legal_entity_id = entities_that_issue_here.legal_entity_id
    left join invoices on latest_drafts.billing_key = invoices.billing_key
    left join refusals on latest_drafts.billing_key = refusals.billing_key
    left join last_reviews on latest_drafts.billing_key = last_reviews.billing_key
    left join corrections on latest_drafts.billing_key = corrections.billing_key
    left join previous_invoices on latest_drafts.billing_key = previous_invoices.billing_key
    left join orders on latest_drafts.order_number = orders.order_number
    left join contracts
        on
            latest_drafts.contract_id = contracts.contract_id
            and latest_drafts.contract_line_number = contracts.contract_line_number
    left join customers on latest_drafts.customer_key = customers.customer_key
    left join letter_languages on customers.country_code = letter_languages.country_code
    left join terms on coalesce(corrections.terms_code, latest_drafts.terms_code) = terms.terms_code
    left join billing_groups as groups_of_customers
        on
            latest_drafts.legal_entity_id = groups_of_customers.legal_entity_id
            and customers.customer_number = groups_of_customers.customer_number
    left join billing_groups as groups_of_entities
        on
            latest_drafts.legal_entity_id = groups_of_entities.legal_entity_id
            and groups_of_entities.customer_number = '*'
    left join versions on latest_drafts.billing_key = versions.subject_key
    where
        invoices.billing_key is null
        and coalesce(last_reviews.kind, 'none') not in ('draft_rejected', 'draft_approved')
),

-- What an invoice says once, as each draft recorded it: the drafts of a customer and month that agree in it stand on one.
grouped as (
    select
        waiting.*,
        case
            when is_billed_together and status = 'drafted' and customer_key is not null
                then {{ surrogate_key(['legal_entity_id', 'customer_key', 'currency_code', 'terms_code', 'due_days', 'tax_code', 'tax_rate', 'tax_category', 'tax_exemption_code', 'tax_exemption_reason', 'buyer_reference', 'document_format', 'purchase_order_number', dbt.date_trunc('month', 'triggered_date')]) }}
        end as together_key
    from waiting
),

counted as (
    select
        grouped.*,
        count(*) over (partition by together_key) as together_count
    from grouped
),

final as (
    select
        billing_key,
        legal_entity_id,
        customer_key,
        customer_name,
        charge_kind,
        contract_id,
        order_number,
        purchase_order_number,
        status,
        reason_code,
        refused_because,
        terms_code,
        agreed_terms_code,
        order_terms_code,
        agreed_purchase_order_number,
        order_purchase_order_number,
        is_purchase_order_required,
        billing_email,
        language_code,
        currency_code,
        net_amount,
        tax_amount,
        total_amount,
        contract_amount,
        previous_document_number,
        previous_invoice_date,
        previous_total_amount,
        due_days,
        age_days,
        lines,
        evidence,
        version,
        case when together_count > 1 then together_key end as invoice_group,
        triggered_date
    from counted
)

select * from final
