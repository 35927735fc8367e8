"""A peer: splink, linking receipts and documents pair by pair without labels; needs the package.

Blocked on the number found, its last five signs, and the amount. The best pair of each receipt and document is
proposed; from `--automatic` on it counts as applied.
"""

from __future__ import annotations

import logging

import pyarrow as pa
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from tests.benchmarks.cash_application.numbers import compact
from tests.benchmarks.cash_application.peers.files import Answer, Ledger, Numbers, Share, arguments
from tests.benchmarks.cash_application.wording import plain

SETTINGS = SettingsCreator(
    link_type="link_only",
    blocking_rules_to_generate_predictions=[
        block_on("number"), block_on("amount", "currency"), block_on("tail", "currency"),
    ],
    comparisons=[
        comparisons.DamerauLevenshteinAtThresholds("number", [1, 2]),
        comparisons.CustomComparison(
            output_column_name="amount",
            comparison_levels=[
                levels.NullLevel("amount"),
                levels.ExactMatchLevel("amount", term_frequency_adjustments=True),
                levels.PercentageDifferenceLevel("amount", 0.03),
                levels.ElseLevel(),
            ],
        ),
        comparisons.JaroWinklerAtThresholds("name", [0.92, 0.8]),
    ],
)  # fmt: skip


def main() -> None:
    """Train without labels, predict, and take the best pairs one to one."""
    given = arguments(__doc__, ("--automatic", 0.95), ("--proposed", 0.5))
    logging.disable(logging.WARNING)
    ledger = Ledger(given.input)
    answer = Answer(ledger)
    last = max(receipt["value_date"] for receipt in ledger.receipts)
    documents = [
        _record(key, compact(row["document_number"]), ledger.open[key], row["currency_code"],
                ledger.customers[row["customer_id"]]["customer_name"])
        for key, row in ledger.documents.items() if ledger.open[key] > 0 and row["issue_date"] <= last
    ]  # fmt: skip
    numbers = Numbers(str(record["number"]) for record in documents)
    receipts = [
        _record(
            row["receipt_id"],
            ledger.number_in(row, numbers),
            row["amount_minor"],
            row["currency_code"],
            row["payer_name"],
        )
        for row in ledger.receipts
    ]
    database = DuckDBAPI()
    linker = Linker(
        [
            database.register(pa.Table.from_pylist(receipts), dataset_display_name="receipts"),
            database.register(pa.Table.from_pylist(documents), dataset_display_name="documents"),
        ],
        SETTINGS,
        log_level=logging.ERROR,
    )
    linker.training.estimate_probability_two_random_records_match([block_on("number", "amount")], recall=0.4)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("amount", "currency"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("number"))
    pairs = linker.inference.predict(threshold_match_probability=given.proposed).as_record_list()
    best: dict[str, tuple[float, str]] = {}
    taken: set[str] = set()
    for pair in sorted(pairs, key=lambda pair: (-pair["match_probability"], pair["unique_id_l"], pair["unique_id_r"])):
        sides = {pair["source_dataset_l"]: pair["unique_id_l"], pair["source_dataset_r"]: pair["unique_id_r"]}
        if sides["receipts"] not in best and sides["documents"] not in taken:
            best[sides["receipts"]] = (pair["match_probability"], sides["documents"])
            taken.add(sides["documents"])
    for receipt in ledger.receipts:
        probability, key = best.get(receipt["receipt_id"], (0.0, ""))
        if not key or not ledger.may_pay(receipt, key):
            answer.decide(receipt, [], rule="no pair", confidence=0.0, is_automatic=False, solutions=0)
            continue
        share = Share(key, min(receipt["amount_minor"], ledger.open[key]))
        answer.decide(
            receipt, [share], rule="best pair", confidence=probability, is_automatic=probability >= given.automatic
        )
    answer.write(given.output)


def _record(key: str, number: str, amount: int, currency: str, name: str) -> dict[str, object]:
    return {
        "unique_id": key, "number": number or None, "tail": number[-5:] or None, "amount": amount, "currency": currency,
        "name": plain(name).upper() or None,
    }  # fmt: skip


if __name__ == "__main__":
    main()
