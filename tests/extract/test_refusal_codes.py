"""Every code by which a network turns an invoice down leads to a reason, a field and somebody who could prevent it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from assets.extract.business_terms import _PATHS
from assets.extract.einvoicing import FRENCH_LIFECYCLE, PEPPOL_MESSAGE_LEVEL, PEPPOL_RESPONSE

POLICY = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "policy"

# Peppol code list OPStatusReason; MLR status reasons; French reasons BR-FR-CDV-CL-09 that concern an invoice.
PUBLISHED = {
    PEPPOL_RESPONSE: "NON REF LEG REC QUA DEL PRI QTY ITM PAY UNR FIN PPD OTH",
    PEPPOL_MESSAGE_LEVEL: "BV BW SV",
    FRENCH_LIFECYCLE: (
        "NON_TRANSMISE JUSTIF_ABS ROUTAGE_ERR AUTRE COORD_BANC_ERR TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME "
        "DOUBLON DEST_INC DEST_ERR TRANSAC_INC EMMET_INC CONTRAT_TERM DOUBLE_FACT CMD_ERR ADR_ERR SIRET_ERR "
        "CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR PU_ERR REM_ERR QTE_ERR ART_ERR MODPAI_ERR QUALITE_ERR LIVR_INCOMP "
        "REJ_SEMAN REJ_UNI REJ_COH REJ_ADR REJ_CONT_B2G REJ_REF_PJ REJ_ASS_PJ IRR_VIDE_F IRR_TYPE_F IRR_SYNTAX "
        "IRR_TAILLE_PJ IRR_NOM_PJ IRR_VID_PJ IRR_EXT_DOC IRR_TAILLE_F IRR_ANTIVIRUS IRR_NOM_F"
    ),
}
STATUSES = {
    PEPPOL_RESPONSE: "AB IP UQ CA RE AP PD",
    PEPPOL_MESSAGE_LEVEL: "AB AP RE",
    FRENCH_LIFECYCLE: "200 201 202 203 204 205 206 207 208 209 210 211 212 213 220 221 224 225 226 227 228",
}


def seed(name: str) -> list[dict[str, str]]:
    """Return the rows of a policy seed."""
    with (POLICY / f"{name}.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.parametrize("network", PUBLISHED, ids=list(PUBLISHED))
def test_every_published_reason_of_a_network_has_one_of_ours(network: str) -> None:
    known = {row["code"] for row in seed("refusal_codes") if row["network"] == network}
    assert set(PUBLISHED[network].split()) <= known


@pytest.mark.parametrize("network", STATUSES, ids=list(STATUSES))
def test_every_published_status_of_a_network_means_something(network: str) -> None:
    known = {row["status_code"] for row in seed("network_states") if row["network"] == network}
    assert set(STATUSES[network].split()) <= known


def test_every_reason_a_code_leads_to_is_on_the_closed_list() -> None:
    listed = {row["reason_code"] for row in seed("reason_codes")}
    assert {row["reason_code"] for row in [*seed("refusal_codes"), *seed("document_fields")]} <= listed


def test_every_field_a_code_names_has_a_name_of_ours() -> None:
    named = {row["business_term"] for row in seed("document_fields")}
    assert {row["business_term"] for row in seed("refusal_codes") if row["business_term"]} <= named
    assert {term for _, term in _PATHS} <= named


def test_what_nobody_could_prevent_is_not_called_preventable() -> None:
    wrong = [
        row["code"]
        for row in seed("refusal_codes")
        if row["prevented_by"] == "nobody" and row["is_preventable"] == "true"
    ]
    assert wrong == []


def test_a_code_of_nfe_that_turns_down_is_both_a_state_and_a_reason() -> None:
    turning_down = {"rejected_by_platform", "refused_by_buyer"}
    states = {
        row["status_code"] for row in seed("network_states") if row["network"] == "nfe" and row["state"] in turning_down
    }
    reasons = {row["code"] for row in seed("refusal_codes") if row["network"] == "nfe"}
    assert states <= reasons
    harmless = {row["status_code"] for row in seed("network_states") if row["network"] == "nfe"} - states
    assert not harmless & reasons
