"""Bad files of business systems as they happen: broken on the way, exported wrongly, or made to harm."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from tests.extract.brazil_files import an_authorised_document
from tests.extract.deliveries import (
    USAGE_HEADER,
    Number,
    an_event,
    an_invoice,
    an_order,
    as_json,
    orders,
    query_response,
    rates,
    usage,
)
from tests.extract.network_files import a_lifecycle_status, a_peppol_response


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that must stay outside, the reason, and where the reason points."""

    system: str
    name: str
    content: bytes
    reason_code: str
    position: str

    def __str__(self) -> str:
        return f"{self.system} {self.name[:40]!r} {self.reason_code}"


def zipped(name: str, content: bytes) -> bytes:
    """Return a zip archive with one member."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def with_doctype(declaration: str, body: Callable[[], bytes] = rates) -> bytes:
    """Return the rates with a document type put behind the first line."""
    first, rest = body().split(b"\n", maxsplit=1)
    return first + b"\n" + declaration.encode() + b"\n" + rest


LAUGHS = "<!DOCTYPE lolz [<!ENTITY lol 'lol'>" + "".join(
    f"<!ENTITY lol{level} '{f'&lol{level - 1 or str()};' * 10}'>" for level in range(1, 10)
)
ORDER = orders()
USAGE = usage(an_event("E-1"), an_event("E-2"))
NFE = an_authorised_document()
REFUSAL = a_peppol_response("RE")

BAD_FILES: tuple[BadFile, ...] = (
    BadFile("shop", "orders-empty.json", b"", "EMPTY_FILE", "byte 0"),
    BadFile("shop", "orders-blank.json", b" \r\n\t", "EMPTY_FILE", "byte 0"),
    BadFile("shop", "orders-cut.json", ORDER[:120], "TRUNCATED_FILE", "line 1 column "),
    BadFile("shop", "orders-cut-late.json", ORDER[:-1], "TRUNCATED_FILE", f"line 1 column {len(ORDER)}"),
    BadFile("shop", "orders-twice.json", ORDER + ORDER, "MALFORMED_JSON", f"line 1 column {len(ORDER) + 1}"),
    BadFile("shop", "orders-comma.json", b'{"orders": [\n  {"id": 1,},\n]}', "MALFORMED_JSON", "line 2 column 12"),
    BadFile("shop", "orders-latin1.json", orders(an_order(po_number="Köln")).decode().encode("latin-1"),
            "WRONG_ENCODING", "byte "),
    BadFile("shop", "orders-utf16.json", ORDER.decode().encode("utf-16"), "WRONG_ENCODING", "byte 0"),
    BadFile("shop", "orders-nul.json", ORDER.replace(b"SO-10001", b"SO-\x0010001"), "NUL_BYTE", "byte "),
    BadFile("shop", "orders-escaped-nul.json", ORDER.replace(b"SO-10001", rb"SO-\u000010001"), "NUL_BYTE", "character"),
    BadFile("shop", "orders-half-emoji.json", ORDER.replace(b"SO-10001", rb"SO-\ud83d"), "WRONG_ENCODING", "character"),
    BadFile("shop", "orders-nan.json", ORDER.replace(b'"119.00"', b"NaN"), "MALFORMED_JSON", "value NaN"),
    BadFile("shop", "orders-two-totals.json",
            ORDER.replace(b'"total_price": "119.00"', b'"total_price": "119.00", "total_price": "1.19"'),
            "MALFORMED_JSON", "key total_price"),
    BadFile("shop", "orders-deep.json", b'{"orders": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
            "NESTED_TOO_DEEP", "character 74"),
    BadFile("shop", "orders-list.json", as_json([an_order()]), "WRONG_SHAPE", "key orders"),
    BadFile("shop", "orders-error.json", as_json({"errors": [{"code": Number("429")}]}), "WRONG_SHAPE", "key orders"),
    BadFile("shop", "orders-html.json", b"<html>502 Bad Gateway</html>", "MALFORMED_JSON", "line 1 column 1"),
    BadFile("shop", "orders-one.json", as_json({"orders": an_order()}), "WRONG_SHAPE", "key orders"),
    BadFile("shop", "orders-zipped.json", zipped("orders.json", ORDER), "ARCHIVE_REFUSED", "byte 0"),
    BadFile("shop", "orders-gzipped.json", gzip.compress(ORDER, mtime=0), "ARCHIVE_REFUSED", "byte 0"),
    BadFile("shop", "orders-bomb.json", zipped("orders.json", b" " * 50_000_000), "ZIP_BOMB", "archive directory"),
    BadFile("shop", "orders-climbing.json", zipped("../../../etc/cron.d/x", b"x"), "ARCHIVE_REFUSED", "archive"),
    BadFile("shop", "orders-half-zip.json", zipped("orders.json", ORDER)[:60], "TRUNCATED_FILE", "byte 60"),
    BadFile("shop", "price_list.csv", b"sku;title;currency;price\nS-1;Valve;EUR;10,50\n", "MISSING_COLUMN", "line 1"),
    BadFile("shop", "stock.csv", b"sku,warehouse,on_hand,on_hand\nS-1,BER,1,2\n", "DUPLICATED_COLUMN", "line 1"),
    BadFile("quickbooks", "meu-invoices-0001.json", query_response("Payment", an_invoice()),
            "WRONG_SHAPE", "key Invoice"),
    BadFile("quickbooks", "meu-payments-0001.json",
            as_json({"Fault": {"Error": [{"Message": "AuthenticationFailed"}]}}), "WRONG_SHAPE", "top level"),
    BadFile("quickbooks", "meu-trialbalance-EUR.json",
            as_json({"Header": {"EndPeriod": "2026-03-02"}, "Rows": {"Row": []}}), "WRONG_SHAPE", "key Header"),
    BadFile("quickbooks", "meu-trialbalance-GBP.json",
            as_json({"Header": {"EndPeriod": "2026-03-02", "Currency": "GBP"},
                     "Rows": {"Row": [{"ColData": [{"id": "1200"}, {"value": "1,5"}, {"value": ""}]}]}}),
            "WRONG_SHAPE", "account row 1"),
    BadFile("usage", "usage-cut.csv", USAGE[:-20], "TRUNCATED_FILE", "line 3"),
    BadFile("usage", "usage-quote.csv", f'{USAGE_HEADER}\n"E-1,CT-1,1,calls,1,2026-03-01\n'.encode(),
            "TRUNCATED_FILE", "line 2"),
    BadFile("usage", "usage-headless.csv", usage(an_event(), header=an_event("E-0")), "MISSING_COLUMN", "line 1"),
    BadFile("usage", "usage-endless.csv", f"{USAGE_HEADER}\n{'9' * 200_000}".encode(), "MALFORMED_CSV", "line 2"),
    BadFile("rates", "eurofxref-doctype.xml", with_doctype("<!DOCTYPE Envelope>"), "DOCTYPE_REFUSED", "line 2"),
    BadFile("rates", "eurofxref-read-files.xml",
            with_doctype('<!doctype e [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "DOCTYPE_REFUSED", "line 2"),
    BadFile("rates", "eurofxref-laughs.xml", with_doctype(LAUGHS + "]>"), "DOCTYPE_REFUSED", "line 2"),
    BadFile("rates", "eurofxref-cut.xml", rates()[:-20], "TRUNCATED_FILE", "line"),
    BadFile("rates", "eurofxref-unbalanced.xml", rates().replace(b"/><Cube", b" x><Cube"), "MALFORMED_XML", "line"),
    BadFile("rates", "eurofxref-utf7.xml", rates().replace(b"UTF-8", b"UTF-7"), "WRONG_ENCODING", "line 1"),
    BadFile("rates", "eurofxref-deep.xml", b"<a>" * 5_000 + b"</a>" * 5_000, "NESTED_TOO_DEEP", "line"),
    BadFile("rates", "eurofxref-other.xml", b"<rss><channel/></rss>", "WRONG_SHAPE", "line 1"),
    BadFile("nfe", "empty.xml", b"", "EMPTY_FILE", "byte 0"),
    BadFile("nfe", "cut.xml", NFE[:900], "TRUNCATED_FILE", "line"),
    BadFile("nfe", "doctype.xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + NFE, "DOCTYPE_REFUSED",
            "line 1"),
    BadFile("nfe", "latin1.xml", NFE.replace(b"UTF-8", b"ISO-8859-1"), "WRONG_ENCODING", "line 1"),
    BadFile("nfe", "service-invoice.xml", b'<NFSe xmlns="http://www.sped.fazenda.gov.br/nfse"/>', "WRONG_SHAPE",
            "line 1"),
    BadFile("nfe", "foreign.xml", b"<nfeProc><NFe/></nfeProc>", "WRONG_SHAPE", "line 1"),
    BadFile("nfe", "hollow.xml", b'<nfeProc xmlns="http://www.portalfiscal.inf.br/nfe"><NFe/></nfeProc>',
            "WRONG_SHAPE", "line 1"),
    BadFile("nfe", "nothing.xml", b'<nfeProc xmlns="http://www.portalfiscal.inf.br/nfe"/>', "WRONG_SHAPE", "line 1"),
    BadFile("nfe", "fault.xml", b'<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body><Fault/></Body>'
            b"</Envelope>", "WRONG_SHAPE", "line 1"),
    BadFile("nfe", "printed.pdf", b"%PDF-1.7 DANFE", "UNKNOWN_FILE", "file name"),
    BadFile("einvoicing", "cut.xml", REFUSAL[:-30], "TRUNCATED_FILE", "line"),
    BadFile("einvoicing", "doctype.xml", REFUSAL.replace(b"?>", b"?><!DOCTYPE a>", 1), "DOCTYPE_REFUSED", "line 1"),
    BadFile("einvoicing", "order.xml", REFUSAL.replace(b"invoice_response", b"order_response"), "WRONG_SHAPE",
            "line 1"),
    BadFile("einvoicing", "invoice.xml", b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
            "WRONG_SHAPE", "line 1"),
    BadFile("einvoicing", "about-nothing.xml",
            REFUSAL.replace(b"cac:DocumentResponse", b"cac:SomethingElse"), "WRONG_SHAPE", "line 1"),
    BadFile("einvoicing", "lifecycle-utf16.xml", a_lifecycle_status().decode().encode("utf-16"), "WRONG_ENCODING",
            "byte 0"),
    BadFile("shop", "invoice.pdf", b"%PDF-1.7 not ours", "UNKNOWN_FILE", "file name"),
    BadFile("fax", "orders-0001.json", ORDER, "UNKNOWN_SYSTEM", "folder name"),
    BadFile("shop", "orders-..\\..\\windows\\evil.json", ORDER, "HOSTILE_FILE_NAME", "file name"),
    BadFile("shop", "orders-%2e%2e%2fetc.json", ORDER, "HOSTILE_FILE_NAME", "file name"),
    BadFile("shop", "orders-\n-rf.json", ORDER, "HOSTILE_FILE_NAME", "file name"),
    BadFile("shop", "orders-\u202enosj.exe.json", ORDER, "HOSTILE_FILE_NAME", "file name"),
    BadFile("shop", "-rf orders.json", ORDER, "HOSTILE_FILE_NAME", "file name"),
    BadFile("shop", "nul.json", ORDER, "HOSTILE_FILE_NAME", "file name"),
    BadFile("shop", "orders-" + "a" * 230 + ".json", ORDER, "HOSTILE_FILE_NAME", "file name"),
)  # fmt: skip
