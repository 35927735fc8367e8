"""Every bad file stays outside with its reason, none is lost, and no good file beside it suffers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assets.extract import inbox as inbox_module
from assets.extract.landing import FileStatus, read_file
from assets.extract.reading import QuarantineError
from assets.extract.registry import READERS, reader_for
from tests.extract.deliveries import MONDAY, Home, an_event, an_order, orders, usage
from tests.extract.malformed_systems import BAD_FILES, BadFile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize("bad", BAD_FILES, ids=[str(bad) for bad in BAD_FILES])
def test_a_bad_file_is_refused_and_says_why_and_where(bad: BadFile) -> None:
    found = reader_for(READERS, bad.system, bad.name)
    with pytest.raises(QuarantineError) as refused:
        read_file(bad.content, bad.system, bad.name, found, READERS)
    assert refused.value.reason_code == bad.reason_code
    assert refused.value.position.startswith(bad.position)
    assert refused.value.reason.endswith(".")


def test_all_bad_files_of_one_day_are_kept_beside_the_good_ones(home: Home) -> None:
    for bad in BAD_FILES:
        home.deliver(bad.system, bad.name, bad.content)
    home.deliver("shop", "orders-0001.json", orders(an_order(77)))
    home.deliver("usage", "usage-2026-03-02.csv", usage(an_event("E-77")))

    manifest = home.land()
    report = home.load()

    rows = {(row.system, row.source_file): row for row in manifest.rows}
    assert len(rows) == len(BAD_FILES) + 2
    for bad in BAD_FILES:
        row = rows[bad.system, bad.name]
        assert (row.status, row.reason_code) == (FileStatus.QUARANTINED, bad.reason_code), bad
        assert home.landing.content(row) == bad.content
    assert report.row_counts == {"shop__orders": 1, "shop__order_lines": 1, "usage__events": 1}
    stored = home.warehouse.rows("select source_file from raw.landing_manifest where status = 'quarantined'")
    assert {row["source_file"] for row in stored} == {bad.name for bad in BAD_FILES}


def test_nothing_is_written_outside_landing(home: Home) -> None:
    for bad in BAD_FILES:
        home.deliver(bad.system, bad.name, bad.content)
    outside = sorted(str(path) for path in home.root.rglob("*"))
    home.land()
    landing = str(home.landing.root)
    assert sorted(str(path) for path in home.root.rglob("*") if not str(path).startswith(landing)) == outside
    for path in home.landing.root.rglob("*"):
        assert inbox_module.why_hostile_name(path.name) is None


def test_links_pipes_and_folders_are_named_and_not_followed(home: Home) -> None:
    secret = home.root / "secret.json"
    secret.write_bytes(orders())
    folder = home.deliver("shop", "orders-0001.json", orders(an_order(5))).parent
    (folder / "orders-link.json").symlink_to(secret)
    (folder / "orders-dangling.json").symlink_to(home.root / "nowhere")
    (folder / "orders-folder.json").mkdir()
    os.mkfifo(folder / "orders-pipe.json")

    manifest = home.land()

    refused = {row.source_file: row for row in manifest.rows if row.reason_code == "NOT_A_REGULAR_FILE"}
    assert sorted(refused) == [
        "orders-dangling.json",
        "orders-folder.json",
        "orders-link.json",
        "orders-pipe.json",
    ]
    assert {row.byte_count for row in refused.values()} == {0}
    assert manifest.accepted_count == 1
    assert home.land().new_count == 0


def test_a_linked_system_folder_is_not_entered(home: Home) -> None:
    elsewhere = Home(home.root / "elsewhere")
    elsewhere.deliver("shop", "orders-0001.json", orders())
    (home.root / "inbox").mkdir()
    (home.root / "inbox" / "shop").symlink_to(elsewhere.inbox.root / "shop")
    assert home.land().rows == ()
    assert home.land().strays == ("shop",)


def test_a_name_that_is_no_text_is_kept_as_text(home: Home) -> None:
    folder = home.deliver("shop", "orders-0001.json", orders()).parent
    with open(os.fsencode(folder) + b"/orders-\xff.json", "wb") as undecodable:
        undecodable.write(orders(an_order(6)))
    home.land()
    row = home.landed("orders-\\xff.json")
    assert (row.status, row.reason_code) == (FileStatus.QUARANTINED, "HOSTILE_FILE_NAME")


def test_a_name_that_looks_like_a_command_is_only_a_name(home: Home) -> None:
    name = "orders-'; drop table raw.shop__orders; --$(reboot).json"
    home.deliver("shop", name, orders())
    home.land()
    home.load()
    (row,) = home.warehouse.rows("select _source_file from raw.shop__orders")
    assert row == {"_source_file": name}


def test_an_oversized_file_is_refused_unread(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MAX_FILE_BYTES", 1_000)
    home.deliver("shop", "orders-0001.json", orders() + b" " * 1_000)
    home.land()
    row = home.landed("orders-0001.json", day=MONDAY)
    assert (row.reason_code, row.position, row.byte_count) == ("FILE_TOO_LARGE", "byte 1000", 0)
