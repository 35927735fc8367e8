"""Clocks, floats, clever money, stray hosts: what may not stand in the tree."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL_FOLDERS = {"orchestration", "dbt_project", "assets", "dashboards", "tests", "data"}
BUILT = ROOT / "data" / "build"  # made here, such as homes and the environment of the peers
WRITTEN = sorted(
    path
    for folder in ("assets", "dashboards", "data")
    for path in (ROOT / folder).rglob("*.py")
    if not path.is_relative_to(BUILT)
)
MODELS = sorted((ROOT / "dbt_project").glob("models/**/*.sql"))

CLOCKS = {
    ("date", "today"), ("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("time", "time"),
    ("time", "time_ns"), ("random", "random"), ("uuid", "uuid4"), ("uuid", "uuid1"),
}  # fmt: skip


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def test_the_top_level_is_the_card_of_the_project() -> None:
    folders = {name.split("/")[0] for name in _tracked() if "/" in name}
    assert {name for name in folders if not name.startswith(".")} == TOP_LEVEL_FOLDERS


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_clock_and_no_chance_outside_orchestration(path: Path) -> None:
    found = [
        f"line {node.lineno}: {node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCKS
    ]
    assert not found, f"Today is an argument: {found}"


@pytest.mark.parametrize(
    "path",
    [path for path in WRITTEN if path.is_relative_to(ROOT / "assets")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_float_is_made_in_the_rooms(path: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            found.append(f"line {node.lineno}: float(…)")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"df", "fetchdf"}:
            found.append(f"line {node.lineno}: .{node.func.attr}() turns decimals into floats")
    assert not found, f"Money is exact: {found}"


@pytest.mark.parametrize("path", MODELS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_clock_in_sql(path: Path) -> None:
    sql = re.sub(r"--[^\n]*", "", path.read_text().lower())
    found = re.findall(r"\b(current_date|current_timestamp|now\(\)|getdate\(\)|today\(\)|random\(\))", sql)
    assert not found, f"as_of_date() comes from the run's window: {found}"


LAYERS = ["policy", "raw", "control", "staging", "intermediate", "marts", "generated", "receivables", "reporting"]


def _layer(path: Path) -> str:
    return path.relative_to(ROOT / "dbt_project" / "models").parts[0]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_model_reads_only_from_words_to_its_left(path: Path) -> None:
    layer_of = {model.stem: _layer(model) for model in MODELS}
    sql = path.read_text()
    own = LAYERS.index(_layer(path))
    refs = [layer_of.get(name, "policy") for name in re.findall(r"ref\(\s*'([^']+)'\s*\)", sql)]
    sources = [
        "generated" if name == "generated" else "control" if name == "control" else "raw"
        for name in re.findall(r"source\(\s*'([^']+)'\s*,", sql)
    ]
    wrong = [layer for layer in [*refs, *sources] if LAYERS.index(layer) > own]
    assert not wrong, f"{_layer(path)} reads from {wrong}, which lies to its right"


# Written in two halves so that this file does not name what it forbids.
HOSTS = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org")
MACHINE_PATHS = ("/ro" + "ot/", "/wo" + "rk/", "/tm" + "p/")


def test_no_registry_host_and_no_machine_path() -> None:
    found = []
    for name in _tracked():
        path = ROOT / name
        if path.suffix in {".png", ".parquet", ".xlsx", ".zip", ".duckdb"}:
            continue
        text = path.read_text(errors="replace")
        found += [f"{name}: {word}" for word in (*HOSTS, *MACHINE_PATHS) if word in text]
    assert not found, found


def test_the_lock_pins_every_package_by_hash() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    packages = [index for index, line in enumerate(lines) if re.match(r"^[a-zA-Z0-9]", line)]
    assert len(packages) > 100
    unpinned = [lines[index] for index in packages if "==" not in lines[index] or "--hash" not in lines[index + 1]]
    assert not unpinned, unpinned
