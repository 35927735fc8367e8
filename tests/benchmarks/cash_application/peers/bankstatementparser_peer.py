"""A peer: bankstatementparser's reconciliation, given documents as expected payments; needs the package.

It reads no free text, so it is given the first document number that stands in the receipt. It matches all at once.
"""

from __future__ import annotations

from decimal import Decimal

from bankstatementparser.reconciliation import reconcile_payments_and_statements

from tests.benchmarks.cash_application.numbers import compact
from tests.benchmarks.cash_application.peers.files import Answer, Ledger, Numbers, Share, arguments


def main() -> None:
    """Reconcile the open documents with the receipts; a match is an application."""
    given = arguments(__doc__, ("--fee", 35.0), ("--fuzzy", 0.6))
    ledger = Ledger(given.input)
    answer = Answer(ledger)
    last = max(receipt["value_date"] for receipt in ledger.receipts)
    payments = [
        {
            "id": key,
            "Amount": str(Decimal(ledger.open[key]) / 100),
            "Currency": f"{row['currency_code']}{row.get('legal_entity_id') or ''}",
            "reference": compact(row["document_number"]),
            "counterparty": ledger.customers[row["customer_id"]]["customer_name"],
        }
        for key, row in ledger.documents.items()
        if ledger.open[key] > 0 and row["issue_date"] <= last
    ]
    numbers = Numbers(str(payment["reference"]) for payment in payments)
    statements = []
    for receipt in ledger.receipts:
        number = ledger.number_in(receipt, numbers)
        statements.append(
            {
                "id": receipt["receipt_id"],
                "Amount": str(Decimal(receipt["amount_minor"]) / 100),
                "Currency": f"{receipt['currency_code']}{receipt.get('legal_entity_id') or ''}",
                "reference": number if number in numbers.whole else "",
                "counterparty": receipt["payer_name"],
            }
        )
    report = reconcile_payments_and_statements(
        payments, statements, fuzzy_threshold=given.fuzzy, fee_tolerance=Decimal(str(given.fee))
    )
    found = {match.statement_record["id"]: match for match in report.matches}
    for receipt in ledger.receipts:
        match = found.get(receipt["receipt_id"])
        key = match.payment_record["id"] if match else None
        if match is None or not ledger.may_pay(receipt, key):
            answer.decide(receipt, [], rule="unmatched", confidence=0.0, is_automatic=False, solutions=0)
            continue
        difference = ledger.open[key] - receipt["amount_minor"]
        share = Share(key, receipt["amount_minor"], difference, "bank_fee" if difference else None)
        answer.decide(receipt, [share], rule=match.matched_on, confidence=match.confidence, is_automatic=True)
    answer.write(given.output)


if __name__ == "__main__":
    main()
