"""The bars of an Interleaved 2 of 5 code (ISO/IEC 16390), as a bank slip prints its 44 digits."""

from __future__ import annotations

from assets.ledger.errors import BadInputError

WIDE, NARROW = 3, 1  # 44 digits make 405 modules: 103 mm, FEBRABAN's length, at 0.254 mm a module
SLIP_WIDTH_MM, SLIP_HEIGHT_MM = 103, 13
_START, _STOP = "nnnn", "wnn"
_PATTERNS = ("nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw", "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn")


def itf25_widths(digits: str) -> tuple[int, ...]:
    """Return the widths in modules of bars and spaces in turn, a bar first and last."""
    if not digits or len(digits) % 2 or not digits.isascii() or not digits.isdecimal():
        fault = f"`{digits[:60]}` is not an even number of digits"
        raise BadInputError("Cannot draw the barcode", [fault], remedy="Give it the 44 digits of the slip.")
    pairs = zip(digits[::2], digits[1::2], strict=True)
    drawn = "".join(
        bar + space
        for one, other in pairs
        for bar, space in zip(_PATTERNS[int(one)], _PATTERNS[int(other)], strict=True)
    )
    return tuple(WIDE if element == "w" else NARROW for element in _START + drawn + _STOP)


def read_itf25(widths: tuple[int, ...]) -> str:
    """Return the digits that bars and spaces stand for, as a scanner reads them."""
    elements = "".join("w" if width == WIDE else "n" for width in widths)
    body = elements.removeprefix(_START).removesuffix(_STOP)
    if len(body) != len(elements) - len(_START) - len(_STOP) or len(body) % 10:
        raise BadInputError(
            "Cannot read the barcode", ["it has no start, no stop or half a pair"], remedy="Scan again."
        )
    pairs = (body[place : place + 10] for place in range(0, len(body), 10))
    return "".join(str(_PATTERNS.index(half)) for pair in pairs for half in (pair[::2], pair[1::2]))


def itf25_svg(digits: str, *, width_mm: int = SLIP_WIDTH_MM, height_mm: int = SLIP_HEIGHT_MM) -> bytes:
    """Return the barcode as an SVG image; the page keeps 5 mm blank on both sides of it."""
    bars, position = [], 0
    for place, width in enumerate(itf25_widths(digits)):
        if place % 2 == 0:
            bars.append(f"M{position} 0h{width}v1h-{width}z")
        position += width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm}mm" height="{height_mm}mm" '
        f'viewBox="0 0 {position} 1" preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>'
    ).encode()
