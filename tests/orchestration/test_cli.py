"""The command line on homes that are not what they should be: one clear block, and nothing made by looking."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration import cli

LOOKING = ["status", "digest", "summary"]


def _said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Return what a command that must fail says on its error stream."""
    monkeypatch.setenv("OPENITEM_HOME", "unset")  # the command sets it; this puts it back
    monkeypatch.setattr("sys.argv", ["openitem", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        cli.main()
    assert exit_info.value.code not in (0, None)
    return capsys.readouterr().err


@pytest.mark.parametrize("command", LOOKING)
def test_looking_at_a_mistyped_home_makes_none(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "typo"
    said = _said(capsys, monkeypatch, command, "--home", str(missing), "--json")
    assert "does not exist. Check --home" in said
    assert "Traceback" not in said
    assert not missing.exists()


@pytest.mark.parametrize("command", LOOKING)
def test_a_folder_without_a_company_is_said_to_hold_none(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "holds none yet" in _said(capsys, monkeypatch, command, "--home", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_home(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "home"
    file.touch()
    arguments = ("run", "--as-of", "2026-03-02", "--home", str(file))
    assert "is a file, not a folder" in _said(capsys, monkeypatch, *arguments)


def test_a_table_is_not_loaded_into_a_closed_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.platform.home import Home

    with Home(tmp_path / "home").decisions() as store:
        store.append([], closes=date(2026, 3, 2), recorded_at=datetime(2026, 3, 3, tzinfo=UTC))
    for name in ("mapping.yml", "table.csv"):
        (tmp_path / name).touch()
    said = _said(
        capsys, monkeypatch, "load", str(tmp_path / "mapping.yml"), str(tmp_path / "table.csv"),
        "--received", "2026-03-02", "--home", str(tmp_path / "home"),
    )  # fmt: skip
    assert "2026-03-02 is closed" in said
