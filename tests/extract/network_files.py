"""Answers of e-invoicing networks, small, each showing only what a test is about."""

from __future__ import annotations

UBL = "urn:oasis:names:specification:ubl:schema:xsd"
UNCEFACT = "urn:un:unece:uncefact:data:standard"
INVOICE_RESPONSE = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3"
MESSAGE_LEVEL_RESPONSE = "urn:fdc:peppol.eu:poacc:trns:mlr:3"


def a_status(code: str | None = "REF", list_id: str = "OPStatusReason", reason: str = "", conditions: str = "") -> str:
    """Return one clarification of a Peppol answer."""
    coded = "" if code is None else f'<cbc:StatusReasonCode listID="{list_id}">{code}</cbc:StatusReasonCode>'
    said = f"<cbc:StatusReason>{reason}</cbc:StatusReason>" if reason else ""
    return f"<cac:Status>{coded}{said}{conditions}</cac:Status>"


def a_condition(attribute: str, wanted: str) -> str:
    """Return the field a clarification is about, and the value wanted."""
    return (
        f"<cac:Condition><cbc:AttributeID>{attribute}</cbc:AttributeID>"
        f"<cbc:Description>{wanted}</cbc:Description></cac:Condition>"
    )


def a_line_response(path: str, code: str, description: str) -> str:
    """Return what a message level response says of one element."""
    return (
        f"<cac:LineResponse><cac:LineReference><cbc:LineID>{path}</cbc:LineID></cac:LineReference><cac:Response>"
        f"<cbc:ResponseCode>RE</cbc:ResponseCode><cbc:Description>{description}</cbc:Description>"
        f"<cac:Status><cbc:StatusReasonCode>{code}</cbc:StatusReasonCode></cac:Status></cac:Response></cac:LineResponse>"
    )


def a_peppol_response(
    status: str = "RE", *clarifications: str, profile: str = INVOICE_RESPONSE, document: str = "RE501", lines: str = ""
) -> bytes:
    """Return a buyer's or an access point's answer to an invoice."""
    reference = f"<cac:DocumentReference><cbc:ID>{document}</cbc:ID><cbc:IssueDate>2026-03-02</cbc:IssueDate>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ApplicationResponse xmlns="{UBL}:ApplicationResponse-2" '
        f'xmlns:cac="{UBL}:CommonAggregateComponents-2" xmlns:cbc="{UBL}:CommonBasicComponents-2">'
        f"<cbc:CustomizationID>{profile}</cbc:CustomizationID><cbc:ID>IMR-1</cbc:ID>"
        "<cbc:IssueDate>2026-03-04</cbc:IssueDate><cbc:IssueTime>12:00:00</cbc:IssueTime>"
        '<cac:SenderParty><cbc:EndpointID schemeID="0088">5798000012345</cbc:EndpointID><cac:PartyLegalEntity>'
        "<cbc:RegistrationName>Kunde GmbH</cbc:RegistrationName></cac:PartyLegalEntity></cac:SenderParty>"
        f'<cac:DocumentResponse><cac:Response><cbc:ResponseCode listID="UNCL4343OpSubset">{status}</cbc:ResponseCode>'
        f"{''.join(clarifications)}</cac:Response>{reference}"
        '<cbc:DocumentTypeCode listID="UNCL1001">380</cbc:DocumentTypeCode></cac:DocumentReference>'
        f"{lines}</cac:DocumentResponse></ApplicationResponse>"
    ).encode()


def a_french_reason(code: str | None = "CMD_ERR", *, said: str = "Commande inconnue", characteristics: str = "") -> str:
    """Return one reason of a lifecycle status."""
    coded = f"<ram:ReasonCode>{code}</ram:ReasonCode>" if code else ""
    return (
        f"<ram:SpecifiedDocumentStatus>{coded}<ram:Reason>{said}</ram:Reason>"
        f"<ram:RequestedActionCode>NIN</ram:RequestedActionCode>{characteristics}</ram:SpecifiedDocumentStatus>"
    )


def a_characteristic(kind: str, name: str, location: str = "") -> str:
    """Return a field of the invoice that a reason names."""
    where = f"<ram:Location>{location}</ram:Location>" if location else ""
    return (
        f"<ram:SpecifiedDocumentCharacteristic><ram:TypeCode>{kind}</ram:TypeCode><ram:Name>{name}</ram:Name>"
        f"{where}</ram:SpecifiedDocumentCharacteristic>"
    )


def a_lifecycle_status(
    status: str = "210", *reasons: str, document: str = "RE501", moment: str = "20260304120000"
) -> bytes:
    """Return a status of the French lifecycle."""
    issued = f'<ram:IssueDateTime><udt:DateTimeString format="204">{moment}</udt:DateTimeString></ram:IssueDateTime>'
    return (
        f'<rsm:CrossDomainAcknowledgementAndResponse xmlns:rsm="{UNCEFACT}:CrossDomainAcknowledgementAndResponse:100" '
        f'xmlns:ram="{UNCEFACT}:ReusableAggregateBusinessInformationEntity:100" '
        f'xmlns:qdt="{UNCEFACT}:QualifiedDataType:100" xmlns:udt="{UNCEFACT}:UnqualifiedDataType:100">'
        f"<rsm:ExchangedDocument><ram:ID>CDV-1</ram:ID>{issued}<ram:IssuerTradeParty>"
        '<ram:GlobalID schemeID="0002">200000008</ram:GlobalID><ram:Name>ACHETEUR</ram:Name></ram:IssuerTradeParty>'
        f"</rsm:ExchangedDocument><rsm:AcknowledgementDocument>{issued}<ram:ReferenceReferencedDocument>"
        f"<ram:IssuerAssignedID>{document}</ram:IssuerAssignedID><ram:TypeCode>380</ram:TypeCode>"
        '<ram:FormattedIssueDateTime><qdt:DateTimeString format="102">20260302</qdt:DateTimeString>'
        f"</ram:FormattedIssueDateTime><ram:ProcessConditionCode>{status}</ram:ProcessConditionCode>"
        f"{''.join(reasons)}</ram:ReferenceReferencedDocument></rsm:AcknowledgementDocument>"
        "</rsm:CrossDomainAcknowledgementAndResponse>"
    ).encode()
