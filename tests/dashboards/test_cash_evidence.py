"""Stored evidence of any age, in words, adding up to its score."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from dashboards import cash_charts
from dashboards.cash_evidence import class_in_words, explain, runner_up_in_words, stop_in_words, unlearned_by_undo

WEIGHED = {
    "rule": "exact_reference",
    "evidence_class": "exact_reference/all_named/identified/exact",
    "reasons": [
        {"evidence": "frequency", "weight": "-7.31", "detail": "single"},
        {"evidence": "amount", "weight": "6.88"},
        {"evidence": "payer", "weight": "7.50", "detail": "account"},
        {"evidence": "reference_printed", "weight": "9.50", "document_number": "4711", "detail": "4711"},
        {"evidence": "claimed_by_another_receipt", "weight": "-2.50", "document_number": "4711"},
    ],
    "solutions": 1,
    "runner_up": {"rule": "payer_and_amount", "documents": ["4712"], "score": "8.730"},
    "margin": "5.34",
    "stopped_by": "NOT_SURE_ENOUGH",
    "policy_version": "2026-06",
}


def a_story(*reasons: dict[str, Any], **more: Any) -> str:
    return json.dumps({**WEIGHED, "reasons": list(reasons) or WEIGHED["reasons"], **more})


def labels(text: str) -> list[str]:
    return [reason.label for reason in explain(text).reasons]


def test_each_piece_of_evidence_is_a_sentence_and_they_add_up() -> None:
    found = explain(a_story())
    assert [reason.label for reason in found.reasons] == [
        "Before any evidence: one of all documents open",
        "Exactly this amount is open",
        "Paid from an account on file",
        "Names 4711 in full",
        "Another receipt claims the document",
    ]
    assert found.score == Decimal("14.07")
    assert (found.margin, found.solutions, found.policy_version) == (Decimal("5.34"), 1, "2026-06")


@pytest.mark.parametrize(
    ("runner_up", "said"),
    [
        ({"rule": "payer_and_amount", "documents": ["4712"], "score": "8.7"}, "Known payer, exact amount: 4712"),
        ({"rule": "subset_sum", "documents": ["1", "2", "3"], "score": "8.7"}, "Some of theirs add up"),
        ({"rule": "nothing", "documents": [], "score": "-3.2"}, "Nothing that is open"),
        ("payer_and_amount", "Known payer, exact amount"),
    ],
    ids=["one document", "many documents", "no document", "an older home"],
)
def test_the_runner_up_is_named_as_the_engine_stores_it(runner_up: Any, said: str) -> None:
    assert runner_up_in_words(explain(a_story(runner_up=runner_up))) == said


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ([{"evidence": "not_named", "weight": "-1.2"}], "Text names no document"),
        ([{"evidence": "not_named", "weight": "-3.0"}], "Text names others, not this"),
        (
            [{"evidence": "not_named", "weight": "-1.5"}, {"evidence": "reference_tail", "weight": "4"}],
            "Text does not name all of them",
        ),
        ([{"evidence": "payer", "weight": "0", "detail": "unknown"}], "Payer is not known"),
        ([{"evidence": "something_new", "weight": "1"}], "Something new"),
    ],
    ids=["nothing named", "others named", "some named", "payer unknown", "a kind of a later version"],
)
def test_what_is_not_named_is_said_by_what_is(reasons: list[dict[str, Any]], said: str) -> None:
    assert labels(a_story(*reasons))[0] == said


@pytest.mark.parametrize(
    "text",
    [None, "", "{}", "[]", "no json", '"text"', "7", '{"reasons": "later"}', '{"reasons": [1, null]}',
     '{"reasons": [{"weight": "a lot"}], "margin": "far", "solutions": "many"}', '{"margin": "NaN"}'],
    ids=repr,
)  # fmt: skip
def test_no_stored_text_stops_the_page(text: str | None) -> None:
    assert explain(text).score == 0


def test_older_evidence_is_kept_as_it_was_stored() -> None:
    found = explain('{"payer": "account", "named": ["RE-1=printed"], "difference_looks_like": "bank_fee"}')
    assert not found.is_weighed
    assert found.others["payer"] == "account"
    assert found.difference_kind("RE-1") == "Bank fee"


def test_a_difference_is_named_by_document_where_it_is_known() -> None:
    found = explain(a_story(differences=[{"document_number": "4711", "kind": "withholding_tax"}]))
    assert found.difference_kind("4711") == "Withholding tax"
    assert found.difference_kind("4712") == ""


def test_a_difference_that_is_evidence_names_its_kind() -> None:
    assert explain(a_story({"evidence": "cash_discount", "weight": "3"})).difference_kind("4711") == "Cash discount"


def test_why_it_was_stopped_is_said_in_the_words_of_policy_first() -> None:
    assert stop_in_words("VALUE_CAP", "Too much money") == "Too much money"
    assert stop_in_words("VALUE_CAP").startswith("The amount is above the cap")
    assert stop_in_words("SOMETHING_NEW") == "Something new"
    assert stop_in_words(None) == ""


def test_a_class_of_evidence_reads_as_words() -> None:
    assert class_in_words("amount_only/unnamed/named/exact") == (
        "Exact amount only, no document named, known by name, exact amount"
    )


def test_an_undo_says_what_it_un_learns() -> None:
    said = unlearned_by_undo({"payer_account": "DE02", "payer_name": "NORTHWIND", "customer_name": "Northwind Inc"})
    assert "DE02 pays for Northwind Inc" in said[0]
    assert "NORTHWIND" in said[1]
    assert "waits for a person" in said[-1]


def test_the_waterfall_steps_from_nothing_to_the_score_with_the_runner_up_beside() -> None:
    chart = cash_charts.waterfall(explain(a_story())).to_dict()
    steps = (
        chart["layer"][0]["data"]["values"] if "data" in chart["layer"][0] else next(iter(chart["datasets"].values()))
    )
    for before, after in pairwise(steps[:-1]):
        assert after["start"] == pytest.approx(before["end"])
    assert steps[-1]["end"] == pytest.approx(14.07)
    assert steps[-1]["weight"] == "14.1"
    assert chart["layer"][2]["data"]["values"][0]["at"] == pytest.approx(14.07 - 5.34)


def test_two_pieces_that_say_the_same_keep_two_bars() -> None:
    twice = [{"evidence": "reference_listed", "weight": "8", "document_number": "4711"}] * 2
    chart = cash_charts.waterfall(explain(a_story(*twice))).to_dict()
    names = [step["name"] for step in chart["layer"][0]["data"]["values"]]
    assert len(set(names)) == 3
