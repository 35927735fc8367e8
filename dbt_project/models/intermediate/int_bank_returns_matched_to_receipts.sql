with bank_entries as (
    select * from {{ ref('stg_bank__entries') }}
),

returns as (
    select * from bank_entries
    where direction = 'D' and (is_reversal or return_reason is not null)
),

receipts as (
    select * from bank_entries
    where direction = 'C' and not is_reversal
),

candidates as (
    select
        returns.bank_account,
        returns.statement_id as return_statement_id,
        returns.booking_date as return_booking_date,
        returns.entry_number as return_entry_number,
        returns.sub_number as return_sub_number,
        returns.return_reason,
        returns.known_date as return_known_date,
        receipts.statement_id,
        receipts.booking_date,
        receipts.entry_number,
        receipts.sub_number,
        case
            when returns.remittance_text like '%' || receipts.bank_reference || '%' then 1
            when returns.end_to_end_id = receipts.end_to_end_id and receipts.end_to_end_id <> 'NOTPROVIDED' then 2
            when returns.bank_reference = receipts.bank_reference then 3
            else 4
        end as evidence_order
    from returns
    inner join receipts
        on returns.bank_account = receipts.bank_account
        and returns.currency_code = receipts.currency_code
        and returns.entry_amount = receipts.entry_amount
        and returns.booking_date >= receipts.booking_date
        and (
            returns.remittance_text like '%' || receipts.bank_reference || '%'
            or (returns.end_to_end_id = receipts.end_to_end_id and receipts.end_to_end_id <> 'NOTPROVIDED')
            or returns.bank_reference = receipts.bank_reference
            or returns.payer_account = receipts.payer_account
        )
),

-- One return takes back one receipt: the best evidence, then the nearest receipt before it.
best_receipt_of_return as (
    select
        *,
        row_number() over (
            partition by bank_account, return_statement_id, return_booking_date, return_entry_number, return_sub_number
            order by evidence_order asc, booking_date desc, statement_id desc, entry_number desc, sub_number desc
        ) as receipt_rank
    from candidates
),

first_return_of_receipt as (
    select
        *,
        row_number() over (
            partition by bank_account, statement_id, booking_date, entry_number, sub_number
            order by return_booking_date, return_statement_id, return_entry_number, return_sub_number
        ) as return_rank
    from best_receipt_of_return
    where receipt_rank = 1
),

final as (
    select
        bank_account,
        statement_id,
        booking_date,
        entry_number,
        sub_number,
        return_reason,
        return_booking_date as returned_date,
        return_known_date as returned_known_date
    from first_return_of_receipt
    where return_rank = 1
)

select * from final
