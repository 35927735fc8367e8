"""What of a charge is not billed again, because it was credited before its invoice was replaced?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from assets.invoicing.pricing import net_of
from assets.ledger.crediting import NotBilledAgain, to_take_off
from assets.ledger.documents import CREDITED_BEFORE, DocumentLine
from assets.ledger.money import ZERO, round_to_minor_unit

FINEST = Decimal("1e-10")  # of a quantity that an amount was converted to


def without_credited(
    lines: Sequence[DocumentLine], credited: NotBilledAgain | None, currency_code: str
) -> tuple[DocumentLine, ...]:
    """Return lines less the quantities that were given back, and less what was credited otherwise, on its own line.

    So a replaced invoice bills what stood of it, unless its source tells otherwise since.
    """
    if credited is None:
        return tuple(lines)
    kept = _without_returned(lines, credited, currency_code)
    off = to_take_off(net_of(kept), credited.stood_amount, credited.amount)
    if not off:
        return kept
    number = max(line.line_number for line in lines) + 1
    said = f"{CREDITED_BEFORE} on invoice {credited.document_number}"
    return (*kept, DocumentLine.priced(number, said, Decimal(-1), off, currency_code))


def _without_returned(
    lines: Sequence[DocumentLine], credited: NotBilledAgain, currency_code: str
) -> tuple[DocumentLine, ...]:
    """Return lines less the quantities given back, and their discount by what is left of them."""
    priced = [line for line in lines if not line.is_discount]
    kept = {line.line_number: _rest(line, credited, currency_code) for line in priced}
    gross = net_of(priced)
    part = net_of(tuple(kept.values()))
    for line in lines:
        if line.is_discount:
            share = round_to_minor_unit(line.unit_price * part / gross, currency_code) if gross else ZERO
            kept[line.line_number] = replace(line, unit_price=share, net_amount=-share)
    return tuple(line for line in (kept[each.line_number] for each in lines) if line.quantity and line.unit_price)


def _rest(line: DocumentLine, credited: NotBilledAgain, currency_code: str) -> DocumentLine:
    returned = credited.given_back.get(line.line_number)
    if returned is None:
        return line
    stood = credited.stood.get(line.line_number, ZERO)
    left = line.quantity - to_take_off(line.quantity, stood, returned.quantity)
    left = left if left == round(left, 10) else left.quantize(FINEST)
    return DocumentLine.priced(
        line.line_number, line.description, left, line.unit_price, currency_code, line.product_id
    )
