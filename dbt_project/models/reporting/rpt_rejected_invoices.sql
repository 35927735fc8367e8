with rejections as (
    select * from {{ ref('int_rejections_traced') }}
),

responses as (
    select * from {{ ref('fct_invoice_responses') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

issued_here as (
    select * from {{ ref('stg_openitem__invoices') }}
),

open_items as (
    select * from {{ ref('fct_open_items') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

document_fields as (
    select * from {{ ref('document_fields') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

field_preventers as (
    select
        field_name,
        min(prevented_by) as prevented_by
    from document_fields
    where field_name is not null
    group by field_name
),

answers as (
    select
        response_id,
        min(prevented_by) as prevented_by,
        min(reason_text) as reason_text
    from responses
    group by response_id
),

invoice_charges as (
    select * from {{ ref('fct_invoice_charges') }} where issued_by = 'openitem'
),

following_invoices as (
    select
        replaced.document_number as replaced_number,
        replaced.legal_entity_id,
        min(following.document_number) as document_number
    from invoice_charges as replaced
    inner join invoice_charges as following
        on
            replaced.billing_key = following.billing_key
            and replaced.document_number < following.document_number
    where not following.is_cancelled
    group by replaced.document_number, replaced.legal_entity_id
),

final as (
    select
        rejections.rejection_key,
        invoices.document_key,
        rejections.document_number,
        issued_here.billing_key,
        invoices.issued_by,
        invoices.legal_entity_id,
        customers.customer_name,
        invoices.order_number,
        invoices.purchase_order_number,
        rejections.rejection_status,
        rejections.reason_code,
        coalesce(rejections.reason_description, rejections.reason_code) as reason_description,
        answers.reason_text,
        rejections.field_name,
        rejections.upstream_system,
        rejections.upstream_field,
        rejections.owner,
        case
            when rejections.is_fault_of_accounting then rejections.owner
            else coalesce(answers.prevented_by, field_preventers.prevented_by, rejections.owner, 'nobody')
        end as prevented_by,
        rejections.is_traced,
        rejections.fitting_count,
        following_invoices.document_number as replaced_by_number,
        case
            when following_invoices.document_number is not null then 'replaced'
            when invoices.is_cancelled or coalesce(open_items.open_amount, 0) = 0 then 'settled'
            else 'open'
        end as state,
        invoices.currency_code,
        invoices.total_amount,
        coalesce(open_items.open_amount, 0) as open_amount,
        cast({{ dbt.datediff('rejections.responded_date', as_of_date(), 'day') }} as integer) as age_days,
        coalesce(versions.version, 0) as version,
        invoices.invoice_date,
        rejections.responded_date
    from rejections
    inner join invoices on rejections.document_key = invoices.document_key
    left join issued_here
        on
            invoices.document_number = issued_here.document_number
            and invoices.legal_entity_id = issued_here.legal_entity_id
            and invoices.issued_by = 'openitem'
    left join answers on rejections.response_id = answers.response_id
    left join following_invoices
        on
            invoices.document_number = following_invoices.replaced_number
            and invoices.legal_entity_id = following_invoices.legal_entity_id
    left join open_items on invoices.document_key = open_items.document_key
    left join customers on invoices.customer_key = customers.customer_key
    left join field_preventers on rejections.field_name = field_preventers.field_name
    left join versions on issued_here.billing_key = versions.subject_key
)

select * from final
