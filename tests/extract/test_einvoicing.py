"""What buyers and networks answer, value for value: state, reason, and the field at fault."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.extract.business_terms import business_term_of
from assets.extract.einvoicing import read_responses
from assets.extract.reading import QuarantineError
from tests.extract.deliveries import Home
from tests.extract.network_files import (
    MESSAGE_LEVEL_RESPONSE,
    a_characteristic,
    a_condition,
    a_french_reason,
    a_lifecycle_status,
    a_line_response,
    a_peppol_response,
    a_status,
)


def answers(content: bytes) -> list[dict[str, Any]]:
    """Return the answers of a file; nothing was rejected."""
    parsed = read_responses(content, "file.xml")
    assert not parsed.rejected
    assert not parsed.unread_fields
    return [dict(row) for row in parsed.rows["einvoicing__responses"]]


def test_a_refusal_names_its_reason_field_and_what_the_buyer_wants() -> None:
    status = a_status("REF", reason="Order not found", conditions=a_condition("BT-13", "PO-4711"))
    (answer,) = answers(a_peppol_response("RE", status, a_status("NIN", "OPStatusAction")))
    assert (answer["network"], answer["document_number"], answer["status_code"]) == ("peppol", "RE501", "RE")
    assert (answer["reason_code"], answer["business_term"], answer["expected_value"]) == ("REF", "BT-13", "PO-4711")
    assert (answer["action_code"], answer["responded_at"]) == ("NIN", "2026-03-04T12:00:00")
    assert (answer["sender_id"], answer["sender_name"]) == ("5798000012345", "Kunde GmbH")


def test_two_conditions_are_two_fields_at_fault() -> None:
    conditions = a_condition("BT-48", "DE136695976") + a_condition("BT-10", "04011000")
    found = answers(a_peppol_response("UQ", a_status("REF", conditions=conditions)))
    assert [(one["answer_number"], one["business_term"]) for one in found] == [("1", "BT-48"), ("2", "BT-10")]


def test_a_refusal_without_any_code_keeps_its_words() -> None:
    (answer,) = answers(a_peppol_response("RE", a_status(None, reason="Not ours")))
    assert (answer["reason_code"], answer["reason"]) == (None, "Not ours")


def test_an_acceptance_is_one_answer_without_a_reason() -> None:
    (answer,) = answers(a_peppol_response("AP"))
    assert (answer["status_code"], answer["reason_code"], answer["reason"]) == ("AP", None, None)


def test_a_message_level_response_names_rule_and_element() -> None:
    lines = a_line_response(
        "/Invoice[1]/cac:OrderReference[1]/cbc:ID[1]", "BV", "[PEPPOL-EN16931-R003] A buyer reference MUST be provided"
    ) + a_line_response("/Invoice/cac:LegalMonetaryTotal", "BV", "[BR-CO-15]-Invoice total amount with VAT (BT-112) =")
    first, second = answers(a_peppol_response("RE", profile=MESSAGE_LEVEL_RESPONSE, lines=lines))
    assert (first["network"], first["reason_code"], first["business_term"]) == ("peppol_message_level", "BV", "BT-13")
    assert second["business_term"] == "BT-112"


def test_a_french_refusal_names_the_wrong_data_and_the_data_wanted() -> None:
    reason = a_french_reason(
        "TX_TVA_ERR",
        characteristics=a_characteristic("DVA", "Taux TVA (BT-152): 20.00%")
        + a_characteristic("DIV", "Taux TVA (BT-152): 10.00%", "/rsm:CrossIndustryInvoice/ram:RateApplicablePercent"),
    )
    (answer,) = answers(a_lifecycle_status("210", reason))
    assert (answer["network"], answer["status_code"], answer["reason_code"]) == ("fr_lifecycle", "210", "TX_TVA_ERR")
    assert (answer["business_term"], answer["expected_value"]) == ("BT-152", "Taux TVA (BT-152): 20.00%")
    assert (answer["responded_at"], answer["document_date"]) == ("2026-03-04T12:00:00", "2026-03-02")


def test_a_platform_rejection_and_a_mere_status_are_told_apart_by_their_codes() -> None:
    assert answers(a_lifecycle_status("213", a_french_reason("REJ_SEMAN")))[0]["status_code"] == "213"
    assert answers(a_lifecycle_status("204"))[0]["reason_code"] is None


@pytest.mark.parametrize(
    ("texts", "term"),
    [
        (("BT-13",), "BT-13"),
        (("no term", "/ubl:Invoice[1]/cac:AccountingCustomerParty[1]/cac:Party/cbc:EndpointID[1]"), "BT-49"),
        (("/rsm:X/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",), "BT-13"),
        (("/Invoice/cbc:DueDate/",), "BT-9"),
        (("and/or",), None),
        ((None, ""), None),
    ],
    ids=["named", "Peppol address by path", "order by path", "closing slash", "not a path", "nothing"],
)
def test_the_field_at_fault_is_found_by_name_or_by_path(texts: tuple[str | None, ...], term: str | None) -> None:
    assert business_term_of(*texts) == term


def test_an_answer_whose_moment_is_none_is_kept_out() -> None:
    parsed = read_responses(a_lifecycle_status(moment="yesterday"), "file.xml")
    assert [row.reason_code for row in parsed.rejected] == ["NOT_A_DATE"]
    assert parsed.row_count == 0


def test_an_answer_to_no_named_document_is_kept_out() -> None:
    parsed = read_responses(a_peppol_response("RE", document=""), "file.xml")
    assert [row.reason_code for row in parsed.rejected] == ["MISSING_VALUE"]


REFUSED = a_peppol_response("RE", a_status("REF", reason="Why", conditions=a_condition("BT-13", "PO-1")))
LIFECYCLE = a_lifecycle_status("210", a_french_reason(characteristics=a_characteristic("DIV", "BT-13", "/a/b")))


@given(data=st.data(), content=st.sampled_from([REFUSED, LIFECYCLE]))
def test_a_damaged_answer_is_read_or_refused_and_never_makes_the_reader_stumble(
    data: st.DataObject, content: bytes
) -> None:
    names = sorted(set(re.findall(rb"<(?:cac|cbc|ram|rsm|udt):([A-Za-z]+)", content)))
    name = data.draw(st.sampled_from(names))
    damage = data.draw(st.sampled_from(["cut", "renamed", "emptied", "doubled"]))
    element = re.compile(rb"<(\w+):" + name + rb"\b[^>]*>.*?</\1:" + name + rb">", re.DOTALL)
    if damage == "cut":
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    elif damage == "renamed":
        content = re.sub(rb":" + name + rb"\b", rb":other", content)
    else:
        content = element.sub(rb"<\1:" + name + rb"/>" if damage == "emptied" else rb"\g<0>\g<0>", content)
    try:
        parsed = read_responses(content, "file.xml")
    except QuarantineError as refused:
        assert refused.position  # noqa: PT017
        return
    assert parsed.row_count + len(parsed.rejected) > 0


def test_answers_dropped_in_the_inbox_land_in_raw(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.deliver("einvoicing", "0001.xml", a_peppol_response("RE", a_status("REF")))
    home.deliver("einvoicing", "cdv.xml", a_lifecycle_status("210", a_french_reason(), a_french_reason("REF_ERR")))
    assert home.land().accepted_count == 2
    assert home.load().row_counts == {"einvoicing__responses": 3}


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (a_peppol_response("RE"), None),
        (
            a_peppol_response("RE").replace(
                b"<cac:DocumentResponse>",
                b'<cac:ReceiverParty><cbc:EndpointID schemeID="9930">DE136695976</cbc:EndpointID>'
                b"<cac:PartyIdentification>"
                b"<cbc:ID>HRB 123456 B</cbc:ID></cac:PartyIdentification></cac:ReceiverParty><cac:DocumentResponse>",
            ),
            "|DE136695976|HRB123456B|",
        ),
        (
            a_lifecycle_status("210").replace(
                b"<ram:TypeCode>380<",
                b'<ram:IssuerTradeParty><ram:GlobalID schemeID="0002">100 000 009</ram:GlobalID></ram:IssuerTradeParty>'
                b"<ram:TypeCode>380<",
            ),
            "|100000009|",
        ),
    ],
    ids=["says nothing", "Peppol", "France"],
)
def test_an_answer_says_which_company_it_is_for(content: bytes, ids: str | None) -> None:
    (answer,) = answers(content)
    assert answer["supplier_ids"] == ids
