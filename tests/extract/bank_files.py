"""Small bank files that balance, built line by line so that a test changes only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal


def a_detail(
    amount: str | None = "100.00", *, currency: str = "EUR", text: str = "Invoice 2026-1", name: str = "Muster AG",
    end_to_end_id: str = "NOTPROVIDED", extra: str = "",
) -> str:  # fmt: skip
    """Return one TxDtls of version 8."""
    own = "" if amount is None else f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end_id}</EndToEndId></Refs>{own}"
        f"<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr>"
        "<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>{extra}</TxDtls>"
    )


def an_entry(
    amount: str = "100.00", *details: str, sign: str = "CRDT", status: str = "<Cd>BOOK</Cd>", currency: str = "EUR",
    reference: str = "REF-1", extra: str = "", day: str = "2026-03-02",
) -> str:  # fmt: skip
    """Return one Ntry; without details it carries none."""
    listed = f"<NtryDtls>{''.join(details)}</NtryDtls>" if details else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{extra}<Sts>{status}</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef>{listed}</Ntry>"
    )


def a_balance(code: str, amount: str, currency: str = "EUR", sign: str = "CRDT") -> str:
    """Return one Bal."""
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>"
    )


def a_camt(
    entries: Sequence[str], *, opening: str | None = "1000.00", closing: str | None = "1100.00", currency: str = "EUR",
    container: str = "Stmt", message: str = "BkToCstmrStmt", prologue: str = '<?xml version="1.0" encoding="UTF-8"?>',
    statement_id: str = "S-1",
) -> bytes:  # fmt: skip
    """Return one camt file."""
    balances = ("" if opening is None else a_balance("OPBD", opening, currency)) + (
        "" if closing is None else a_balance("CLBD", closing, currency)
    )
    return (
        f'{prologue}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><{message}>'
        f"<GrpHdr><MsgId>M</MsgId></GrpHdr>\n<{container}><Id>{statement_id}</Id><ElctrncSeqNb>7</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>{currency}</Ccy></Acct>{balances}\n"
        + "\n".join(entries)
        + f"</{container}></{message}></Document>"
    ).encode()


def a_bai2(
    entries: Sequence[str], *, opening: str = "100000", closing: str = "110000", currency: str = "USD",
    control_total: str | None = None, trailers: bool = True,
) -> bytes:  # fmt: skip
    """Return one BAI2 file of one account; the control total is right unless given."""
    found = int(opening or 0) + int(closing or 0)
    found += sum(
        int(entry.split(",")[2]) for entry in entries if entry.startswith("16,") and entry.split(",")[2].isdigit()
    )
    total = control_total or str(found)
    lines = [
        "01,021000021,OPENITEM,260303,0600,42,,,2/",
        f"02,OPENITEM,021000021,1,260302,2359,{currency},2/",
        f"03,4471002,{currency},010,{opening},,,015,{closing},,/",
        *entries,
    ]
    if trailers:
        lines += [
            f"49,{total},{len(entries) + 2}/",
            f"98,{total},1,{len(entries) + 4}/",
            f"99,{total},1,{len(entries) + 6}/",
        ]
    return "\n".join(lines).encode()


def an_mt940(
    entries: Sequence[str], *, opening: str = "C260301GBP1000,00", closing: str | None = "C260302GBP1100,00",
    account: str = "GB29NWBK60161331926819",
) -> bytes:  # fmt: skip
    """Return one MT940 statement."""
    lines = [":20:STMT1", f":25:{account}", ":28C:7/1", f":60F:{opening}", *entries]
    if closing is not None:
        lines.append(f":62F:{closing}")
    return ("\r\n".join([*lines, "-"]) + "\r\n").encode("latin-1")


def amounts(rows: Sequence[object]) -> list[Decimal]:
    """Return the signed amounts of entry rows."""
    return [
        Decimal(str(row["amount"])) * (1 if row["direction"] == "C" else -1)  # type: ignore[index]
        for row in rows
    ]
