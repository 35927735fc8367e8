"""Issued invoices made into documents: the record from the decision log, master data from the warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from assets.decisions.invoice_review import current_draft, live_invoice
from assets.delivery.invoice_mail import Attachment
from assets.invoicing.documents.bundle import InvoiceDocuments, render_invoice
from assets.invoicing.documents.issued_invoice import Buyer, Seller, issued_invoice, provisional, sellers_from
from assets.invoicing.documents.model import Invoice
from assets.invoicing.documents.validation import Finding, rules_are_installed
from assets.ledger.decision import RecordedDecision
from assets.ledger.errors import BadInputError, PermanentError
from assets.ledger.languages import language_of, languages_by_country
from assets.ledger.terms import PaymentTerms, terms_by_code
from assets.platform.home import Home
from assets.platform.warehouse import Warehouse

ISSUED = ("invoice_issued", "credit_memo_issued")
Payload = Mapping[str, Any]


class DocumentNotIssuableError(PermanentError):
    """The official rules refuse a document."""

    def __init__(self, number: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(finding for finding in findings if finding.severity == "fatal")
        by_rule = {finding.rule_id: finding.text.rstrip(".") for finding in self.findings}
        listed = "; ".join(f"{rule_id}: {text}" for rule_id, text in list(by_rule.items())[:5])
        super().__init__(
            f"Cannot issue document `{number}`: {listed}. Complete the master data that the rule names; see "
            f"`openitem documents render {number}`."
        )


@dataclass(frozen=True, slots=True)
class MasterData:
    """What documents say of the parties, beyond what the invoice itself records."""

    sellers: Mapping[str, Seller]
    buyers: Mapping[str, Buyer]
    terms: Mapping[str, PaymentTerms]
    logos: Mapping[str, str]  # SVG by legal entity
    issuing_here: frozenset[str] = frozenset()  # the legal entities whose invoices we issue


def master_data(home: Home) -> MasterData:
    """Return sellers, buyers and terms as the warehouse holds them; logos lie in `letterheads/<entity>.svg`."""
    warehouse = home.warehouse()
    with warehouse.connect():
        letterheads, entities, accounts = (
            _rows(warehouse, f"policy.{name}") for name in ("letterheads", "legal_entities", "bank_accounts")
        )
        customers = _rows(warehouse, "marts.dim_customers")
        terms = _rows(warehouse, "policy.payment_terms")
        languages = languages_by_country(_rows(warehouse, "policy.letter_languages"))
    logos = {path.stem: path.read_text() for path in sorted((home.path / "letterheads").glob("*.svg"))}
    return MasterData(
        sellers=sellers_from(letterheads, entities, accounts),
        buyers={str(row["customer_key"]): _buyer(row, languages) for row in customers},
        terms=terms_by_code(terms),
        logos=logos,
        issuing_here=frozenset(
            str(row["legal_entity_id"]) for row in entities if row.get("invoicing_mode") == "openitem"
        ),
    )


def _rows(warehouse: Warehouse, name: str) -> list[dict[str, Any]]:
    return warehouse.rows(f"select * from {name} order by all") if warehouse.has_table(name) else []


def _buyer(row: Mapping[str, Any], languages: Mapping[str, str]) -> Buyer:
    return Buyer(
        customer_number=str(row["customer_number"]),
        name=str(row["customer_name"] or ""),
        country_code=row.get("country_code"),
        address_line=row.get("address_line"),
        postal_code=row.get("postal_code"),
        city=row.get("city"),
        tax_id=row.get("tax_id"),
        email=row.get("billing_email") if row.get("is_billing_email_valid") else None,
        language=language_of(row.get("country_code"), row.get("language_code"), languages),
    )


def documents_of(payload: Payload, data: MasterData, *, is_e_invoice: bool = True) -> InvoiceDocuments:
    """Return the documents of one recorded invoice or credit memo; the PDF alone where it shall be no e-invoice."""
    invoice = invoice_of(payload, data)
    seller = data.sellers[str(payload["legal_entity_id"])]
    buyer = data.buyers[str(payload["customer_key"])]
    logo = data.logos.get(seller.legal_entity_id)
    return render_invoice(
        invoice,
        logo_svg=logo,
        pix_key=seller.pix_key,
        collection_account=seller.collection_account,
        is_e_invoice=is_e_invoice,
        document_format=payload.get("document_format"),
        language=buyer.language,
    )


def invoice_of(payload: Payload, data: MasterData) -> Invoice:
    """Return a recorded invoice or credit memo in the terms of EN 16931."""
    seller = data.sellers.get(str(payload["legal_entity_id"]))
    buyer = data.buyers.get(str(payload.get("customer_key")))
    missing = [
        f"{what} `{key}` is not in the warehouse"
        for what, key, found in (
            ("legal entity", payload["legal_entity_id"], seller),
            ("customer", payload.get("customer_key"), buyer),
        )
        if found is None
    ]
    if seller is None or buyer is None:
        doing = f"Cannot make document `{payload['document_number']}`"
        raise BadInputError(doing, missing, remedy="Run the chain once, so that the warehouse knows them.")
    if "credit_memo_date" in payload:
        payload = {**payload, "document_type": "credit_memo", "document_date": payload["credit_memo_date"]}
    return issued_invoice(payload, seller, buyer, terms=data.terms.get(str(payload.get("terms_code"))))


def files_of(documents: InvoiceDocuments) -> list[Attachment]:
    """Return the files to send or keep, named after the document."""
    name = documents.number
    found = [
        (f"{name}.pdf", "application/pdf", documents.pdf),
        (f"{name}-ubl.xml", "application/xml", documents.ubl),
        (f"{name}-cii.xml", "application/xml", documents.cii),
    ]
    return [Attachment(file, media_type, contents) for file, media_type, contents in found if contents is not None]


def document_renderer(home: Home) -> Callable[[Payload], list[Attachment]]:
    """Return what makes the files that go with the mail of an invoice: the PDF with the XML inside, and UBL.

    Every document is validated once more before it leaves; one that the rules refuse raises. Where the rules are not
    installed nothing leaves as e-invoice: the mail brings the PDF alone.
    """
    known: list[MasterData] = []

    def render(payload: Payload) -> list[Attachment]:
        if not known:
            known.append(master_data(home))
        documents = documents_of(payload, known[0], is_e_invoice=rules_are_installed())
        if not documents.is_issuable:
            raise DocumentNotIssuableError(documents.number, documents.findings)
        return [file for file in files_of(documents) if not file.name.endswith("-cii.xml")]

    return render


def issued_payloads(home: Home, wanted: Sequence[str] = ()) -> dict[str, Payload]:
    """Return recorded invoices and credit memos by number; `wanted` names numbers or billing keys."""
    names = set(wanted)
    found: dict[str, Payload] = {}
    with home.decisions() as store:
        for recorded in store.decisions(kinds=ISSUED):
            decision = recorded.decision
            number = str(decision.payload["document_number"])
            charges = {decision.subject_key, *(each["billing_key"] for each in decision.payload.get("charges", ()))}
            if not names or number in names or charges & names:
                found[number] = decision.payload
    return found


def refused_drafts(home: Home, *, invoice_date: date, wanted: Sequence[str] = ()) -> dict[str, tuple[Finding, ...]]:
    """Return what the rules find in drafts that wait for approval, by billing key, as if all were issued that day."""
    data = master_data(home)
    charges: dict[str, list[RecordedDecision]] = {}
    with home.decisions() as store:
        for recorded in store.decisions():
            if recorded.decision.subject_kind == "charge":
                charges.setdefault(recorded.decision.subject_key, []).append(recorded)
    found = {}
    for billing_key, history in sorted(charges.items()):
        draft = current_draft(history)
        if draft is None or draft.get("reason_code") or live_invoice(history) or (wanted and billing_key not in wanted):
            continue
        found[billing_key] = documents_of(provisional(draft, invoice_date=invoice_date), data).findings
    return found


def write_documents(
    payloads: Mapping[str, Payload], data: MasterData, folder: Path, *, workers: int = 1
) -> dict[str, tuple[Finding, ...]]:
    """Write the files of each document and return the findings by number; several workers share the numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = sorted(payloads)
    if workers <= 1 or len(numbers) < 4 * workers:
        return _write_share([payloads[number] for number in numbers], data, folder)
    shares = [[payloads[number] for number in numbers[start::workers]] for start in range(workers)]
    # A fresh process per worker: the rules' processor does not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        results = pool.map(_write_share, shares, [data] * workers, [folder] * workers)
        return dict(sorted(item for result in results for item in result.items()))


def _write_share(payloads: Iterable[Payload], data: MasterData, folder: Path) -> dict[str, tuple[Finding, ...]]:
    found = {}
    for payload in payloads:
        documents = documents_of(payload, data)
        for file in files_of(documents):
            (folder / file.name).write_bytes(file.contents)
        found[documents.number] = documents.findings
    return found
