"""Which agreed periods have begun and are not due yet? Nothing to bill, but service that is being delivered."""

from __future__ import annotations

from datetime import date

from assets.invoicing.agreed import agreed_periods, stretches
from assets.invoicing.pricing import net_of, period_lines
from assets.invoicing.triggers import newest_line
from assets.ledger.charges import contract_billing_key
from assets.ledger.day import DayState
from assets.ledger.revenue import RunningCharge


def running_charges(state: DayState, business_date: date) -> dict[str, RunningCharge]:
    """Return by billing key the retainer periods that have begun and are billed after their end."""
    running: dict[str, RunningCharge] = {}
    for contract_id, line_number in state.line_versions:
        line = newest_line(state, contract_id, line_number)
        if line is None or line.contract_kind != "retainer" or not state.is_managed(line.legal_entity_id):
            continue
        for agreed in agreed_periods(stretches(state, contract_id, line_number), business_date):
            period = agreed.period
            key = contract_billing_key(contract_id, line_number, period.start.isoformat(), "retainer")
            if period.start <= business_date < agreed.trigger_date and not state.is_charged(key):
                running[key] = RunningCharge(
                    key,
                    line.legal_entity_id,
                    line.currency_code,
                    line.customer_key,
                    period.start,
                    period.end,
                    net_of(period_lines(agreed)),
                )
    return running
