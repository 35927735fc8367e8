"""NF-e and NFC-e of Brazil: authorised documents, the tax authority's answers to sent ones, and events on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from assets.extract.reading import FileReason, ParsedFile, QuarantineError, RowReason
from assets.extract.records import (
    Children,
    RecordRejectedError,
    Shape,
    amount,
    currency,
    day,
    instant,
    number,
    read_records,
    text,
)
from assets.extract.xml_document import listed, local_name, read_xml, record_of, text_at

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
LAYOUTS = ("3.10", "4.00")
MODELS = ("55", "65")
KEY_LENGTH = 44
DOCUMENT_ROOTS = ("nfeProc", "NFe", "enviNFe")
ANSWER_ROOTS = ("retEnviNFe", "retConsReciNFe", "retConsSitNFe", "procEventoNFe", "ProcEventoNFe", "retEnvEvento")

# Groups of a document that no table keeps, on purpose; any other is told of, for the layout moves.
_LEFT_ALONE = frozenset({
    "@Id", "@versao", "autXML", "agropecuario", "avulsa", "cana", "entrega", "exporta", "infAdic", "infIntermed",
    "infRespTec", "infSolicNFF", "pag", "retirada", "transp",
})  # fmt: skip
_TOTALS_READ = frozenset({"ICMSTot", "ISSQNtot", "retTrib"})


def _at(path: str) -> Callable[[Mapping[str, Any]], str | None]:
    def value(record: Mapping[str, Any]) -> str | None:
        return text_at(record, path)

    return value


def _first_of(*paths: str) -> Callable[[Mapping[str, Any]], str | None]:
    def value(record: Mapping[str, Any]) -> str | None:
        return next((found for path in paths if (found := text_at(record, path))), None)

    return value


def _all_at(path: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    def value(record: Mapping[str, Any]) -> list[Any]:
        return listed(record, path)

    return value


def _access_key(record: Mapping[str, Any]) -> str:
    """Return the key of a document, proven against its check digit and the document itself."""
    key = (text_at(record, "@Id") or "").removeprefix("NFe")
    why_wrong = why_not_an_access_key(key)
    if why_wrong:
        raise RecordRejectedError(RowReason.WRONG_CHECK_DIGIT, f"The access key `{key[:60]}` {why_wrong}.")
    for name, start, end in (("mod", 20, 22), ("serie", 22, 25), ("nNF", 25, 34)):
        said = text_at(record, f"ide.{name}")
        if said is None or said.zfill(end - start) != key[start:end]:
            reason = f"The access key `{key}` says `{key[start:end]}` for `{name}`, the document says `{said}`."
            raise RecordRejectedError(RowReason.WRONG_CHECK_DIGIT, reason)
    answered = text_at(record, "protNFe.infProt.chNFe")
    if answered not in (None, key):
        reason = f"The protocol is of another document, `{answered}`."
        raise RecordRejectedError(RowReason.WRONG_CHECK_DIGIT, reason)
    return key


def why_not_an_access_key(key: str) -> str | None:
    """Return what is wrong with a 44-character access key (its CNPJ may hold letters from 2026 on), or None."""
    if len(key) != KEY_LENGTH or not key.isascii() or not key.isalnum() or key != key.upper():
        return f"is not {KEY_LENGTH} digits"
    total = sum((ord(sign) - 48) * (2 + place % 8) for place, sign in enumerate(reversed(key[:-1])))
    digit = 11 - total % 11
    return None if key[-1] == str(digit if digit < 10 else 0) else "has a wrong check digit"


def _total_of_lines(record: Mapping[str, Any]) -> str | None:
    """Return the goods total of a document, proven to be the sum of its lines that count."""
    said = text_at(record, "total.ICMSTot.vProd")
    try:
        lines = sum(
            (Decimal(text_at(line, "prod.vProd") or "0") for line in listed(record, "det") if _counts(line)), Decimal(0)
        )
        is_equal = said is not None and Decimal(said) == lines
    except InvalidOperation:
        return said  # the check of the value itself says what is wrong with it
    if not is_equal:
        raise RecordRejectedError(RowReason.LINES_DO_NOT_SUM, f"`vProd` is {said}, its lines sum to {lines}.")
    return said


def _counts(line: Any) -> bool:
    return text_at(line, "prod.indTot") != "0"


LINES = Shape(
    "nfe__document_lines",
    (
        text("nitem", "@nItem", required=True),
        text("cprod", _at("prod.cProd")),
        text("xprod", _at("prod.xProd")),
        text("ncm", _at("prod.NCM")),
        text("cfop", _at("prod.CFOP")),
        text("ucom", _at("prod.uCom")),
        number("qcom", _at("prod.qCom"), required=True),
        number("vuncom", _at("prod.vUnCom"), required=True),
        amount("vprod", _at("prod.vProd"), required=True),
        amount("vdesc", _at("prod.vDesc")),
        amount("vfrete", _at("prod.vFrete")),
        text("indtot", _at("prod.indTot")),
        text("xped", _at("prod.xPed")),
        text("nitemped", _at("prod.nItemPed")),
    ),
)
INSTALLMENTS = Shape(
    "nfe__installments",
    (text("ndup", _at("nDup")), day("dvenc", _at("dVenc")), amount("vdup", _at("vDup"), required=True)),
)
DOCUMENTS = Shape(
    "nfe__documents",
    (
        text("chnfe", _access_key, required=True),
        text("versao", "@versao", required=True, allowed=LAYOUTS),
        text("mod", _at("ide.mod"), required=True, allowed=MODELS),
        text("serie", _at("ide.serie"), required=True),
        text("nnf", _at("ide.nNF"), required=True),
        text("natop", _at("ide.natOp")),
        text("tpnf", _at("ide.tpNF"), required=True, allowed=("0", "1")),
        text("finnfe", _at("ide.finNFe")),
        text("tpamb", _at("ide.tpAmb"), required=True, allowed=("1", "2")),
        instant("dhemi", _at("ide.dhEmi"), required=True),
        text("refnfe", _at("ide.NFref.refNFe")),
        text("emit_cnpj", _first_of("emit.CNPJ", "emit.CPF"), required=True),
        text("emit_xnome", _at("emit.xNome")),
        text("dest_id", _first_of("dest.CNPJ", "dest.CPF", "dest.idEstrangeiro")),
        text("dest_xnome", _at("dest.xNome")),
        text("dest_uf", _at("dest.enderDest.UF")),
        text("dest_email", _at("dest.email")),
        text("xped", _at("compra.xPed")),
        text("nfat", _at("cobr.fat.nFat")),
        currency("currency"),
        amount("vprod", _total_of_lines, required=True),
        amount("vdesc", _at("total.ICMSTot.vDesc")),
        amount("vfrete", _at("total.ICMSTot.vFrete")),
        amount("vseg", _at("total.ICMSTot.vSeg")),
        amount("voutro", _at("total.ICMSTot.vOutro")),
        amount("vicms", _at("total.ICMSTot.vICMS")),
        amount("vst", _at("total.ICMSTot.vST")),
        amount("vipi", _at("total.ICMSTot.vIPI")),
        amount("vpis", _at("total.ICMSTot.vPIS")),
        amount("vcofins", _at("total.ICMSTot.vCOFINS")),
        amount("vnf", _at("total.ICMSTot.vNF"), required=True),
    ),
    children=(
        Children(_all_at("det"), LINES, {"chnfe": "chnfe"}),
        Children(_all_at("cobr.dup"), INSTALLMENTS, {"chnfe": "chnfe"}),
    ),
    amount_column="vnf",
    currency_column="currency",
    ignored=_LEFT_ALONE | {"ide", "emit", "dest", "det", "total", "cobr", "compra", "protNFe", "currency"},
)
STATUSES = Shape(
    "nfe__statuses",
    (
        text("answers", required=True, allowed=("document", "event", "lot")),
        text("chnfe", "chNFe"),
        text("tpamb", "tpAmb"),
        text("cstat", "cStat", required=True),
        text("xmotivo", "xMotivo"),
        text("nprot", "nProt"),
        text("nrec", "nRec"),
        text("tpevento", "tpEvento"),
        text("nseqevento", "nSeqEvento"),
        text("xjust", "xJust"),
        instant("dhrecbto", "dhRecbto"),
    ),
)


def read_nfe(content: bytes, file_name: str) -> ParsedFile:
    """Return the documents of a file with their lines and installments, and every answer of the tax authority."""
    root = _payload(read_xml(content))
    name = local_name(root)
    if name in DOCUMENT_ROOTS:
        documents = [root] if name == "NFe" else list(root.iterchildren("{*}NFe"))
    elif name in ANSWER_ROOTS:
        documents = []
    else:
        raise _other_file(root)
    answers = _answers(root, name)
    if not documents and not answers:
        raise _other_file(root)
    protocols = {text_at(record_of(one), "infProt.chNFe"): record_of(one) for one in root.iterchildren("{*}protNFe")}
    records = [_document_record(document, protocols) for document in documents]
    parsed = read_records(records, DOCUMENTS, "documents")
    if records and not parsed.rows[DOCUMENTS.table]:
        answers = []  # what is said of a document that cannot be read would be counted without it
    statuses = read_records(answers, STATUSES, "statuses")
    return replace(
        parsed,
        rows={**parsed.rows, **statuses.rows},
        rejected=[*parsed.rejected, *statuses.rejected],
        unread_fields=sorted({*parsed.unread_fields, *(field for record in records for field in _new_totals(record))}),
    )


def _payload(root: Any) -> Any:
    """Return what a file is about; web services wrap their answer in an envelope."""
    if local_name(root) != "Envelope":
        inner = root
    else:
        inner = next(root.iter(f"{{{NAMESPACE}}}*"), None)
    if inner is None or not str(inner.tag).startswith(f"{{{NAMESPACE}}}"):
        raise _other_file(root)
    return inner


def _other_file(root: Any) -> QuarantineError:
    reason = (
        f"The file holds `{local_name(root)[:60]}`; an NF-e or an answer to one is read: "
        f"{', '.join((*DOCUMENT_ROOTS, *ANSWER_ROOTS))}. A request alone says nothing that happened."
    )
    return QuarantineError(FileReason.WRONG_SHAPE, reason, f"line {root.sourceline}")


def _document_record(document: Any, protocols: Mapping[str | None, dict[str, Any]]) -> dict[str, Any]:
    inner = next(document.iterchildren("{*}infNFe"), None)
    if inner is None:
        raise QuarantineError(FileReason.WRONG_SHAPE, "A document holds no `infNFe`.", f"line {document.sourceline}")
    record = {**record_of(inner), "currency": "BRL"}
    key = str(record.get("@Id", "")).removeprefix("NFe")
    protocol = protocols.get(key) or (next(iter(protocols.values()), None) if len(protocols) == 1 else None)
    return {**record, "protNFe": protocol} if protocol else record


def _answers(root: Any, name: str) -> list[dict[str, Any]]:
    """Return every answer in the file: to documents, to events, and to the lot where it says no more."""
    record = record_of(root)
    answers = [
        {"answers": "document", **_flat(answer)}
        for one in listed(record, "protNFe")
        for answer in listed(one, "infProt")
    ]
    for one in [*listed(record, "procEventoNFe"), *([record] if name.endswith("rocEventoNFe") else [])]:
        asked = {key: text_at(one, f"evento.infEvento.detEvento.{key}") for key in ("xJust",)}
        answers.extend({"answers": "event", **asked, **_event(answer)} for answer in listed(one, "retEvento.infEvento"))
    if name == "retEnvEvento":
        given = [answer for one in listed(record, "retEvento") for answer in listed(one, "infEvento")]
        answers.extend({"answers": "event", **_event(answer)} for answer in given)
    if name.startswith("ret") and not answers:
        answers.append({"answers": "lot", **_flat(record), "nRec": _first_of("nRec", "infRec.nRec")(record)})
    return answers


def _event(answer: Any) -> dict[str, Any]:
    flat = _flat(answer)
    return {**flat, "dhRecbto": flat.pop("dhRegEvento", None)}


def _flat(record: Any) -> dict[str, Any]:
    names = {*(one.source for one in STATUSES.fields), "dhRegEvento"} - {"answers"}
    return {name: found for name in sorted(map(str, names)) if (found := text_at(record, name)) is not None}


def _new_totals(record: Mapping[str, Any]) -> list[str]:
    totals = record.get("total")
    return [f"total/{name}" for name in totals if name not in _TOTALS_READ] if isinstance(totals, dict) else []
