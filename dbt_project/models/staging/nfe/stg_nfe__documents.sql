with delivered as (
    {{ latest_version(source('raw', 'nfe__documents'), ['chnfe'], []) }}
),

final as (
    select
        {{ to_text('chnfe') }} as access_key,
        {{ to_text('nnf') }} as document_number,
        {{ to_text('serie') }} as series,
        {{ to_text('mod') }} as document_model,
        {{ to_text('nfat') }} as invoice_number,
        {{ to_text('xped') }} as purchase_order_number,
        {{ to_text('refnfe') }} as referenced_access_key,
        {{ to_text('natop') }} as operation,
        {{ normalised_id('emit_cnpj') }} as issuer_tax_id,
        {{ to_text('emit_xnome') }} as issuer_name,
        {{ normalised_id('dest_id') }} as customer_tax_id,
        {{ to_text('dest_xnome') }} as customer_name,
        lower({{ to_text('dest_email') }}) as customer_email,
        {{ to_text('dest_uf') }} as customer_state,
        {{ to_amount('vprod') }} as goods_amount,
        coalesce({{ to_amount('vdesc') }}, 0) as discount_amount,
        coalesce({{ to_amount('vfrete') }}, 0) as freight_amount,
        coalesce({{ to_amount('vst') }}, 0) as substituted_tax_amount,
        coalesce({{ to_amount('vipi') }}, 0) as excise_amount,
        {{ to_amount('vnf') }} as total_amount,
        upper({{ to_text('currency') }}) as currency_code,
        tpnf = '1' as is_outgoing,
        coalesce(finnfe, '1') = '4' as is_return,
        {{ to_date('dhemi') }} as document_date,
        {{ known_columns() }}
    from delivered
    where version_rank = 1 and tpamb = '1'
)

select * from final
