with rejections as (
    select * from {{ ref('fct_invoice_rejections') }}
),

disputes as (
    select * from {{ ref('fct_disputes') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

objections as (
    select
        'rejection' as objection_kind,
        rejection_key as objection_key,
        legal_entity_id,
        document_number,
        document_date,
        cast(null as {{ dbt.type_string() }}) as currency_code,
        cast(null as {{ dbt.type_string() }}) as customer_email,
        responded_date as objected_date
    from rejections
    union all
    select
        'dispute' as objection_kind,
        dispute_key as objection_key,
        legal_entity_id,
        document_number,
        document_date,
        currency_code,
        customer_email,
        opened_date as objected_date
    from disputes
),

-- A number is unique within one legal entity only. Whatever else the objection says of its invoice tells those of one number apart.
compared as (
    select
        objections.objection_kind,
        objections.objection_key,
        invoices.document_key,
        invoices.legal_entity_id,
        case when objections.document_date <> invoices.invoice_date then 1 else 0 end
        + case when objections.objected_date < invoices.invoice_date then 1 else 0 end
        + case when objections.currency_code <> invoices.currency_code then 1 else 0 end
        + case when objections.customer_email <> lower(customers.billing_email) then 1 else 0 end as difference_count
    from objections
    inner join invoices
        on
            objections.document_number = invoices.document_number
            and coalesce(objections.legal_entity_id, invoices.legal_entity_id) = invoices.legal_entity_id
    left join customers on invoices.customer_key = customers.customer_key
),

ranked as (
    select
        *,
        min(difference_count) over (partition by objection_kind, objection_key) as least_difference_count
    from compared
),

final as (
    select
        objection_kind,
        objection_key,
        document_key,
        legal_entity_id,
        cast(count(*) over (partition by objection_kind, objection_key) as integer) as fitting_count
    from ranked
    where difference_count = least_difference_count
)

select * from final
