"""The pages an AR desk works in: `streamlit run dashboards/app.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent


def main() -> None:
    """Show the navigation and the page that was asked for."""
    # A named icon as favicon would be fetched from a font host; everything here is served by us.
    st.set_page_config(
        page_title="openitem", page_icon=str(HERE / "icon.svg"), layout="wide", initial_sidebar_state=232
    )
    st.logo(str(HERE / "logo.svg"), size="large")
    screens = HERE / "screens"  # a folder `pages` would be taken for the navigation on a first visit
    chosen = st.navigation(
        {
            "": [
                st.Page(screens / "overview.py", title="Overview", icon=":material/monitoring:", default=True),
            ],
            "Work": [
                st.Page(screens / "invoices.py", title="Invoices to review", icon=":material/receipt_long:"),
                st.Page(screens / "cash.py", title="Cash application", icon=":material/account_balance:"),
                st.Page(screens / "reminders.py", title="Reminders", icon=":material/mail:"),
                st.Page(screens / "rejections.py", title="Rejections", icon=":material/assignment_return:"),
                st.Page(screens / "outbox.py", title="Outbox", icon=":material/outbox:"),
                st.Page(screens / "exceptions.py", title="Exceptions", icon=":material/error:"),
            ],
            "Books": [
                st.Page(screens / "revenue.py", title="Revenue", icon=":material/waterfall_chart:"),
            ],
            "Data": [
                st.Page(screens / "sync.py", title="Sync and quarantine", icon=":material/sync:"),
            ],
        }
    )
    chosen.run()


main()
