"""dbt's macro dispatch as the SQL linter sees it: any dispatched macro renders as a plain expression."""

from __future__ import annotations

from collections.abc import Callable


def dispatch(name: str) -> Callable[..., str]:
    """Return something that renders where the dispatched macro would."""

    def rendered(*_: object, **__: object) -> str:
        return f"cross join (select 1 as {name}) as joined" if name.startswith("join_") else f"(select 1 as {name})"

    return rendered
