with documents as (
    select * from {{ ref('int_documents_unioned') }}
    where not is_cancelled
),

applications as (
    select * from {{ ref('int_applications_unioned') }}
),

pairs as (
    select
        credit_memos.document_key as credit_memo_key,
        invoices.document_key as invoice_key,
        invoices.customer_key,
        invoices.legal_entity_id,
        invoices.currency_code,
        credit_memos.total_amount as credit_amount,
        invoices.total_amount as invoice_amount,
        greatest(credit_memos.document_date, invoices.document_date) as effective_date,
        greatest(credit_memos.known_date, invoices.known_date) as known_date
    from documents as credit_memos
    inner join documents as invoices
        on
            credit_memos.credits_document_key = invoices.document_key
            and credit_memos.currency_code = invoices.currency_code
    where credit_memos.document_type = 'credit_memo' and invoices.document_type = 'invoice'
),

-- What cash had settled before the credit became known; what was undone later still counted then.
applied_before as (
    select
        pairs.credit_memo_key,
        {{ money_sum('case when applications.document_key = pairs.invoice_key then applications.applied_amount end') }} as invoice_applied_amount,
        {{ money_sum('case when applications.document_key = pairs.credit_memo_key then -applications.applied_amount end') }} as credit_used_amount
    from pairs
    inner join applications
        on
            applications.document_key in (pairs.invoice_key, pairs.credit_memo_key)
            and pairs.known_date > applications.known_date
            and (applications.undone_date is null or pairs.known_date <= applications.undone_date)
    group by pairs.credit_memo_key
),

available as (
    select
        pairs.*,
        pairs.credit_amount - coalesce(applied_before.credit_used_amount, 0) as usable_amount,
        pairs.invoice_amount - coalesce(applied_before.invoice_applied_amount, 0) as creditable_amount
    from pairs
    left join applied_before on pairs.credit_memo_key = applied_before.credit_memo_key
),

in_order as (
    select
        *,
        coalesce(sum(usable_amount) over (
            partition by invoice_key
            order by known_date, credit_memo_key
            rows between unbounded preceding and 1 preceding
        ), 0) as credited_before_amount
    from available
),

-- A credit memo settles no more than was open on the invoice; the rest stays open on the credit memo itself.
limited as (
    select
        credit_memo_key,
        invoice_key,
        customer_key,
        legal_entity_id,
        currency_code,
        cast(
            least(usable_amount, greatest(creditable_amount - credited_before_amount, 0)) as {{ type_amount() }}
        ) as credited_amount,
        effective_date,
        known_date
    from in_order
),

final as (
    select * from limited
    where credited_amount > 0
)

select * from final
