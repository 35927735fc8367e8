"""Why does the matcher say so? Its stored evidence, read whatever its age, in words a controller understands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from dashboards import wording

_KNOWN = frozenset(
    {
        "rule", "evidence_class", "reasons", "solutions", "runner_up", "margin", "stopped_by", "policy_version",
        "differences", "score", "confidence", "kept_as",
    }
)  # fmt: skip

# Evidence the engine names by one word, in a sentence each.
_SAID = {
    "lines": "The lines of the remittance advice fit",
    "named_but_left_out": "Another document is named and left out",
    "claimed_by_another_receipt": "Another receipt claims the document",
    "refused_before": "A person refused this for the payer before",
    "less_cash_discount": "Open less the cash discount is exactly this",
    "cash_discount": "Short by exactly the cash discount, in time",
    "unearned_discount": "Short by exactly the cash discount, too late",
    "bank_fee": "Short by what looks like a bank fee",
    "withholding_tax": "Short by a rate of withholding tax",
    "fx": "Off by what an exchange rate may explain",
    "tolerance": "Off by a trifle",
    "deduction": "Short by what looks like a deduction",
    "short_payment": "Less than is open is paid",
    "instalment": "Looks like an instalment",
    "overpayment": "More than is open is paid",
    "closed": "Names a document that is closed",
    "closed_of_that_amount": "A closed document had exactly this amount",
    "adds_up_with": "With another receipt it is exactly what is open",
    "seen_before": "A payment like this came before",
    "not_issued_yet": "Names a document that was not issued yet",
    "unlisted_rest": "Something more is paid than the text lists",
    "amount_of_closed": "Exactly this amount was owed on it",
    "amount_not_of_closed": "Another amount than was owed on it",
    "amount_in_advance": "What an amount paid in advance tells",
    "advance_said": "The text speaks of an advance payment",
    "other_business_said": "The text speaks of something that is no sale",
    "paid_by": "Paid before by another receipt",
}
_PRIORS = {
    "duplicate": "Before any evidence: a second payment",
    "prepayment": "Before any evidence: a payment in advance",
    "nothing": "Before any evidence: money for nothing open",
    "single": "Before any evidence: one of all documents open",
    "set": "Before any evidence: one of all sets that are open",
    "structure": "Before any evidence: a balance, month or order",
}
_PAYERS = {
    "account": "Paid from an account on file",
    "virtual_account": "Paid to the account we gave this customer",
    "learned_account": "Paid from an account seen to pay for them",
    "tax_id": "Names the customer's tax number",
    "customer_number": "Names the customer's number",
    "name": "Payer has the customer's name",
    "alias": "Payer paid for this customer before",
    "like_name": "Payer's name is like the customer's",
    "named_in_text": "The text names the customer",
    "family": "Payer belongs to the customer's group",
    "source": "The source itself names the customer",
    "other": "Payer points at another customer",
    "unknown": "Payer is not known",
}
_REFERENCES = {
    "printed": "Names {document} in full",
    "structured": "Names {document} by a checked reference",
    "digits": "Names {document} by all its digits",
    "no_zeros": "Names {document} without leading zeros",
    "main_group": "Names {document} by its main number",
    "listed": "Lists {document}",
    "within": "Holds {document} inside a longer number",
    "order": "Names the order or a delivery of {document}",
    "tail": "Names {document} by its last digits",
    "cut_off": "Names {document}, cut off",
    "slip": "Names {document} but for a slip",
    "two_slips": "Names {document} but for two slips",
}
_RULES = {
    "exact_reference": "Named and paid exactly",
    "listed_references": "Documents listed add up",
    "listed_amounts": "Amounts listed add up",
    "near_reference": "Nearly named",
    "order_reference": "Order named",
    "named_with_difference": "Named, with a difference",
    "payer_and_amount": "Known payer, exact amount",
    "amount_only": "Exact amount only",
    "amount_against_reference": "Exact amount, another is named",
    "listed_and_rest": "Listed and others add up",
    "listed_with_difference": "Listed, with a difference",
    "several_payments": "Two receipts add up",
    "subset_sum": "Some of theirs add up",
    "whole_balance": "The whole balance",
    "all_overdue": "All that is overdue",
    "one_month": "All of one month",
    "one_order": "All of one order",
    "oldest_first": "The oldest first",
    "oldest_cut": "The oldest first, the last in part",
    "duplicate": "Paid a second time",
    "prepayment": "Paid in advance",
    "unlisted_rest": "Documents that the text does not list",
    "nothing": "Nothing that is open",
    "match_confirmed": "Confirmed by a person",
    "match_changed": "Chosen by a person",
    "none": "No rule",
}
_STOPS = {
    "VALUE_CAP": "The amount is above the cap up to which rules may apply",
    "SEVERAL_SOLUTIONS": "More than one set of documents fits equally well",
    "DOCUMENT_CLOSED": "The payer names a document on which nothing is open; it may be paid twice",
    "AMOUNT_FITS_ANOTHER": "The difference may be for something else: more is named, or the amount fits elsewhere",
    "REFERENCE_TOO_WEAK": "The amount differs and the number in the text is not whole",
    "ADVANCE_PAYMENT": "The text speaks of an advance payment",
    "POSSIBLE_DUPLICATE": "The same payer sent the same amount for the same thing before",
    "RULE_NOT_AUTOMATIC": "This class of evidence may only propose",
    "NOT_SURE_ENOUGH": "The evidence is weaker than policy asks of its class",
    "RECEIPTS_ADD_UP": "Two receipts of the payer together are exactly what is open on one document",
    "RECEIPTS_COMPETE": "Two receipts of one day fit the same document and nothing tells them apart",
    "REFUSED_BY_PERSON": "A person refused this match",
    "UNDONE_BY_PERSON": "A person took the rule's application back; only a person applies the receipt again",
    "duplicate": "It looks like a second payment of something that is settled",
    "prepayment": "It looks like money for something not issued yet",
    "unlisted_rest": "More is paid than the text lists, and what is left out cannot be told",
    "nothing": "Nothing that is open fits",
}
_DIFFERENCES = {
    "cash_discount": "Cash discount", "unearned_discount": "Discount taken too late", "bank_fee": "Bank fee",
    "withholding_tax": "Withholding tax", "fx": "Exchange difference", "tolerance": "Small difference",
    "deduction": "Deduction", "short_payment": "Short payment", "instalment": "Instalment",
    "overpayment": "Overpayment", "duplicate": "Second payment", "prepayment": "Payment in advance",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence in words, and by how much it moves the log-odds."""

    label: str
    weight: Decimal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How money is best read for which nothing is proposed, and which documents and receipt that is about."""

    rule: str = ""
    documents: tuple[tuple[str, str], ...] = ()  # key and number
    earlier_receipt: str = ""  # the key of one like it that came before
    confidence: Decimal | None = None
    account: str = ""  # on which policy holds the money


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is stored about one proposal or application."""

    reasons: tuple[Reason, ...] = ()
    runner_up: str = ""
    runner_up_documents: tuple[str, ...] = ()
    margin: Decimal | None = None
    solutions: int | None = None
    stopped_by: str = ""
    evidence_class: str = ""
    policy_version: str = ""
    difference_kinds: Mapping[str, str] = field(default_factory=dict)  # document number -> kind
    looks_like: str = ""  # the kind of difference where it is not told by document
    reading: Reading = field(default_factory=Reading)
    others: Mapping[str, Any] = field(default_factory=dict)  # what older or later versions stored beside

    @property
    def score(self) -> Decimal:
        """Return the sum of the evidence, in log-odds."""
        return sum((reason.weight for reason in self.reasons), Decimal(0))

    @property
    def is_weighed(self) -> bool:
        """Return whether the evidence adds up to a score; that of older homes does not."""
        return bool(self.reasons)

    def difference_kind(self, document_number: str) -> str:
        """Return in words why a document is not paid exactly, as far as it is known."""
        kind = self.difference_kinds.get(document_number) or self.looks_like
        return _DIFFERENCES.get(kind, wording.words(kind) if kind else "")


def explain(text: str | None) -> Explanation:
    """Return what stored evidence says; text that is no evidence is kept as it stands, never refused."""
    contents = _contents(text)
    found = contents.get("reasons")
    listed = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    solutions = _number(contents.get("solutions"))
    return Explanation(
        reasons=_reasons(listed),
        runner_up=_rule_of(contents.get("runner_up")),
        runner_up_documents=_documents_of(contents.get("runner_up")),
        margin=_number(contents.get("margin")),
        solutions=None if solutions is None else int(solutions),
        stopped_by=_text(contents.get("stopped_by")),
        evidence_class=_text(contents.get("evidence_class")),
        policy_version=_text(contents.get("policy_version")),
        difference_kinds=_difference_kinds(contents.get("differences")),
        looks_like=_looks_like(contents, listed),
        reading=_reading(contents, listed),
        others={name: value for name, value in contents.items() if name not in _KNOWN or (found and not listed)},
    )


def rule_in_words(rule: str | None) -> str:
    """Return what a rule rests on."""
    return _RULES.get(rule or "", wording.words(rule))


def runner_up_in_words(found: Explanation) -> str:
    """Return the best of the ways not taken, with its documents where it has few."""
    said = rule_in_words(found.runner_up)
    few = 0 < len(found.runner_up_documents) <= 2
    return f"{said}: {' and '.join(map(wording.plain_text, found.runner_up_documents))}" if few else said


def reading_in_words(found: Explanation, paid_by: str = "") -> str:
    """Return what money is for that pays nothing open; `paid_by` says what paid its documents before."""
    reading = found.reading
    numbers = " and ".join(wording.plain_text(number) for _, number in reading.documents[:3])
    if reading.rule == "duplicate":
        first = f", first paid by {paid_by}" if paid_by and numbers else ""
        like = f" like {paid_by}" if paid_by else " like one that came before"
        return f"Second payment of {numbers}{first}" if numbers else f"Second payment{like}"
    if reading.rule == "prepayment":
        return f"For {numbers}, an invoice not issued yet" if numbers else "For an invoice not issued yet"
    if reading.rule == "unlisted_rest":
        return f"For {numbers} and more that the text does not list" if numbers else "For more than the text lists"
    return "Money for nothing that is open"


def stop_in_words(reason_code: str | None, description: str | None = None) -> str:
    """Return why something was not applied by itself; the policy's own words come first."""
    if not reason_code:
        return ""
    return description or _STOPS.get(reason_code, wording.words(reason_code))


def class_in_words(evidence_class: str) -> str:
    """Return the class of evidence that a threshold belongs to, e.g. all named, payer identified, exact."""
    named = {
        "all_named": "every document named", "named": "some documents named", "unnamed": "no document named",
        "identified": "payer identified", "unknown": "payer unknown", "contradicted": "payer contradicts",
        "exact": "exact amount", "explained": "difference explained", "different": "rest stays open",
    }  # fmt: skip
    rule, *parts = evidence_class.split("/")
    if len(parts) == 3 and parts[1] == "named":
        parts[1] = "known by name"
    return ", ".join([rule_in_words(rule), *(named.get(part, wording.words(part).lower()) for part in parts)])


def unlearned_by_undo(row: Mapping[str, Any]) -> list[str]:
    """Return what taking an application back makes the rules forget, as sentences."""
    sentences = []
    if row.get("payer_account"):
        customer = wording.plain_text(row.get("customer_name"))
        whose = f" for {customer}" if customer != wording.NOTHING else ""
        account = wording.plain_text(row["payer_account"])
        sentences.append(f"That account {account} pays{whose}, as far as this application taught it.")
    if row.get("payer_name"):
        sentences.append(
            f"The payer's name {wording.plain_text(row['payer_name'])} and the way it writes our numbers, likewise."
        )
    sentences.append("No rule applies this receipt again; it waits for a person.")
    return sentences


def _reasons(listed: Sequence[Mapping[str, Any]]) -> tuple[Reason, ...]:
    names = {_text(each.get("evidence")) for each in listed}
    is_named = any(name.startswith("reference_") for name in names)
    return tuple(_reason(each, is_named) for each in listed)


def _reason(each: Mapping[str, Any], is_named: bool) -> Reason:
    evidence, detail = _text(each.get("evidence")), _text(each.get("detail"))
    document = _text(each.get("document_number")) or "the document"
    weight = _number(each.get("weight")) or Decimal(0)
    if evidence.startswith("reference_"):
        pattern = _REFERENCES.get(evidence.removeprefix("reference_"), "Names {document}")
        return Reason(pattern.format(document=document), weight, f"as {detail}" if detail else "")
    if evidence == "frequency":
        return Reason(_PRIORS.get(detail, "Before any evidence"), weight)
    if evidence == "payer":
        return Reason(_PAYERS.get(detail, wording.words(detail or evidence)), weight)
    if evidence == "amount":
        return Reason("Exactly this amount is open", weight)
    if evidence == "not_named":
        if is_named:
            return Reason("Text does not name all of them", weight)
        return Reason("Text names no document" if weight > -2 else "Text names others, not this", weight)
    label = _SAID.get(evidence, wording.words(evidence))
    return Reason(label, weight, document if each.get("document_number") else detail)


def _reading(contents: Mapping[str, Any], listed: Sequence[Mapping[str, Any]]) -> Reading:
    keyed = {_text(each.get("document_key")): _text(each.get("document_number")) for each in listed}
    seen = (_text(each.get("detail")) for each in listed if each.get("evidence") == "seen_before")
    return Reading(
        rule=_rule_of(contents.get("rule")),
        documents=tuple((key, number) for key, number in keyed.items() if key and number),
        earlier_receipt=next(seen, ""),
        confidence=_number(contents.get("confidence")),
        account=_text(kept.get("account")) if isinstance(kept := contents.get("kept_as"), Mapping) else "",
    )


def _looks_like(contents: Mapping[str, Any], listed: Sequence[Mapping[str, Any]]) -> str:
    older = _text(contents.get("difference_looks_like"))
    named = (_text(each.get("evidence")) for each in listed)
    kinds = {"less_cash_discount": "cash_discount"}
    return older or next((kinds.get(name, name) for name in named if kinds.get(name, name) in _DIFFERENCES), "")


def _difference_kinds(found: Any) -> dict[str, str]:
    if isinstance(found, Mapping):
        return {str(number): _text(kind) for number, kind in found.items() if isinstance(kind, str)}
    listed = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    return {
        _text(each.get("document_number")): _text(each.get("kind") or each.get("difference_kind")) for each in listed
    }


def _rule_of(found: Any) -> str:
    return _text(found.get("rule")) if isinstance(found, Mapping) else _text(found)


def _documents_of(found: Any) -> tuple[str, ...]:
    listed = found.get("documents") if isinstance(found, Mapping) else None
    return tuple(_text(each) for each in listed if _text(each)) if isinstance(listed, list) else ()


def _contents(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}", parse_float=Decimal)
    except ValueError:
        return {"recorded": text}
    return found if isinstance(found, dict) else {"recorded": found}


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, Mapping | list) else str(value)
