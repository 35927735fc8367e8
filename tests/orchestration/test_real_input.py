"""Real data, not invented: both sets run through the chain. Skipped where the data is not beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.orchestration.real_input import run_retail, run_s4

pytestmark = [pytest.mark.chain, pytest.mark.shared_data]


def test_every_retail_line_loads_and_sums_to_the_cent(shared_data: Path, tmp_path: Path) -> None:
    outcome = run_retail(tmp_path, shared_data)
    assert outcome.met, outcome.summary


def test_the_s4_flow_nets_its_cancellations_and_settles_what_it_cleared(shared_data: Path, tmp_path: Path) -> None:
    outcome = run_s4(tmp_path, shared_data)
    assert outcome.met, outcome.summary
