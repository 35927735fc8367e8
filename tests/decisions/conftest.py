"""A decision store in a file, and one on a PostgreSQL that lives as long as the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.decisions.store import DecisionStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    with DecisionStore.open(tmp_path / "decisions.sqlite") as opened:
        yield opened


def _postgresql_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A throw-away cluster on a socket of its own; it cannot run as root, so root hands it to `postgres`."""
    binaries = _postgresql_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed")
    as_user = [] if os.geteuid() else ["runuser", "-u", "postgres", "--"]
    if as_user and (
        shutil.which("runuser") is None or subprocess.run(["id", "postgres"], capture_output=True).returncode
    ):
        pytest.skip("PostgreSQL refuses to run as root, and there is no user `postgres`")
    folder = Path(tempfile.mkdtemp(prefix="openitem-pg-"))
    folder.chmod(0o777)
    cluster = folder / "cluster"

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=folder)

    settings = f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        run(str(binaries / "initdb"), "-D", str(cluster), "-A", "trust", "-U", "openitem", "-E", "UTF8", "--no-sync")
        run(str(binaries / "pg_ctl"), "-D", str(cluster), "-w", "-l", str(folder / "log"), "-o", settings, "start")
        try:
            yield f"postgresql://openitem@/postgres?host={folder}"
        finally:
            run(str(binaries / "pg_ctl"), "-D", str(cluster), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_store(postgresql_url: str) -> Iterator[DecisionStore]:
    """An empty store on PostgreSQL."""
    import sqlalchemy as sa

    engine = sa.create_engine(sa.make_url(postgresql_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(sa.text("drop schema public cascade"))
        connection.execute(sa.text("create schema public"))
    engine.dispose()
    with DecisionStore.open(postgresql_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest) -> DecisionStore:
    """The same test on both databases."""
    found: DecisionStore = request.getfixturevalue("store" if request.param == "sqlite" else "postgresql_store")
    return found
