"""An 820 and a CSV of advices in the inbox settle receipts that name no document; a broken file stays outside."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow
from orchestration.running import run_window_job
from tests.extract.bank_files import a_bai2
from tests.extract.remittance_files import a_set, an_820

pytestmark = pytest.mark.chain

MAPPING = Path(__file__).resolve().parents[2] / "assets" / "extract" / "mappings" / "remittance_advices.yml"
ACCOUNT = "021000021-4471002"


def owed_by_two(home: Home) -> list[list[dict[str, Any]]]:
    """Return two customers' invoices of which no receipt is waiting to pay any, two of each."""
    rows = home.warehouse().rows(
        "select items.document_number, items.open_amount, customers.customer_name, items.customer_key "
        "from receivables.fct_open_items as items inner join marts.dim_customers as customers using (customer_key) "
        "where items.legal_entity_id = 'MUS' and items.currency_code = 'USD' and items.document_type = 'invoice' "
        "and items.open_amount > 100 and items.document_key not in "
        "(select document_key from generated.cash_matches where document_key is not null) order by document_number"
    )
    by_customer: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_customer.setdefault(str(row["customer_key"]), []).append(dict(row))
    return [items[:2] for _, items in sorted(by_customer.items()) if len(items) > 1][:2]


def put(home: Home, system: str, day: date, name: str, content: bytes) -> None:
    path = home.inbox_path / system / day.isoformat() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def a_statement(home: Home, day: date, receipts: list[tuple[Decimal, str, str]]) -> bytes:
    """Return the next statement of our US bank with these receipts: amount, payer and text of each."""
    (last,) = home.warehouse().rows(
        f"select closing_balance_amount from staging.stg_bank__statements where bank_account = '{ACCOUNT}' "
        "order by to_date desc limit 1"
    )
    opening = int(last["closing_balance_amount"] * 100)
    entries = [
        f"16,165,{int(amount * 100)},Z,REF{at},,ACH CREDIT RECEIVED\n88,DBNM: {payer}\n88,REMI: {text}"
        for at, (amount, payer, text) in enumerate(receipts)
    ]
    closing = opening + sum(int(amount * 100) for amount, _, _ in receipts)
    statement = a_bai2(entries, opening=str(opening), closing=str(closing)).decode()
    made, booked = f"{day:%y%m%d}", f"{day - timedelta(days=1):%y%m%d}"
    return statement.replace("260303", made).replace("260302", booked).replace("03,4471002", f"03,{ACCOUNT}").encode()


def test_advices_by_edi_and_csv_settle_receipts_that_name_no_document(copied: Home) -> None:
    last = copied.company_date("last_date")
    assert last is not None
    day = last + timedelta(days=1)
    edi, table = owed_by_two(copied)
    short = edi[1]["open_amount"] - Decimal("25.00")
    paid = [edi[0]["open_amount"] + short, table[0]["open_amount"] + table[1]["open_amount"]]
    lines = (
        f"RMR*IV*{edi[0]['document_number']}**{edi[0]['open_amount']}*{edi[0]['open_amount']}",
        f"RMR*IV*{edi[1]['document_number']}**{short}*{edi[1]['open_amount']}",
        "ADX*-25.00*04",
    )
    advice = an_820(a_set(*lines, total=str(paid[0]), payer=str(edi[0]["customer_name"]), day=f"{last:%Y%m%d}"))
    put(copied, "messages", day, "advice.edi", advice)
    put(copied, "messages", day, "broken.edi", advice.replace(b"ISA*00", b"ISA*01", 1)[: len(advice) // 2])
    rows = "".join(
        f"A-9;{last};{item['customer_name']};;;USD;{item['document_number']};{item['open_amount']};\n" for item in table
    )
    header = "Advice;Date;Payer;Email;Reference;Currency;Document;Amount;Reason\n"
    put(copied, "advices", day, "remittances.csv", (header + rows).encode())
    copied.sources_path.mkdir(exist_ok=True)
    shutil.copy(MAPPING, copied.sources_path / MAPPING.name)
    texts = ("TRN*1*PAY77123*1234567890", "VENDOR PAYMENT")
    receipts = [
        (amount, str(items[0]["customer_name"]), text)
        for amount, items, text in zip(paid, (edi, table), texts, strict=True)
    ]
    put(copied, "bank", day, f"bai2-{last}-b.txt", a_statement(copied, day, receipts))

    run_window_job(copied, RunWindow(day, day, RunMode.CLOSE))

    warehouse = copied.warehouse()
    (refused,) = warehouse.rows("select status, reason_code from raw.landing_manifest where source_file = 'broken.edi'")
    assert tuple(refused.values()) == ("quarantined", "TRUNCATED_FILE")
    said = warehouse.rows(
        "select message_id, document_number, amount, deduction_reason from marts.fct_remittance_lines "
        f"where known_date = '{day}' and (message_id like '820-%' or message_id like 'advices/%') "
        "order by message_id, line_number"
    )
    assert [tuple(row.values()) for row in said] == [
        ("820-ACMETOOLS-2026-03-15-000000123-45-0001", edi[0]["document_number"], edi[0]["open_amount"], None),
        ("820-ACMETOOLS-2026-03-15-000000123-45-0001", edi[1]["document_number"], short,
         "deduction 25.00 04 item not accepted, damage"),
        *(("advices/A-9", item["document_number"], item["open_amount"], None) for item in table),
    ]  # fmt: skip
    found = warehouse.rows(
        "select matches.document_number, matches.applied_amount, matches.rule, matches.evidence "
        "from generated.cash_matches as matches inner join marts.fct_receipts as receipts using (receipt_key) "
        f"where matches.rank = 1 and matches.business_date = '{day}' and receipts.booking_date = '{last}' "
        f"and (receipts.remittance_text like '%{texts[0]}%' or receipts.remittance_text like '%{texts[1]}%')"
    )
    by_link: dict[str, dict[str, Decimal]] = {}
    for row in found:
        link = str(json.loads(row["evidence"]).get("remittance", ""))
        by_link.setdefault(link, {})[str(row["document_number"])] = row["applied_amount"]
    assert by_link == {
        "payment_reference:820-ACMETOOLS-2026-03-15-000000123-45-0001": {
            edi[0]["document_number"]: edi[0]["open_amount"], edi[1]["document_number"]: short,
        },
        "total:advices/A-9": {item["document_number"]: item["open_amount"] for item in table},
    }  # fmt: skip
