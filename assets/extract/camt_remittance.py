"""What does a bank entry's structured remittance say is paid, and what was taken off it?"""

from __future__ import annotations

import re
from decimal import Decimal

from assets.extract.bank_statements import NamedDocument, fits_minor_unit
from assets.extract.camt_nodes import Node, all_of, first_of, text_of
from assets.ledger.money import ZERO

CREDIT_NOTE = "CREN"


def remittance_lines(structured: list[Node], currency: str, position: str) -> list[NamedDocument]:
    """Return the documents that structured remittance names, each with what is paid of it and why it is less."""
    lines: list[NamedDocument] = []
    for block in structured:
        documents = all_of(block, "RfrdDocInf")
        numbers = [
            number for document in documents if (number := text_of(document, "Nb") or text_of(document, "RfrdDocNb"))
        ]
        creditor_reference = text_of(block, "CdtrRefInf", "Ref") or text_of(block, "CdtrRefInf", "CdtrRef")
        if not numbers and creditor_reference:
            numbers = [creditor_reference]
        elif creditor_reference:
            lines.append(NamedDocument(creditor_reference))
        if len(numbers) == 1:
            kinds = [
                text_of(document, "Tp", "CdOrPrtry", "Cd") or text_of(document, "RfrdDocTp", "Cd")
                for document in documents
            ]
            line = _paid_document(numbers[0], _amounts(block), currency, position)
            if CREDIT_NOTE in kinds and line.amount:
                line = line._replace(amount=-abs(line.amount))  # it lowers what is paid
            lines.append(line)
        else:  # one amount for several documents says nothing about each of them
            lines += [NamedDocument(number) for number in numbers]
    return lines


def _amounts(block: Node) -> Node:
    """Return all that a block says of amounts; version 1 has an element of its own for each."""
    together: dict[str, list[Node]] = {}
    for amounts in all_of(block, "RfrdDocAmt"):
        if isinstance(amounts, dict):
            for name, given in amounts.items():
                together.setdefault(name, []).extend(given)
    return together


def _paid_document(number: str, amounts: Node, currency: str, position: str) -> NamedDocument:
    """Return what is paid of a document and what is said to be taken off it.

    What is due less what is taken off is what is remitted, where a bank leaves that out. A tax is withheld only if the
    amounts say so: mostly it is the value added tax within what is due.
    """

    def amount(node: Node, name: str = "Amt") -> Decimal | None:
        return _plain_amount(first_of(node, name), currency, position)

    remitted, due, credited = amount(amounts, "RmtdAmt"), amount(amounts, "DuePyblAmt"), amount(amounts, "CdtNoteAmt")
    discount = _sum_of(amounts, "DscntApldAmt", currency, position)
    tax = _sum_of(amounts, "TaxAmt", currency, position)
    adjustments = [node for node in all_of(amounts, "AdjstmntAmtAndRsn") if amount(node)]
    said = [f"discount {discount}"] if discount else []
    for node in adjustments:
        words = [word for name in ("Rsn", "AddtlInf") if (word := text_of(node, name))]
        is_added = text_of(node, "CdtDbtInd") == "DBIT" and not (remitted and due and remitted < due)
        kind = "charge" if is_added else "deduction"
        said.append(" ".join([kind, f"{amount(node)}", *words]))
    if remitted is not None and due is not None and tax and due - remitted in (tax, tax + discount):
        said.append(f"tax withheld {tax}")
    paid = remitted
    if paid is None and due is not None:
        paid = due if adjustments else due - discount
    if credited is not None and (paid is None or (paid == credited and due is None)):
        paid = -credited
    return NamedDocument(number, paid, "; ".join(said) or None)


def _sum_of(amounts: Node, name: str, currency: str, position: str) -> Decimal:
    """Return the sum of an amount that older versions give plainly and later ones wrap with its kind."""
    given = (
        _plain_amount(node if isinstance(node, tuple) else first_of(node, "Amt"), currency, position)
        for node in all_of(amounts, name)
    )
    return sum((each for each in given if each), ZERO)


def _plain_amount(node: Node, currency: str, position: str) -> Decimal | None:
    if isinstance(node, tuple) and node[1] == currency and re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,5})?", node[0]):
        return fits_minor_unit(Decimal(node[0]), currency, position)
    return None
