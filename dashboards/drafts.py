"""A draft as people see it: what was decided since the snapshot laid over it, and where it differs from its sources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assets.ledger import languages
from assets.ledger.documents import CREDITED_BEFORE, DISCOUNT
from dashboards import agreed_amounts, reading, wording
from dashboards.deciding import Pending

Sources = Mapping[str, Sequence[reading.Row]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of a draft that is not what its contract, order or shipment says."""

    field: str
    on_draft: str
    expected: str
    source: str


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice issued since the snapshot: what is needed to show it and to take it back."""

    row: reading.Row
    version: int


def as_decided(row: reading.Row, pending: Pending) -> reading.Row:
    """Return the draft with what people changed since the snapshot laid over it."""
    on_top: dict[str, Any] = {}
    for recorded in pending.get(row["billing_key"], ()):
        decision = recorded.decision
        if decision.kind == "draft_held":
            on_top |= {"status": "held", "reason_code": decision.reason_code}
        if decision.kind == "draft_corrected":
            draft = decision.payload["draft"]
            on_top |= {name: Decimal(draft[name]) for name in ("net_amount", "tax_amount", "total_amount")}
            on_top |= {name: draft[name] for name in ("purchase_order_number", "terms_code", "due_days")}
            on_top |= {"lines": json.dumps(draft["lines"]), "status": "drafted", "reason_code": None}
        if decision.kind == "invoice_cancelled":
            on_top |= {"status": "drafted", "reason_code": None}
    return {**row, **on_top}


def is_done(row: reading.Row, pending: Pending) -> bool:
    """Return whether a draft left the list: approved and rejected ones do, corrected and held ones stay."""
    last = [recorded.decision.kind for recorded in pending.get(row["billing_key"], ())][-1:]
    return bool(last) and last[0] in {"invoice_issued", "draft_approved", "draft_rejected"}


def issued_since(pending: Pending, names: Mapping[str, str]) -> list[Issued]:
    """Return the invoices that were approved since the snapshot and stand, the last one first."""
    found = []
    for decisions in pending.values():
        last = decisions[-1]
        if last.decision.kind != "invoice_issued":
            continue
        payload = last.decision.payload
        amounts = {name: Decimal(payload[name]) for name in ("net_amount", "tax_amount", "total_amount")}
        row = {
            **payload,
            **amounts,
            "open_amount": amounts["total_amount"],
            "invoice_date": last.decision.business_date,
            "due_date": None,
            "customer_name": names.get(str(payload["billing_key"])),
            "is_posted_in_accounting": False,
            "issued_by": "openitem",
            "occurrence": last.decision.occurrence,
        }
        found.append(Issued(row, last.sequence))
    return sorted(found, key=lambda issued: -issued.version)


def lines_of(row: reading.Row) -> list[dict[str, Any]]:
    """Return the draft's lines with their amounts as numbers."""
    found = as_json(row["lines"])
    lines = [dict(line) for line in found if isinstance(line, Mapping)] if isinstance(found, list) else []
    return [{**line, "net_amount": Decimal(line["net_amount"])} for line in lines]


def as_json(text: str | None) -> Any:
    """Return recorded JSON with exact numbers; what is none is shown as it was recorded."""
    try:
        return json.loads(text or "{}", parse_float=Decimal)
    except ValueError:
        return {"recorded": text}


def changed_since(row: reading.Row) -> tuple[str, list[dict[str, str]]] | None:
    """Return when the draft before this one was made and what it said otherwise; None for a first draft."""
    evidence = as_json(row["evidence"])
    changes = evidence.get("changes") if isinstance(evidence, Mapping) else None
    if not changes:
        return None
    before = evidence.get("drafted_before") or evidence.get("blocked_before")
    said = f"it was {'drafted' if 'drafted_before' in evidence else 'blocked'}"
    on = f"{said} on {wording.day(date.fromisoformat(str(before)))}" if before else said
    currency_code = str(row["currency_code"])
    return on, [
        {
            "field": wording.words(each["field"]),
            "then": _as_said(each["field"], each["then"], currency_code),
            "now": _as_said(each["field"], each["now"], currency_code),
        }
        for each in changes
    ]


def _as_said(field: str, value: Any, currency_code: str) -> str:
    if value is None:
        return wording.NOTHING
    if field.endswith("_amount"):
        return wording.money(Decimal(value), currency_code)
    if field.endswith("_rate"):
        return f"{exact(Decimal(value) * 100)} %"
    if field.endswith(("_date", "_start", "_end")):
        return wording.day(date.fromisoformat(str(value)))
    return wording.plain_text(value)


def evidence_of(row: reading.Row) -> Any:
    """Return what a draft rests on, without what changed since the one before: that has its own place."""
    evidence = as_json(row["evidence"])
    if not isinstance(evidence, Mapping):
        return evidence
    return {name: value for name, value in evidence.items() if name != "changes"}


def language_missed(row: reading.Row) -> str | None:
    """Return the name of the language a customer asks for and no document of ours is written in; None else.

    A snapshot of an older version does not know the language.
    """
    asked = row.get("language_code")
    missed = languages.language_missed(None, str(asked)) if asked else None
    return wording.language(missed) if missed else None


def by_kind(rows: Sequence[reading.Row]) -> dict[str, list[reading.Row]]:
    """Return the sources of one draft by what they are."""
    found: dict[str, list[reading.Row]] = {}
    for row in rows:
        found.setdefault(row["source_kind"], []).append(row)
    return found


def differences(row: reading.Row, sources: Sources) -> list[Difference]:
    """Return where the draft is not what was agreed, ordered or delivered, gravest first."""
    return [*_amounts(row), *_line_differences(row, sources), *_credited_before(row), *_headers(row)]


def _amounts(row: reading.Row) -> list[Difference]:
    lines = lines_of(row)
    agreed = agreed_amounts.agreed_for(row, lines)
    billed = agreed_amounts.before_discounts(lines) if lines else row["net_amount"]
    if agreed is None or agreed.amount is None or agreed.amount == billed:
        return []
    money = wording.money(billed, row["currency_code"]), wording.money(agreed.amount, row["currency_code"])
    return [Difference("Net amount", *money, "contract")]


def _credited_before(row: reading.Row) -> list[Difference]:
    """Return what a replacement takes off for credits of the invoice before it: to be kept or corrected."""
    currency_code = row["currency_code"]
    return [
        Difference(
            "Credited before", wording.money(line["net_amount"], currency_code), "nothing off", "contract or order"
        )
        for line in lines_of(row)
        if agreed_amounts.is_taken_off(line) and str(line["description"]).startswith(CREDITED_BEFORE)
    ]


def computation(row: reading.Row) -> str | None:
    """Return how a draft's amount follows from its contract; None for a whole period or milestone at its price."""
    agreed = agreed_amounts.agreed_for(row, lines_of(row))
    return None if agreed is None else agreed.computation


def _headers(row: reading.Row) -> list[Difference]:
    found = []
    asked = [
        ("Terms", "terms_code", "agreed_terms_code", "agreement"),
        ("Terms", "terms_code", "order_terms_code", "order"),
        ("Purchase order", "purchase_order_number", "agreed_purchase_order_number", "contract"),
        ("Purchase order", "purchase_order_number", "order_purchase_order_number", "order"),
    ]
    for field, column, expected, source in asked:
        if row.get(expected) and row.get(expected) != row.get(column):
            found.append(
                Difference(field, wording.plain_text(row.get(column)), wording.plain_text(row[expected]), source)
            )
    if row.get("is_purchase_order_required") and not row["purchase_order_number"]:
        found.append(Difference("Purchase order", wording.NOTHING, "one is asked for", "agreement"))
    return found


def _line_differences(row: reading.Row, sources: Sources) -> list[Difference]:
    ordered = _lines_by_key([line for line in sources.get("order", ()) if line["product_id"]])
    shipped = quantities([line for line in sources.get("shipment", ()) if line["product_id"]])
    lines = lines_of(row)
    billed = quantities(lines)
    found = []
    for line in lines:
        product_id, label = line.get("product_id"), f"line {line['line_number']}"
        if row["charge_kind"] != "goods" or not ordered or agreed_amounts.is_taken_off(line):
            continue
        order_line = _order_line_of(line, ordered)
        if order_line is None:
            found.append(Difference(f"Item, {label}", wording.plain_text(product_id), "not ordered", "order"))
            continue
        price, expected = Decimal(line["unit_price"]), order_line["unit_price"]
        if price != expected:
            found.append(Difference(f"Price, {label}", exact(price), exact(expected), "order"))
        key = _line_key(line)
        if key in shipped and billed[key] != shipped[key]:
            both = exact(billed[key]), exact(shipped[key])
            found.append(Difference(f"Quantity, {label}", *both, "shipment"))
    return found


def beside(row: reading.Row, lines: Sequence[Mapping[str, Any]], sources: Sources) -> list[dict[str, Any]]:
    """Return the draft's lines with what was ordered, shipped, metered and agreed for each; ≠ marks what differs."""
    ordered = _lines_by_key([*sources.get("order", ()), *sources.get("deal", ())])
    shipped, billed = quantities(sources.get("shipment", ())), quantities(lines)
    of_contract = agreed_amounts.agreed_for(row, lines)
    metered = sum((line["quantity"] for line in sources.get("usage", ())), Decimal(0))
    agreed = next((line["unit_price"] for line in sources.get("contract", ())), None)
    found = []
    for line in lines:
        key, quantity, price = _line_key(line), Decimal(line["quantity"]), Decimal(line["unit_price"])
        order_line = _order_line_of(line, ordered)
        agreed_price = order_line["unit_price"] if order_line else None
        if order_line is None and row["charge_kind"] != "goods":
            agreed_price = agreed_amounts.agreed_price(row, line, agreed, of_contract)
        is_odd = (key in shipped and shipped[key] != billed[key]) or (bool(ordered) and order_line is None)
        is_odd = is_odd or (agreed_price is not None and row["charge_kind"] != "usage" and agreed_price != price)
        found.append(
            {
                "mark": "≠" if is_odd else " ",
                "description": line["description"],
                "quantity": exact(quantity),
                "ordered": exact(order_line["quantity"]) if order_line else None,
                "shipped": exact(shipped[key]) if key in shipped else None,
                "metered": exact(metered) if metered and row["charge_kind"] == "usage" else None,
                "unit_price": exact(price),
                "agreed_price": None if agreed_price is None else exact(agreed_price),
                "net_amount": line["net_amount"],
            }
        )
    return found


def quantities(rows: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Return how much of each product the rows come to."""
    found: dict[str, Decimal] = {}
    for line in rows:
        found[_line_key(line)] = found.get(_line_key(line), Decimal(0)) + Decimal(line["quantity"])
    return found


def _lines_by_key(rows: Sequence[reading.Row]) -> dict[str, list[reading.Row]]:
    found: dict[str, list[reading.Row]] = {}
    for line in rows:
        found.setdefault(_line_key(line), []).append(line)
    return found


def _order_line_of(line: Mapping[str, Any], ordered: Mapping[str, Sequence[reading.Row]]) -> reading.Row | None:
    """Return what was ordered as a draft's line: of several lines of one product that at its price, else the last."""
    same = ordered.get(_line_key(line), ())
    at_its_price = [each for each in same if each["unit_price"] == Decimal(line["unit_price"])]
    return next(iter(at_its_price or same[-1:]), None)


def changes_since(lines: Sequence[Mapping[str, Any]], before: Sequence[reading.Row]) -> list[dict[str, Any]]:
    """Return the lines of two periods side by side: what each cost then and costs now, and what changed."""
    then, now = _by_line_key(before), _by_line_key(lines)
    rows = []
    for key in [*now, *(key for key in then if key not in now)]:
        old, new = then.get(key), now.get(key)
        was = Decimal(0) if old is None else old["net_amount"]
        becomes = Decimal(0) if new is None else Decimal(new["net_amount"])
        rows.append(
            {
                "description": str((new or old or {})["description"]),
                "then": None if old is None else was,
                "now": None if new is None else becomes,
                "change": becomes - was,
                "what": _what_changed(old, new),
            }
        )
    return rows


def _by_line_key(lines: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return lines by what they bill; a second line of the same (a price that changed, a discount) keeps its place."""
    found: dict[str, Mapping[str, Any]] = {}
    for line in lines:
        key = _line_key(line)
        again = sum(taken.startswith(f"{key}\n") or taken == key for taken in found)
        found[f"{key}\n{again}" if again else key] = line
    return found


def _line_key(line: Mapping[str, Any]) -> str:
    key = str(line.get("product_id") or f"line {line['line_number']}")
    return f"{key} {DISCOUNT}" if agreed_amounts.is_taken_off(line) else key


def _what_changed(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    if old is None:
        return "≠ new line"
    if new is None:
        return "≠ no longer billed"
    parts = [
        f"{word} {exact(old[name])} → {exact(Decimal(new[name]))}"
        for word, name in (("quantity", "quantity"), ("price", "unit_price"))
        if old[name] != Decimal(new[name])
    ]
    return f"≠ {', '.join(parts)}" if parts else "same"


def exact(value: Decimal | None) -> str:
    """Return a quantity or price with all its places and no trailing zeros."""
    if value is None:
        return wording.NOTHING
    text = f"{value.normalize():f}"
    whole, _, places = text.partition(".")
    return f"{int(whole):,}.{places.ljust(2, '0')}" if places else f"{int(whole):,}"
