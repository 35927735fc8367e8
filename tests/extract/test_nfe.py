"""NF-e and what the tax authority says of them, value for value; what cannot be true is kept out."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.extract.nfe import read_nfe, why_not_an_access_key
from assets.extract.reading import ParsedFile, QuarantineError
from tests.extract.brazil_files import (
    KEY,
    a_protocol,
    an_access_key,
    an_answer_to_a_lot,
    an_authorised_document,
    an_event,
    an_item,
    an_nfe,
    in_an_envelope,
)
from tests.extract.deliveries import Home

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "documents" / "nfe"
NEW_LAYOUT = "nfe_reforma_tributaria.xml"


def read(content: bytes) -> ParsedFile:
    """Return what a file says."""
    return read_nfe(content, "file.xml")


def rows(content: bytes, table: str) -> list[dict[str, str | None]]:
    """Return the rows a file gives to a table; nothing was rejected."""
    parsed = read(content)
    assert not parsed.rejected
    return [dict(row) for row in parsed.rows[table]]


def test_an_authorised_document_gives_its_head_lines_installments_and_protocol() -> None:
    parsed = read(an_authorised_document(an_nfe(items=an_item(1, "60.00") + an_item(2, "40.00"))))
    (document,) = parsed.rows["nfe__documents"]
    assert (document["chnfe"], document["nnf"], document["vnf"], document["currency"]) == (
        KEY,
        "29248",
        "110.00",
        "BRL",
    )
    assert (document["dest_id"], document["nfat"], document["tpamb"]) == ("12ABC34501DE35", "RE-77", "1")
    assert [line["xprod"] for line in parsed.rows["nfe__document_lines"]] == ["Forno & cia"] * 2
    assert [line["chnfe"] for line in parsed.rows["nfe__document_lines"]] == [KEY] * 2
    assert [(one["dvenc"], one["vdup"]) for one in parsed.rows["nfe__installments"]] == [
        ("2026-06-27", "55.00"), ("2026-07-27", "55.00"),
    ]  # fmt: skip
    (status,) = parsed.rows["nfe__statuses"]
    assert (status["answers"], status["cstat"], status["nprot"]) == ("document", "100", "342260106391922")
    assert (parsed.amount_sum, parsed.currency_code, parsed.unread_fields) == (Decimal("110.00"), "BRL", [])


def test_a_rejected_document_says_why() -> None:
    answer = an_answer_to_a_lot(a_protocol("233", "Rejeição: IE do destinatário não cadastrada"))
    (status,) = rows(answer, "nfe__statuses")
    assert (status["chnfe"], status["cstat"], status["xmotivo"]) == (
        KEY, "233", "Rejeição: IE do destinatário não cadastrada",
    )  # fmt: skip


def test_each_document_of_a_lot_has_its_own_answer() -> None:
    other = an_access_key(29249)
    answer = an_answer_to_a_lot(a_protocol(), a_protocol("539", "Rejeição: Duplicidade", other), root="retEnviNFe")
    assert [(row["chnfe"], row["cstat"]) for row in rows(answer, "nfe__statuses")] == [(KEY, "100"), (other, "539")]


def test_a_lot_refused_as_a_whole_is_one_answer_without_a_document() -> None:
    (status,) = rows(an_answer_to_a_lot(root="retEnviNFe", status="225"), "nfe__statuses")
    assert (status["answers"], status["chnfe"], status["cstat"], status["nrec"]) == (
        "lot", None, "225", "421000023700471",
    )  # fmt: skip


def test_a_cancellation_is_an_event_with_its_reason() -> None:
    (status,) = rows(an_event("110111"), "nfe__statuses")
    assert (status["answers"], status["tpevento"], status["cstat"], status["xjust"], status["dhrecbto"]) == (
        "event", "110111", "135", "Erro no pedido", "2026-05-28T09:00:05-03:00",
    )  # fmt: skip


def test_an_answer_in_its_soap_envelope_is_the_same_answer() -> None:
    answer = an_answer_to_a_lot(a_protocol("204", "Duplicidade"))
    assert rows(in_an_envelope(answer), "nfe__statuses") == rows(answer, "nfe__statuses")


def test_a_consumer_invoice_needs_no_customer() -> None:
    key = an_access_key(7, model="65", series=1)
    nfe = (
        an_nfe(key, model="65", series="1", number="7").replace("<dest>", "<entrega>").replace("</dest>", "</entrega>")
    )
    (document,) = rows(an_authorised_document(nfe, a_protocol(key=key)), "nfe__documents")
    assert (document["mod"], document["dest_id"]) == ("65", None)


def test_an_item_that_does_not_count_is_not_in_the_total() -> None:
    items = an_item(1) + an_item(2, "7.00", counts="0")
    assert rows(an_authorised_document(an_nfe(items=items)), "nfe__documents")


@pytest.mark.parametrize(
    ("nfe", "reason_code"),
    [
        (an_nfe(KEY[:-1] + str((int(KEY[-1]) + 1) % 10)), "WRONG_CHECK_DIGIT"),
        (an_nfe(KEY[:20]), "WRONG_CHECK_DIGIT"),
        (an_nfe(number="29249"), "WRONG_CHECK_DIGIT"),
        (an_nfe(total="99.99"), "LINES_DO_NOT_SUM"),
        (an_nfe(total="1e2x"), "AMOUNT_NOT_A_NUMBER"),
        (an_nfe(layout="9.00"), "UNKNOWN_VALUE"),
        (an_nfe().replace("<vNF>110.00</vNF>", ""), "MISSING_VALUE"),
        (an_nfe().replace("<dVenc>2026-06-27", "<dVenc>27/06/2026"), "NOT_A_DATE"),
    ],
    ids=["check digit", "short key", "key of another number", "lines", "amount", "layout", "no total", "date"],
)
def test_a_document_that_cannot_be_true_is_kept_out_with_its_protocol(nfe: str, reason_code: str) -> None:
    parsed = read(an_authorised_document(nfe))
    assert [row.reason_code for row in parsed.rejected] == [reason_code]
    assert parsed.row_count == 0


def test_a_group_of_a_newer_layout_is_told_of_and_not_lost_in_silence() -> None:
    parsed = read(an_authorised_document(an_nfe(more_totals="<IBSCBSTot><vBCIBSCBS>1.00</vBCIBSCBS></IBSCBSTot>")))
    assert parsed.unread_fields == ["total/IBSCBSTot"]
    assert len(parsed.rows["nfe__documents"]) == 1


def test_a_key_with_letters_in_its_cnpj_has_a_check_digit_too() -> None:
    key = an_access_key(issuer="12ABC34501DE35")
    assert why_not_an_access_key(key) is None
    assert why_not_an_access_key(key.replace("ABC", "ABD")) == "has a wrong check digit"


def test_a_request_says_nothing_that_happened() -> None:
    with pytest.raises(QuarantineError, match="inutNFe"):
        read(b'<inutNFe xmlns="http://www.portalfiscal.inf.br/nfe"><infInut Id="ID41"/></inutNFe>')


def test_a_dropped_file_lands_in_raw(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.deliver("nfe", f"{KEY}-procNFe.xml", an_authorised_document())
    home.deliver("nfe", f"{KEY}-can.xml", an_event())
    assert home.land().accepted_count == 2
    assert home.load().row_counts == {
        "nfe__documents": 1, "nfe__document_lines": 1, "nfe__installments": 2, "nfe__statuses": 2,
    }  # fmt: skip
    (row,) = home.warehouse.rows("select chnfe, vnf, _source_system from raw.nfe__documents")
    assert row == {"chnfe": KEY, "vnf": "110.00", "_source_system": "nfe"}


@given(
    data=st.data(), content=st.sampled_from([an_authorised_document(), an_event(), an_answer_to_a_lot(a_protocol())])
)
def test_a_damaged_file_is_read_or_refused_and_never_makes_the_reader_stumble(
    data: st.DataObject, content: bytes
) -> None:
    names = sorted(set(re.findall(rb"<([A-Za-z]+)>", content)))
    damage = data.draw(st.sampled_from(["cut", "byte", "renamed", "emptied"]))
    place = data.draw(st.integers(0, len(content) - 1))
    if damage == "cut":
        content = content[:place]
    elif damage == "byte":
        content = content[:place] + bytes([data.draw(st.integers(0, 255))]) + content[place + 1 :]
    else:
        name = data.draw(st.sampled_from(names))
        renamed = re.sub(rb"(</?)" + name + rb"\b", rb"\1other", content)
        emptied = re.sub(rb"<" + name + rb">.*?</" + name + rb">", b"<" + name + b"/>", content, flags=re.DOTALL)
        content = renamed if damage == "renamed" else emptied
    try:
        parsed = read(content)
    except QuarantineError as refused:
        assert refused.position  # noqa: PT017
        return
    assert parsed.row_count + len(parsed.rejected) > 0


@pytest.mark.shared_data
def test_all_real_documents_but_the_one_of_the_coming_layout_are_read() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the real documents are not beside this checkout")
    paths = sorted(SAMPLES.rglob("leiauteNFe/*.xml"))
    parsed = {path.name: read_nfe(path.read_bytes(), path.name) for path in paths}
    unread = {name: one.rejected[0].reason_code for name, one in parsed.items() if not one.rows["nfe__documents"]}
    assert len(parsed) == 17
    assert unread == {NEW_LAYOUT: "LINES_DO_NOT_SUM"}
    assert sum(one.amount_sum or Decimal(0) for one in parsed.values()) == Decimal("191382.25")
    assert sum(len(one.rows["nfe__document_lines"]) for one in parsed.values()) == 148
    assert [name for name, one in parsed.items() if one.unread_fields] == [NEW_LAYOUT]
