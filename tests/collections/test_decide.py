"""Who is reminded, who is not and why: each reason, each boundary, and the failures other tools had."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.collections.decide import (
    REASONS_IN_ORDER,
    CollectionContext,
    ReminderLine,
    SentReminder,
    plan_reminders,
)
from assets.collections.letters import (
    Letter,
    UnknownLetterError,
    UnknownPlaceholderError,
    letter_named,
    written_days,
)
from assets.collections.policy import CollectionsPolicy, choose_dunning_level
from assets.collections.wording import FACTS
from assets.ledger.documents import OpenItem
from assets.ledger.languages import ENGLISH, FRENCH, GERMAN, PORTUGUESE
from assets.ledger.parties import Customer, LegalEntity
from assets.ledger.policy import Policy
from tests.cash_application.builders import an_item, seed_rows

DUE = date(2026, 3, 3)
DAY = date(2026, 3, 16)  # 13 days past due: level 2 has passed
MUS = LegalEntity("MUS", "Meridian US Inc", "US", "USD", "America/New_York", "openitem", "MUS")


def the_policy() -> CollectionsPolicy:
    return CollectionsPolicy.from_policy(
        Policy.from_rows({name: seed_rows(name) for name in ("dunning_steps", "collections_rules", "letter_languages")})
    )


def a_customer(
    email: str | None = "ap@acme.example", is_valid: bool = True, name: str = "Acme Tools Inc", **more: Any
) -> Customer:
    return Customer("acme", "acme", name, "MUS", "USD", billing_email=email, is_billing_email_valid=is_valid, **more)


def a_context(**more: Any) -> CollectionContext:
    known: dict[str, Any] = {
        "legal_entities": {"MUS": MUS},
        "customers": {"acme": a_customer()},
        "last_statement_dates": {"MUS": DAY},
    }
    return CollectionContext(**{**known, **more})


def plan(item: OpenItem | None = None, day: date = DAY, **context: Any) -> ReminderLine:
    [line] = plan_reminders([item or an_item(due_date=DUE)], a_context(**context), the_policy(), business_date=day)
    return line


def test_an_overdue_item_is_reminded_at_the_first_level_it_has_not_had() -> None:
    line = plan()
    assert (line.decision, line.dunning_level, line.days_overdue) == ("send", 1, 13)
    assert line.message is not None
    assert line.message.recipient == "ap@acme.example"
    assert line.decided is not None
    assert line.message.decision_key == line.decided.decision_key
    assert line.decided.occurrence == "1"


@pytest.mark.parametrize(
    ("reason", "item", "context"),
    [
        ("CREDIT_MEMO", an_item(open_minor=-500), {}),
        ("PAID", an_item(open_minor=0), {}),
        ("NO_DUE_DATE", an_item(due_date=None), {}),
        ("NOT_DUE", an_item(due_date=DAY + timedelta(days=1)), {}),
        ("COVERED_BY_CASH", None, {"unapplied_minor": {("acme", "USD"): 10_000}}),
        ("COVERED_BY_CASH", None, {"proposed_documents": {"MUS/MUS-2026-00041"}}),
        ("DISPUTED", None, {"disputed_documents": {"MUS/MUS-2026-00041"}}),
        ("REJECTED", None, {"rejected_documents": {"MUS/MUS-2026-00041"}}),
        ("PROMISED", None, {"promised_dates": {"MUS/MUS-2026-00041": DAY}}),
        ("ON_HOLD", None, {"held_documents": {"MUS/MUS-2026-00041"}}),
        ("ON_HOLD", None, {"held_customers": {"acme"}}),
        ("CUSTOMER_UNKNOWN", an_item(customer=None), {}),
        ("NO_CONTACT", None, {"customers": {"acme": a_customer(email=None)}}),
        ("NO_CONTACT", None, {"customers": {"acme": a_customer(is_valid=False)}}),
        ("NO_CONTACT", None, {"bounced_emails": {"ap@acme.example"}}),
        ("BEFORE_FIRST_LEVEL", an_item(due_date=DAY - timedelta(days=2)), {}),
        ("LEVEL_ALREADY_SENT", None, {"last_reminders": {"MUS/MUS-2026-00041": SentReminder(2, date(2026, 3, 13))}}),
        ("REMINDED_RECENTLY", None, {"last_reminders": {"MUS/MUS-2026-00041": SentReminder(1, date(2026, 3, 10))}}),
        ("BANK_DATA_STALE", None, {"last_statement_dates": {"MUS": DAY - timedelta(days=5)}}),
        ("BANK_DATA_STALE", None, {"last_statement_dates": {}}),
        ("BELOW_MINIMUM", an_item(open_minor=499), {}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_reason_stops_a_reminder(reason: str, item: OpenItem | None, context: dict[str, Any]) -> None:
    line = plan(item, **context)
    assert (line.decision, line.reason_code) == ("suppressed", reason)
    assert line.message is None
    assert line.decided is None
    assert reason in REASONS_IN_ORDER


def test_cat_31_cash_in_hand_of_less_than_the_item_does_not_stop_a_reminder() -> None:
    """akaunting#259: reminded although paid; the other side is a customer never reminded because of ten cents."""
    assert plan(unapplied_minor={("acme", "USD"): 9_999}).is_sent
    assert plan(unapplied_minor={("acme", "EUR"): 10_000}).is_sent
    assert not plan(unapplied_minor={("acme", "USD"): 10_001}).is_sent


def test_cat_32_a_level_goes_out_once_however_often_the_day_is_planned() -> None:
    """invoiceninja#553: a hundred copies of one mail, because a schedule ran every minute."""
    item, sent, keys = an_item(due_date=DUE), dict[str, SentReminder](), []
    for days in range(120):
        day = DUE + timedelta(days=days)
        line = plan(item, day, last_reminders=sent, last_statement_dates={"MUS": day})
        again = plan(item, day, last_reminders=sent, last_statement_dates={"MUS": day})
        if line.message:
            assert again.message is not None
            assert again.message.outbox_key == line.message.outbox_key
            keys.append(line.message.outbox_key)
            sent[item.document_key] = SentReminder(line.dunning_level, line.business_date)
    assert len(keys) == len(set(keys)) == 4


def test_cat_33_levels_keep_their_distance_and_are_climbed_one_by_one() -> None:
    """invoiceninja#9312: a past-due reminder the day after the first mail."""
    late = an_item(due_date=DAY - timedelta(days=60))
    first = plan(late)
    assert (first.dunning_level, first.decision) == (1, "send")
    sent = {late.document_key: SentReminder(1, DAY)}
    assert plan(late, DAY + timedelta(days=6), last_reminders=sent).reason_code == "REMINDED_RECENTLY"
    tomorrow = DAY + timedelta(days=7)
    assert plan(late, tomorrow, last_reminders=sent, last_statement_dates={"MUS": tomorrow}).dunning_level == 2


@pytest.mark.parametrize(
    ("days", "reason"),
    [(-1, "NOT_DUE"), (0, "NOT_DUE"), (1, "BEFORE_FIRST_LEVEL"), (2, "BEFORE_FIRST_LEVEL"), (3, "REMINDER_DUE")],
    ids=["day before", "due date", "day after", "two days", "first level"],
)
def test_cat_35_nobody_is_reminded_on_the_due_date(days: int, reason: str) -> None:
    """erpnext#45685: dunning on the due date itself."""
    assert plan(day=DUE + timedelta(days=days), last_statement_dates={"MUS": DUE}).reason_code == reason


def test_cat_36_the_amount_asked_for_is_what_is_open_now() -> None:
    """erpnext#41817: dunning asked for the scheduled amount of a partly paid invoice."""
    item = dataclasses.replace(an_item(due_date=DUE), open_minor=4_200)
    line = plan(item)
    assert line.message is not None
    assert line.message.payload["open_amount"] == "42.00"
    assert "Still open:     $42.00" in line.message.payload["body"]
    assert "Invoice amount: $100.00" in line.message.payload["body"]


def test_cat_37_every_item_has_exactly_one_line_and_reminding_one_hides_no_other() -> None:
    """credit-control#330 and #460: partly paid invoices were not reminded; one reminder hid the others."""
    items = [an_item(f"MUS-2026-0004{at}", 1_000 * at + 600, due_date=DUE) for at in range(5)]
    lines = plan_reminders(items[::-1], a_context(), the_policy(), business_date=DAY)
    assert [line.item.document_number for line in lines] == [item.document_number for item in items]
    assert all(line.is_sent for line in lines)


def test_one_customer_is_not_flooded_in_one_day() -> None:
    items = [an_item(f"MUS-2026-000{at}", due_date=DUE) for at in range(10, 25)]
    lines = plan_reminders(items, a_context(), the_policy(), business_date=DAY)
    assert [line.reason_code for line in lines].count("REMINDER_DUE") == 10
    assert [line.reason_code for line in lines].count("CUSTOMER_BOUND_REACHED") == 5


def test_a_broken_promise_lets_the_reminder_go() -> None:
    assert plan(promised_dates={"MUS/MUS-2026-00041": DAY - timedelta(days=2)}).reason_code == "PROMISED"
    assert plan(promised_dates={"MUS/MUS-2026-00041": DAY - timedelta(days=3)}).is_sent


def test_the_courtesy_note_goes_out_before_the_due_date_only() -> None:
    before, after = DUE - timedelta(days=3), DUE + timedelta(days=2)
    ahead = plan(day=before, tracks={"acme": "courtesy"}, last_statement_dates={"MUS": before})
    assert (ahead.decision, ahead.dunning_level, ahead.days_overdue) == ("send", 0, 0)
    late = plan(day=after, tracks={"acme": "courtesy"}, last_statement_dates={"MUS": after})
    assert late.reason_code == "BEFORE_FIRST_LEVEL"


def test_values_of_letters_are_inert() -> None:
    """A customer may be called anything; nothing it is called becomes a header, a placeholder or a second line."""
    nasty = "Evil ${open_amount} {{7*7}}\r\nBcc: all@example.org"
    line = plan(customers={"acme": a_customer(name=nasty)})
    assert line.message is not None
    subject, body = line.message.payload["subject"], line.message.payload["body"]
    assert "\n" not in subject
    assert "Dear Evil ${open_amount} {{7*7}} Bcc: all@example.org," in body


def test_a_letter_may_only_name_what_is_on_the_list() -> None:
    with pytest.raises(UnknownPlaceholderError, match="bank_account"):
        Letter.of("$bank_account", "")
    with pytest.raises(UnknownLetterError, match="friendly_reminder"):
        letter_named("threat")


@pytest.mark.parametrize("language", [ENGLISH, GERMAN, FRENCH, PORTUGUESE])
def test_every_step_of_the_seeds_has_its_letter_in_every_language(language: str) -> None:
    for row in seed_rows("dunning_steps"):
        letter = letter_named(row["template"], language)
        assert (letter is letter_named(row["template"])) is (language == ENGLISH)
        assert all(f"${fact}" in letter.body.template for fact in FACTS)


@pytest.mark.parametrize(
    ("country", "asked", "entity", "says", "amount", "due"),
    [
        ("GB", None, "DE", "Dear", "£1,401.83", "3 March 2026"),
        ("NL", None, "DE", "Dear", "£1,401.83", "3 March 2026"),
        ("US", None, "DE", "Dear", "£1,401.83", "March 3, 2026"),
        ("DE", None, "US", "Guten Tag", "1.401,83\xa0£", "3. März 2026"),
        ("DE", "en", "DE", "Dear", "£1,401.83", "3 March 2026"),
        ("CH", None, "US", "Guten Tag", "£\xa01’401.83", "3. März 2026"),
        ("FR", None, "US", "Bonjour", "1\u202f401,83\xa0£GB", "3 mars 2026"),
        ("BR", None, "US", "Olá", "£\xa01.401,83", "3 de março de 2026"),
        (None, None, "US", "Dear", "£1,401.83", "March 3, 2026"),
    ],
    ids=["britain", "english to holland", "america", "germany", "asked for english", "swiss", "france", "brazil", "?"],
)
def test_a_reminder_in_english_had_german_numbers_and_everybody_got_english(
    country: str | None, asked: str | None, entity: str, says: str, amount: str, due: str
) -> None:
    item = replace(an_item(due_date=DUE, open_minor=140_183), currency_code="GBP")
    entities = {"MUS": replace(MUS, country_code=entity)}
    customer = a_customer(country_code=country, language_code=asked)
    line = plan(item, customers={"acme": customer}, legal_entities=entities)
    assert line.message is not None
    body = line.message.payload["body"]
    assert body.startswith((f"{says} Acme Tools Inc,", f"{says}, Acme Tools Inc,"))
    assert f" {amount}\n" in body
    assert due in body
    assert "language_missed" not in line.message.payload


def test_a_language_we_have_no_words_of_is_answered_in_english_and_the_record_says_so() -> None:
    line = plan(customers={"acme": a_customer(country_code="BE", language_code="nl-BE")})
    assert line.message is not None
    assert line.decided is not None
    assert line.message.payload["body"].startswith("Dear Acme Tools Inc,")
    for payload in (line.message.payload, line.decided.payload):
        assert (payload["language"], payload["language_missed"]) == ("en", "nl")


@pytest.mark.parametrize(("count", "said"), [(1, "1 Tag"), (12, "12 Tage")])
def test_one_day_is_not_days(count: int, said: str) -> None:
    assert written_days(count, GERMAN) == said


def test_the_row_names_its_outbox_message() -> None:
    row = plan().row()
    assert row["outbox_key"]
    assert row["decision"] == "send"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(-400, 400))
def test_levels_never_fall_as_days_pass(days: int) -> None:
    steps = the_policy().steps_of("standard")
    assert choose_dunning_level(steps, days) <= choose_dunning_level(steps, days + 1)


def test_a_letter_about_a_part_says_what_is_settled_and_fits_a_mail_window() -> None:
    line = plan(replace(an_item(due_date=DUE), original_minor=10_000, open_minor=3_000))
    assert line.message is not None
    body = line.message.payload["body"]
    assert "Invoice amount: $100.00\nPaid, credited: $70.00\nStill open:     $30.00" in body
    assert max(len(text) for text in body.splitlines()) <= 80
