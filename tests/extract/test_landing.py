"""What becomes of delivered files: accepted once, a duplicate of one, or quarantined with a reason."""

from __future__ import annotations

import os
import signal
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from assets.extract.landing import FileStatus, ManifestRow, not_landed
from assets.extract.reading import FileReason, ParsedFile, QuarantineError
from assets.extract.registry import READERS
from assets.ledger.errors import InvariantBrokenError
from tests.extract.deliveries import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Home,
    an_event,
    an_order,
    orders,
    query_response,
    rates,
    usage,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_file_lies_in_landing_under_its_hash_as_received(home: Home) -> None:
    content = orders()
    home.deliver("shop", "orders-0001.json", content)

    manifest = home.land()

    row = home.landed("orders-0001.json")
    assert manifest.accepted_count == manifest.new_count == 1
    assert (row.system, row.object, row.business_date, row.byte_count) == ("shop", "orders", MONDAY, len(content))
    assert row.received_at.isoformat() == "2026-03-02T06:00:00+00:00"
    assert (row.row_count, row.amount_sum, row.currency_code) == (2, Decimal("119.00"), "EUR")
    stored = home.landing.root / "shop" / "orders" / "2026-03-02" / f"{row.sha256}.json"
    assert stored.read_bytes() == content == home.landing.content(row)


def test_landing_a_window_again_changes_nothing(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders())
    home.deliver("shop", "orders-0002.json", b"{")
    home.deliver("usage", "usage-2026-03-03.csv", usage(an_event()), day=TUESDAY)
    home.land()
    before = home.files_in_landing()

    again = home.land()

    assert again.new_count == 0
    assert home.files_in_landing() == before


def test_days_one_by_one_give_the_manifest_of_the_window(tmp_path: Path) -> None:
    at_once, day_by_day = Home(tmp_path / "once"), Home(tmp_path / "daily")
    for home in (at_once, day_by_day):
        home.deliver("shop", "orders-0001.json", orders())
        home.deliver("shop", "orders-0001.json", orders(), day=TUESDAY)
        home.deliver("rates", "eurofxref-2026-03-04.xml", rates(), day=WEDNESDAY)

    at_once.land()
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        day_by_day.land(day, day)

    assert at_once.files_in_landing() == day_by_day.files_in_landing()


def test_files_outside_the_window_wait(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders(), day=WEDNESDAY)
    assert home.land(MONDAY, TUESDAY).rows == ()


@pytest.mark.parametrize(
    ("file_name", "day"),
    [("orders-0002.json", MONDAY), ("orders-0001.json", TUESDAY), ("copy of orders.txt", WEDNESDAY)],
    ids=["under another name", "on another day", "under a name nobody knows"],
)
def test_the_same_bytes_are_a_duplicate(home: Home, file_name: str, day: object) -> None:
    home.deliver("shop", "orders-0001.json", orders())
    home.land()

    home.deliver("shop", file_name, orders(), day=day)  # type: ignore[arg-type]
    home.land()

    original = home.landed("orders-0001.json")
    row = home.landed(file_name, day=day)  # type: ignore[arg-type]
    assert (row.status, row.duplicate_of, row.row_count) == (FileStatus.DUPLICATE, original.file_key, 0)
    assert row.object == "orders"


def test_equal_bytes_of_two_realms_are_two_files(home: Home) -> None:
    page = query_response("Customer")
    home.deliver("quickbooks", "meu-customers-0001.json", page)
    home.deliver("quickbooks", "mus-customers-0001.json", page)
    home.deliver("quickbooks", "mus-customers-0002.json", page)
    manifest = home.land()
    assert (manifest.accepted_count, manifest.duplicate_count) == (2, 1)


def test_a_price_list_that_changes_back_is_no_duplicate(home: Home) -> None:
    old, new = b"sku,title,currency,price\nS-1,Valve,EUR,10\n", b"sku,title,currency,price\nS-1,Valve,EUR,11\n"
    home.deliver("shop", "price_list.csv", old, day=MONDAY)
    home.deliver("shop", "price_list.csv", new, day=TUESDAY)
    home.deliver("shop", "price_list.csv", old, day=WEDNESDAY)
    assert [row.status for row in home.land().rows] == [FileStatus.ACCEPTED] * 3


def test_an_unchanged_price_list_is_a_duplicate_of_the_last(home: Home) -> None:
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        home.deliver("shop", "price_list.csv", b"sku,title,currency,price\nS-1,Valve,EUR,10\n", day=day)
    first, second, third = home.land().rows
    assert first.is_accepted
    assert second.duplicate_of == third.duplicate_of == first.file_key


def test_changed_bytes_under_the_same_name_are_another_file(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders()[:40])
    home.land()
    home.deliver("shop", "orders-0001.json", orders())
    home.land()
    statuses = {row.status for row in home.landing.manifest_of(MONDAY)}
    assert statuses == {FileStatus.QUARANTINED, FileStatus.ACCEPTED}


def test_a_bad_row_is_kept_out_and_all_others_stay(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders(an_order(1), an_order(2, total_price="12,50"), an_order(3)))
    home.land()
    row = home.landed("orders-0001.json")
    assert (row.status, row.row_count, row.amount_sum) == (FileStatus.ACCEPTED, 4, Decimal("238.00"))
    (rejected,) = row.rejected
    assert (rejected.row_number, rejected.reason_code) == (2, "AMOUNT_NOT_A_NUMBER")
    assert '"SO-2"' in rejected.payload


def test_fields_no_table_keeps_are_named_and_break_nothing(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders(an_order(gift_wrap="yes")))
    home.land()
    row = home.landed("orders-0001.json")
    assert (row.status, row.reason_code) == (FileStatus.ACCEPTED, "UNREAD_FIELDS")
    assert "gift_wrap" in str(row.reason)


def test_a_reader_that_fails_stops_no_other_file(home: Home) -> None:
    def stumble(content: bytes, file_name: str) -> ParsedFile:
        raise KeyError("surprise")

    home.deliver("shop", "orders-0001.json", orders())
    home.deliver("shop", "weird.json", b"{}")
    manifest = home.land(readers={**READERS, ("shop", "weird.json"): ("weird", stumble)})
    assert home.landed("weird.json").reason_code == FileReason.READER_FAILED
    assert manifest.accepted_count == 1


def test_a_new_reader_may_join_without_touching_the_others(home: Home) -> None:
    def refuse(content: bytes, file_name: str) -> ParsedFile:
        raise QuarantineError("NOT_OURS", "This is another company's ledger.", "line 1")

    home.deliver("ledger", "accounts.csv", b"a,b\n")
    home.land(readers={**READERS, ("ledger", "*.csv"): ("accounts", refuse)})
    row = home.landed("accounts.csv")
    assert (row.reason_code, row.reason, row.position) == ("NOT_OURS", "This is another company's ledger.", "line 1")


def test_files_that_cannot_be_dated_are_named(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders())
    (home.inbox.root / "shop" / "orders-lost.json").write_bytes(orders())
    (home.inbox.root / "shop" / "yesterday").mkdir()
    (home.inbox.root / "Not A System").mkdir()
    assert home.land().strays == ("Not A System", "shop/orders-lost.json", "shop/yesterday")


def test_a_file_still_being_written_waits(home: Home) -> None:
    home.deliver("shop", ".orders-0001.json.part", orders()[:30])
    assert home.land().rows == ()


def test_a_file_in_the_folder_of_a_closed_day_becomes_known_on_the_open_one(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders())
    home.land(MONDAY, MONDAY)
    home.deliver("shop", "orders-0002.json", orders(an_order(2)))
    before = home.files_in_landing()
    assert home.land(MONDAY, MONDAY, last_closed=MONDAY).new_count == 0
    assert home.files_in_landing() == before

    assert home.land(TUESDAY, WEDNESDAY, last_closed=MONDAY).new_count == 1

    late = home.landed("orders-0002.json", day=TUESDAY)
    assert (late.status, late.received_at.date()) == (FileStatus.ACCEPTED, TUESDAY)
    assert home.land(WEDNESDAY, WEDNESDAY, last_closed=TUESDAY).new_count == 0


def test_days_before_the_first_one_landed_are_not_taken_for_late(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders())
    home.deliver("shop", "orders-0002.json", orders(an_order(2)), day=TUESDAY)
    home.land(TUESDAY, TUESDAY)
    assert home.land(WEDNESDAY, WEDNESDAY, last_closed=TUESDAY).new_count == 0


def test_what_no_landing_has_seen_is_told_without_landing_it(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders())
    home.deliver("shop", "orders-0002.json", b"{")
    (home.inbox.root / "shop" / MONDAY.isoformat() / "link.json").symlink_to(home.root)
    home.land(MONDAY, MONDAY)
    assert not_landed(home.inbox, home.landing, WEDNESDAY) == []

    home.deliver("shop", "orders-0002.json", orders(an_order(2)))
    home.deliver("shop", "orders-0003.json", orders(an_order(3)), day=TUESDAY)

    assert [one.name for one in not_landed(home.inbox, home.landing, TUESDAY)] == [
        "orders-0002.json", "orders-0003.json",
    ]  # fmt: skip


def test_damaged_landing_is_noticed(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders())
    home.land()
    row = home.landed("orders-0001.json")
    home.landing.path_of(row).write_bytes(b"changed")
    with pytest.raises(InvariantBrokenError, match=r"orders-0001.json.*is changed"):
        home.landing.content(row)


def test_a_manifest_row_survives_its_file(home: Home) -> None:
    home.deliver("shop", "orders-0001.json", orders(an_order(1, currency="Euro")))
    (row,) = home.land().rows
    assert ManifestRow.from_json(row.to_json()) == row


WRITING = ("open", "os.rename", "os.mkdir", "os.remove")


@pytest.mark.parametrize("moment", range(1, 46, 2), ids=lambda moment: f"at write {moment}")
def test_a_landing_killed_at_any_moment_is_finished_by_the_next(tmp_path: Path, moment: int) -> None:
    undisturbed, killed = Home(tmp_path / "undisturbed"), Home(tmp_path / "killed")
    for home in (undisturbed, killed):
        home.deliver("shop", "orders-0001.json", orders())
        home.deliver("shop", "orders-0002.json", orders())
        home.deliver("shop", "orders-0003.json", b"{")
        home.deliver("usage", "usage-2026-03-03.csv", usage(an_event()), day=TUESDAY)
        home.deliver("rates", "eurofxref-2026-03-04.xml", rates(), day=WEDNESDAY)
    undisturbed.land()

    assert _land_and_die(killed, moment)
    killed.land()

    assert killed.files_in_landing() == undisturbed.files_in_landing()


def _land_and_die(home: Home, moment: int) -> bool:
    """Land in a child process that is killed at its n-th write into landing; say whether it was."""
    child = os.fork()
    if child == 0:
        writes = 0

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal writes
            if event in WRITING and str(home.landing.root) in str(arguments[0]):
                writes += 1
                if writes == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        home.land()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
