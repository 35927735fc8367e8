"""How long do 1,000 documents take, PDF with XML inside and UBL, each validated under the official rules?

python -m tests.benchmarks.documents                     1,000 documents, 2 processes
python -m tests.benchmarks.documents --documents 5000 --workers 4
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from assets.invoicing.documents.validation import is_valid
from assets.ledger.terms import PaymentTerms
from orchestration.documents import MasterData, write_documents
from tests.invoicing.documents.builders import AMERICAN, BRITISH, DUTCH, GERMAN, SELLERS, a_record

PROMISE_SECONDS = 90
KINDS: list[dict[str, Any]] = [
    {"customer_key": "german"},
    {"customer_key": "dutch", "rate": "0"},
    {"customer_key": "british", "rate": "0", "currency": "GBP"},
    {"customer_key": "american", "rate": "0", "currency": "USD", "entity": "MUS", "kind": "retainer"},
    {"customer_key": "american", "rate": "0.0825", "currency": "USD", "entity": "MUS"},
]
DATA = MasterData(
    sellers=SELLERS,
    buyers={"german": GERMAN, "dutch": DUTCH, "british": BRITISH, "american": AMERICAN},
    terms={"NET30": PaymentTerms("NET30", 30)},
    logos={},
)


def records(count: int) -> dict[str, dict[str, Any]]:
    """Return recorded invoices of five kinds with 1 to 40 lines (most have few), every tenth a credit memo."""
    found = {}
    for position in range(1, count + 1):
        number = f"DOC-2026-{position:05d}"
        line_count = 40 if position % 50 == 0 else 1 + position % 7
        lines = [
            (
                f"Item {line} of {number}",
                str(1 + (position + line) % 9),
                f"{(position * line) % 997 + 1}.{line % 100:02d}",
            )
            for line in range(1, line_count + 1)
        ]
        kind = KINDS[position % len(KINDS)]
        found[number] = a_record(number=number, lines=lines, is_credit=position % 10 == 0, **kind)
    return found


def _used() -> tuple[float, int]:
    """Return the processor time of this process and its workers so far, and the most memory one of them held, in KB."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used), max(one.ru_maxrss for one in used)


def main() -> int:
    """Make the documents, print what it took, and fail when the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    payloads = records(asked.documents)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        findings = write_documents(payloads, DATA, Path(folder), workers=asked.workers)
        seconds = time.perf_counter() - started
        processor_seconds, peak = _used()
        files = sorted(Path(folder).iterdir())
        megabytes = sum(path.stat().st_size for path in files) / 1e6
        some = dict(list(payloads.items())[:20])
        again = Path(folder) / "again"
        write_documents(some, DATA, again)
        changed = [
            path.name for path in again.iterdir() if path.read_bytes() != (Path(folder) / path.name).read_bytes()
        ]
    refused = [number for number, found in findings.items() if not is_valid(found)]
    print(
        f"{len(findings)} documents ({len(files)} files, {megabytes:.0f} MB) in {seconds:.1f} s with {asked.workers} "
        f"processes; {processor_seconds:.0f} s of processor time, {peak / 1e6:.2f} GB at most in "
        f"one process; {len(refused)} refused by the rules; {len(changed)} of {3 * len(some)} files differ made again"
    )
    kept = seconds <= PROMISE_SECONDS * asked.documents / 1000 and not refused and not changed
    return 0 if kept and len(files) == 3 * asked.documents else 1


if __name__ == "__main__":
    sys.exit(main())
