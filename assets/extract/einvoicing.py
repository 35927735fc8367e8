"""What networks and buyers answer to an electronic invoice: Peppol responses (UBL) and the French lifecycle (CDAR)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from assets.extract.business_terms import business_term_of
from assets.extract.reading import FileReason, ParsedFile, QuarantineError
from assets.extract.records import Shape, day, instant, read_records, text
from assets.extract.xml_document import listed, local_name, read_xml, record_of, text_at

PEPPOL_RESPONSE, PEPPOL_MESSAGE_LEVEL, FRENCH_LIFECYCLE = "peppol", "peppol_message_level", "fr_lifecycle"
_PROFILES = (
    ("invoice_response", PEPPOL_RESPONSE),
    ("biitrns111", PEPPOL_RESPONSE),
    ("trns:mlr", PEPPOL_MESSAGE_LEVEL),
    ("trns:mls", PEPPOL_MESSAGE_LEVEL),
    ("biitrns071", PEPPOL_MESSAGE_LEVEL),
)
_DATE_LENGTHS = {"102": 8, "203": 12, "204": 14}  # UN/CEFACT 2379
WRONG_DATA = ("DIV", "CBB", "")  # kinds of French characteristics that name the field at fault; DVA is the value wanted

# Where an answer names the company that issued the invoice: by its address in the network and its registrations.
PEPPOL_IDS = ("EndpointID", "PartyIdentification", "PartyTaxScheme.CompanyID", "PartyLegalEntity.CompanyID")
FRENCH_IDS = (
    "GlobalID",
    "ID",
    "SpecifiedLegalOrganization.ID",
    "SpecifiedTaxRegistration",
    "URIUniversalCommunication.URIID",
)

RESPONSES = Shape(
    "einvoicing__responses",
    (
        text("network", required=True, allowed=(PEPPOL_RESPONSE, PEPPOL_MESSAGE_LEVEL, FRENCH_LIFECYCLE)),
        text("message_id", required=True),
        text("answer_number", required=True),
        text("document_number", required=True),
        text("document_type"),
        day("document_date"),
        text("status_code", required=True),
        text("reason_code"),
        text("reason"),
        text("business_term"),
        text("location"),
        text("expected_value"),
        text("action_code"),
        text("sender_id"),
        text("sender_name"),
        text("supplier_ids"),
        instant("responded_at", required=True),
    ),
)


def read_responses(content: bytes, file_name: str) -> ParsedFile:
    """Return one row per reason an answer gives for a document, or one row where it gives none."""
    root = read_xml(content)
    message = record_of(root)
    if local_name(root) == "ApplicationResponse":
        answers = list(_peppol_answers(message, _network_of(message, root)))
    elif local_name(root) == "CrossDomainAcknowledgementAndResponse":
        answers = list(_french_answers(message))
    else:
        reason = (
            f"The file holds `{local_name(root)[:60]}`; an ApplicationResponse of Peppol or a "
            "CrossDomainAcknowledgementAndResponse of the French lifecycle is read. Check where it came from."
        )
        raise QuarantineError(FileReason.WRONG_SHAPE, reason, f"line {root.sourceline}")
    if not answers:
        reason = "The message answers no document. Ask its sender which one it is about."
        raise QuarantineError(FileReason.WRONG_SHAPE, reason, f"line {root.sourceline}")
    numbered = [{**answer, "answer_number": str(number)} for number, answer in enumerate(answers, start=1)]
    return read_records(numbered, RESPONSES, "responses")


def _network_of(message: dict[str, Any], root: Any) -> str:
    said = text_at(message, "CustomizationID") or ""
    for part, network in _PROFILES:
        if part in said:
            return network
    reason = f"The profile `{said[:120]}` is not read; an Invoice Response or Message Level Response of Peppol is."
    raise QuarantineError(FileReason.WRONG_SHAPE, reason, f"line {root.sourceline}")


def _peppol_answers(message: dict[str, Any], network: str) -> Iterator[dict[str, Any]]:
    issued = text_at(message, "IssueDate")
    time = text_at(message, "IssueTime")
    sender = "SenderParty"
    common = {
        "network": network,
        "message_id": text_at(message, "ID"),
        "responded_at": f"{issued}T{time}" if issued and time else issued,
        "sender_id": text_at(message, f"{sender}.EndpointID"),
        "sender_name": text_at(message, f"{sender}.PartyLegalEntity.RegistrationName")
        or text_at(message, f"{sender}.PartyName.Name"),
    }
    for response in listed(message, "DocumentResponse"):
        statuses = listed(response, "Response.Status")
        actions = [code for one in statuses if _is_action(one) and (code := text_at(one, "StatusReasonCode"))]
        about = common | {
            "status_code": text_at(response, "Response.ResponseCode"),
            "document_number": text_at(response, "DocumentReference.ID"),
            "document_type": text_at(response, "DocumentReference.DocumentTypeCode"),
            "document_date": text_at(response, "DocumentReference.IssueDate"),
            "supplier_ids": _ids_of([*listed(response, "IssuerParty"), *listed(message, "ReceiverParty")], PEPPOL_IDS),
            "action_code": ",".join(actions) or None,
        }
        description = text_at(response, "Response.Description")
        reasons = [
            reason
            for status in statuses
            if not _is_action(status) or not text_at(status, "StatusReasonCode")
            for reason in _peppol_reasons(status, description)
        ]
        reasons += [reason for line in listed(response, "LineResponse") for reason in _line_reasons(line)]
        for reason in reasons or [{"reason": description}]:
            yield about | reason


def _ids_of(parties: Iterable[Any], paths: Iterable[str]) -> str | None:
    """Return all numbers that parties bear, without blanks and marks, between bars; None where there is none."""
    found = [
        text_at(each, "ID") or text_at(one, path) for one in parties for path in paths for each in listed(one, path)
    ]
    written = [re.sub(r"[\s./-]", "", number).upper() for number in found if number]
    return f"|{'|'.join(dict.fromkeys(written))}|" if written else None


def _is_action(status: Any) -> bool:
    return any(
        isinstance(code, dict) and code.get("@listID") == "OPStatusAction"
        for code in listed(status, "StatusReasonCode")
    )


def _peppol_reasons(status: Any, description: str | None) -> list[dict[str, Any]]:
    """Return one reason per condition, which names a field and the value wanted, or one for the status alone."""
    said = text_at(status, "StatusReason") or description
    reason = {"reason_code": text_at(status, "StatusReasonCode"), "reason": said}
    conditions = listed(status, "Condition")
    if not conditions:
        return [reason | {"business_term": business_term_of(said)}]
    return [
        reason
        | {
            "business_term": business_term_of(text_at(condition, "AttributeID"), said),
            "location": text_at(condition, "AttributeID"),
            "expected_value": text_at(condition, "Description"),
        }
        for condition in conditions
    ]


def _line_reasons(line: Any) -> list[dict[str, Any]]:
    """Return what a message level response says of one element, named by its path; it has one code per response."""
    location = text_at(line, "LineReference.LineID")
    return [
        {
            "reason_code": text_at(answer, "Status.StatusReasonCode"),
            "reason": (said := text_at(answer, "Description") or text_at(answer, "Status.StatusReason")),
            "business_term": business_term_of(said, location),
            "location": location,
        }
        for answer in listed(line, "Response")
    ]


def _french_answers(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    document = message.get("ExchangedDocument")
    common = {
        "network": FRENCH_LIFECYCLE,
        "message_id": text_at(document, "ID"),
        "sender_id": text_at(document, "IssuerTradeParty.GlobalID") or text_at(document, "SenderTradeParty.GlobalID"),
        "sender_name": text_at(document, "IssuerTradeParty.Name") or text_at(document, "SenderTradeParty.Name"),
    }
    for acknowledgement in listed(message, "AcknowledgementDocument"):
        responded = _date_at(acknowledgement, "IssueDateTime") or _date_at(document, "IssueDateTime")
        for reference in listed(acknowledgement, "ReferenceReferencedDocument"):
            about = common | {
                "responded_at": responded,
                "document_number": text_at(reference, "IssuerAssignedID"),
                "document_type": text_at(reference, "TypeCode"),
                "document_date": (_date_at(reference, "FormattedIssueDateTime") or "")[:10] or None,
                "status_code": text_at(reference, "ProcessConditionCode"),
                "supplier_ids": _ids_of(
                    [*listed(reference, "IssuerTradeParty"), *listed(document, "RecipientTradeParty")], FRENCH_IDS
                ),
            }
            for reason in [_french_reason(one) for one in listed(reference, "SpecifiedDocumentStatus")] or [{}]:
                yield about | reason


def _french_reason(status: Any) -> dict[str, Any]:
    said = text_at(status, "Reason") or text_at(status, "IncludedNote.Content")
    kinds = [(text_at(one, "TypeCode") or "", one) for one in listed(status, "SpecifiedDocumentCharacteristic")]
    wrong = next((one for kind, one in kinds if kind in WRONG_DATA), None)
    wanted = next((one for kind, one in kinds if kind in ("DVA", "MAJ")), None)
    location = text_at(wrong, "Location")
    return {
        "reason_code": text_at(status, "ReasonCode"),
        "reason": said,
        "business_term": business_term_of(text_at(wrong, "ID"), text_at(wrong, "Name"), location, said),
        "location": location,
        "expected_value": text_at(wanted, "Name"),
        "action_code": text_at(status, "RequestedActionCode"),
    }


def _date_at(record: Any, path: str) -> str | None:
    """Return a moment of the lifecycle as ISO 8601; what is not one of its formats stays as it is, to be refused."""
    for found in listed(record, f"{path}.DateTimeString")[:1]:
        digits = (found.get("#text") if isinstance(found, dict) else found) or ""
        form = found.get("@format") if isinstance(found, dict) else "204"
        if not digits.isdecimal() or len(digits) != _DATE_LENGTHS.get(str(form), 0):
            return digits or None
        day_part = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
        hour = f"T{digits[8:10]}:{digits[10:12]}:{digits[12:14] or '00'}" if len(digits) > 8 else ""
        return day_part + hour
    return None
