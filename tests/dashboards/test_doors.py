"""What pages may read, write and export, whatever the text says."""

from __future__ import annotations

import ast
import csv
import io
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import streamlit as st

from dashboards import export, reading, wording
from tests.dashboards.published import Home, publish

SOURCES = sorted((Path(__file__).resolve().parents[2] / "dashboards").rglob("*.py"))
FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", " =1", "\ufeff=1", "'=1", '"=1', "|cmd",
    "%0A=1", "\u00a0=1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS, ids=repr)
def test_a_text_that_looks_like_a_formula_is_escaped(text: str) -> None:
    assert export.cell(text).startswith("'")


@pytest.mark.parametrize(
    ("value", "written"),
    [(Decimal("-12.50"), "-12.50"), (-3, "-3"), (date(2026, 6, 30), "2026-06-30"), (True, "true"), (None, ""),
     ("Müller & Söhne", "Müller & Söhne"), ("INV-1", "INV-1")],
)  # fmt: skip
def test_numbers_stay_numbers_and_plain_text_stays_as_it_is(value: object, written: str) -> None:
    assert export.cell(value) == written


def test_an_export_reads_back_row_by_row() -> None:
    rows = [{"name": 'a "quoted", name\nin two lines', "amount": Decimal("-12.50")}, {"name": "=x", "amount": None}]
    read = list(csv.DictReader(io.StringIO(export.to_csv(rows, ["name", "amount"]).decode("utf-8-sig"))))
    assert read == [{"name": 'a "quoted", name\nin two lines', "amount": "-12.50"}, {"name": "'=x", "amount": ""}]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_page_renders_markup_of_its_own(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"html", "components", "write", "MarkdownColumn", "LinkColumn", "ImageColumn", "table_html"}
    assert not [
        keyword for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords
        if keyword.arg == "unsafe_allow_html"
    ]  # fmt: skip


def test_the_server_is_closed_to_the_outside() -> None:
    options = st.config.get_config_options(force_reparse=True)
    expected = {
        "server.address": "127.0.0.1", "server.enableXsrfProtection": True, "server.enableAgentApi": False,
        "browser.gatherUsageStats": False, "client.showErrorDetails": "none", "client.toolbarMode": "minimal",
        "client.disableDataExport": True,
    }  # fmt: skip
    assert {name: options[name].value for name in expected} == expected


ESCAPES = [
    "select * from read_csv('/etc/passwd')",
    "select * from glob('/*')",
    "select content from read_text('/etc/hostname')",
    "attach '/etc/passwd' as other",
    "copy (select 1) to 'stolen.csv'",
    "set enable_external_access = true",
    "install httpfs",
    "create table mine as select 1",
    "delete from rpt_exceptions",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_a_reading_connection_can_neither_leave_nor_write(home: Home, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        reading.read_rows(reading.current_snapshot(), sql)


@pytest.mark.parametrize("text", ["' or 1=1 --", "x'; drop table rpt_run; --", "\"; attach 'x'", "%", "\\"])
def test_a_parameter_is_a_value_and_nothing_else(home: Home, text: str) -> None:
    snapshot = reading.current_snapshot()
    assert reading.proposals(snapshot, text) == []
    assert reading.open_items(snapshot, text, text) == []
    assert reading.read_run(snapshot).company_name == "Meridian"


def test_a_page_never_mixes_two_snapshots(home: Home) -> None:
    snapshot = reading.current_snapshot()
    publish(home.path, {})
    os.utime(home.published, ns=(1, 1))
    with pytest.raises(reading.SnapshotChangedError):
        reading.exceptions(snapshot)
    assert reading.exceptions(reading.current_snapshot()) == []


def test_amounts_reach_the_page_exactly(home: Home) -> None:
    row = reading.invoices_to_review(reading.current_snapshot())[0]
    assert isinstance(row["total_amount"], Decimal)
    assert wording.money(Decimal("1234567.895"), "KWD") == "KWD 1,234,567.895"
    assert wording.money(Decimal("-12.5"), "EUR") == "-€12.50"
    assert wording.compact_money(Decimal("12345678"), "EUR") == "€12.35M"
    assert wording.share(1, 3) == "33.3%"
    assert wording.share(1, 0) == "–"


def test_codes_become_words() -> None:
    assert wording.words("PO_NUMBER_MISSING") == "PO number missing"
    assert wording.words(None) == "–"
    assert wording.plain_text("a\u202eb\nc\x00d") == "a b c d"


def test_a_refusal_of_another_legal_entity_is_not_shown_on_the_invoice_of_the_same_number(home: Home) -> None:
    with duckdb.connect(str(home.published)) as published:
        published.execute(
            "insert into rpt_rejected_invoices (document_number, legal_entity_id, reason_code) "
            "values ('MUS-2026-00211', 'MEU', 'WRONG_PO')"
        )
    snapshot = reading.current_snapshot()
    assert reading.rejections_of(snapshot, "MUS", "MUS-2026-00211") == []
    assert len(reading.rejections_of(snapshot, "MEU", "MUS-2026-00211")) == 1
