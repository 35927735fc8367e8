"""The invented company is deterministic, its books tie, and its truth agrees with the files it sends."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import mt940
import pyarrow.parquet as pq
import pytest
from lxml import etree

from data.simulator.calendars import is_business_day
from data.simulator.names import invent_iban
from data.simulator.paying import MIX
from data.simulator.scale import LAST_DATE, SCALES
from data.simulator.simulate import SimulationSummary, simulate

CAMT = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"
SMALL = SCALES["small"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company, simulated once."""
    folder = tmp_path_factory.mktemp("company")
    simulate(folder, SMALL)
    return folder


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of every file under the folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def truth(home: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of one truth table."""
    return pq.read_table(home / "truth" / f"truth_{name}.parquet").to_pylist()


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON file with exact numbers."""
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def quickbooks(home: Path, kind: str, entity: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the latest version of every object of a QuickBooks kind, by realm and id."""
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(home.glob(f"inbox/quickbooks/*/*-{kind}-*.json")):
        for item in read_json(path)["QueryResponse"][entity]:
            key = (path.name[:3], item["Id"])
            if key not in latest or int(item["SyncToken"]) >= int(latest[key]["SyncToken"]):
                latest[key] = item
    return latest


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(home: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    simulate(again, SMALL)
    assert digests(again) == digests(home)
    simulate(again, SMALL, seed=7)
    assert digests(again) != digests(home)


def test_everything_arrives_inside_the_window(home: Path) -> None:
    days = {date.fromisoformat(path.name) for path in home.glob("inbox/*/*")}
    assert min(days) == SMALL.first_date
    assert max(days) == LAST_DATE == SMALL.last_date
    systems = {path.name for path in (home / "inbox").iterdir()}
    assert systems == {
        "hubspot", "contracts", "shop", "quickbooks", "shipstation", "projects", "usage", "messages", "rates", "bank",
    }  # fmt: skip


def chain_of(statements: dict[str, tuple[Decimal, Decimal, Decimal]]) -> None:
    """Hold that each statement adds up and opens where the one before closed."""
    closed: Decimal | None = None
    assert statements
    for name in sorted(statements):
        opening, entries, closing = statements[name]
        assert opening + entries == closing, name
        assert closed is None or opening == closed, name
        closed = closing


def test_camt_statements_chain(home: Path) -> None:
    statements = {}
    for path in home.glob("inbox/bank/*/camt053-*.xml"):
        root = etree.parse(str(path), etree.XMLParser(resolve_entities=False)).getroot()
        balances = {
            balance.findtext(f"{CAMT}Tp/{CAMT}CdOrPrtry/{CAMT}Cd"): Decimal(balance.findtext(f"{CAMT}Amt") or "")
            for balance in root.iter(f"{CAMT}Bal")
        }
        entries = Decimal(0)
        for entry in root.iter(f"{CAMT}Ntry"):
            amount = Decimal(entry.findtext(f"{CAMT}Amt") or "")
            details = [Decimal(detail.findtext(f"{CAMT}Amt") or "") for detail in entry.iter(f"{CAMT}TxDtls")]
            assert sum(details) == amount
            entries += amount if entry.findtext(f"{CAMT}CdtDbtInd") == "CRDT" else -amount
        identity = root.findtext(f".//{CAMT}Stmt/{CAMT}Id") or ""
        statements[identity] = (balances["OPBD"], entries, balances["CLBD"])
    chain_of(statements)


def test_mt940_statements_chain(home: Path) -> None:
    statements = {}
    for path in home.glob("inbox/bank/*/mt940-*.sta"):
        for statement in mt940.parse_statements(str(path), options=mt940.Options.all()):
            entries = sum((row.data["amount"].amount for row in statement), Decimal(0))
            opening, closing = statement.data["final_opening_balance"], statement.data["final_closing_balance"]
            statements[path.name[6:16]] = (opening.amount.amount, entries, closing.amount.amount)
    chain_of(statements)


def test_bai2_statements_chain_and_count_their_records(home: Path) -> None:
    statements = {}
    for path in home.glob("inbox/bank/*/bai2-*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        fields = next(line for line in lines if line.startswith("03,")).rstrip("/").split(",")
        entries = Decimal(0)
        control = int(fields[4]) + int(fields[8])
        for line in lines:
            if line.startswith("16,"):
                code, cents = line.split(",")[1:3]
                control += int(cents)
                entries += Decimal(int(cents) if int(code) < 400 else -int(cents)) / 100
            if line.startswith("88,100"):
                control += int(line.split(",")[2]) + int(line.split(",")[6])
        account_end = next(line for line in lines if line.startswith("49,")).rstrip("/").split(",")
        assert account_end[1:] == [str(control), str(len(lines) - 4)]
        assert lines[-1] == f"99,{control},1,{len(lines)}/"
        statements[path.name[5:15]] = (Decimal(int(fields[4])) / 100, entries, Decimal(int(fields[8])) / 100)
    chain_of(statements)


def test_bank_receipts_of_the_truth_are_the_credits_on_the_statements(home: Path) -> None:
    banked = [row for row in truth(home, "receipts") if not row["is_unbanked"]]
    received: Counter[tuple[str, Decimal]] = Counter()
    seen = set()
    for path in home.glob("inbox/bank/*/*"):
        content = path.read_bytes()
        if hashlib.sha256(content).digest() in seen:
            continue
        seen.add(hashlib.sha256(content).digest())
        if path.name.startswith("camt"):
            for entry in etree.fromstring(content).iter(f"{CAMT}TxDtls"):
                if entry.findtext(f"{CAMT}CdtDbtInd") == "CRDT":
                    received["EUR", Decimal(entry.findtext(f"{CAMT}Amt") or "")] += 1
        elif path.name.startswith("mt940"):
            for statement in mt940.parse_statements(content.decode(), options=mt940.Options.all()):
                for row in statement:
                    if row.data["status"] == "C":
                        received["GBP", row.data["amount"].amount] += 1
        else:
            for line in content.decode().splitlines():
                if line.startswith("16,1"):
                    received["USD", Decimal(line.split(",")[2]) / 100] += 1
    assert received == Counter((row["currency_code"], row["amount"]) for row in banked)


def test_accounting_invoices_are_the_truth_to_the_cent(home: Path) -> None:
    sent = {item["DocNumber"]: item for item in quickbooks(home, "invoices", "Invoice").values()}
    rows = {row["document_number"]: row for row in truth(home, "invoices")}
    assert set(sent) <= set(rows)
    only_here = set(rows) - set(sent)
    # Approved on the last day: the echo comes tomorrow.
    assert {rows[number]["document_date"] for number in only_here} <= {LAST_DATE, LAST_DATE - timedelta(days=1)}
    assert {rows[number]["origin"] for number in only_here} <= {"openitem"}
    for number, item in sent.items():
        row = rows[number]
        assert Decimal(str(item["TotalAmt"])) == row["total_amount"]
        lines = sum((Decimal(str(line["Amount"])) for line in item["Line"]), Decimal(0))
        assert lines == row["net_amount"]
        assert (item["TxnDate"], item["DueDate"]) == (str(row["document_date"]), str(row["due_date"]))


def test_approvals_number_gaplessly_in_their_order(home: Path) -> None:
    lines = (home / "reviewer" / "approvals.jsonl").read_text(encoding="utf-8").splitlines()
    approvals = [json.loads(line) for line in lines]
    assert approvals
    order = [(approval["business_date"], approval["position"]) for approval in approvals]
    assert order == sorted(set(order))
    assert len({approval["billing_key"] for approval in approvals}) == len(approvals)
    issued = {row["billing_key"]: row["document_number"] for row in truth(home, "invoice_charges")}
    numbers = list(dict.fromkeys(issued[approval["billing_key"]] for approval in approvals))
    assert numbers == [f"MUS-2026-{number:05d}" for number in range(1, len(numbers) + 1)]
    assert len(issued) == len(approvals) > len(numbers)
    possible = {row["subject"]: row["event_date"] for row in truth(home, "events") if row["event"] == "draft_possible"}
    for approval in approvals:
        assert date.fromisoformat(approval["business_date"]) > possible[approval["billing_key"]]


def test_a_charge_is_billed_once(home: Path) -> None:
    keys = Counter(row["billing_key"] for row in truth(home, "invoices") if row["billing_key"])
    assert max(keys.values()) == 1
    charged = Counter(row["billing_key"] for row in truth(home, "invoice_charges"))
    assert max(charged.values()) == 1


def test_the_trial_balance_ties_to_the_truth_per_currency(home: Path) -> None:
    folder = home / "inbox" / "quickbooks" / str(LAST_DATE)
    for row in truth(home, "balances"):
        realm = str(row["legal_entity_id"]).lower()
        report = read_json(folder / f"{realm}-trialbalance-{row['currency_code']}.json")
        accounts = {
            line["ColData"][0]["id"]: Decimal(line["ColData"][1]["value"] or 0)
            - Decimal(line["ColData"][2]["value"] or 0)
            for line in report["Rows"]["Row"]
            if "ColData" in line
        }
        assert accounts["1200"] + accounts["1290"] == row["receivable_amount"]
        assert sum(accounts.values()) == 0
        assert accounts["1290"] == -row["unidentified_receipt_amount"]


def test_each_trial_balance_holds_what_was_known_on_its_day(tmp_path: Path) -> None:
    simulate(tmp_path, SMALL.resized(days=36))
    invoices, memos, receipts = (truth(tmp_path, name) for name in ("invoices", "credit_memos", "receipts"))
    reports = sorted(tmp_path.glob("inbox/quickbooks/*/*-trialbalance-*.json"))
    assert len(reports) == 3 * 6
    for path in reports:
        report = read_json(path)
        header = report["Header"]
        day = date.fromisoformat(header["EndPeriod"])
        assert path.parent.name == str(day)

        def total(rows: list[dict[str, Any]], amount: str, known: str, day: date, currency: str) -> Decimal:
            found = [row for row in rows if row["currency_code"] == currency and row[known] and row[known] <= day]
            return sum((row[amount] for row in found), Decimal(0))

        currency = str(header["Currency"])
        expected = (
            total(invoices, "total_amount", "known_date", day, currency)
            - total(memos, "total_amount", "known_date", day, currency)
            - total(receipts, "amount", "known_date", day, currency)
            + total(receipts, "amount", "returned_known_date", day, currency)
        )
        lines = [line["ColData"] for line in report["Rows"]["Row"] if "ColData" in line]
        booked = {line[0]["id"]: Decimal(line[1]["value"] or 0) - Decimal(line[2]["value"] or 0) for line in lines}
        assert booked["1200"] + booked["1290"] == expected


def test_open_items_and_cash_without_a_document_are_the_receivable(home: Path) -> None:
    applied: Counter[str] = Counter()
    for row in truth(home, "applications"):
        applied[row["receipt_id"]] += row["applied_amount"]
    for balance in truth(home, "balances"):
        currency = balance["currency_code"]
        open_amount = sum(row["open_amount"] for row in truth(home, "open_items") if row["currency_code"] == currency)
        unapplied = sum(
            row["amount"] - applied[row["receipt_id"]]
            for row in truth(home, "receipts")
            if row["currency_code"] == currency and row["returned_known_date"] is None
        )
        assert open_amount - unapplied == balance["receivable_amount"]


def test_no_receipt_is_meant_for_more_than_it_holds_and_no_document_overpaid(home: Path) -> None:
    amounts = {row["receipt_id"]: row["amount"] for row in truth(home, "receipts")}
    applied: Counter[str] = Counter()
    for row in truth(home, "applications"):
        applied[row["receipt_id"]] += row["applied_amount"]
    assert all(0 < total <= amounts[receipt] for receipt, total in applied.items())
    assert all(row["open_amount"] > 0 for row in truth(home, "open_items"))
    must_not = {row["receipt_id"] for row in truth(home, "receipts") if row["must_not_apply"]}
    assert not must_not & set(applied)


def test_every_payment_posted_in_accounting_is_a_bank_entry_or_unbanked_with_its_invoice(home: Path) -> None:
    references = {row["bank_reference"] for row in truth(home, "receipts")}
    invoices = set(quickbooks(home, "invoices", "Invoice"))
    payments = quickbooks(home, "payments", "Payment")
    assert payments
    for (realm, _), payment in payments.items():
        if payment["PaymentRefNum"]:
            assert payment["PaymentRefNum"] in references
            assert payment["UnappliedAmt"] == payment["TotalAmt"]
        else:
            linked = payment["Line"][0]["LinkedTxn"][0]["TxnId"]
            assert (realm, linked) in invoices


def test_identifiers_always_name_the_company(home: Path) -> None:
    for path in home.glob("inbox/shop/*/orders-*.json"):
        for order in read_json(path)["orders"]:
            assert order["customer"]["accounting_customer_id"] or order["customer"]["tax_id"]


def test_a_later_version_of_an_order_never_arrives_before_the_first(home: Path) -> None:
    arrivals: dict[str, list[tuple[str, str | None]]] = {}
    for path in sorted(home.glob("inbox/shop/*/orders-*.json"), key=lambda path: (path.parent.name, path.name)):
        for order in read_json(path)["orders"]:
            arrivals.setdefault(order["name"], []).append((path.parent.name, order["po_number"]))
    for versions in arrivals.values():
        numbers = [po_number for _, po_number in versions]
        assert numbers.index(numbers[-1]) == 0 or numbers[0] is None
        assert all(wrong is None for wrong in numbers[: numbers.index(numbers[-1])])


def test_contracts_of_every_kind_are_billed(home: Path) -> None:
    kinds = {(row["legal_entity_id"], row["charge_kind"]) for row in truth(home, "invoices")}
    assert kinds == {
        (entity, kind) for entity in ("MEU", "MUS") for kind in ("opening", "goods", "retainer", "milestone", "usage")
    } | {("MUS", "deal")}


def test_sizes_can_be_overridden(tmp_path: Path) -> None:
    scale = SMALL.resized(customers=20, orders_per_day=2, days=7)
    summary: SimulationSummary = simulate(tmp_path, scale)
    assert summary.customer_count == 20
    assert (summary.last_date - summary.first_date).days == 6
    company = json.loads((tmp_path / "company.json").read_text(encoding="utf-8"))
    assert (company["first_date"], company["last_date"]) == ("2026-06-24", "2026-06-30")


def test_the_mix_is_a_hundred_percent_but_for_rounding() -> None:
    assert 98 <= sum(MIX.values()) <= 103


@pytest.mark.parametrize("country", ["DE", "GB", "FR", "NL", "AT", "IT"])
def test_account_numbers_have_right_check_digits(country: str) -> None:
    from random import Random

    iban = invent_iban(country, Random(3))
    assert int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def test_banks_close_on_weekends_and_good_friday() -> None:
    closed = [date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 6, 27)]
    assert not any(is_business_day(day) for day in closed)
    assert is_business_day(date(2026, 6, 30))
