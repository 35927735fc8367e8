"""Which drafts stand on one invoice with the one that is looked at, and what does that invoice come to?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from assets.ledger.documents import draft_of
from assets.ledger.errors import PermanentError
from assets.ledger.one_invoice import one_invoice_of
from dashboards import deciding, drafts, reading, wording
from dashboards.frame import Page

Seen = tuple[reading.Row, int]


def beside(row: reading.Row, shown: Page) -> list[Seen]:
    """Return the drafts billed together with one, each with the version the page has seen; none for most.

    A draft that was held, rejected or corrected to other terms meanwhile does not stand on the invoice.
    """
    group = row.get("invoice_group")
    if not group or row["status"] != "drafted":
        return []
    found = []
    for other in reading.invoices_to_review(shown.snapshot):
        if other["invoice_group"] != group or other["billing_key"] == row["billing_key"]:
            continue
        now = drafts.as_decided(other, shown.pending)
        says_the_same = all(now[name] == row[name] for name in ("terms_code", "purchase_order_number"))
        if now["status"] == "drafted" and says_the_same and not drafts.is_done(other, shown.pending):
            found.append((now, deciding.seen_version(now, shown.pending, "billing_key")))
    return found


def total_of(rows: Sequence[reading.Row]) -> Decimal | None:
    """Return what one invoice of drafts comes to, its tax rounded once; None when they cannot stand on one."""
    recorded = [deciding.draft_on_record(str(row["billing_key"])) for row in rows]
    try:
        return one_invoice_of([draft_of(draft) for draft in recorded if draft is not None]).total_amount
    except PermanentError:
        return None


def show(row: reading.Row, others: Sequence[Seen]) -> None:
    """Say which charges the invoice bills and what it comes to."""
    if not others:
        return
    charges = [row, *(other for other, _ in others)]
    currency_code = row["currency_code"]
    total = total_of(charges)
    with st.container(border=True):
        st.metric(
            f"One invoice of {wording.counted(len(charges), 'charge')}",
            "–" if total is None else wording.money(total, currency_code),
            width="content",
            help="Approving one approves all. Hold or reject a draft to leave it out.",
        )
        for charge in charges:
            agreed_in = wording.plain_text(charge["contract_id"] or charge["order_number"])
            amount = wording.money(charge["total_amount"], currency_code)
            st.text(f"{wording.words(charge['charge_kind'])} · {agreed_in} · {amount}")
