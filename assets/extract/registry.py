"""Which reader reads which file: by system and file name pattern, first match in order."""

from __future__ import annotations

from fnmatch import fnmatchcase

from assets.extract import (
    agreements,
    einvoicing,
    exchange_rates,
    hubspot,
    messages,
    nfe,
    projects,
    quickbooks,
    shipstation,
    shop,
    usage,
)
from assets.extract.bai2 import read_bai2
from assets.extract.camt import read_camt
from assets.extract.edi820 import read_edi820
from assets.extract.mt940 import read_mt940
from assets.extract.reading import Reader, Readers

READERS: Readers = {
    ("bank", "camt05[234]*.xml"): ("statements", read_camt),
    ("bank", "bai2*.txt"): ("statements", read_bai2),
    ("bank", "mt940*.sta"): ("statements", read_mt940),
    ("contracts", "agreements*.json"): ("agreements", agreements.read_agreements),
    ("einvoicing", "*.xml"): ("responses", einvoicing.read_responses),
    ("hubspot", "companies*.json"): ("companies", hubspot.read_companies),
    ("hubspot", "contacts*.json"): ("contacts", hubspot.read_contacts),
    ("hubspot", "deals*.json"): ("deals", hubspot.read_deals),
    ("hubspot", "line_items*.json"): ("line_items", hubspot.read_line_items),
    ("messages", "disputes*.json"): ("disputes", messages.read_disputes),
    ("messages", "rejections*.json"): ("rejections", messages.read_rejections),
    ("messages", "remittances*.json"): ("remittances", messages.read_remittances),
    ("messages", "*.[eE][dD][iI]"): ("remittances", read_edi820),
    ("messages", "*.[xX]12"): ("remittances", read_edi820),
    ("messages", "*.820"): ("remittances", read_edi820),
    ("messages", "*820*.[tT][xX][tT]"): ("remittances", read_edi820),
    ("nfe", "*.xml"): ("documents", nfe.read_nfe),
    ("projects", "milestones*.json"): ("milestones", projects.read_milestones),
    ("quickbooks", "*-creditmemos*.json"): ("credit_memos", quickbooks.read_credit_memos),
    ("quickbooks", "*-customers*.json"): ("customers", quickbooks.read_customers),
    ("quickbooks", "*-invoices*.json"): ("invoices", quickbooks.read_invoices),
    ("quickbooks", "*-payments*.json"): ("payments", quickbooks.read_payments),
    ("quickbooks", "*-trialbalance*.json"): ("trial_balance", quickbooks.read_trial_balance),
    ("rates", "eurofxref*.xml"): ("exchange_rates", exchange_rates.read_exchange_rates),
    ("shipstation", "shipments*.json"): ("shipments", shipstation.read_shipments),
    ("shop", "orders*.json"): ("orders", shop.read_orders),
    ("shop", "price_list*.csv"): ("price_list", shop.read_price_list),
    ("shop", "product_cost*.csv"): ("product_cost", shop.read_product_cost),
    ("shop", "stock*.csv"): ("stock", shop.read_stock),
    ("usage", "usage*.csv"): ("events", usage.read_events),
}

# Whole lists that carry no date: the same bytes after other bytes are a change back, not a second delivery.
SNAPSHOTS: frozenset[tuple[str, str]] = frozenset({("shop", "price_list"), ("shop", "stock"), ("shop", "product_cost")})


def reader_for(readers: Readers, system: str, file_name: str) -> tuple[str, Reader] | None:
    """Return (object, reader) of the first pattern of the system that fits the name, or None."""
    for (of_system, pattern), found in readers.items():
        if of_system == system and fnmatchcase(file_name, pattern):
            return found
    return None


def name_says(system: str, file_name: str) -> str:
    """Return what only the name of a file tells about its rows: the realm in QuickBooks, elsewhere nothing.

    Equal bytes are a duplicate only where this is equal too: an empty page of one realm is not that of another.
    """
    return file_name.partition("-")[0] if system == "quickbooks" else ""
