with invoices as (
    select * from {{ ref('fct_invoices') }}
    where not is_cancelled
),

issued_here as (
    select * from {{ ref('stg_openitem__invoices') }}
),

open_items as (
    select * from {{ ref('fct_open_items') }}
),

versions as (
    select * from {{ ref('int_subject_versions') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

final as (
    select
        invoices.document_key,
        invoices.document_number,
        invoices.billing_key,
        invoices.issued_by,
        invoices.legal_entity_id,
        invoices.customer_key,
        customers.customer_name,
        issued_here.charge_kind,
        issued_here.occurrence,
        invoices.order_number,
        invoices.purchase_order_number,
        invoices.currency_code,
        invoices.net_amount,
        invoices.tax_amount,
        invoices.total_amount,
        coalesce(open_items.open_amount, 0) as open_amount,
        coalesce(versions.version, 0) as version,
        invoices.is_posted_in_accounting,
        invoices.invoice_date,
        invoices.due_date,
        invoices.trigger_at
    from invoices
    left join issued_here
        on invoices.billing_key = issued_here.billing_key and invoices.document_number = issued_here.document_number
    left join open_items on invoices.document_key = open_items.document_key
    left join versions on invoices.billing_key = versions.subject_key
    left join customers on invoices.customer_key = customers.customer_key
)

select * from final
