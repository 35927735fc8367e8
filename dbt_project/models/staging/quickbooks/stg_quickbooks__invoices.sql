with delivered as (
    {{ latest_version(source('raw', 'quickbooks__invoices'), ['realm', 'id'], [to_timestamp('updated_at'), to_integer('sync_token')]) }}
),

with_voiding as (
    select
        *,
        coalesce(private_note like 'Voided%', false) as is_voided,
        min(case when private_note like 'Voided%' then cast(_received_at as date) end) over (partition by realm, id) as voided_date,
        first_value(doc_number) over (partition by realm, id order by _received_at, _source_file, _row_number) as first_doc_number
    from delivered
),

final as (
    select
        lower(realm) as realm,
        id as invoice_id,
        {{ to_text('doc_number') }} as document_number,
        {{ to_text('first_doc_number') }} as first_document_number,
        lower(realm) || ':' || customer_id as accounting_customer_id,
        {{ to_text('customer_name') }} as customer_name,
        upper({{ to_text('currency') }}) as currency_code,
        {{ to_amount('total_tax') }} as tax_amount,
        {{ to_amount('total_amt') }} as total_amount,
        {{ to_amount('balance') }} as balance_amount,
        upper({{ to_text('terms') }}) as terms_code,
        {{ to_text('private_note') }} as private_note,
        {{ to_text('billing_reference') }} as billing_key,
        {{ to_text('po_number') }} as purchase_order_number,
        {{ to_date('txn_date') }} as document_date,
        {{ to_date('due_date') }} as due_date,
        is_voided,
        case when is_voided then voided_date end as voided_known_date,
        {{ known_columns() }}
    from with_voiding
    where version_rank = 1
)

select * from final
