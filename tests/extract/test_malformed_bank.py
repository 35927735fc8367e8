"""Every bad file is refused as a whole, with a reason a person can act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.extract.reading import QuarantineError
from assets.extract.registry import READERS, reader_for
from assets.extract.table_source import read_table
from tests.extract.malformed_bank import BANK_CASES, TABLE_CASES, mapping_for


@pytest.mark.parametrize(("name", "system", "content", "reason_code"), BANK_CASES, ids=[case[0] for case in BANK_CASES])
def test_a_bad_bank_file_is_refused(name: str, system: str, content: bytes, reason_code: str) -> None:
    found = reader_for(READERS, system, name)
    assert found is not None
    with pytest.raises(QuarantineError) as refused:
        found[1](content, name)
    assert refused.value.reason_code == reason_code
    assert refused.value.position
    assert refused.value.reason.endswith(".")


@pytest.mark.parametrize(
    ("name", "system", "content", "reason_code"), TABLE_CASES, ids=[case[0] for case in TABLE_CASES]
)
def test_a_bad_table_is_refused(name: str, system: str, content: bytes, reason_code: str, tmp_path: Path) -> None:
    with pytest.raises(QuarantineError) as refused:
        read_table(content, mapping_for(system, tmp_path))
    assert refused.value.reason_code == reason_code
    assert refused.value.position
