"""The natural key of a charge: readable, and billed at most once among live invoices."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from assets.ledger.errors import PermanentError
from assets.ledger.periods import MONTHS, UnknownRhythmError

CHARGE_KINDS = ("retainer", "milestone", "usage", "goods", "deal")


class NotABillingKeyError(PermanentError):
    """A text that should name a charge does not."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"Cannot read `{text}` as a billing key: expected `contract|<id>|<line>|<period or milestone>|<kind>` "
            "or `order|<order>|<shipment>|goods` or `deal|<deal>|won|deal`, with kind one of "
            f"{', '.join(CHARGE_KINDS)}."
        )


@dataclass(frozen=True, slots=True)
class ChargeName:
    """The parts of a billing key."""

    charge_kind: str
    contract_id: str | None = None
    contract_line_number: int | None = None
    occasion: str | None = None  # period start or milestone
    order_number: str | None = None
    shipment_number: str | None = None
    deal_id: str | None = None

    @property
    def period_start(self) -> date | None:
        """Return the first day of the billed period, for charges that have one.

        What follows a full stop tells several charges of one period apart: a block of usage, a change in mid-term.
        """
        if not self.occasion or self.charge_kind not in {"retainer", "usage"}:
            return None
        return date.fromisoformat(self.occasion.partition(".")[0])


def contract_billing_key(contract_id: str, line_number: int, occasion: str, charge_kind: str) -> str:
    """Return the billing key of a contract's charge."""
    return f"contract|{contract_id}|{line_number}|{occasion}|{charge_kind}"


def goods_billing_key(order_number: str, shipment_number: str) -> str:
    """Return the billing key of a shipment's goods."""
    return f"order|{order_number}|{shipment_number}|goods"


def deal_billing_key(deal_id: str) -> str:
    """Return the billing key of a deal won: all its line items, once, however often it is opened and won again."""
    return f"deal|{deal_id}|won|deal"


def read_billing_key(text: str) -> ChargeName:
    """Return the parts of a billing key; raise NotABillingKeyError when it is none."""
    parts = text.split("|")
    if len(parts) == 5 and parts[0] == "contract" and parts[4] in CHARGE_KINDS[:3] and parts[2].isdigit():
        name = ChargeName(parts[4], contract_id=parts[1], contract_line_number=int(parts[2]), occasion=parts[3])
        try:
            _ = name.period_start
        except ValueError as error:
            raise NotABillingKeyError(text) from error
        return name
    if len(parts) == 4 and parts[0] == "order" and parts[3] == "goods":
        return ChargeName("goods", order_number=parts[1], shipment_number=parts[2])
    if len(parts) == 4 and parts[0] == "deal" and parts[2:] == ["won", "deal"]:
        return ChargeName("deal", deal_id=parts[1])
    raise NotABillingKeyError(text)


def month_end(day: date) -> date:
    """Return the last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


@lru_cache(maxsize=4096)
def add_months(first_of_month: date, months: int) -> date:
    """Return the same day some months later; made for the 1st, which every month has."""
    index = first_of_month.year * 12 + first_of_month.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(first_of_month.day, monthrange(year, month + 1)[1]))


def months_per_period(billing_frequency: str | None) -> int:
    """Return how many months one billing period lasts."""
    if billing_frequency not in MONTHS:
        raise UnknownRhythmError(str(billing_frequency), [str(word) for word in MONTHS if word])
    return MONTHS[billing_frequency]


def period_end(period_start: date, billing_frequency: str | None) -> date:
    """Return the last day of the billing period."""
    return add_months(period_start, months_per_period(billing_frequency)) - timedelta(days=1)
