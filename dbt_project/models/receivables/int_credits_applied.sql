with documents as (
    select
        *,
        case when is_cancelled then greatest(coalesce(cancelled_known_date, known_date), known_date) end as ended_date
    from {{ ref('int_documents_unioned') }}
),

amendments as (
    select * from {{ ref('int_document_amendments') }}
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
        credit_memos.is_cancelled as is_credit_memo_cancelled,
        invoices.is_cancelled as is_invoice_cancelled,
        greatest(credit_memos.document_date, invoices.document_date) as effective_date,
        greatest(credit_memos.known_date, invoices.known_date) as known_date,
        case
            when credit_memos.ended_date is null then invoices.ended_date
            when invoices.ended_date is null then credit_memos.ended_date
            else least(credit_memos.ended_date, invoices.ended_date)
        end as undone_date
    from documents as credit_memos
    inner join documents as invoices
        on
            credit_memos.credits_document_key = invoices.document_key
            and credit_memos.currency_code = invoices.currency_code
    where credit_memos.document_type = 'credit_memo' and invoices.document_type = 'invoice'
),

-- A credit known before either of its documents was cancelled has settled something until then, of the amount the document
-- had before it was voided.
standing_pairs as (
    select
        pairs.credit_memo_key,
        pairs.invoice_key,
        pairs.customer_key,
        pairs.legal_entity_id,
        pairs.currency_code,
        case
            when pairs.is_credit_memo_cancelled then coalesce(credit_versions.total_amount, pairs.credit_amount)
            else pairs.credit_amount
        end as credit_amount,
        case
            when pairs.is_invoice_cancelled then coalesce(invoice_versions.total_amount, pairs.invoice_amount)
            else pairs.invoice_amount
        end as invoice_amount,
        pairs.effective_date,
        pairs.known_date,
        pairs.undone_date
    from pairs
    left join amendments as credit_versions
        on
            pairs.credit_memo_key = credit_versions.document_key
            and pairs.known_date >= credit_versions.known_date
            and pairs.known_date < credit_versions.superseded_date
    left join amendments as invoice_versions
        on
            pairs.invoice_key = invoice_versions.document_key
            and pairs.known_date >= invoice_versions.known_date
            and pairs.known_date < invoice_versions.superseded_date
    where pairs.undone_date is null or pairs.undone_date > pairs.known_date
),

-- What cash had settled before the credit became known; what was undone or returned later still counted then.
applied_before as (
    select
        pairs.credit_memo_key,
        {{ money_sum('case when applications.document_key = pairs.invoice_key then applications.applied_amount end') }} as invoice_applied_amount,
        {{ money_sum('case when applications.document_key = pairs.credit_memo_key then -applications.applied_amount end') }} as credit_used_amount
    from standing_pairs as pairs
    inner join applications
        on
            applications.document_key in (pairs.invoice_key, pairs.credit_memo_key)
            and pairs.known_date > applications.known_date
            and (applications.undone_date is null or pairs.known_date <= applications.undone_date)
            and (applications.returned_known_date is null or pairs.known_date <= applications.returned_known_date)
    group by pairs.credit_memo_key
),

available as (
    select
        pairs.*,
        pairs.credit_amount - coalesce(applied_before.credit_used_amount, 0) as usable_amount,
        pairs.invoice_amount - coalesce(applied_before.invoice_applied_amount, 0) as creditable_amount
    from standing_pairs as pairs
    left join applied_before on pairs.credit_memo_key = applied_before.credit_memo_key
),

credited_before as (
    select
        available.credit_memo_key,
        sum(earlier.usable_amount) as credited_before_amount
    from available
    inner join available as earlier
        on
            available.invoice_key = earlier.invoice_key
            and (
                earlier.known_date < available.known_date
                or (earlier.known_date = available.known_date and earlier.credit_memo_key < available.credit_memo_key)
            )
            and (earlier.undone_date is null or earlier.undone_date > available.known_date)
    group by available.credit_memo_key
),

-- A credit memo settles no more than was open on the invoice; the rest stays open on the credit memo itself.
limited as (
    select
        available.credit_memo_key,
        available.invoice_key,
        available.customer_key,
        available.legal_entity_id,
        available.currency_code,
        cast(
            least(
                available.usable_amount,
                greatest(available.creditable_amount - coalesce(credited_before.credited_before_amount, 0), 0)
            ) as {{ type_amount() }}
        ) as credited_amount,
        available.effective_date,
        available.known_date,
        available.undone_date
    from available
    left join credited_before on available.credit_memo_key = credited_before.credit_memo_key
),

final as (
    select * from limited
    where credited_amount > 0
)

select * from final
