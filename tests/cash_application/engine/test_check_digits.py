"""References with check digits: right ones name a document for certain, wrong ones say that a digit is not as given."""

from __future__ import annotations

import pytest

from assets.cash_application.engine.numbers import is_creditor_reference, is_qr_reference
from tests.cash_application.engine.worlds import a_matcher, a_payment, an_entry, paid_by

QR = "210000000003139471430009017"  # the example of the Swiss implementation guidelines


def evidence_of(finding) -> set[str]:
    """Return how the best way's documents are named."""
    return {reason.evidence for reason in finding.best.reasons if reason.evidence.startswith("reference_")}


@pytest.mark.parametrize("text", [QR, "QRR 21 00000 00003 13947 14300 09017 Zahlung", f"Ref. {QR}"])
def test_a_qr_reference_names_the_number_it_ends_in(text: str) -> None:
    matcher = a_matcher(an_entry("313947143000901"), an_entry("313947143000902"))
    finding = matcher.find(a_payment(text, name="Somebody else"))
    assert paid_by(finding, matcher) == [("313947143000901", 123_456)]
    assert evidence_of(finding) == {"reference_structured"}


@pytest.mark.parametrize("place", range(26))
def test_one_wrong_digit_of_a_qr_reference_is_noticed(place: int) -> None:
    wrong = QR[:place] + str((int(QR[place]) + 3) % 10) + QR[place + 1 :]
    assert is_qr_reference(QR)
    assert not is_qr_reference(wrong)


def test_a_qr_reference_with_a_wrong_digit_names_nothing_for_certain() -> None:
    matcher = a_matcher(an_entry("313947143000901"))
    finding = matcher.find(a_payment(QR[:-1] + "4"))
    assert "reference_structured" not in evidence_of(finding)


def test_a_creditor_reference_with_a_wrong_digit_was_taken_for_the_invoice_it_names_by_accident() -> None:
    assert is_creditor_reference("RF714711")
    matcher = a_matcher(an_entry("4711"), an_entry("4712"), accounts={"DE1": "acme"})
    right = matcher.find(a_payment("RF71 4711", account="DE1"))
    wrong = matcher.find(a_payment("RF71 4712", account="DE1"))
    assert right.is_certain
    assert paid_by(right, matcher) == [("4711", 123_456)]
    assert not wrong.is_certain
    assert evidence_of(wrong) <= {"reference_two_slips"}


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("+++123/4567/89002+++", "1234567890"),  # Belgium: modulo 97
        ("1234567897", "123456789"),  # modulo 10 (Luhn), as in Norway and Sweden
        ("0123456789 0", "123456789"),  # Finland: weights 7, 3, 1
    ],
)
def test_a_number_with_its_check_digits_behind_it_is_read(reference: str, number: str) -> None:
    matcher = a_matcher(an_entry(number), an_entry("5550001"))
    finding = matcher.find(a_payment(reference, name="Somebody else"))
    assert paid_by(finding, matcher) == [(number, 123_456)]


@pytest.mark.parametrize("text", ["RF71 4712 20260901", "RF71 4712 99", "DUSSELDORF 12 RF71 4712", "RF714712EUR"])
def test_what_stood_beside_a_reference_hid_that_its_check_digits_are_wrong(text: str) -> None:
    matcher = a_matcher(an_entry("4711"), an_entry("4712"), accounts={"DE1": "acme"})
    assert not matcher.find(a_payment(text, account="DE1")).is_certain


def test_the_end_of_a_town_is_no_creditor_reference() -> None:
    matcher = a_matcher(an_entry("2610041"), an_entry("10041"), accounts={"DE1": "acme"})
    finding = matcher.find(a_payment("DUESSELDORF 2610041", account="DE1"))
    assert paid_by(finding, matcher) == [("2610041", 123_456)]
    assert finding.is_certain


SLIP = "000002600017-2"


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("NOSSO NUMERO 000002600017-2", "reference_structured"),
        ("BOLETO 0000026000172", "reference_structured"),
        ("101/2600017-2 LIQUIDACAO", "reference_structured"),
        ("BOLETO 2600017", "reference_digits"),
    ],
    ids=["as printed", "without its hyphen", "behind the wallet", "without its check digit"],
)
@pytest.mark.parametrize("printed", [SLIP, "2600017"], ids=["printed with its digit", "printed without it"])
def test_a_bank_slip_names_the_invoice_it_was_printed_with(text: str, how: str, printed: str) -> None:
    matcher = a_matcher(an_entry("MBR-2026-00017", bank_slips=printed), an_entry("MBR-2026-00018"))
    finding = matcher.find(a_payment(text, name="Alguem"))
    assert paid_by(finding, matcher) == [("MBR-2026-00017", 123_456)]
    assert evidence_of(finding) == {how}
    assert finding.is_certain


@pytest.mark.parametrize("text", ["NOSSO NUMERO 000002600017-3", "BOLETO 0000026000173"])
def test_a_bank_slip_with_a_wrong_check_digit_names_nothing_for_certain(text: str) -> None:
    matcher = a_matcher(an_entry("MBR-2026-00017", bank_slips=SLIP), an_entry("MBR-2026-00018"))
    finding = matcher.find(a_payment(text, name="Alguem"))
    assert not finding.named
    assert not finding.is_certain


def test_a_bank_slip_whose_check_digit_is_a_letter_is_read() -> None:
    matcher = a_matcher(an_entry("MBR-2026-00017", bank_slips="00002600017-P"), an_entry("MBR-2026-00018"))
    assert evidence_of(matcher.find(a_payment("06/00002600017-P"))) == {"reference_structured"}
    assert not matcher.find(a_payment("06/00002600017-4", name="Alguem")).named


def test_an_order_line_is_no_check_digit_where_no_slip_is_printed() -> None:
    matcher = a_matcher(an_entry("2600017"))
    assert evidence_of(matcher.find(a_payment("2600017-3"))) == {"reference_printed"}
