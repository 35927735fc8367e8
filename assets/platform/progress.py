"""What a long run is doing right now, told to whoever listens (the command line does)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str], None]

_listeners: list[Listener] = []


def tell(doing: str) -> None:
    """Tell what is being done now, in a few words."""
    for listener in _listeners:
        listener(doing)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let the listener hear what is told within the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
