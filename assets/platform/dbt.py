"""dbt inside this process: the project parsed once, its build and test results as plain records.

A dbt process of its own costs five seconds of imports and parsing for each call; a run calls dbt three times.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.ledger.errors import PermanentError

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROJECT_DIR = Path(__file__).resolve().parents[2] / "dbt_project"
TARGET_DIR = PROJECT_DIR / "target"
MANIFEST_JSON = TARGET_DIR / "manifest.json"
_CACHED_MANIFEST = TARGET_DIR / "parsed.msgpack"
_CACHED_DIGEST = TARGET_DIR / "parsed.sha256"


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one model, seed or test."""

    unique_id: str
    name: str
    resource_type: str
    status: str  # success | pass | warn | fail | error | skipped
    failures: int
    message: str
    seconds: str


@dataclass(frozen=True, slots=True)
class DbtOutcome:
    """What became of one call of dbt."""

    results: tuple[NodeResult, ...]

    @property
    def red(self) -> tuple[NodeResult, ...]:
        """Return the tests that failed and the models that broke, root causes first."""
        return tuple(result for result in self.results if result.status in {"fail", "error", "runtime error"})

    @property
    def is_green(self) -> bool:
        """Say whether nothing failed."""
        return not self.red


class DbtGateError(PermanentError):
    """A model broke or a test of the marts failed; publishing and effects stop."""

    def __init__(self, doing: str, red: Sequence[NodeResult]) -> None:
        self.red = tuple(red)
        listed = "; ".join(f"`{result.name}` ({result.message})" for result in red[:5])
        more = f" and {len(red) - 5} more" if len(red) > 5 else ""
        super().__init__(
            f"{doing}: {len(red)} of dbt's nodes are red: {listed}{more}. Nothing was published or sent. "
            "Look at the rows the test returns: `dbt show --select <test>`; the model's yml says what they mean."
        )


def project_digest() -> str:
    """Return a hash over everything the project's parse depends on: its files, where they lie, and dbt's version."""
    # A parsed project names absolute paths: a checkout that was copied or moved is parsed anew.
    digest = hashlib.sha256(f"{version('dbt-core')}\0{PROJECT_DIR}".encode())
    for folder, folders, files in os.walk(PROJECT_DIR):
        folders[:] = sorted(name for name in folders if name not in {"target", "logs", "dbt_packages"})
        for name in sorted(files):
            path = Path(folder) / name
            if path.suffix in {".sql", ".yml", ".csv", ".md"}:
                digest.update(f"{path.relative_to(PROJECT_DIR)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def load_manifest() -> Manifest:
    """Return the parsed project: from the cache if no file changed since, else parsed now (5 to 10 seconds)."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder

    digest = project_digest()
    with _taking_turns():
        if _CACHED_DIGEST.exists() and _CACHED_DIGEST.read_text() == digest and MANIFEST_JSON.exists():
            manifest = Manifest.from_msgpack(_CACHED_MANIFEST.read_bytes(), decoder=extended_mashumuro_decoder)
            manifest.build_flat_graph()
            return manifest
        manifest = _parse()
        _replace(_CACHED_MANIFEST, manifest.to_msgpack(extended_mashumaro_encoder))
        _replace(_CACHED_DIGEST, digest.encode())
    return manifest


@contextmanager
def _taking_turns() -> Iterator[None]:
    """Let one process at a time parse or read the cache; whoever waited finds it parsed."""
    TARGET_DIR.mkdir(parents=True, exist_ok=True)
    with (TARGET_DIR / "parsing.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def prepare_manifest() -> Path:
    """Make sure that manifest.json is that of the files as they are, and return its path."""
    load_manifest()
    return MANIFEST_JSON


def _parse() -> Manifest:
    from dbt.cli.main import dbtRunner

    os.environ.setdefault("OPENITEM_WAREHOUSE", str(TARGET_DIR / "warehouse.duckdb"))
    _CACHED_DIGEST.unlink(missing_ok=True)
    outcome = dbtRunner().invoke(["--quiet", "parse", *_places(TARGET_DIR)])
    if outcome.exception is not None or not outcome.success:
        raise PermanentError(f"Cannot parse the dbt project: {outcome.exception}") from outcome.exception
    return outcome.result  # type: ignore[return-value]


def _places(target: Path) -> list[str]:
    return [
        "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR),
        "--target-path", str(target), "--log-path", str(target / "logs"),
    ]  # fmt: skip


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)


class DbtProject:
    """The dbt project, run on one warehouse file. Our own connection must be closed while it runs."""

    def __init__(self, warehouse_path: Path, target_path: Path) -> None:
        self.warehouse_path = warehouse_path
        self.target_path = target_path

    def build(self, select: Sequence[str] = (), exclude: Sequence[str] = (), *, tell: Tell | None = None) -> DbtOutcome:
        """Seed, run and test the selected nodes in order; a failed test stops what depends on it."""
        return self._invoke(["build", "--exclude-resource-type", "unit_test"], select, exclude, tell)

    def test(self, select: Sequence[str] = (), exclude: Sequence[str] = (), *, tell: Tell | None = None) -> DbtOutcome:
        """Run the selected data tests."""
        return self._invoke(["test", "--exclude-resource-type", "unit_test"], select, exclude, tell)

    def unit_test(self, select: Sequence[str] = (), exclude: Sequence[str] = ()) -> DbtOutcome:
        """Run the selected unit tests; the models they need must exist, empty is enough."""
        return self._invoke(["test", "--resource-type", "unit_test"], select, exclude, None)

    def _invoke(
        self, command: list[str], select: Sequence[str], exclude: Sequence[str], tell: Tell | None
    ) -> DbtOutcome:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        os.environ["OPENITEM_WAREHOUSE"] = str(self.warehouse_path)
        arguments = ["--quiet", "--log-level", "none", "--no-write-json", *command, *_places(self.target_path)]
        if select:
            arguments += ["--select", *select]
        if exclude:
            arguments += ["--exclude", *exclude]
        runner = dbtRunner(manifest=load_manifest(), callbacks=[_teller(tell)] if tell else [])
        try:
            outcome = runner.invoke(arguments)
        finally:
            DuckDBConnectionManager.close_all_connections()
        if outcome.exception is not None:
            raise PermanentError(f"dbt could not run `{' '.join(command)}`: {outcome.exception}") from outcome.exception
        results = tuple(_node_result(result) for result in outcome.result.results)  # type: ignore[union-attr]
        return DbtOutcome(results)


Tell = Callable[[str], None]


def _teller(tell: Tell) -> Callable[[Any], None]:
    def hear(event: Any) -> None:
        if event.info.name == "LogStartLine":
            tell(event.data.description)

    return hear


def _node_result(result: Any) -> NodeResult:
    return NodeResult(
        unique_id=result.node.unique_id,
        name=result.node.name,
        resource_type=str(result.node.resource_type.value),
        status=str(result.status.value if hasattr(result.status, "value") else result.status),
        failures=result.failures or 0,
        message=" ".join((result.message or "").split())[:400],
        seconds=f"{result.execution_time:.2f}",
    )
