with invoices as (
    select * from {{ ref('fct_invoices') }} where billing_key is not null
),

charges_billed_together as (
    select * from {{ ref('stg_openitem__invoice_charges') }}
),

final as (
    select
        invoices.document_key,
        coalesce(together.billing_key, invoices.billing_key) as billing_key,
        invoices.document_number,
        invoices.issued_by,
        invoices.legal_entity_id,
        invoices.currency_code,
        coalesce(together.net_amount, invoices.net_amount) as net_amount,
        coalesce(together.tax_amount, invoices.tax_amount) as tax_amount,
        coalesce(together.total_amount, invoices.total_amount) as total_amount,
        invoices.is_cancelled,
        invoices.invoice_date
    from invoices
    left join charges_billed_together as together
        on
            invoices.issued_by = 'openitem'
            and invoices.legal_entity_id = together.legal_entity_id
            and invoices.document_number = together.document_number
)

select * from final
