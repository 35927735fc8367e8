"""A refusal that a network delivers stops reminders, opens an exception and names the field, as a message does."""

from __future__ import annotations

from datetime import timedelta

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
