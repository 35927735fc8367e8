"""Who we deal with: our legal entities, their customers and the accounts customers pay from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

OWN_ACCOUNT, VIRTUAL_ACCOUNT = "own", "virtual"


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """One company of ours that sells, bills and banks under its own name."""

    legal_entity_id: str
    legal_entity_name: str
    country_code: str
    currency_code: str
    time_zone: str
    invoicing_mode: str  # accounting: invoices are made there and drafts compared | openitem: invoices are made here
    number_series: str

    @property
    def issues_here(self) -> bool:
        """Return whether this project issues the entity's invoices."""
        return self.invoicing_mode == "openitem"

    def series_of(self, day: date) -> str:
        """Return the document number series of that day, e.g. `MUS-2026`."""
        return f"{self.number_series}-{day.year}"

    def local_date(self, moment: datetime) -> date:
        """Return the business day of a moment: days end where the entity is."""
        return local_date(moment, self.time_zone)


@lru_cache(maxsize=65536)
def local_date(moment: datetime, time_zone: str) -> date:
    """Return the day a moment falls on in a time zone; one without a zone of its own is in UTC.

    Midnight in UTC is how a source's plain date reads: it has no hour, so it is that date wherever the entity is.
    """
    in_utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if in_utc.time() == time(0):
        return in_utc.date()
    return in_utc.astimezone(ZoneInfo(time_zone or "UTC")).date()


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer of one legal entity, as far as it is known."""

    customer_key: str
    customer_number: str
    customer_name: str
    legal_entity_id: str
    currency_code: str | None = None
    family_key: str | None = None
    country_code: str | None = None
    address_line: str | None = None
    city: str | None = None
    postal_code: str | None = None
    tax_id: str | None = None
    billing_email: str | None = None
    is_billing_email_valid: bool = False
    terms_code: str | None = None
    credit_limit_amount: Decimal | None = None
    is_active: bool = True
    known_date: date | None = None
    language_code: str | None = None  # that the billing contact asked for


@dataclass(frozen=True, slots=True)
class PayerAccount:
    """A bank account that a customer is known to pay from, or one of ours given to that customer alone to pay to."""

    payer_account: str
    customer_key: str
    known_date: date
    account_kind: str = OWN_ACCOUNT

    @property
    def is_virtual(self) -> bool:
        """Return whether money arrives on it rather than leaves from it."""
        return self.account_kind == VIRTUAL_ACCOUNT
