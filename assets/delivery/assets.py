"""Shell of delivery: at the end of a close, what is queued and still due leaves through the outbox."""

from collections.abc import Callable
from datetime import timedelta

import dagster as dg

from assets.decisions.outbox import DAYS_TO_SEND
from assets.delivery.invoice_mail import (
    ISSUED_OR_LET_LEAVE,
    Render,
    completing,
    issued_documents,
    languages_of,
    never_late,
    no_documents,
    released_messages,
    sellers_of,
)
from assets.delivery.relay import deliver, gate_of
from assets.delivery.senders import channel_senders
from assets.delivery.settings import delivery_settings
from assets.delivery.still_due import still_due
from assets.platform import progress
from assets.platform.failures import failures_as_dagster
from assets.platform.home import Home
from assets.platform.run import RunHome, started_at
from assets.platform.verdict import read_verdict
from assets.platform.window import read_window


def effects_assets(
    after: dg.AssetKey, renderer: Callable[[Home], Render] = lambda _: no_documents
) -> list[dg.AssetsDefinition]:
    """Return the assets that have effects outside; only the daily close has them.

    `renderer` returns what makes the files of a home's invoices.
    """

    @dg.asset(key=["effects", "outbox"], deps=[after], group_name="effects", owners=["team:receivables"])
    def outbox(context: dg.AssetExecutionContext, run: RunHome) -> dg.MaterializeResult:
        """Messages that wait and are still due: claimed, sent, marked. Red ties or a missing verdict send nothing."""
        progress.tell("Sending what is due")
        with failures_as_dagster(), run.home.decisions() as store:
            warehouse = run.home.warehouse()
            window = read_window(warehouse)
            verdict, detail = read_verdict(warehouse)
            moment = started_at(context)
            log = store.decisions(kinds=ISSUED_OR_LET_LEAVE)
            issued = issued_documents(log)
            report = deliver(
                store,
                channel_senders(run.environment, outbox_folder=run.home.outbox_path, **delivery_settings()),
                gate=gate_of(verdict, detail, window.end_date, last_closed=store.last_closed_date()),
                still_due=still_due(warehouse, store, as_of_date=window.end_date),
                worker=context.run_id,
                clock=lambda: moment,
                since=window.end_date - timedelta(days=DAYS_TO_SEND),
                on=window.end_date,
                complete=completing(issued, sellers_of(warehouse), renderer(run.home), languages_of(warehouse)),
                is_never_late=never_late(issued, released_messages(log)),
            )
        return dg.MaterializeResult(
            metadata={
                "sent": len(report.sent),
                "failed": len(report.failed),
                "withdrawn": len(report.withdrawn),
                "left waiting": len(report.left_waiting),
                "uncertain, for a person to settle": len(report.uncertain),
                "stopped because": report.stopped_because or "nothing stopped it",
            }
        )

    return [outbox]
