"""The raw tables: columns as the source names them, every business value as text, and where each row came from."""

from __future__ import annotations

from assets.platform.tables import TableSpec

PROVENANCE: dict[str, str] = {
    "_source_system": "varchar",
    "_object": "varchar",
    "_source_file": "varchar",
    "_row_number": "bigint",
    "_batch_id": "varchar",
    "_received_at": "timestamp",
    "_payload_hash": "varchar",
}


def _source_table(name: str, columns: str, grain: str) -> TableSpec:
    system = name.split("__", maxsplit=1)[0]
    return TableSpec(
        schema="raw",
        name=name,
        columns=dict.fromkeys(columns.split(), "varchar") | PROVENANCE,
        description=f"What {system} delivered, value for value as text. {grain}",
        grain=grain,
        window_column="_received_at",
    )


def _log_table(name: str, columns: str, grain: str) -> TableSpec:
    return TableSpec(
        schema="raw",
        name=name,
        columns=dict.fromkeys(columns.split(), "varchar"),
        description=f"The decision log read as a source, whole each time. {grain}",
        grain=grain,
    )


SOURCE_TABLES: tuple[TableSpec, ...] = (
    _source_table(
        "hubspot__companies",
        "id name domain country tax_id billing_email accounting_customer_id created_at updated_at archived",
        "One row per company and delivered version.",
    ),
    _source_table(
        "hubspot__contacts",
        "id company_id email first_name last_name is_billing_contact email_bounced created_at updated_at archived "
        "language",
        "One row per contact and delivered version.",
    ),
    _source_table(
        "hubspot__deals",
        "id company_id dealname amount currency_code dealstage closedate billing_contact_email po_number payment_terms "
        "contract_id legal_entity created_at updated_at archived",
        "One row per deal and delivered version.",
    ),
    _source_table(
        "hubspot__line_items",
        "id deal_id name quantity price amount product_id created_at updated_at",
        "One row per line item of a deal and delivered version.",
    ),
    _source_table(
        "contracts__agreements",
        "agreement_id version customer_name customer_tax_id accounting_customer_id legal_entity currency terms "
        "po_number po_required tax_code start_date end_date signed_at credit_limit effective_date po_valid_until "
        "buyer_reference",
        "One row per agreement and version.",
    ),
    _source_table(
        "contracts__agreement_lines",
        "agreement_id version line kind description amount frequency in_advance unit_price included_quantity metric "
        "sku anchor discount_percent tiers threshold_quantity minimum_amount commitment_amount required_attachments "
        "billed_when",
        "One row per line of an agreement's version.",
    ),
    _source_table(
        "contracts__payer_accounts",
        "agreement_id version account account_kind",
        "One row per bank account an agreement's version says the customer pays from, or to.",
    ),
    _source_table(
        "shop__orders",
        "id name created_at currency customer_id customer_email customer_name accounting_customer_id customer_tax_id "
        "legal_entity po_number payment_terms tax_code total_price subtotal_price total_tax cancelled_at",
        "One row per order and delivered version.",
    ),
    _source_table(
        "shop__order_lines",
        "order_id id line sku title quantity price total",
        "One row per line of an order's delivered version.",
    ),
    _source_table("shop__price_list", "sku title currency price", "One row per product, currency and delivered list."),
    _source_table("shop__stock", "sku warehouse on_hand", "One row per product, warehouse and delivered list."),
    _source_table(
        "shop__product_cost",
        "sku currency cost valid_from",
        "One row per product, currency, first day of validity and delivered list.",
    ),
    _source_table(
        "quickbooks__customers",
        "realm id sync_token display_name company_name email line1 city postal_code country tax_id currency active "
        "parent_id created_at updated_at",
        "One row per customer and delivered version.",
    ),
    _source_table(
        "quickbooks__invoices",
        "realm id sync_token doc_number txn_date due_date customer_id customer_name currency total_tax total_amt "
        "balance terms private_note billing_reference po_number created_at updated_at",
        "One row per invoice and delivered version.",
    ),
    _source_table(
        "quickbooks__invoice_lines",
        "realm invoice_id id line_num description amount item_id quantity unit_price tax_code invoice_updated_at",
        "One row per line of an invoice's delivered version.",
    ),
    _source_table(
        "quickbooks__payments",
        "realm id sync_token txn_date customer_id currency total_amt unapplied_amt payment_ref_num private_note "
        "created_at updated_at",
        "One row per payment and delivered version.",
    ),
    _source_table(
        "quickbooks__payment_lines",
        "realm payment_id line_num amount linked_txn_id linked_txn_type payment_updated_at",
        "One row per document a payment's delivered version is linked to.",
    ),
    _source_table(
        "quickbooks__credit_memos",
        "realm id sync_token doc_number txn_date customer_id currency total_tax total_amt private_note "
        "linked_invoice_id created_at updated_at",
        "One row per credit memo and delivered version.",
    ),
    _source_table(
        "quickbooks__credit_memo_lines",
        "realm credit_memo_id id line_num description amount item_id quantity unit_price tax_code "
        "credit_memo_updated_at",
        "One row per line of a credit memo's delivered version.",
    ),
    _source_table(
        "quickbooks__trial_balance",
        "realm currency end_period account_number account_name debit credit",
        "One row per account of a delivered trial balance.",
    ),
    _source_table(
        "shipstation__shipments",
        "shipment_id order_number ship_date tracking_number carrier_code voided",
        "One row per shipment and delivered version.",
    ),
    _source_table(
        "shipstation__shipment_items",
        "shipment_id line_item_key sku quantity",
        "One row per item of a shipment's delivered version.",
    ),
    _source_table(
        "projects__milestones",
        "gid agreement_id agreement_line milestone_id name completed completed_at accepted_by attachments "
        "provisioned_at quantity modified_at",
        "One row per milestone and delivered version.",
    ),
    _source_table(
        "usage__events",
        "event_id agreement_id agreement_line metric quantity occurred_at",
        "One row per metered event.",
    ),
    _source_table(
        "messages__disputes",
        "dispute_id document_number customer_email reason amount currency opened_at status resolved_at outcome",
        "One row per dispute and delivered state.",
    ),
    _source_table(
        "messages__rejections",
        "response_id document_number status reason_code field responded_at",
        "One row per answer of a platform or buyer that refused an invoice.",
    ),
    _source_table(
        "messages__remittances",
        "message_id sent_at payer_name payer_email payment_reference currency total",
        "One row per message in which a customer says what it pays.",
    ),
    _source_table(
        "messages__remittance_lines",
        "message_id line document_number amount reason",
        "One row per document named in a remittance message.",
    ),
    _source_table(
        "einvoicing__responses",
        "network message_id answer_number document_number document_type document_date status_code reason_code "
        "reason business_term location expected_value action_code sender_id sender_name supplier_ids responded_at",
        "One row per reason an answer gives for a document.",
    ),
    _source_table(
        "nfe__documents",
        "chnfe versao mod serie nnf natop tpnf finnfe tpamb dhemi refnfe emit_cnpj emit_xnome dest_id "
        "dest_xnome dest_uf dest_email xped nfat currency vprod vdesc vfrete vseg voutro vicms vst vipi vpis "
        "vcofins vnf",
        "One row per NF-e or NFC-e and delivered file.",
    ),
    _source_table(
        "nfe__document_lines",
        "chnfe nitem cprod xprod ncm cfop ucom qcom vuncom vprod vdesc vfrete indtot xped nitemped",
        "One row per item of an NF-e.",
    ),
    _source_table(
        "nfe__installments",
        "chnfe ndup dvenc vdup",
        "One row per installment (duplicata) of an NF-e.",
    ),
    _source_table(
        "nfe__statuses",
        "answers chnfe tpamb cstat xmotivo nprot nrec tpevento nseqevento xjust dhrecbto",
        "One row per answer of the tax authority to a document, an event or a lot.",
    ),
    _source_table(
        "rates__exchange_rates",
        "rate_date base_currency quote_currency rate",
        "One row per day and quoted currency.",
    ),
    _source_table(
        "bank__statements",
        "account currency statement_id statement_number from_date to_date opening_balance closing_balance format",
        "One row per statement.",
    ),
    _source_table(
        "bank__entries",
        "account currency statement_id entry_number sub_number booking_date value_date amount direction is_reversal "
        "status bank_reference end_to_end_id payer_name payer_account remittance_text return_reason "
        "credited_account",
        "One row per transaction detail of a statement entry.",
    ),
    _source_table(
        "bank__remittance_lines",
        "account statement_id entry_number sub_number line document_number amount reason",
        "One row per document named in an entry's structured remittance.",
    ),
    _source_table(
        "table__customers",
        "customer_id customer_name legal_entity_id country_code currency_code tax_id email terms_code",
        "One row per customer of a mapped table.",
    ),
    _source_table("table__products", "product_id product_name", "One row per product of a mapped table."),
    _source_table(
        "table__orders",
        "order_number customer_id legal_entity_id order_date currency_code net_amount purchase_order_number status",
        "One row per order of a mapped table.",
    ),
    _source_table(
        "table__order_lines",
        "order_number line_number product_id description quantity unit_price net_amount",
        "One row per order line of a mapped table.",
    ),
    _source_table(
        "table__fulfilments",
        "shipment_number order_number line_number quantity ship_date",
        "One row per shipped order line of a mapped table.",
    ),
    _source_table(
        "table__documents",
        "document_number document_type customer_id legal_entity_id document_date due_date currency_code net_amount "
        "tax_amount total_amount status cancels_document_number accounting_reference order_number terms_code",
        "One row per invoice or credit memo of a mapped table.",
    ),
    _source_table(
        "table__document_lines",
        "document_number line_number product_id description quantity unit_price net_amount",
        "One row per line of an invoice or credit memo of a mapped table.",
    ),
    _source_table(
        "table__receipts",
        "receipt_id legal_entity_id customer_id value_date currency_code amount payer_name remittance_text",
        "One row per receipt of a mapped table.",
    ),
    _source_table(
        "table__applications",
        "receipt_id document_number applied_amount applied_date",
        "One row per document a receipt of a mapped table settles.",
    ),
    _source_table(
        "table__remittances",
        "message_id sent_date payer_name payer_email payment_reference currency_code total_amount",
        "One row per remittance advice of a mapped table.",
    ),
    _source_table(
        "table__remittance_lines",
        "message_id line_number document_number amount reason",
        "One row per document named in a remittance advice of a mapped table.",
    ),
)

LOG_TABLES: tuple[TableSpec, ...] = (
    _log_table(
        "openitem__decisions",
        "sequence decision_key kind subject_kind subject_key occurrence business_date actor_kind actor reason_code "
        "payload evidence run_key policy_digest recorded_at hash",
        "One row per decision.",
    ),
    _log_table(
        "openitem__outbox",
        "outbox_key decision_key channel recipient subject_key business_date payload recorded_at",
        "One row per queued message.",
    ),
    _log_table(
        "openitem__outbox_events",
        "outbox_key kind detail recorded_at attempt",
        "One row per claim, sending or failure of a message.",
    ),
)

LANDING_MANIFEST = TableSpec(
    schema="raw",
    name="landing_manifest",
    columns={
        "file_key": "varchar",
        "system": "varchar",
        "object": "varchar",
        "business_date": "date",
        "source_file": "varchar",
        "sha256": "varchar",
        "byte_count": "bigint",
        "received_at": "timestamp",
        "status": "varchar",
        "reason_code": "varchar",
        "reason": "varchar",
        "position": "varchar",
        "duplicate_of": "varchar",
        "row_count": "bigint",
        "amount_sum": "decimal(38,3)",
        "currency_code": "varchar",
    },
    description=(
        "Every file that arrived: accepted, duplicate or quarantined, and why. row_count is how many raw rows it gave; "
        "amount_sum is the control total over them, in currency_code or, where that is empty, over several currencies."
    ),
    grain="One row per delivered file.",
    window_column="business_date",
)

LANDING_ROWS = TableSpec(
    schema="raw",
    name="landing_rows",
    columns={
        "file_key": "varchar",
        "object": "varchar",
        "status": "varchar",
        "row_number": "bigint",
        "reason_code": "varchar",
        "reason": "varchar",
        "payload": "varchar",
    },
    description="Rows of accepted files that were kept out, each with its reason and what it said.",
    grain="One row per record kept out of a file.",
)

RAW_TABLES: tuple[TableSpec, ...] = (*SOURCE_TABLES, *LOG_TABLES, LANDING_MANIFEST, LANDING_ROWS)
