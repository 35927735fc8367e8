"""What a draft should cost by its contract: the agreed price, its days' share of it, or nothing one price can say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assets.ledger.documents import CREDITED_BEFORE, DISCOUNT
from assets.ledger.money import round_to_minor_unit
from dashboards import reading, wording

SHARE = re.compile(r"\((\d+) of ([1-9]\d*) days\)$")
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the contract makes of a draft before its discounts, and how; None where no single price says it."""

    amount: Decimal | None
    computation: str | None = None


def agreed_for(row: reading.Row, lines: Sequence[Line]) -> Agreed | None:
    """Return what a draft is to be compared with; None for what no contract prices by the period or milestone."""
    price, currency_code = row["contract_amount"], row["currency_code"]
    if price is None or row["charge_kind"] == "usage":
        return None
    if is_change_in_mid_term(row):
        return Agreed(None, "what an amendment in mid-term adds to a period billed before")
    billed = [line for line in lines if not is_taken_off(line)]
    shares = [share_of(row, line) for line in billed]
    said = [f"{days} of {whole} days" for days, whole in filter(None, shares)]
    amount: Decimal | None = price
    if len(billed) > 1 and said:
        amount = None  # prices that changed within the period, each for its days
        said = [f"prices that changed within the period: {', '.join(said)}"]
    elif shares and shares[0] is not None:
        days, whole = shares[0]
        amount = round_to_minor_unit(price * days / whole, currency_code)
        said = [f"{said[0]} of {wording.money(price, currency_code)}"]
    for line in lines:
        if is_taken_off(line):
            said.append(f"{line['description']} of {wording.money(abs(Decimal(line['net_amount'])), currency_code)}")
    return Agreed(amount, ", less ".join(said) or None)


def before_discounts(lines: Sequence[Line]) -> Decimal:
    """Return what lines come to without the discounts among them."""
    return sum((Decimal(line["net_amount"]) for line in lines if not is_taken_off(line)), Decimal(0))


def agreed_price(row: reading.Row, line: Line, price: Decimal | None, agreed: Agreed | None) -> Decimal | None:
    """Return what one unit of a contract's line should cost; None where one price does not say."""
    if agreed is None or price is None:
        return price
    if agreed.amount is None or is_taken_off(line):
        return None
    return agreed.amount if share_of(row, line) else price


def is_taken_off(line: Line) -> bool:
    """Return whether a line takes off what was agreed to be, or what was credited of an invoice it replaces."""
    return line.get("quantity") is not None and (
        Decimal(line["quantity"]) == -1 and str(line["description"]).startswith((DISCOUNT, CREDITED_BEFORE))
    )


def is_change_in_mid_term(row: reading.Row) -> bool:
    """Return whether a draft bills only what an amendment adds: its occasion names the contract's version."""
    parts = str(row["billing_key"]).split("|")
    return row["charge_kind"] == "retainer" and len(parts) == 5 and ".v" in parts[3]


def share_of(row: reading.Row, line: Line) -> tuple[int, int] | None:
    """Return the days a line covers and those of its whole period, as its words say; None for a whole one."""
    found = SHARE.search(str(line["description"])) if row["charge_kind"] == "retainer" else None
    return (int(found[1]), int(found[2])) if found else None
