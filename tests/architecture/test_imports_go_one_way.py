"""Who may import whom. The table is the rule; there is no list of exceptions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "data" / "build"  # made here, such as homes and the environment of the peers

RULES = ("orders", "credit", "invoicing", "cash_application", "collections", "revenue", "exceptions")

# What a package of ours may import of ours. A shell is a room's assets.py.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "assets.ledger": (),
    **{f"assets.{room}": ("assets.ledger",) for room in RULES},
    "assets.decisions": ("assets.ledger",),
    "assets.platform": ("assets.ledger", "assets.decisions"),
    "assets.extract": ("assets.ledger", "assets.platform"),
    "assets.close": ("assets.ledger", "assets.platform", "assets.decisions", *(f"assets.{room}" for room in RULES)),
    "assets.delivery": ("assets.ledger", "assets.platform", "assets.decisions"),
    "assets.publish": ("assets.ledger", "assets.platform"),
    "dashboards": ("assets.decisions", "assets.ledger"),
    "data": ("assets.ledger",),
    "orchestration": ("assets", "data"),
}
SHELL_MAY_ALSO_IMPORT = ("assets.platform",)

FRAMEWORKS = ("dagster", "dagster_dbt")
DATABASES = ("duckdb", "sqlalchemy", "sqlite3", "psycopg")
MAY_IMPORT_DAGSTER = ("assets.platform", "orchestration")


def _package_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return ".".join(parts[:2]) if parts[0] == "assets" and len(parts) > 2 else parts[0]


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import at line {node.lineno}; write it whole"
            yield node.lineno, node.module


def _sources(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not path.is_relative_to(BUILT))


def _is_within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


OURS = _sources("assets", "dashboards", "data", "orchestration")


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_imports_only_what_lies_below_it(path: Path) -> None:
    package = _package_of(path)
    if path == ROOT / "assets" / "__init__.py":
        return
    allowed = (*MAY_IMPORT[package], package)
    if path.name == "assets.py":
        allowed += SHELL_MAY_ALSO_IMPORT
    strangers = [
        f"line {line}: {name}"
        for line, name in _imports(path)
        if _is_within(name, ("assets", "dashboards", "data", "orchestration", "tests"))
        and not _is_within(name, allowed)
    ]
    assert not strangers, f"{package} may import {allowed} of ours, but has {strangers}"


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_dagster_stays_in_shells_platform_and_orchestration(path: Path) -> None:
    if path.name == "assets.py" or _is_within(_package_of(path), MAY_IMPORT_DAGSTER):
        return
    found = [f"line {line}: {name}" for line, name in _imports(path) if _is_within(name, FRAMEWORKS)]
    assert not found, f"A rule is a function; Dagster is elsewhere: {found}"


@pytest.mark.parametrize(
    "path",
    [*_sources(*(f"assets/{room}" for room in RULES), "assets/ledger"), ROOT / "assets" / "close" / "walk.py"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_rules_read_no_database_file_or_environment(path: Path) -> None:
    forbidden = (*DATABASES, "os", "pathlib", "io", "subprocess", "socket", "httpx", "pandas")
    found = [f"line {line}: {name}" for line, name in _imports(path) if _is_within(name, forbidden)]
    assert not found, f"A rule takes values and returns values: {found}"


def test_only_delivery_can_send() -> None:
    senders = ("smtplib", "httpx", "requests", "urllib.request", "socket")
    found = [
        f"{path.relative_to(ROOT)} line {line}: {name}"
        for path in OURS
        for line, name in _imports(path)
        if _is_within(name, senders) and _package_of(path) != "assets.delivery"
    ]
    assert not found, f"Nothing leaves the building except through the outbox: {found}"
