with delivered as (
    {{ latest_version(source('raw', 'table__documents'), ['_source_system', 'document_number'], []) }}
),

with_cancelling as (
    select
        *,
        min(case when lower({{ to_text('status') }}) in ('cancelled', 'reversal') then cast(_received_at as date) end) over (
            partition by _source_system, document_number
        ) as first_cancelled_date
    from delivered
),

final as (
    select
        _source_system as source_system,
        document_number,
        lower({{ to_text('document_type') }}) as document_type,
        {{ to_text('customer_id') }} as customer_id,
        {{ to_text('legal_entity_id') }} as legal_entity_id,
        coalesce(lower({{ to_text('status') }}), 'live') as document_status,
        {{ to_text('cancels_document_number') }} as cancels_document_number,
        {{ to_text('accounting_reference') }} as accounting_reference,
        {{ to_text('order_number') }} as order_number,
        upper({{ to_text('terms_code') }}) as terms_code,
        upper({{ to_text('currency_code') }}) as currency_code,
        {{ to_amount('net_amount') }} as net_amount,
        {{ to_amount('tax_amount') }} as tax_amount,
        {{ to_amount('total_amount') }} as total_amount,
        {{ to_date('document_date') }} as document_date,
        {{ to_date('due_date') }} as due_date,
        case
            when lower({{ to_text('status') }}) in ('cancelled', 'reversal') then first_cancelled_date
        end as cancelled_known_date,
        {{ known_columns() }}
    from with_cancelling
    where version_rank = 1
)

select * from final
