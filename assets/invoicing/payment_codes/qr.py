"""A payload drawn as a QR code (ISO/IEC 18004), the same bytes each time for the same payload."""

from __future__ import annotations

import base64

import segno

from assets.ledger.errors import BadInputError

ERROR_CORRECTION = "M"  # both EPC069-12 and the BR Code manual ask for level M
HIGHEST_VERSION = 40
QUIET_ZONE_MODULES = 4


def qr_svg(payload: str, *, highest_version: int = HIGHEST_VERSION) -> bytes:
    """Return the code as an SVG image of one unit per module, quiet zone included."""
    drawn = _qr(payload, highest_version).svg_inline(border=QUIET_ZONE_MODULES, omitsize=True)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()


def qr_png(payload: str, *, highest_version: int = HIGHEST_VERSION, scale: int = 6) -> bytes:
    """Return the code as a PNG image with `scale` pixels a module, quiet zone included."""
    data_uri = _qr(payload, highest_version).png_data_uri(scale=scale, border=QUIET_ZONE_MODULES)
    return base64.b64decode(data_uri.partition("base64,")[2])


def _qr(payload: str, highest_version: int) -> segno.QRCode:
    drawn = segno.make(payload, error=ERROR_CORRECTION, boost_error=False, micro=False, encoding="utf-8")
    version = int(drawn.version)
    if version > highest_version:
        raise BadInputError(
            "Cannot draw the payment code",
            [f"it needs QR version {version}, at most {highest_version} is allowed"],
            remedy="Shorten the text of the payment.",
        )
    return drawn
