"""Would the official rules refuse what waits for approval? Asked in every run, before anything takes a number."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from assets.close.tables import DOCUMENT_CHECKS
from assets.decisions.invoice_review import current_draft, live_invoice
from assets.invoicing.documents.bundle import electronic_forms
from assets.invoicing.documents.issued_invoice import provisional
from assets.invoicing.documents.validation import Finding, is_valid, rules_are_installed, validate
from assets.ledger.decision import RecordedDecision
from assets.ledger.errors import BadInputError
from assets.platform import progress
from assets.platform.failures import failures_as_dagster
from assets.platform.home import Home
from assets.platform.run import RunHome
from orchestration.documents import MasterData, Payload, invoice_of, master_data

Row = dict[str, Any]
MOST_RULES = 5
RULES_APART = ";"


def waiting_drafts(log: Sequence[RecordedDecision]) -> Iterator[tuple[str, Payload]]:
    """Yield the drafts that wait for approval, by billing key; blocked ones have another reason already."""
    charges: dict[str, list[RecordedDecision]] = {}
    for recorded in log:
        if recorded.decision.subject_kind == "charge":
            charges.setdefault(recorded.decision.subject_key, []).append(recorded)
    for billing_key, history in sorted(charges.items()):
        draft = current_draft(history)
        if draft is not None and not draft.get("reason_code") and not live_invoice(history):
            yield billing_key, draft


def checked_drafts(log: Sequence[RecordedDecision], data: MasterData, before: Mapping[str, Row]) -> list[Row]:
    """Return a row per waiting draft of an entity that issues here; the same XML is not held to the rules twice.

    `before` tells by content what was found in the run before. The day of issue is not known yet and no rule asks for
    it: a draft is checked as if it were issued on the day of its trigger.
    """
    rows = []
    for billing_key, draft in waiting_drafts(log):
        if draft["legal_entity_id"] not in data.issuing_here:
            continue
        as_issued = provisional(draft, invoice_date=date.fromisoformat(str(draft["triggered_date"])))
        try:
            forms = electronic_forms(invoice_of(as_issued, data), draft.get("document_format"))
        except BadInputError as error:
            unmade = {"content_digest": None, "rule_ids": None, "refused_because": str(error)}
            rows.append({"billing_key": billing_key, **unmade})
            continue
        digest = hashlib.sha256(b"\0".join(forms)).hexdigest()
        found = before.get(digest) or _refusal([finding for form in forms for finding in validate(form)])
        rows.append({"billing_key": billing_key, "content_digest": digest, **found})
    return rows


def _refusal(findings: Sequence[Finding]) -> Row:
    """Return the ids of all rules that refuse, and what the first of them say; nothing for a valid document."""
    if is_valid(tuple(findings)):
        return {"rule_ids": None, "refused_because": None}
    by_rule = {one.rule_id: one.text for one in findings if one.severity == "fatal"}
    said = [f"{rule_id}: {text.rstrip('.')}" for rule_id, text in sorted(by_rule.items())[:MOST_RULES]]
    return {"rule_ids": RULES_APART.join(sorted(by_rule)), "refused_because": "; ".join(said)}


def check_drafts(home: Home) -> list[Row]:
    """Hold what waits for approval to the rules and write what they say; without the rules nothing is known."""
    warehouse = home.warehouse()
    rows: list[Row] = []
    if rules_are_installed():
        with home.decisions() as store:
            log = store.decisions()
        known = warehouse.rows(f"select content_digest, rule_ids, refused_because from {DOCUMENT_CHECKS.full_name}")
        before = {str(row.pop("content_digest")): row for row in known if row["content_digest"]}
        rows = checked_drafts(log, master_data(home), before)
    with warehouse.connect():
        warehouse.replace_all(DOCUMENT_CHECKS, DOCUMENT_CHECKS.build(rows))
    return rows


def document_checks_asset(after: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """Return the asset that checks drafts, after the walk and before what pages read."""

    @dg.asset(
        key=[DOCUMENT_CHECKS.schema, DOCUMENT_CHECKS.name],
        deps=after,
        description=f"{DOCUMENT_CHECKS.description} {DOCUMENT_CHECKS.grain}",
        group_name="generated",
        owners=["team:receivables"],
        kinds={"python", "duckdb"},
    )
    def document_checks(run: RunHome) -> dg.MaterializeResult:
        progress.tell("Holding drafts to the rules of EN 16931")
        with failures_as_dagster():
            rows = check_drafts(run.home)
        refused = sum(row["refused_because"] is not None for row in rows)
        return dg.MaterializeResult(metadata={"drafts": len(rows), "refused": refused})

    return document_checks
