"""Remittance advices as payers send them by EDI: an 820 with its envelope, broken where a test says so."""

from __future__ import annotations

LINES = (
    "RMR*IV*MUS-2026-00041**98.00*100.00*2.00",
    "REF*PO*45001",
    "DTM*003*20260201",
    "RMR*IV*MUS-2026-00042**75.00*100.00",
    "ADX*-25.00*04",
    "RMR*CM*MUS-2026-00043**-20.00*-20.00",
)


def a_set(
    *lines: str,
    total: str = "153.00",
    number: str = "0001",
    reference: str | None = "PAY-77123",
    currency: str | None = None,
    payer: str = "ACME TOOLS INC",
    day: str = "20260316",
    header: str | None = None,
) -> list[str]:
    """Return the segments of one transaction set: an ACH payment with its addenda."""
    bpr = f"BPR*C*{total}*C*ACH*CTX*01*021000021*DA*4471002*1234567890**01*026009593*DA*98765432*{day}"
    return [
        f"ST*820*{number}",
        bpr if header is None else header,
        *([f"TRN*1*{reference}*1234567890"] if reference else []),
        *([f"CUR*PR*{currency}"] if currency else []),
        "REF*TN*77",
        "DTM*097*20260315",
        "N1*PE*MERIDIAN US INC*1*123456789",
        f"N1*PR*{payer}*1*987654321",
        "PER*AP*ACCOUNTS PAYABLE*TE*5035550100*EM*ap@acme.example",
        "ENT*1",
        *(lines or LINES),
    ]


def an_820(*sets: list[str], end: str = "~\n", sign: str = "*", group: str = "RA", counted: int = 0) -> bytes:
    """Return a file of transaction sets in one group of one interchange."""
    body = []
    for one in sets or (a_set(),):
        body += [*one, f"SE*{len(one) + 1 + counted}*{one[0].split('*')[2]}"]
    segments = [
        "ISA*00*          *00*          *ZZ*ACMETOOLS      *01*123456789      *260315*0730*U*00401*000000123*0*P*>",
        f"GS*{group}*ACMETOOLS*123456789*20260315*0730*45*X*004010",
        *body,
        f"GE*{len(sets or (1,))}*45",
        "IEA*1*000000123",
    ]
    return "".join(segment.replace("*", sign) + end for segment in segments).encode()
