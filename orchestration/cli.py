"""The `openitem` command: invent a company, run its days, look at the state, serve the pages."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from assets.ledger.errors import BadInputError, OpenitemError
from assets.platform import progress
from assets.platform.window import RunMode, RunWindow
from orchestration.cli_cash import replay_app
from orchestration.cli_documents import documents_app
from orchestration.cli_match import match
from orchestration.cli_revenue import app as revenue_app
from orchestration.settings import Settings, read_settings

app = typer.Typer(
    help="Order-to-cash across the systems you already have.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(documents_app, name="documents")
app.command()(match)
app.add_typer(replay_app, name="replay")
app.add_typer(revenue_app, name="revenue")
console = Console(stderr=True)

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of the company; default data/build or OPENITEM_HOME.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
DayOption = datetime | None
DAY = ["%Y-%m-%d"]


def main() -> None:
    """Run the command; errors of ours are told in one block, without a traceback."""
    try:
        app()
    except OpenitemError as error:
        console.print(f"[bold red]error[/] {type(error).__name__}", highlight=False)
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


def _settings(home: Path | None, *, must_exist: bool = False) -> Settings:
    """Return the settings; a command that only looks must find a company, and makes none of a mistyped folder."""
    if home is not None:
        os.environ["OPENITEM_HOME"] = str(home.resolve())
    settings = read_settings()
    path = settings.home.path
    if path.exists() and not path.is_dir():
        raise BadInputError("Cannot use this home", [f"`{path}` is a file, not a folder"], remedy="Name a folder.")
    if must_exist and not settings.home.is_used():
        raise BadInputError(
            "Cannot look at this company",
            [f"`{path}` {'holds none yet' if path.exists() else 'does not exist'}"],
            remedy="Check --home and OPENITEM_HOME, or begin with `openitem demo`, `openitem load` or `openitem run`.",
        )
    return settings


@contextmanager
def _shown(*, every_step: bool = False) -> Iterator[None]:
    """Show what is being done, with the seconds it has taken; line by line where nobody watches a terminal."""
    if every_step or not console.is_terminal:
        with progress.listening(_line_by_line(every_step)):
            yield
        return
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("Starting")
        with progress.listening(lambda doing: bar.update(task, description=doing)):
            yield


def _line_by_line(every_step: bool) -> progress.Listener:
    told: set[str] = set()
    started = time.monotonic()

    def tell(doing: str) -> None:
        step = doing if every_step else doing.split(":")[0]
        if every_step or step not in told:
            told.add(step)
            sys.stderr.write(f"{time.monotonic() - started:6.1f} s  {step}\n")
            sys.stderr.flush()

    return tell


def _screen() -> Console:
    """Return a console wide enough for two tables side by side where nobody watches a terminal."""
    screen = Console()
    return screen if screen.is_terminal else Console(width=120)


def _print(facts: dict[str, Any], as_json: bool, text: str) -> None:
    if as_json:
        typer.echo(json.dumps(facts, default=str, sort_keys=True))
    else:
        Console().print(text, highlight=False, markup=False, soft_wrap=True)


@app.command()
def simulate(
    preset: Annotated[str, typer.Option(help="demo, small or seed (8,000 customers, 1,500 orders a day).")] = "demo",
    customers: Annotated[int | None, typer.Option(help="How many customers.")] = None,
    orders_per_day: Annotated[int | None, typer.Option(help="How many shop orders a day.")] = None,
    days: Annotated[int | None, typer.Option(help="How many days up to the fixed last one.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same company, to the byte.")] = 20260630,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Invent a company: native files of its systems, day by day, and the truth about them kept apart."""
    settings = _settings(home)
    facts = _simulate(settings, preset, customers, orders_per_day, days, seed)
    _print(facts, as_json, f"Invented {facts['company']} in {settings.home.path}: {facts['files']} files.")


def _simulate(
    settings: Settings, preset: str, customers: int | None, orders_per_day: int | None, days: int | None, seed: int
) -> dict[str, Any]:
    from data.simulator.simulate import SCALES
    from data.simulator.simulate import simulate as invent

    if preset not in SCALES:
        raise typer.BadParameter(f"`{preset}` is no preset; there are {', '.join(SCALES)}.")
    scale = SCALES[preset].resized(customers=customers, orders_per_day=orders_per_day, days=days)
    with _shown():
        summary = invent(
            settings.home.path, scale, seed, progress=lambda step, _: progress.tell(f"Inventing the company: {step}")
        )
    return {
        "company": settings.home.company()["company_name"],
        "files": summary.file_count,
        "first": summary.first_date,
        "last": summary.last_date,
        "customers": summary.customer_count,
        "receipts": summary.bank_receipt_count,
    }


@app.command()
def run(
    as_of: Annotated[DayOption, typer.Option(formats=DAY, help="The one day to run.")] = None,
    from_day: Annotated[DayOption, typer.Option("--from", formats=DAY, help="First day of a window.")] = None,
    to_day: Annotated[DayOption, typer.Option("--to", formats=DAY, help="Last day of a window.")] = None,
    intraday: Annotated[bool, typer.Option("--intraday", help="Look into the open day without closing it.")] = False,
    every_step: Annotated[bool, typer.Option("--every-step", help="Print each step on a line of its own.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the chain: by default every day that is not closed yet, up to yesterday."""
    settings = _settings(home)
    mode = RunMode.INTRADAY if intraday else RunMode.CLOSE
    window = _window(settings, as_of, from_day, to_day, mode)
    _run(settings, window, as_json, every_step)


@app.command()
def backfill(
    from_day: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day.")],
    to_day: Annotated[datetime, typer.Option("--to", formats=DAY, help="Last day.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rebuild or catch up any past window; nothing is sent, and no closed day is decided again."""
    settings = _settings(home)
    _run(settings, RunWindow(from_day.date(), to_day.date(), RunMode.BACKFILL), as_json, every_step=False)


def _run(settings: Settings, window: RunWindow, as_json: bool, every_step: bool) -> None:
    from assets.publish.publish import published_run
    from orchestration.running import run_window_job

    started = time.monotonic()
    with _shown(every_step=every_step):
        progress.tell("Starting")
        run_id = run_window_job(settings.home, window, environment=settings.environment)
    seconds = round(time.monotonic() - started, 1)
    published = published_run(settings.home.published_path)
    published_day = str(published["as_of_date"]) if published else None
    facts = {
        "run_id": run_id,
        "published": published_day,
        "from": window.start_date,
        "to": window.end_date,
        "mode": window.mode,
        "seconds": seconds,
    }
    is_newest = published_day == window.end_date.isoformat()
    outcome = "Published, all ties green." if is_newest else f"All ties green; pages stay at {published_day}."
    text = f"Ran {window.start_date} to {window.end_date} ({window.mode.value}) in {seconds} s. {outcome}"
    _print(facts, as_json, text)


def _window(settings: Settings, as_of: DayOption, from_day: DayOption, to_day: DayOption, mode: RunMode) -> RunWindow:
    from orchestration.clock import business_today

    if as_of and (from_day or to_day):
        raise typer.BadParameter("Give either --as-of or --from and --to.")
    if as_of:
        return RunWindow(as_of.date(), as_of.date(), mode)
    if from_day and to_day:
        return RunWindow(from_day.date(), to_day.date(), mode)
    if from_day or to_day:
        raise typer.BadParameter("--from and --to go together.")
    today = business_today(settings)
    if mode is RunMode.INTRADAY:
        return RunWindow(today, today, mode)
    with settings.home.decisions() as store:
        last_closed = store.last_closed_date()
    first = last_closed + timedelta(days=1) if last_closed else settings.home.company_date("first_date")
    yesterday = today - timedelta(days=1)
    if first is None:
        raise typer.BadParameter("No day was closed yet: say where to begin with --from and --to.")
    if first > yesterday:
        raise typer.BadParameter(f"{last_closed} is closed and today is {today}: nothing to close. Use --intraday.")
    return RunWindow(first, yesterday, mode)


@app.command()
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say what is published, which day is open, who holds the lock, and what waits."""
    from assets.platform.lock import holder_of, is_held
    from assets.publish.publish import published_run
    from orchestration.clock import open_day

    settings = _settings(home, must_exist=True)
    published = published_run(settings.home.published_path)
    with settings.home.decisions() as store:
        facts: dict[str, Any] = {
            "home": str(settings.home.path),
            "published": published,
            "last_closed_date": store.last_closed_date(),
            "open_date": open_day(settings),
            "decisions": store.last_sequence(),
            "chain_verifies": store.verify().is_intact,
            "decisions_waiting_for_a_run": store.human_since(
                int(str(published["decisions_sequence"])) if published else 0
            ),
            "uncertain_sends": len(store.uncertain()),
            "run_in_progress": holder_of(settings.home.path) if is_held(settings.home.path) else None,
        }
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in facts.items() if name != "published"]
    shown = f"published: {published['as_of_date']} ({published['verdict']})" if published else "published: nothing yet"
    _print(facts, as_json, "\n".join([shown, *lines]))


@app.command()
def digest(
    home: HomeOption = None,
    by_table: Annotated[bool, typer.Option("--by-table", help="Also print each table's digest.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print one digest over every table and the decision log: equal digests, equal state."""
    from assets.platform.digest import digest_of
    from orchestration.state import state_digests

    found = state_digests(_settings(home, must_exist=True).home)
    whole = digest_of(found)
    facts = {"digest": whole, "tables": found} if by_table else {"digest": whole}
    lines = [f"{name} {value}" for name, value in sorted(found.items())] if by_table else []
    _print(facts, as_json, "\n".join([*lines, whole]))


@app.command()
def summary(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Print the state of receivables on one screen."""
    from orchestration.summary import summarise, summary_screen

    settings = _settings(home, must_exist=True)
    facts = summarise(settings.home)
    if as_json:
        typer.echo(json.dumps(facts, default=str, sort_keys=True))
    else:
        _screen().print(summary_screen(facts))


@app.command()
def demo(
    home: HomeOption = None,
    preset: Annotated[str, typer.Option(help="demo, small or seed, as for `simulate`.")] = "demo",
    seed: Annotated[int, typer.Option(help="Same seed, same company, to the byte.")] = 20260630,
) -> None:
    """Invent the company, run all its days (180 by default), and print what came out. Nothing leaves this machine."""
    from orchestration.running import run_window_job
    from orchestration.summary import summarise, summary_screen

    settings = _settings(home)
    started = time.monotonic()
    if settings.home.company_date("last_date") is None:
        _simulate(settings, preset, None, None, None, seed)
    first, last = settings.home.company_date("first_date"), settings.home.company_date("last_date")
    if first is None or last is None:
        raise typer.BadParameter(f"{settings.home.path} has no company.json with first_date and last_date.")
    with _shown():
        run_window_job(settings.home, RunWindow(first, last, RunMode.CLOSE))
    _screen().print(summary_screen(summarise(settings.home)))
    console.print(f"{time.monotonic() - started:.0f} s in all. `make serve` opens the pages.", highlight=False)


@app.command()
def load(
    mapping: Annotated[Path, typer.Argument(help="YAML that maps a table's columns to our entities.")],
    file: Annotated[Path, typer.Argument(help="CSV, Parquet, Excel sheet or SQLite file.")],
    received: Annotated[DayOption, typer.Option(formats=DAY, help="The day it became known; default today.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a table of your own: land it and say what was accepted and what was not."""
    from orchestration.loading import load_table

    settings = _settings(home)
    with _shown():
        facts = load_table(settings, mapping, file, received.date() if received else None)
    _print(facts, as_json, "\n".join(f"{name}: {value}" for name, value in facts.items()))


@app.command()
def serve(
    home: HomeOption = None,
    dagster_port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
    pages_port: Annotated[int, typer.Option(help="Port of the pages.")] = 8501,
) -> None:
    """Serve the Dagster UI and the pages on this machine until interrupted."""
    from orchestration.running import prepare_dagster_home

    settings = _settings(home)
    prepare_dagster_home(settings.home)
    environment = {**os.environ, "OPENITEM_HOME": str(settings.home.path)}
    here = Path(__file__).resolve().parents[1]
    tools = Path(sys.executable).parent
    commands = [
        [str(tools / "dagster"), "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(dagster_port)],
        [
            sys.executable, "-m", "streamlit", "run", str(here / "dashboards" / "app.py"),
            "--server.port", str(pages_port), "--server.address", "127.0.0.1", "--server.headless", "true",
        ],
    ]  # fmt: skip
    running = [subprocess.Popen(command, cwd=here, env=environment, start_new_session=True) for command in commands]
    console.print(
        f"Pages    http://127.0.0.1:{pages_port}\nDagster  http://127.0.0.1:{dagster_port}\nCtrl-C ends both."
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        _end(running)


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    """End servers with all they have started: Dagster's own children outlive it when it is killed."""
    families = [child for process in running for child in psutil.Process(process.pid).children(recursive=True)]
    for process in running:
        process.terminate()
    _, alive = psutil.wait_procs([*(psutil.Process(process.pid) for process in running), *families], timeout=20)
    for process in alive:
        process.kill()


if __name__ == "__main__":
    main()
