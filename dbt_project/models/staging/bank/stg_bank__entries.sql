with delivered as (
    {{ latest_version(source('raw', 'bank__entries'), ['account', 'statement_id', 'booking_date', 'entry_number', 'sub_number'], []) }}
),

final as (
    select
        account as bank_account,
        statement_id,
        _source_file as source_file,
        entry_number,
        coalesce({{ to_text('sub_number') }}, '1') as sub_number,
        {{ to_text('bank_reference') }} as bank_reference,
        {{ to_text('end_to_end_id') }} as end_to_end_id,
        {{ to_text('payer_name') }} as payer_name,
        {{ normalised_id('payer_account') }} as payer_account,
        {{ normalised_id('credited_account') }} as credited_account,
        {{ to_text('remittance_text') }} as remittance_text,
        {{ to_text('return_reason') }} as return_reason,
        upper({{ to_text('direction') }}) as direction,
        upper({{ to_text('status') }}) as entry_status,
        {{ to_amount('amount') }} as entry_amount,
        upper({{ to_text('currency') }}) as currency_code,
        coalesce({{ to_boolean('is_reversal') }}, false) as is_reversal,
        {{ to_date('value_date') }} as value_date,
        {{ to_date('booking_date') }} as booking_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
