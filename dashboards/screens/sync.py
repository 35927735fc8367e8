"""Sync and quarantine: what arrived, what was taken, and what stayed outside?"""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboards import frame, reading, wording

RECENT_DAYS = 7


def main() -> None:
    """Show deliveries by day and system, and the files that were refused."""
    with frame.page("Sync and quarantine", "What arrived, what was taken, and what stayed outside?") as shown:
        rows = reading.sync_days(shown.snapshot)
        refused = reading.quarantine(shown.snapshot)
        since = shown.run.as_of_date - timedelta(days=RECENT_DAYS - 1)
        recent = [row for row in rows if row["business_date"] >= since]
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
        st.subheader("Deliveries", anchor=False)
        if not rows:
            frame.empty("Nothing has arrived", "No file was found in the inbox of this home yet.")
            return
        frame.table(
            [{**row, "from": wording.words(row["system"])} for row in rows],
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
        frame.download(rows, "deliveries", shown.run)


if __name__ == "__main__":
    main()
