"""Documents damaged on the way: read, or refused with a reason, never a crash and never for long."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assets.invoicing.documents.cii import write_cii
from assets.invoicing.documents.reading import read_invoice
from assets.invoicing.documents.ubl import write_ubl
from assets.invoicing.documents.validation import validate
from assets.ledger.errors import BadInputError
from tests.invoicing.documents.builders import an_invoice

WHOLE = {
    "UBL": write_ubl(an_invoice()),
    "CII": write_cii(an_invoice()),
    "credit": write_ubl(an_invoice(is_credit=True)),
}
BILLION_LAUGHS = b"<!DOCTYPE a [" + b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10 if level else b"lol") for level in range(10)
) + b"]><a>&l9;</a>"  # fmt: skip


@settings(max_examples=300, deadline=None, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(
    name=st.sampled_from(sorted(WHOLE)),
    cuts=st.lists(st.tuples(st.integers(0, 8000), st.integers(0, 60), st.binary(max_size=12)), min_size=1, max_size=4),
)
def test_a_damaged_document_is_read_or_refused_with_a_reason(name: str, cuts: list[tuple[int, int, bytes]]) -> None:
    content = WHOLE[name]
    for at, length, instead in cuts:
        content = content[:at] + instead + content[at + length :]
    refused: list[str] = []
    number = None
    try:
        number = read_invoice(content).invoice.number
    except BadInputError as error:
        refused = error.faults
    assert number or refused


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(name=st.sampled_from(sorted(WHOLE)), at=st.integers(0, 400), text=st.sampled_from(["", "-1", "x", "1e9", "0"]))
def test_the_rules_never_stop_halfway_on_a_wrong_text(name: str, at: int, text: str) -> None:
    pytest.importorskip("saxonche")
    parts = WHOLE[name].split(b">")
    at %= len(parts) - 1
    if parts[at].startswith((b"\n", b"<")) or b"</" not in parts[at]:
        return
    parts[at] = text.encode() + b"</" + parts[at].split(b"</", 1)[1]
    findings = validate(b">".join(parts))
    assert "RULES-STOPPED" not in {finding.rule_id for finding in findings}


@pytest.mark.parametrize(
    "content",
    [
        BILLION_LAUGHS,
        b"<Invoice>" * 100_000,
        b"<a " + b" ".join(b'b%d="1"' % number for number in range(100_000)) + b"/>",
        b"<a>" + b"x" * 19_000_000 + b"</a>",
    ],
    ids=[
        "a billion laughs",
        "a hundred thousand levels",
        "a hundred thousand attributes",
        "nineteen megabytes of text",
    ],
)
def test_what_is_meant_to_exhaust_us_is_refused_at_once(content: bytes) -> None:
    started = time.process_time()
    with pytest.raises(BadInputError):
        read_invoice(content)
    assert time.process_time() - started < 1
