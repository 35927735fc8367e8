"""What does cash application know? Documents, payers, remittances and lessons, in the matcher's own columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from assets.cash_application.engine.book import NO_DAY, Book, Entry
from assets.cash_application.engine.fading import Count, counted, left_of
from assets.cash_application.engine.memory import Memory
from assets.cash_application.engine.nouns import Finding, Line, Payment
from assets.cash_application.engine.numbers import STRONG
from assets.cash_application.engine.payers import ALIAS, FAMILY, LEARNED_ACCOUNT, NAME, Payer, PayerIndex, name_key
from assets.cash_application.engine.reasons import reason_code
from assets.cash_application.engine.texts import Text, compact, read_text, unwrapped
from assets.cash_application.policy import CashPolicy
from assets.cash_application.remittances import RemittanceIndex, Statement
from assets.ledger.documents import OpenItem
from assets.ledger.parties import Customer, PayerAccount
from assets.ledger.receipts import Receipt

NOBODY = "\x00"  # begins the customer of a document without one: each such document is a customer of its own
BY_NAME = frozenset({NAME, ALIAS, FAMILY})
LEAST_REFUSED = 0.125  # three half-lives after one refusal


@dataclass(frozen=True, slots=True)
class Lesson:
    """What an application, or the refusal of one, taught about a payer; a negative count takes it back."""

    receipt: Receipt
    customer_key: str | None
    document_keys: tuple[str, ...]
    count: int = 1
    is_refusal: bool = False
    refused_customers: tuple[str, ...] = ()  # of whom a person said that this payer's money is not theirs


class Known:
    """The matcher's book and memory, kept in step with the ledger's nouns."""

    def __init__(self, policy: CashPolicy) -> None:
        self.policy = policy
        self.book = Book()
        self.memory = Memory(PayerIndex(policy.agent_families))
        self.remittances = RemittanceIndex()
        self._cancelled: set[str] = set()
        self._payers: dict[str, tuple[Receipt, Payer]] = {}  # of receipts, until something is learned of payers
        self._named_besides: dict[str, tuple[str | None, ...]] = {}  # orders, deliveries and slips, by document
        self._noted: dict[str, Payment] = {}
        self._not_theirs: dict[tuple[str, str], Count] = {}  # how often a person said so of a payer and a customer
        self._learned_on: dict[tuple[str, str | None, tuple[str, ...], bool, tuple[str, ...]], list[int]] = {}

    # What becomes known

    def put_customer(self, customer: Customer) -> None:
        """Take up a customer, or what has become known of one since."""
        self._payers.clear()
        self.memory.payers.add_customer(
            customer.customer_key, customer.customer_name, customer.family_key, customer.tax_id
        )

    def put_account(self, account: PayerAccount) -> None:
        """Take up an account that a customer is on file to pay from, or one of ours that it was given to pay to."""
        self._payers.clear()
        payers = self.memory.payers
        add = payers.add_virtual_account if account.is_virtual else payers.add_account
        add(account.payer_account, account.customer_key)

    def put_document(
        self, item: OpenItem, *, terms_code: str | None = None, is_cancelled: bool = False,
        deliveries: Sequence[str] = (), bank_slips: Sequence[str] = (),
    ) -> bool:  # fmt: skip
        """Take up a document, what is open on it and by what it may be named, or that it is cancelled.

        Return whether it can be named by anything it could not be named by before.
        """
        at = self.book.place.get(item.document_key)
        if is_cancelled:
            if at is not None and item.document_key not in self._cancelled:
                self.book.cancel(at)
            self._cancelled.add(item.document_key)
            if at is not None:
                return False
        percent, days = self.policy.discounts.get(terms_code or "", (Decimal(0), 0))
        discount = int((item.original_minor * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        amount = 0 if is_cancelled else item.original_minor
        named_besides = (
            item.purchase_order_number, item.order_number, ",".join(deliveries) or None, ",".join(bank_slips) or None,
        )  # fmt: skip
        is_same = (
            at is not None
            and self.book.customers[at] == (item.customer_key or NOBODY + item.document_key)
            and self.book.numbers.printed[at] == item.document_number
            and self.book.amount[at] == amount
            and self.book.due[at] == (item.due_date.toordinal() if item.due_date else NO_DAY)
            and self.book.issued[at] == item.document_date.toordinal()
            and self._named_besides.get(item.document_key) == named_besides
        )
        if at is not None and is_same:
            if self.book.open[at] != item.open_minor:
                self.book.set_open(at, item.open_minor)
            return False
        is_named_anew = self._named_besides.get(item.document_key) != named_besides
        self._named_besides[item.document_key] = named_besides
        self.book.put(
            Entry(
                document_id=item.document_key,
                document_number=item.document_number,
                customer_id=item.customer_key or NOBODY + item.document_key,
                legal_entity_id=item.legal_entity_id,
                currency_code=item.currency_code,
                issued=item.document_date.toordinal(),
                due=item.due_date.toordinal() if item.due_date else NO_DAY,
                amount=amount,
                open=0 if is_cancelled else item.open_minor,
                purchase_order=item.purchase_order_number,
                order=item.order_number,
                discount=discount if discount > 0 else 0,
                discount_until=item.document_date.toordinal() + days if discount > 0 else NO_DAY,
                deliveries=named_besides[2],
                bank_slips=named_besides[3],
            )
        )
        return is_named_anew

    def open_minor(self, document_key: str) -> int | None:
        """Return what is open on a document as the matcher knows it, or None when it does not know it."""
        at = self.book.place.get(document_key)
        return None if at is None else self.book.open[at]

    def put_receipt(self, receipt: Receipt) -> None:
        """Note a receipt, so that a second one like it is noticed; money that went back is forgotten."""
        before = self._noted.get(receipt.receipt_key)
        if before is not None and receipt.is_returned:
            self.memory.forget(self._noted.pop(receipt.receipt_key))
        elif before is None and not receipt.is_returned:
            self._noted[receipt.receipt_key] = payment = self._payment(receipt, None)
            self.memory.note(payment)

    def noted(self, receipt_key: str) -> Payment | None:
        """Return a receipt that was noted and did not go back, as the matcher takes it but without what was listed."""
        return self._noted.get(receipt_key)

    def claim(self, claims: Iterable[tuple[str, Sequence[str], Sequence[tuple[str, int]]]]) -> None:
        """Say which documents receipts that wait will likely pay, and await at which amounts, the earlier first."""
        book = self.book
        book.claimed, book.awaited = {}, {}
        for receipt_key, document_keys, awaited in claims:
            for document_key in document_keys:
                book.claimed.setdefault(book.place[document_key], receipt_key)
            for document_key, amount in awaited:
                book.awaited.setdefault((book.place[document_key], amount), receipt_key)

    def learn(self, lesson: Lesson, day: int) -> None:
        """Let a confirmed application, or a refused one, count for those to come; or take it back."""
        self._payers.clear()
        receipt = lesson.receipt
        account, name = receipt.payer_account, receipt.payer_name
        day = self._day_learned(lesson, day)
        if lesson.is_refusal:
            for document_key in lesson.document_keys:
                self.memory.refuse(account, name, document_key, day, lesson.count)
            for customer_key in lesson.refused_customers:
                self.memory.payers.refuse(customer_key, account, name, day, lesson.count)
                key = payer_key(receipt), customer_key
                after = counted(self._not_theirs.pop(key, None), lesson.count, day)
                if after is not None:
                    self._not_theirs[key] = after
            return
        if lesson.customer_key:
            self.memory.payers.learn(lesson.customer_key, account, name, day, lesson.count)
        for document_key in lesson.document_keys:
            at = self.book.place.get(document_key)
            if at is not None:
                printed = self.book.numbers.printed[at]
                self.memory.learn_from(account, name, receipt.remittance_text, printed, day, lesson.count)

    def _day_learned(self, lesson: Lesson, day: int) -> int:
        """Return the day a lesson counts from: of one that is taken back, the day on which it was learned."""
        key = (
            lesson.receipt.receipt_key, lesson.customer_key, lesson.document_keys, lesson.is_refusal,
            lesson.refused_customers,
        )  # fmt: skip
        days = self._learned_on.setdefault(key, [])
        if lesson.count > 0:
            days.append(day)
            return day
        learned = days.pop() if days else day
        if not days:
            del self._learned_on[key]
        return learned

    def confirmations(self, receipt: Receipt, customer_key: str) -> int:
        """Return how often this payer's money was applied to the customer's family, not counting what was undone."""
        basis = LEARNED_ACCOUNT if receipt.payer_account else ALIAS
        return self.memory.payers.confirmed(customer_key, basis, receipt.payer_account, receipt.payer_name)

    def is_refused(self, receipt: Receipt, customer_key: str) -> bool:
        """Return whether people said at least as often that this payer is not the customer as it was applied so.

        What was said fades: after a half-life one application outweighs it, after three it counts no more.
        """
        said = self._not_theirs.get((payer_key(receipt), customer_key))
        refused = left_of(said, receipt.value_date.toordinal())
        return refused >= LEAST_REFUSED and refused + 0.5 > self.confirmations(receipt, customer_key)

    # What is asked

    def payment_of(self, receipt: Receipt) -> tuple[Payment, Statement | None]:
        """Return a receipt as the matcher takes it, with the one list of documents that belongs to it."""
        statement = self._statement_of(receipt)
        return self._payment(receipt, statement), statement

    def payer_of(self, receipt: Receipt) -> Payer:
        """Return who may have paid, by account, tax id, number, name and what was confirmed before."""
        if receipt.customer_key:
            return Payer({receipt.customer_key: (9.0, "source")}, True)
        known = self._payers.get(receipt.receipt_key)
        if known is None or known[0] is not receipt:
            payer = self.memory.payers.identify(
                receipt.payer_name,
                receipt.payer_account,
                _texts_of(receipt),
                receipt.value_date.toordinal(),
                receipt.credited_account,
            )
            self._payers[receipt.receipt_key] = known = receipt, payer
        return known[1]

    def customer_of(self, finding: Finding, payer: Payer) -> str | None:
        """Return the customer that money in hand belongs to, as far as its payer is identified."""
        if not payer.is_known or not payer.customers:
            return None
        if finding.customer is not None and payer.weight(finding.customer) > 0:
            return real(finding.customer)
        return min(payer.customers, key=lambda customer: (-payer.customers[customer][0], customer))

    def _payment(self, receipt: Receipt, statement: Statement | None) -> Payment:
        lines = tuple(
            Line(line.document_number, line.amount_minor, reason_code(line.reason, self.policy.matching.hint_words))
            for line in (statement.lines if statement else ())
        )
        return Payment(
            receipt_id=receipt.receipt_key,
            day=receipt.value_date.toordinal(),
            amount=receipt.amount_minor,
            ledger=self.book.ledger_of(receipt.legal_entity_id, receipt.currency_code),
            payer_name=receipt.payer_name,
            payer_account=receipt.payer_account,
            end_to_end_id=receipt.end_to_end_id,
            text=receipt.remittance_text,
            lines=lines,
            customer=receipt.customer_key,
            credited_account=receipt.credited_account,
        )

    def _statement_of(self, receipt: Receipt) -> Statement | None:
        """Return the one list of documents that belongs to the receipt; none when several could."""
        inside = self.remittances.of_receipt(receipt)
        if inside is not None:
            return inside
        referenced = self.remittances.messages_by_reference(receipt)
        if referenced:
            return _the_one_of(referenced)
        totals = self.remittances.messages_by_total(receipt, self.policy.remittance_days)
        fitting = [statement for statement in totals if self._is_about(statement, receipt)]
        return _the_one_of(fitting)

    def _is_about(self, statement: Statement, receipt: Receipt) -> bool:
        """A total alone links nothing: the text must name one of the documents, or the payer be their customer."""
        book = self.book
        listed = {
            document
            for line in statement.lines
            for mention in book.numbers.read(read_text(line.document_number))
            for document in mention.documents
        }
        owing = [document for document in listed if book.open[document]]
        named = {
            document
            for text in _texts_of(receipt)
            for mention in book.numbers.read(text)
            if mention.kind in STRONG
            for document in mention.documents
        }
        if not owing or not named <= listed:
            return False
        if named:
            return True
        payer = self.payer_of(receipt)
        customers = {book.customers[document] for document in owing}
        if payer.is_known:
            return all(payer.weight(customer) > 0 for customer in customers)
        return all(payer.basis(customer) in BY_NAME and payer.weight(customer) > 0 for customer in customers)


def _the_one_of(statements: list[Statement]) -> Statement | None:
    """Return the only list there is; one that came by several ways is one, two that differ are none.

    The order of its lines and the words of its reasons differ by the way it came; the one that says most is taken.
    """
    lists = {
        tuple(sorted((compact(line.document_number), str(line.amount_minor)) for line in statement.lines))
        for statement in statements
    }
    if len(lists) != 1:
        return None
    return max(statements, key=lambda statement: sum(line.reason is not None for line in statement.lines))


def payer_key(receipt: Receipt) -> str:
    """Return what tells payers apart: their account, or their name when the bank gives none."""
    return compact(receipt.payer_account or "") or name_key(receipt.payer_name)


def real(customer: str | None) -> str | None:
    """Return a customer's key, or None for a document without a customer."""
    return None if customer is None or customer.startswith(NOBODY) else customer


def _texts_of(receipt: Receipt) -> list[Text]:
    written = unwrapped(receipt.remittance_text or "")
    return [read_text(text) for text in (written, receipt.end_to_end_id) if text]
