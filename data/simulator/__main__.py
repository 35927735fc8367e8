"""Write an invented company: `python -m data.simulator --home data/build --scale small`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from data.simulator.simulate import SCALES, simulate


def main() -> None:
    """Read the arguments, simulate, print the summary as JSON."""
    parser = argparse.ArgumentParser(prog="python -m data.simulator", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("data/build"))
    parser.add_argument("--scale", choices=sorted(SCALES), default="demo")
    parser.add_argument("--seed", type=int, default=20260630)
    parser.add_argument("--customers", type=int)
    parser.add_argument("--orders-per-day", type=int)
    parser.add_argument("--days", type=int)
    arguments = parser.parse_args()
    scale = SCALES[arguments.scale].resized(arguments.customers, arguments.orders_per_day, arguments.days)
    summary = simulate(arguments.home, scale, arguments.seed)
    sys.stdout.write(json.dumps(asdict(summary), indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
