"""What a person can decide about drafts and the invoices they become: approve, correct, hold, reject, take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from assets.decisions.errors import StaleViewError, UndecidableError
from assets.decisions.roles import require
from assets.decisions.store import DecisionStore
from assets.decisions.turn import Row, Subject, Turn, decide_once, digest_of, seen_history
from assets.ledger.decision import ActorKind, Decision, RecordedDecision
from assets.ledger.documents import draft_of, lines_of, plain, totals
from assets.ledger.issuing import billed_with, invoice_message, issue_invoice
from assets.ledger.money import line_amount
from assets.ledger.one_invoice import one_invoice_of
from assets.ledger.parties import LegalEntity

DRAFTING = ("draft_created", "draft_blocked", "draft_corrected")
# What stands against a draft and can be put right on the draft itself, by the part of it that must change.
MENDED_BY = {
    "PO_NUMBER_MISSING": "purchase_order_number",
    "PURCHASE_ORDER_CLOSED": "purchase_order_number",
    "AGREEMENT_MISSING": "terms",
    "TERMS_DIFFER_FROM_AGREEMENT": "terms",
    "PRICE_DIFFERS_FROM_AGREEMENT": "lines",
    "QUANTITY_NOT_POSITIVE": "lines",
    "SHIPPED_BEYOND_ORDER": "lines",
    "DRAFT_AMOUNT_OUT_OF_RANGE": "lines",
}
ABOUT_THE_DRAFTING = frozenset({"reason_code", "failures", "drafting_number"})
UNDONE = "APPROVAL_UNDONE"
DOCUMENT_REFUSED = "DOCUMENT_REFUSED"


def approve_draft(
    store: DecisionStore,
    turn: Turn,
    draft: Row,
    *,
    seen_version: int,
    others: Sequence[tuple[Row, int]] = (),
) -> list[RecordedDecision]:
    """Approve a draft: the approval, the invoice with the next number of its series and its mail, all or nothing.

    `others` are drafts that stand on one invoice with it, each with the version of its charge that was seen: each
    charge gets its approval, and together they get one invoice, one number and one mail.
    """
    require(turn.actor, "approve_draft")
    shown = sorted([(draft, seen_version), *others], key=lambda each: str(each[0]["billing_key"]))
    recorded = [_approvable_draft(store, row, seen) for row, seen in shown]
    invoice = one_invoice_of([draft_of(each) for each in recorded])
    occurrences = [_next_occurrence(seen_history(store, str(row["billing_key"]), seen)) for row, seen in shown]
    leader, whole = invoice.billing_keys[0], invoice.as_draft
    approvals = [
        _charge(row).decision(
            turn,
            "draft_approved",
            {"draft_digest": digest_of(each), **billed_with(str(row["billing_key"]), leader, occurrences[0])},
            occurrence,
        )
        for (row, _), each, occurrence in zip(shown, recorded, occurrences, strict=True)
    ]
    issued = issue_invoice(
        whole,
        _issuing_entity(recorded[0]),
        invoice_date=turn.business_date,
        actor_kind=ActorKind.PERSON,
        actor=turn.actor.name,
        evidence=approvals[0].evidence,
        occurrence=occurrences[0],
        charges=invoice.parts,
    )
    return store.append(
        [*approvals, issued],
        outbox=[invoice_message(issued, str(shown[0][0]["billing_email"]))],
        seen_version=shown[0][1],
        also_seen={str(row["billing_key"]): seen for row, seen in shown[1:]},
        recorded_at=turn.at,
    )


def _approvable_draft(store: DecisionStore, draft: Row, seen_version: int) -> dict[str, Any]:
    """Return the draft from the log; refuse when it may not go out, or is not as it was shown."""
    recorded = _reviewable_draft(store, draft, "approve", seen_version)
    if draft.get("reason_code") == DOCUMENT_REFUSED:
        raise UndecidableError(
            f"Cannot approve `{draft['billing_key']}`: its document would be refused. {draft.get('refused_because')}. "
            "Put it right in the system it comes from; the next run looks again."
        )
    if not draft.get("billing_email"):
        raise UndecidableError(
            f"Cannot approve `{draft['billing_key']}`: nobody is known to send the invoice to. Enter a billing contact "
            "in the system of record; the next run takes it up."
        )
    history = store.on_subject(str(draft["billing_key"]))
    if any(entry.sequence > seen_version and entry.decision.kind == "invoice_cancelled" for entry in history):
        # To the store this looks like a second click on an approval that has been undone since.
        raise StaleViewError(str(draft["billing_key"]), seen_version, history[-1].sequence)
    return recorded


def undo_approval(
    store: DecisionStore, turn: Turn, invoice: Row, *, seen_version: int, note: str
) -> list[RecordedDecision]:
    """Take an approval back while its mail has not left and its day is open; the number stays, marked as cancelled.

    All charges of the invoice wait for their review again.
    """
    require(turn.actor, "undo_approval")
    billing_key = str(invoice["billing_key"])
    if not note.strip():
        raise UndecidableError(f"Cannot undo the approval of `{billing_key}` without a note: say what was wrong.")
    issued = invoice_billing(store, billing_key, seen_version)
    if issued is None:
        raise UndecidableError(f"Cannot undo the approval of `{billing_key}`: no invoice of it stands.")
    number = issued.payload["document_number"]
    if issued.business_date < turn.business_date:
        raise UndecidableError(
            f"Cannot undo invoice `{number}`: it was issued on {issued.business_date.isoformat()}, and that day is "
            "closed. Credit it instead."
        )
    payload = {"document_number": number, "note": note}
    others = other_charges(store, issued, billing_key)
    if any(_is_credited(store.on_subject(key), str(number)) for key in (billing_key, *others)):
        raise UndecidableError(
            f"Cannot undo invoice `{number}`: a credit memo of it stands. Credit what is left of it instead."
        )
    cancelled = []
    for key, seen in {billing_key: seen_version, **others}.items():
        standing = live_invoice(seen_history(store, key, seen))
        if standing is not None:
            of_charge = Subject("charge", key, invoice)
            cancelled.append(of_charge.decision(turn, "invoice_cancelled", payload, standing.occurrence, UNDONE))
    return store.append(
        cancelled,
        withdraws={message_key_of(issued): UNDONE},
        seen_version=seen_version,
        also_seen=others,
        recorded_at=turn.at,
    )


def reject_draft(
    store: DecisionStore, turn: Turn, draft: Row, *, seen_version: int, reason_code: str, note: str = ""
) -> list[RecordedDecision]:
    """Turn a draft down with a reason; it is not issued unless it is corrected first."""
    require(turn.actor, "reject_draft")
    recorded = _reviewable_draft(store, draft, "reject", seen_version)
    payload = {"draft_digest": digest_of(recorded), "note": note}
    return decide_once(store, turn, "draft_rejected", _charge(draft), payload, seen_version, reason_code)


def hold_draft(
    store: DecisionStore, turn: Turn, draft: Row, *, seen_version: int, reason_code: str, note: str = ""
) -> list[RecordedDecision]:
    """Keep a draft back with a reason; it can be approved later."""
    require(turn.actor, "hold_draft")
    recorded = _reviewable_draft(store, draft, "hold", seen_version)
    payload = {"draft_digest": digest_of(recorded), "note": note}
    return decide_once(store, turn, "draft_held", _charge(draft), payload, seen_version, reason_code)


def correct_draft(
    store: DecisionStore,
    turn: Turn,
    draft: Row,
    *,
    seen_version: int,
    purchase_order_number: str | None,
    lines: Sequence[Mapping[str, Any]],
    note: str,
    terms: Row | None = None,
) -> list[RecordedDecision]:
    """Replace a draft's purchase order, terms and lines; totals are computed again from the lines, never entered.

    A blocked draft waits for approval once the correction fills what was missing.
    """
    require(turn.actor, "correct_draft")
    if not note.strip():
        raise UndecidableError(f"Cannot correct draft `{draft['billing_key']}` without a note: say what was wrong.")
    recorded = _reviewable_draft(store, draft, "correct", seen_version, is_stopped_allowed=True)
    corrected = corrected_draft(recorded, purchase_order_number, lines, terms)
    changed = {
        "purchase_order_number": corrected["purchase_order_number"] not in {None, recorded["purchase_order_number"]},
        "terms": terms is not None,
        "lines": corrected["lines"] != list(recorded["lines"]),
    }
    _refuse_still_blocked(recorded, {part for part, is_changed in changed.items() if is_changed})
    payload = {"draft_digest": digest_of(recorded), "note": note, "draft": corrected}
    return decide_once(store, turn, "draft_corrected", _charge(draft), payload, seen_version)


def corrected_draft(
    draft: Row, purchase_order_number: str | None, lines: Sequence[Mapping[str, Any]], terms: Row | None = None
) -> dict[str, Any]:
    """Return a draft with other lines, terms and purchase order, added up again by the rounding rule.

    A line corrected to a quantity of nothing is left out.
    """
    currency_code = str(draft["currency_code"])
    lines = [line for line in lines if Decimal(line["quantity"])]
    if not lines:
        raise UndecidableError(f"Cannot correct draft `{draft['billing_key']}` to no lines at all: reject it instead.")
    priced = lines_of(
        [
            {
                **line,
                "net_amount": line_amount(Decimal(line["quantity"]), Decimal(line["unit_price"]), currency_code),
            }
            for line in lines
        ]
    )
    net, tax, total = totals(priced, Decimal(draft["tax_rate"]), currency_code)
    agreed = {} if terms is None else {"terms_code": str(terms["terms_code"]), "due_days": int(terms["due_days"])}
    return {
        **{name: value for name, value in draft.items() if name not in ABOUT_THE_DRAFTING},
        **agreed,
        "purchase_order_number": purchase_order_number or None,
        "lines": [line.as_payload() for line in priced],
        "net_amount": plain(net),
        "tax_amount": plain(tax),
        "total_amount": plain(total),
    }


def current_draft(history: Sequence[RecordedDecision]) -> dict[str, Any] | None:
    """Return the draft of a charge as last drafted or corrected, None when there is none; blocked ones say why."""
    for entry in reversed(history):
        if entry.decision.kind == "draft_withdrawn":
            return None
        if entry.decision.kind in {"draft_created", "draft_blocked"}:
            return dict(entry.decision.payload)
        if entry.decision.kind == "draft_corrected":
            return dict(entry.decision.payload["draft"])
    return None


def live_invoice(history: Sequence[RecordedDecision]) -> Decision | None:
    """Return what billed a charge and stands: its invoice, or its approval onto one in another charge's name."""
    billed = [entry for entry in history if entry.decision.kind == "invoice_issued" or is_billed_with(entry.decision)]
    if not billed:
        return None
    last = billed[-1]
    for entry in history[history.index(last) :]:
        is_cancelled = (
            entry.decision.kind == "invoice_cancelled" and entry.decision.occurrence == last.decision.occurrence
        )
        is_credited = entry.decision.kind in {"credit_memo_issued", "charge_credited"}
        is_replaced = is_credited and entry.decision.payload["bills_again"]
        if is_cancelled or is_replaced:
            return None
    return last.decision


def _is_credited(history: Sequence[RecordedDecision], document_number: str) -> bool:
    return any(
        entry.decision.kind in {"credit_memo_issued", "charge_credited"}
        and entry.decision.payload["credits_document_number"] == document_number
        for entry in history
    )


def is_billed_with(decision: Decision) -> bool:
    """Return whether the decision approves a charge onto an invoice in another charge's name."""
    return decision.kind == "draft_approved" and "billed_with" in decision.payload


def invoice_billing(store: DecisionStore, billing_key: str, seen_version: int) -> Decision | None:
    """Return the invoice that bills a charge and stands, in whichever charge's name."""
    standing = live_invoice(seen_history(store, billing_key, seen_version))
    if standing is None or not is_billed_with(standing):
        return standing
    leading_key, occurrence = standing.payload["billed_with"], standing.payload["invoice_occurrence"]
    of_leader = (entry.decision for entry in store.on_subject(leading_key))
    return next(each for each in of_leader if each.kind == "invoice_issued" and each.occurrence == occurrence)


def other_charges(store: DecisionStore, issued: Decision, billing_key: str) -> dict[str, int]:
    """Return the charges that stand on an invoice beside one, each with the version of it as of now."""
    keys = [charge["billing_key"] for charge in issued.payload.get("charges", ())]
    return {key: store.version(key) for key in keys if key != billing_key}


def message_key_of(issued: Decision) -> str:
    """Return the key under which the mail of an invoice stands in the outbox."""
    return invoice_message(issued, "").outbox_key


def _next_occurrence(history: Sequence[RecordedDecision]) -> str:
    """Return which invoice of the charge this is: two tabs that saw the same ask for the same one."""
    billed = (entry.decision.kind == "invoice_issued" or is_billed_with(entry.decision) for entry in history)
    return str(1 + sum(billed))


def reasons_against(draft: Row) -> list[str]:
    """Return what blocks a draft as it was made, gravest first; nothing for one that waits for approval."""
    failures = [str(failure["reason_code"]) for failure in draft.get("failures") or ()]
    reason_code = draft.get("reason_code")
    return failures or ([str(reason_code)] if reason_code else [])


def _refuse_still_blocked(recorded: Row, changed: set[str]) -> None:
    reasons = reasons_against(recorded)
    upstream = [reason for reason in reasons if reason not in MENDED_BY]
    if upstream:
        raise UndecidableError(
            f"Cannot correct `{recorded['billing_key']}` here: it is blocked because of {', '.join(upstream)}, which "
            "no change of the draft removes. Put it right in the system it comes from; the next run drafts it again."
        )
    missing = [
        f"{reason} asks for another {MENDED_BY[reason]}" for reason in reasons if MENDED_BY[reason] not in changed
    ]
    if missing:
        raise UndecidableError(
            f"Cannot correct `{recorded['billing_key']}`: the correction leaves what blocks it: {'; '.join(missing)}."
        )


def _reviewable_draft(
    store: DecisionStore, shown: Row, verb: str, seen_version: int, *, is_stopped_allowed: bool = False
) -> dict[str, Any]:
    """Return the draft from the log; refuse when it is not there, issued, rejected, or not the one that was shown.

    `is_stopped_allowed` lets rejected and blocked drafts pass, which is what a correction is for.
    """
    billing_key = str(shown["billing_key"])
    history = seen_history(store, billing_key, seen_version)
    draft = current_draft(history)
    if draft is None:
        raise UndecidableError(
            f"Cannot {verb} `{billing_key}`: no draft of it is in the log. What blocks it must be put right first."
        )
    issued = invoice_billing(store, billing_key, seen_version)
    if issued is not None:
        number = issued.payload["document_number"]
        raise UndecidableError(f"Cannot {verb} `{billing_key}`: it is already issued as invoice `{number}`.")
    kinds = [entry.decision.kind for entry in reversed(history)]
    last = next(kind for kind in kinds if kind in (*DRAFTING, "draft_rejected"))
    if last == "draft_rejected" and not is_stopped_allowed:
        raise UndecidableError(f"Cannot {verb} `{billing_key}`: it was rejected. Correct it first.")
    if last == "draft_blocked" and not is_stopped_allowed:
        raise UndecidableError(
            f"Cannot {verb} `{billing_key}`: it is blocked because of {draft['reason_code']}. Correct it first."
        )
    if Decimal(draft["total_amount"]) != shown["total_amount"]:
        raise UndecidableError(
            f"Cannot {verb} `{billing_key}`: the page showed a total of {shown['total_amount']}, the log holds a draft "
            f"of {draft['total_amount']}. Reload the page and look again."
        )
    return draft


def _issuing_entity(draft: Row) -> LegalEntity:
    """Return what issuing needs of the entity: an entity that issues here numbers in a series of its own name."""
    legal_entity_id, currency_code = str(draft["legal_entity_id"]), str(draft["currency_code"])
    return LegalEntity(legal_entity_id, legal_entity_id, "", currency_code, "UTC", "openitem", legal_entity_id)


def _charge(draft: Row) -> Subject:
    return Subject("charge", draft["billing_key"], draft)
