"""A refusal that a network delivers stops reminders, opens an exception and names the field, as a message does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from assets.platform.home import Home
from assets.platform.window import RunMode, RunWindow
from orchestration.running import run_window_job
from tests.extract.brazil_files import an_authorised_document
from tests.extract.network_files import a_condition, a_french_reason, a_lifecycle_status, a_peppol_response, a_status

pytestmark = pytest.mark.chain


def test_a_refusal_dropped_in_the_inbox_is_traced_to_its_field(copied: Home) -> None:
    last = copied.company_date("last_date")
    assert last is not None
    day = last + timedelta(days=1)
    open_items = copied.warehouse().rows(
        "select document_number from receivables.fct_open_items where open_amount > 0 and document_number not in "
        "(select document_number from marts.fct_invoice_rejections where document_number is not null) "
        "order by document_number"
    )
    refused, disputed = (str(row["document_number"]) for row in (open_items[0], open_items[-1]))
    order_unknown = a_status("REF", reason="Order not found", conditions=a_condition("BT-13", "PO-4711"))
    for system, name, content in (
        ("einvoicing", "answer.xml", a_peppol_response("RE", order_unknown, document=refused)),
        ("einvoicing", "status.xml", a_lifecycle_status("207", a_french_reason("PU_ERR"), document=disputed)),
        ("nfe", "nota-procNFe.xml", an_authorised_document()),
    ):
        path = copied.inbox_path / system / day.isoformat() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    run_window_job(copied, RunWindow(day, day, RunMode.CLOSE))

    warehouse = copied.warehouse()
    states = warehouse.rows("select document_number, state, reason_code, prevented_by from marts.fct_invoice_responses")
    assert {tuple(row.values()) for row in states} == {
        (refused, "refused_by_buyer", "WRONG_PO", "sales_operations"),
        (disputed, "disputed", "PRICE_DIFFERS_FROM_ORDER", "sales_operations"),
        ("29248", "accepted", None, None),
    }
    (rejection,) = warehouse.rows(
        f"select rejection_status, reason_code, field_name from marts.fct_invoice_rejections where known_date = '{day}'"
    )
    assert tuple(rejection.values()) == ("refused_by_buyer", "WRONG_PO", "purchase_order_number")
    (found,) = warehouse.rows(
        f"select reason_code, upstream_field from generated.exceptions where subject_label = '{refused}' "
        f"and reason_code = 'INVOICE_REJECTED' and business_date = '{day}'"
    )
    assert found["upstream_field"] == "po_number"


def test_an_invoice_disputed_over_a_network_is_not_reminded_until_it_is_accepted_there(copied: Home) -> None:
    last = copied.company_date("last_date")
    assert last is not None
    first_day, second_day = last + timedelta(days=1), last + timedelta(days=2)
    (waiting, *_) = copied.warehouse().rows(
        f"select document_number, document_date, legal_entity_id from receivables.fct_open_items "
        f"where open_amount > 0 and document_type = 'invoice' and document_key in (select document_key "
        f"from generated.reminder_plan where business_date = '{last}' "
        "and reason_code in ('REMINDER_DUE', 'LEVEL_ALREADY_SENT', 'REMINDED_RECENTLY', 'BEFORE_FIRST_LEVEL')) "
        "order by document_number"
    )
    disputed = str(waiting["document_number"])
    before = _disputed_in_month_of(copied, waiting)
    for day, status, moment in ((first_day, "207", "20260304120000"), (second_day, "205", "20260305120000")):
        path = copied.inbox_path / "einvoicing" / day.isoformat() / "status.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        reason = [a_french_reason("PU_ERR")] if status == "207" else []
        answer = a_lifecycle_status(status, *reason, document=disputed, moment=moment)
        path.write_bytes(answer.replace(b"<ram:ID>CDV-1<", f"<ram:ID>CDV-{status}<".encode()))

    run_window_job(copied, RunWindow(first_day, first_day, RunMode.CLOSE))
    assert _reason_not_reminded(copied, disputed, first_day) == "DISPUTED"
    assert _disputed_in_month_of(copied, waiting) == before + 1
    assert _exceptions_of(copied, disputed) == {"INVOICE_DISPUTED"}

    run_window_job(copied, RunWindow(second_day, second_day, RunMode.CLOSE))
    assert _reason_not_reminded(copied, disputed, first_day) == "DISPUTED"
    assert _reason_not_reminded(copied, disputed, second_day) != "DISPUTED"
    assert _exceptions_of(copied, disputed) == set()
    assert _disputed_in_month_of(copied, waiting) == before + 1


def _reason_not_reminded(home: Home, document_number: str, day: date) -> str:
    (line,) = home.warehouse().rows(
        f"select decision, reason_code from generated.reminder_plan where document_number = '{document_number}' "
        f"and business_date = '{day}'"
    )
    return str(line["reason_code"])


def _exceptions_of(home: Home, document_number: str) -> set[str]:
    rows = home.warehouse().rows(
        f"select reason_code from reporting.rpt_exceptions where subject_label = '{document_number}'"
    )
    return {str(row["reason_code"]) for row in rows}


def _disputed_in_month_of(home: Home, invoice: Mapping[str, Any]) -> int:
    (row,) = home.warehouse().rows(
        f"select disputed_count from reporting.rpt_invoice_rejections "
        f"where legal_entity_id = '{invoice['legal_entity_id']}' "
        f"and cohort_month = date_trunc('month', date '{invoice['document_date']}')"
    )
    return int(row["disputed_count"])
