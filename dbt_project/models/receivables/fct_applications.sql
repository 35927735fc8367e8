with applications as (
    select * from {{ ref('int_applications_unioned') }}
),

differences as (
    select
        decision_key,
        document_key,
        {{ money_sum("case when entry_kind = 'cash_discount' then difference_amount end") }} as discount_amount,
        {{ money_sum("case when entry_kind = 'withholding' then difference_amount end") }} as withholding_amount,
        {{ money_sum("case when entry_kind = 'fee_absorbed' then difference_amount end") }} as fee_absorbed_amount,
        {{ money_sum("case when entry_kind = 'write_off' then difference_amount end") }} as written_off_amount
    from {{ ref('int_differences_cleared') }}
    where is_live
    group by decision_key, document_key
),

final as (
    select
        applications.application_key,
        applications.receipt_key,
        applications.document_key,
        applications.decision_key,
        applications.currency_code,
        applications.source,
        applications.rule,
        applications.applied_amount,
        cast(coalesce(differences.discount_amount, 0) as {{ type_amount() }}) as discount_amount,
        cast(coalesce(differences.withholding_amount, 0) as {{ type_amount() }}) as withholding_amount,
        cast(coalesce(differences.fee_absorbed_amount, 0) as {{ type_amount() }}) as fee_absorbed_amount,
        cast(coalesce(differences.written_off_amount, 0) as {{ type_amount() }}) as written_off_amount,
        applications.effective_date,
        applications.known_date
    from applications
    left join differences
        on applications.decision_key = differences.decision_key and applications.document_key = differences.document_key
    where applications.is_live
)

select * from final
