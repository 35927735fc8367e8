"""What of a charge is not billed again, because it came back before its invoice was replaced?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from assets.ledger.documents import DocumentLine
from assets.ledger.money import ZERO, round_to_minor_unit

FINEST = Decimal("1e-10")  # of a quantity that an amount was converted to


def without_returned(
    lines: Sequence[DocumentLine], returned: Mapping[int, DocumentLine], currency_code: str
) -> tuple[DocumentLine, ...]:
    """Return lines less the quantities that were credited as given back, and their discount by what is left of them."""
    if not returned:
        return tuple(lines)
    priced = [line for line in lines if not line.is_discount]
    kept = {line.line_number: _rest(line, returned.get(line.line_number), currency_code) for line in priced}
    gross = sum((line.net_amount for line in priced), ZERO)
    part = sum((line.net_amount for line in kept.values()), ZERO)
    for line in lines:
        if line.is_discount:
            share = round_to_minor_unit(line.unit_price * part / gross, currency_code) if gross else ZERO
            kept[line.line_number] = replace(line, unit_price=share, net_amount=-share)
    return tuple(line for line in (kept[each.line_number] for each in lines) if line.quantity and line.unit_price)


def _rest(line: DocumentLine, returned: DocumentLine | None, currency_code: str) -> DocumentLine:
    if returned is None:
        return line
    left = max(line.quantity - returned.quantity, ZERO)
    left = left if left == round(left, 10) else left.quantize(FINEST)
    return DocumentLine.priced(
        line.line_number, line.description, left, line.unit_price, currency_code, line.product_id
    )
