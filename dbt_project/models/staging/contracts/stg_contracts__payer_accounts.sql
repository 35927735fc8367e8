with delivered as (
    {{ latest_version(source('raw', 'contracts__payer_accounts'), ['agreement_id', 'account'], [to_integer('version')]) }}
),

final as (
    select
        {{ to_text('agreement_id') }} as contract_id,
        {{ normalised_id('account') }} as payer_account,
        coalesce({{ to_text('account_kind') }}, 'own') as account_kind,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
