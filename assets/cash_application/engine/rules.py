"""What does an allocation rest on, and how far is one looked for? The rules by name, and the bounds of looking."""

from __future__ import annotations

from assets.cash_application.engine.differences import DUPLICATE, PREPAYMENT
from assets.cash_application.engine.sheets import (
    ALL_OVERDUE,
    OLDEST_CUT,
    OLDEST_FIRST,
    ONE_MONTH,
    ONE_ORDER,
    WHOLE_BALANCE,
)

EXACT_REFERENCE, LISTED_REFERENCES, LISTED_AMOUNTS = "exact_reference", "listed_references", "listed_amounts"
NEAR_REFERENCE, ORDER_REFERENCE, NAMED_WITH_DIFFERENCE = "near_reference", "order_reference", "named_with_difference"
PAYER_AND_AMOUNT, AMOUNT_ONLY, AMOUNT_AGAINST_REFERENCE = "payer_and_amount", "amount_only", "amount_against_reference"
LISTED_AND_REST, LISTED_WITH_DIFFERENCE, SUBSET_SUM = "listed_and_rest", "listed_with_difference", "subset_sum"
SEVERAL_PAYMENTS = "several_payments"
STRUCTURES = frozenset({WHOLE_BALANCE, ALL_OVERDUE, ONE_MONTH, ONE_ORDER, OLDEST_FIRST})
CAN_SWAP = frozenset({OLDEST_FIRST, OLDEST_CUT, ONE_MONTH, ONE_ORDER, SUBSET_SUM, LISTED_AND_REST})
FILLED_UP = frozenset({LISTED_AND_REST, SUBSET_SUM})  # documents were added to what is named, for their sum
UNLISTED_REST, NOTHING = "unlisted_rest", "nothing"
REASON_OF_READING = {  # why nothing is proposed for money that is best read so
    DUPLICATE: "POSSIBLE_DUPLICATE", PREPAYMENT: "RECEIPT_BEFORE_DOCUMENT", UNLISTED_REST: "SEVERAL_SOLUTIONS",
}  # fmt: skip

MOST_EQUAL = 300
MOST_READ = 16  # likely customers whose documents are looked at one by one
MOST_SEARCHED = 2_000  # open documents of the customers among whose sets is searched
MOST_PAIRED = 300  # documents among which pairs are looked for
MOST_NAMED = 24
