"""The family tree of errors: whether to retry is a type, and each message says what to do next."""

from __future__ import annotations


class OpenitemError(Exception):
    """Anything this project raises on purpose."""


class PermanentError(OpenitemError):
    """Trying again will not help: a person or a change of input is needed."""


class TransientError(OpenitemError):
    """Trying again may help: a lock, a network, a busy server."""


class BadInputError(PermanentError):
    """Input from outside is not what its format or contract promises; the faults are listed once, together."""

    def __init__(self, doing: str, faults: list[str], *, remedy: str) -> None:
        self.doing = doing
        self.faults = faults
        self.remedy = remedy
        listed = "; ".join(faults)
        super().__init__(f"{doing}: {listed}. {remedy}")


class InvariantBrokenError(PermanentError):
    """Two totals that must be equal are not; effects stop until somebody has looked."""


class CurrencyMismatchError(PermanentError):
    """Amounts of different currencies met in one sum."""

    def __init__(self, left: str, right: str) -> None:
        self.left = left
        self.right = right
        super().__init__(
            f"Cannot add `{left}` and `{right}`: amounts are summed per currency only. "
            "Convert with a dated rate from dim_exchange_rates first."
        )
