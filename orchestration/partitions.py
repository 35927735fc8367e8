"""Business days as partitions. Two assets carry them: the window of a run and the snapshot it published.

More would cost: a ranged run writes one event per partitioned asset and day.
"""

from __future__ import annotations

from datetime import date

import dagster as dg

# Earlier history arrives as opening balances, not as days to run.
FIRST_DAY = "2009-12-01"

# Today, and tomorrow for whoever closed today before midnight.
business_days = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, end_offset=2)

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def window_tags(start: date, end: date) -> dict[str, str]:
    """Return the tags that make one run of the days from start to end, both included."""
    return {RANGE_START: start.isoformat(), RANGE_END: end.isoformat()}
