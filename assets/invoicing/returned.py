"""What of a charge is not billed again, because it was credited before its invoice was replaced?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from assets.invoicing.pricing import net_of
from assets.ledger.crediting import NotBilledAgain, quantities_sold, sold_as, to_take_off
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
    off = _quantities_off(priced, credited)
    kept = {line.line_number: _rest(line, off[line.line_number], currency_code) for line in priced}
    gross = net_of(priced)
    part = net_of(tuple(kept.values()))
    for line in lines:
        if line.is_discount:
            share = round_to_minor_unit(line.unit_price * part / gross, currency_code) if gross else ZERO
            kept[line.line_number] = replace(line, unit_price=share, net_amount=-share)
    rest = (kept[each.line_number] for each in lines)
    return tuple(line for line in rest if line.quantity and (line.unit_price or not line.is_discount))


def _quantities_off(lines: Sequence[DocumentLine], credited: NotBilledAgain) -> dict[int, Decimal]:
    """Return by line how much of it was given back, by what it sells; of several lines first of the one credited."""
    told, stood = quantities_sold(lines), quantities_sold(credited.stood.values())
    left = {
        sold: to_take_off(told.get(sold, ZERO), stood.get(sold, ZERO), quantity)
        for sold, quantity in quantities_sold(credited.given_back.values()).items()
    }
    off = dict.fromkeys((line.line_number for line in lines), ZERO)
    for is_credited in (True, False):
        for line in lines:
            sold, back = sold_as(line), credited.given_back.get(line.line_number)
            room = line.quantity - off[line.line_number]
            if is_credited:
                room = min(room, back.quantity) if back is not None and sold_as(back) == sold else ZERO
            taken = max(min(left.get(sold, ZERO), room), ZERO)
            off[line.line_number] += taken
            left[sold] = left.get(sold, ZERO) - taken
    return off


def _rest(line: DocumentLine, off: Decimal, currency_code: str) -> DocumentLine:
    if not off:
        return line
    left = line.quantity - off
    left = left if left == round(left, 10) else left.quantize(FINEST)
    return DocumentLine.priced(
        line.line_number, line.description, left, line.unit_price, currency_code, line.product_id
    )
