with delivered as (
    {{ latest_version(source('raw', 'quickbooks__payments'), ['realm', 'id'], [to_timestamp('updated_at'), to_integer('sync_token')]) }}
),

final as (
    select
        lower(realm) as realm,
        id as payment_id,
        lower(realm) || ':' || customer_id as accounting_customer_id,
        upper({{ to_text('currency') }}) as currency_code,
        {{ to_amount('total_amt') }} as payment_amount,
        {{ to_amount('unapplied_amt') }} as unapplied_amount,
        {{ to_text('payment_ref_num') }} as bank_reference,
        {{ to_text('private_note') }} as private_note,
        {{ to_date('txn_date') }} as payment_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
