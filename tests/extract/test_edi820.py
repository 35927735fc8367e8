"""EDI 820: what a payer lists reaches the tables whole, in any separators; what is not whole is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assets.extract.edi820 import read_edi820
from assets.extract.reading import ParsedFile, QuarantineError
from assets.extract.registry import READERS, reader_for
from tests.extract.remittance_files import LINES, a_set, an_820


def lines(parsed: ParsedFile) -> list[tuple[str | None, str | None, str | None]]:
    found = parsed.rows["messages__remittance_lines"]
    return [(row["document_number"], row["amount"], row["reason"]) for row in found]


@pytest.mark.parametrize(
    ("end", "sign"),
    [("~\n", "*"), ("~", "*"), ("\n", "|"), ("'\r\n", "+"), ("\x1c", "\x1d")],
    ids=["a line each", "in one line", "ended by the line", "signs of EDIFACT", "control signs"],
)
def test_a_remittance_is_read_with_its_payment_and_lines(end: str, sign: str) -> None:
    parsed = read_edi820(an_820(end=end, sign=sign), "advice.edi")
    assert [dict(row) for row in parsed.rows["messages__remittances"]] == [
        {
            "message_id": "820-ACMETOOLS-2026-03-15-000000123-45-0001", "sent_at": "2026-03-16",
            "payer_name": "ACME TOOLS INC", "payer_email": "ap@acme.example",
            "payment_reference": "PAY-77123", "currency": "USD", "total": "153.00",
        }
    ]  # fmt: skip
    assert lines(parsed) == [
        ("MUS-2026-00041", "98.00", "discount 2.00"),
        ("MUS-2026-00042", "75.00", "deduction 25.00 04 item not accepted, damage"),
        ("MUS-2026-00043", "-20.00", None),
    ]
    assert not parsed.rejected
    assert (parsed.amount_sum, parsed.currency_code) == (Decimal("153.00"), "USD")


@pytest.mark.parametrize(
    ("given", "total", "expected"),
    [
        (
            ("RMR*IV*A1**100.00*100.00", "ADX*-25.00*04"), "75.00",
            [("A1", "75.00", "deduction 25.00 04 item not accepted, damage")],
        ),
        (("RMR*IV*A1***100.00*2.00",), "98.00", [("A1", "98.00", "discount 2.00")]),
        (
            ("ADX*-12.5*ZZ*CM*CM-7", "RMR*IV*A1**100*100"), "87.5",
            [("A1", "100", None), ("CM-7", "-12.5", "deduction 12.5 ZZ")],
        ),
        (("RMR*IV*A1**90*100**06*-10",), "90.00", [("A1", "90", "deduction 10 06 quantity contested")]),
        (
            ("RMR*IV*A1**100*100", "RMR*CM*C1**30*30"), "70",
            [("A1", "100", None), ("C1", "-30", None)],
        ),
        (("RMR*PO***90", "REF*VN*1", "REF*PO*45001"), "90.00", [("45001", "90", None)]),
    ],
    ids=["adjusted on top of what is paid", "invoiced less discount", "adjusted beside the lines", "adjusted in RMR",
         "a credit memo without its sign",
         "a purchase order instead of a number"],
)  # fmt: skip
def test_what_is_paid_of_a_line_follows_from_what_the_set_sums_to(
    given: tuple[str, ...], total: str, expected: list[tuple[str, str, str | None]]
) -> None:
    assert lines(read_edi820(an_820(a_set(*given, total=total)), "a.edi")) == expected


@pytest.mark.parametrize(
    ("bad", "reason_code", "says"),
    [
        (a_set(total="150.00", number="0002"), "LINES_DO_NOT_SUM", "BPR02 says 150.00"),
        (a_set("RMR*IV*A1**12,50", total="12.50", number="0002"), "AMOUNT_NOT_A_NUMBER", "RMR04 is `12,50`"),
        (a_set("RMR*IV*A1", number="0002"), "MISSING_VALUE", "neither RMR04"),
        (a_set(number="0002", day="20260231"), "NOT_A_DATE", "BPR16 is `20260231`"),
        (a_set(number="0002", header="NTE**no payment"), "MISSING_VALUE", "no BPR segment"),
        (a_set(number="0002", header="BPR*C**C*ACH"), "MISSING_VALUE", "BPR02"),
        (a_set(number="0002", header="BPR*C*153.00*D*ACH"), "UNKNOWN_VALUE", "expected C"),
        (a_set(number="0002", currency="Dollar"), "UNKNOWN_CURRENCY", "`currency` is `DOLLAR`"),
    ],
    ids=["lines that do not sum", "a decimal comma", "no amount", "no day of the calendar", "no payment",
         "no amount of the payment", "a debit", "no currency"],
)  # fmt: skip
def test_a_bad_set_is_kept_out_alone(bad: list[str], reason_code: str, says: str) -> None:
    parsed = read_edi820(an_820(a_set(), bad, a_set(number="0003", reference="PAY-77124")), "a.edi")
    assert [row["payment_reference"] for row in parsed.rows["messages__remittances"]] == ["PAY-77123", "PAY-77124"]
    [rejected] = parsed.rejected
    assert (rejected.row_number, rejected.reason_code) == (2, reason_code)
    assert says in rejected.reason


GOOD = an_820()
MALFORMED = {
    "cut in half": (GOOD[: len(GOOD) // 2], "TRUNCATED_FILE", "expected its SE"),
    "without its end": (GOOD[: GOOD.index(b"IEA")], "TRUNCATED_FILE", "where segment IEA is expected"),
    "without the end of its group": (GOOD.replace(b"GE*1*45~\n", b""), "TRUNCATED_FILE", "where GE is expected"),
    "a segment lost": (
        GOOD.replace(LINES[3].encode() + b"~\n", b""),
        "TRUNCATED_FILE",
        "SE01 counts `16` segments, found 15",
    ),
    "a wrong count of sets": (GOOD.replace(b"GE*1*", b"GE*2*"), "TRUNCATED_FILE", "GE01 counts `2`"),
    "another control number": (GOOD.replace(b"IEA*1*000000123", b"IEA*1*000000124"), "TRUNCATED_FILE", "as in ISA13"),
    "an invoice": (GOOD.replace(b"ST*820", b"ST*810"), "WRONG_SHAPE", "ST01 is `810`, expected 820"),
    "a group of invoices": (an_820(group="IN"), "WRONG_SHAPE", "GS01 is `IN`, expected RA"),
    "the same set twice": (an_820(a_set(), a_set()), "WRONG_SHAPE", "twice"),
    "no set": (GOOD[: GOOD.index(b"ST*")] + b"GE*0*45~IEA*1*000000123~", "WRONG_SHAPE", "holds no 820"),
    "no envelope": (GOOD[GOOD.index(b"ST*") :], "WRONG_SHAPE", "expected an ISA segment"),
    "a short header": (b"ISA*00*  *00~GS*RA~", "TRUNCATED_FILE", "expected 16"),
    "a spreadsheet": (b"invoice;amount\n1;2\n", "WRONG_SHAPE", "expected an ISA segment"),
    "nothing": (b" \n", "EMPTY_FILE", "holds nothing"),
    "a NUL byte": (GOOD.replace(b"ACME TOOLS", b"ACME\x00TOOLS"), "NUL_BYTE", "NUL"),
}


@pytest.mark.parametrize(("content", "reason_code", "says"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_file_is_refused_with_where_and_what_was_expected(
    content: bytes, reason_code: str, says: str
) -> None:
    with pytest.raises(QuarantineError) as refused:
        read_edi820(content, "advice.edi")
    assert refused.value.reason_code == reason_code
    assert says in refused.value.reason
    assert refused.value.position


@pytest.mark.parametrize(
    "named", [("CUR*BY*CAD",), ("CUR*SE*MXN", "CUR*PR*CAD")], ids=["the buyer's alone", "the payer's after another"]
)
def test_a_currency_named_for_another_party_was_taken_for_dollars(named: tuple[str, ...]) -> None:
    one = a_set()
    at = one.index("REF*TN*77")
    [row] = read_edi820(an_820([*one[:at], *named, *one[at:]]), "a.edi").rows["messages__remittances"]
    assert row["currency"] == "CAD"


def test_letters_that_are_no_utf8_are_read() -> None:
    [row] = read_edi820(an_820(a_set(payer="Müller")).decode().encode("latin-1"), "a.edi").rows["messages__remittances"]
    assert row["payer_name"] == "Müller"


@pytest.mark.parametrize(
    "name", ["advice.edi", "ADVICE.EDI", "acme.x12", "ACME.X12", "20260316.820", "ach820_0316.txt", "ACH820.TXT"]
)
def test_a_file_is_known_by_its_name(name: str) -> None:
    assert reader_for(READERS, "messages", name) == ("remittances", read_edi820)


def test_two_payments_of_one_control_number_on_two_days_were_one_message() -> None:
    first, later = (an_820().replace(b"*20260315*", day) for day in (b"*20260315*", b"*20270315*"))
    keys = {read_edi820(content, "a.edi").rows["messages__remittances"][0]["message_id"] for content in (first, later)}
    assert len(keys) == 2
