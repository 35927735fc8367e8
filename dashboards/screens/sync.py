"""Sync and quarantine: what arrived, what was taken, and what stayed outside?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from dashboards import frame, reading, wording
from dashboards.frame import Page

RECENT_DAYS = 7


def main() -> None:
    """Show deliveries by day and system, and the files that were refused."""
    with frame.page("Sync and quarantine", "What arrived, what was taken, and what stayed outside?") as shown:
        rows = reading.sync_days(shown.snapshot)
        refused = reading.quarantine(shown.snapshot)
        since = shown.run.as_of_date - timedelta(days=RECENT_DAYS - 1)
        recent = [row for row in rows if row["business_date"] >= since]
        frame.uncertain_sends()
        tiles = st.columns(4)
        for place, label, column in (
            (tiles[0], "Files", "file_count"),
            (tiles[1], "Rows taken", "accepted_row_count"),
            (tiles[2], "Duplicate files", "duplicate_file_count"),
            (tiles[3], "Quarantined files", "quarantined_file_count"),
        ):
            total = sum(int(row[column] or 0) for row in recent)
            place.metric(label, wording.number(total), border=True, help=f"In the last {RECENT_DAYS} days.")
        st.subheader("Quarantine", anchor=False)
        if refused:
            st.caption(
                "Nothing of these files was loaded. Have the sender correct and deliver them again, under any name."
            )
            frame.table(
                [{**row, "why": wording.words(row["reason_code"])} for row in refused],
                {
                    "received_at": st.column_config.DatetimeColumn("Received", format="D MMM YYYY HH:mm"),
                    "system": frame.text("System", width="small"),
                    "source_file": frame.text("File", width="medium"),
                    "why": frame.text("Reason", width="medium"),
                    "reason": frame.text("In words", width="large"),
                    "position": frame.text("Where"),
                },
                key="quarantine",
                height="content",
            )
            frame.download(refused, "quarantine", shown.run)
        else:
            frame.empty("Nothing is in quarantine", "Every file that arrived could be read whole, or was a duplicate.")
        if rows:
            _systems(shown)
        st.subheader("Deliveries", anchor=False)
        if rows:
            _deliveries(rows, shown)
        else:
            frame.empty("Nothing has arrived", "No file was found in the inbox of this home yet.")
        _run(shown)


def _systems(shown: Page) -> None:
    st.subheader("Last heard from", anchor=False)
    frame.table(
        [{**row, "from": wording.words(row["system"])} for row in reading.sync_systems(shown.snapshot)],
        {
            "from": frame.text("System"),
            "last_date": frame.dated("Last delivery"),
            "silent_days": frame.whole("Days silent", help="From its last delivery to the as-of date"),
            "day_count": frame.whole("Days with a delivery"),
            "file_count": frame.whole("Files"),
            "accepted_row_count": frame.whole("Rows taken"),
        },
        key="systems",
        height="content",
    )


def _deliveries(rows: Sequence[reading.Row], shown: Page) -> None:
    chosen = st.pills(
        "System",
        sorted({row["system"] for row in rows}),
        selection_mode="multi",
        format_func=wording.words,
        label_visibility="collapsed",
        key="systems-shown",
    )
    listed = [row for row in rows if not chosen or row["system"] in chosen]
    frame.table(
        [
            # A file of several currencies adds up to a control total, not to an amount.
            {
                **row,
                "from": wording.words(row["system"]),
                "amount_sum": row["amount_sum"] if row["currency_code"] else None,
            }
            for row in listed
        ],
        {
            "business_date": frame.dated("Day"),
            "from": frame.text("System"),
            "file_count": frame.whole("Files"),
            "accepted_row_count": frame.whole("Rows taken"),
            "duplicate_file_count": frame.whole("Duplicate files"),
            "quarantined_file_count": frame.whole("Quarantined files"),
            "quarantined_row_count": frame.whole("Quarantined rows"),
            "amount_sum": frame.amount("Amount"),
            "currency_code": frame.text("", width=50),
        },
        key="deliveries",
        height=420,
    )
    frame.download(listed, "deliveries", shown.run)


def _run(shown: Page) -> None:
    """Say what the figures of all pages were computed from."""
    facts = reading.run_facts(shown.snapshot)
    with st.expander("The run behind all pages", icon=":material/fingerprint:"):
        frame.facts(
            [
                ("Kind of run", wording.words(facts["mode"])),
                ("Tie tests", wording.words(facts["verdict"])),
                ("Decisions seen, up to number", wording.number(facts["decisions_sequence"])),
                ("Landing manifest", wording.plain_text(facts.get("manifest_digest"))),
                ("Policy", wording.plain_text(facts.get("policy_digest"))),
                ("Code", wording.plain_text(facts.get("code_version"))),
            ]
        )


if __name__ == "__main__":
    main()
