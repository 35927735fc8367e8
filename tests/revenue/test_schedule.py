"""Schedules add up to the price, to the minor unit, in every currency, whatever is billed or credited later."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assets.ledger.revenue import AS_INVOICED, METHODS, OVER_TIME, POINT_IN_TIME, Billing, Judgement
from assets.revenue.schedule import months_by_days, plan, prices_of

FIRST = date(2023, 1, 1)
days = st.integers(0, 6 * 365).map(lambda n: FIRST + timedelta(days=n))
currencies = st.sampled_from(["JPY", "EUR", "KWD"])
amounts = st.integers(-(10**15), 10**15)
shares = st.sampled_from(["0", "10", "33.3333", "100"]).map(Decimal)


@st.composite
def billings(draw: st.DrawFn) -> list[Billing]:
    invoiced = draw(days)
    first = Billing("RE-1", None, invoiced, draw(st.integers(1, 10**15)))
    memos = draw(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 10**15)), max_size=4))
    return [
        first,
        *(
            Billing(f"GS-{number}", "RE-1", invoiced + timedelta(days=after), -amount)
            for number, (after, amount) in enumerate(memos, start=1)
        ),
    ]


def shape(start: date, length: int, method: str) -> list[tuple[date, int]]:
    return months_by_days(start, start + timedelta(days=length)) if method == OVER_TIME else [(start, 1)]


@given(amounts, days, st.integers(0, 1100), st.sampled_from(METHODS), shares, currencies)
def test_the_schedule_of_one_price_adds_up_to_it(
    minor: int, start: date, length: int, method: str, held: Decimal, currency: str
) -> None:
    judgement = Judgement(method, held_back_percent=held)
    parts = plan([(None, minor)], {"a": (judgement, 1, shape(start, length, method))}, currency)
    assert sum(part.amount_minor for part in parts) == minor
    mirrored = plan([(None, -minor)], {"a": (judgement, 1, shape(start, length, method))}, currency)
    assert [(part.earned_date, -part.amount_minor) for part in mirrored] == [
        (part.earned_date, part.amount_minor) for part in parts
    ]


@given(
    billings(), days, st.integers(0, 1100), currencies, shares, st.lists(st.integers(1, 999), min_size=1, max_size=3)
)
def test_the_schedule_of_a_charge_that_is_credited_adds_up_to_what_is_left(
    billed: list[Billing], start: date, length: int, currency: str, held: Decimal, weights: list[int]
) -> None:
    obligations = {
        f"o{number}": (Judgement(method, held_back_percent=held), weight, shape(start, length, method))
        for number, (weight, method) in enumerate(zip(weights, METHODS, strict=False))
    }
    parts = plan(prices_of(billed), obligations, currency)
    assert sum(part.amount_minor for part in parts) == sum(billing.amount_minor for billing in billed)


@given(st.integers(1, 10**15), days, st.integers(0, 1100), st.integers(0, 1500), currencies)
def test_a_credit_of_everything_leaves_nothing_on_any_day_after_it(
    minor: int, start: date, length: int, after: int, currency: str
) -> None:
    credited = start + timedelta(days=after)
    billed = [Billing("RE-1", None, start, minor), Billing("GS-1", "RE-1", credited, -minor)]
    parts = plan(prices_of(billed), {"a": (Judgement(OVER_TIME), 1, shape(start, length, OVER_TIME))}, currency)
    assert sum(part.amount_minor for part in parts) == 0
    assert not [part for part in parts if part.earned_date is None or part.earned_date > credited]


@given(days, st.integers(0, 1100))
def test_every_day_of_a_service_is_in_exactly_one_month(start: date, length: int) -> None:
    months = months_by_days(start, start + timedelta(days=length))
    assert sum(weight for _, weight in months) == length + 1
    assert [end for end, _ in months] == sorted({end for end, _ in months})


def test_a_quarter_is_earned_by_days_and_not_by_thirds() -> None:
    parts = plan(
        [(None, 10_000)],
        {"a": (Judgement(OVER_TIME), 1, months_by_days(date(2026, 1, 1), date(2026, 3, 31)))},
        "EUR",
    )
    assert [part.amount_minor for part in parts] == [3445, 3111, 3444]


def test_parts_of_an_order_keep_their_own_judgements() -> None:
    delivered = date(2026, 3, 10)
    obligations = {
        "order|SO-1": (Judgement(POINT_IN_TIME), 6000, [(delivered, 1)]),
        "order|SO-1|2": (Judgement(OVER_TIME), 4000, months_by_days(delivered, date(2026, 5, 9))),
        "order|SO-1|3": (Judgement(AS_INVOICED), 0, [(date(2026, 3, 12), 1)]),
    }
    parts = plan([(None, 10_000)], obligations, "EUR")
    by_obligation: dict[str, int] = {}
    for part in parts:
        by_obligation[part.obligation_key] = by_obligation.get(part.obligation_key, 0) + part.amount_minor
    assert by_obligation == {"order|SO-1": 6000, "order|SO-1|2": 4000}
