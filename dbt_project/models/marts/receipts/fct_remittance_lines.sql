with bank_lines as (
    select * from {{ ref('stg_bank__remittance_lines') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where source_system = 'bank'
),

bank_entries as (
    select * from {{ ref('stg_bank__entries') }}
),

messages as (
    select * from {{ ref('stg_messages__remittances') }}
),

message_lines as (
    select * from {{ ref('stg_messages__remittance_lines') }}
),

table_advices as (
    select * from {{ ref('stg_table__remittances') }}
),

table_lines as (
    select * from {{ ref('stg_table__remittance_lines') }}
),

bank_lines_of_receipts as (
    select
        bank_lines.*,
        receipts.receipt_key,
        receipts.payer_name,
        receipts.end_to_end_id,
        receipts.currency_code,
        receipts.booking_date
    from bank_lines
    inner join bank_entries
        on bank_lines.bank_account = bank_entries.bank_account
        and bank_lines.statement_id = bank_entries.statement_id
        and bank_lines.entry_number = bank_entries.entry_number
        and bank_lines.sub_number = bank_entries.sub_number
        and bank_lines.source_file = bank_entries.source_file
    inner join receipts
        on receipts.receipt_key = {{ surrogate_key([
            "'bank'", 'bank_entries.bank_account', 'bank_entries.statement_id', 'bank_entries.booking_date',
            'bank_entries.entry_number', 'bank_entries.sub_number',
        ]) }}
),

table_lines_of_advices as (
    select
        {{ dbt.concat(['table_advices.source_system', "'/'", 'table_advices.message_id']) }} as message_id,
        table_lines.line_number,
        table_advices.payer_name,
        table_advices.payer_email,
        table_advices.payment_reference,
        table_lines.document_number,
        table_lines.amount,
        table_advices.currency_code,
        table_lines.reason,
        table_advices.sent_date,
        table_advices.known_at,
        table_advices.known_date
    from table_lines
    inner join table_advices
        on table_lines.source_system = table_advices.source_system
        and table_lines.message_id = table_advices.message_id
),

final as (
    select
        {{ surrogate_key(["'bank'", 'receipt_key', 'line_number']) }} as remittance_line_key,
        'bank' as source,
        receipt_key,
        cast(null as {{ dbt.type_string() }}) as message_id,
        line_number,
        payer_name,
        cast(null as {{ dbt.type_string() }}) as payer_email,
        end_to_end_id as payment_reference,
        document_number,
        amount,
        currency_code,
        reason as deduction_reason,
        booking_date as sent_date,
        known_at,
        known_date
    from bank_lines_of_receipts

    union all

    select
        {{ surrogate_key(["'message'", 'messages.message_id', 'message_lines.line_number']) }} as remittance_line_key,
        'message' as source,
        null as receipt_key,
        messages.message_id,
        message_lines.line_number,
        messages.payer_name,
        messages.payer_email,
        messages.payment_reference,
        message_lines.document_number,
        message_lines.amount,
        messages.currency_code,
        message_lines.reason as deduction_reason,
        messages.sent_date,
        messages.known_at,
        messages.known_date
    from message_lines
    inner join messages on message_lines.message_id = messages.message_id

    union all

    select
        {{ surrogate_key(["'message'", 'message_id', 'line_number']) }} as remittance_line_key,
        'message' as source,
        null as receipt_key,
        message_id,
        line_number,
        payer_name,
        payer_email,
        payment_reference,
        document_number,
        amount,
        currency_code,
        reason as deduction_reason,
        sent_date,
        known_at,
        known_date
    from table_lines_of_advices
)

select * from final
