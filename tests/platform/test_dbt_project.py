"""The parsed dbt project and when it is still that of the files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.platform import dbt


def test_a_copied_checkout_is_parsed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = dbt.project_digest()
    assert dbt.project_digest() == here
    copied = tmp_path / "dbt_project"
    shutil.copytree(dbt.PROJECT_DIR, copied, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setattr(dbt, "PROJECT_DIR", copied)
    assert dbt.project_digest() != here
