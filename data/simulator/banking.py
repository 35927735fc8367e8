"""Bank statements in the three formats our banks send: camt.053 (EUR), MT940 (GBP) and BAI2 (USD).

Every business day of every account is one statement; opening balance, entries and closing balance tie, and each
statement opens where the one before closed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from xml.sax.saxutils import escape

from data.simulator.calendars import days_between, is_business_day
from data.simulator.deliveries import Deliveries
from data.simulator.names import as_ascii
from data.simulator.paying import BANK_OF, Receipt
from data.simulator.scale import Scale

ACCOUNTS = {"EUR": "DE02120300000000202051", "GBP": "GB29NWBK60161331926819", "USD": "021000021-4471002"}
OPENING = {"EUR": Decimal("412880.17"), "GBP": Decimal("96410.55"), "USD": Decimal("288121.90")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking: a receipt, the return of one, or money going out."""

    amount: Decimal
    is_credit: bool
    receipt: Receipt | None
    is_return: bool
    bank_reference: str
    counterparty: str
    text: str


def run_banks(scale: Scale, seed: int, receipts: Sequence[Receipt], deliveries: Deliveries) -> None:
    """Book receipts on statements, write the files, and note on each receipt where it stands and when it is known."""
    for currency, account in ACCOUNTS.items():
        rng = Random(f"{seed}|bank|{currency}")
        by_day: dict[date, list[Receipt]] = {}
        returns: dict[date, list[Receipt]] = {}
        for receipt in receipts:
            if receipt.is_card or receipt.currency != currency:
                continue
            by_day.setdefault(receipt.value_date, []).append(receipt)
            if receipt.returned:
                returns.setdefault(receipt.returned, []).append(receipt)
        balance = OPENING[currency]
        number = 0
        reference = rng.randint(100_000, 200_000)
        kind = BANK_OF[currency]
        for day in days_between(scale.first_activity, scale.last_activity):
            if not is_business_day(day) and day not in by_day:
                continue
            number += 1
            groups: list[list[Entry]] = []
            for receipt in by_day.get(day, ()):
                reference += rng.randint(1, 9)
                receipt.bank_reference = f"{currency[0]}{day:%y%m%d}{reference}"
                entry = Entry(
                    receipt.amount, True, receipt, False, receipt.bank_reference, receipt.payer_name,
                    " ".join(receipt.text),
                )  # fmt: skip
                may_join = currency == "EUR" and groups and groups[-1][0].is_credit and len(groups[-1]) < 4
                if may_join and rng.random() < 0.06:
                    groups[-1].append(entry)
                else:
                    groups.append([entry])
            for receipt in returns.get(day, ()):
                reference += rng.randint(1, 9)
                text = f"RETURN {receipt.bank_reference} {receipt.return_reason}"
                back = f"{currency[0]}{day:%y%m%d}{reference}"
                groups.append([Entry(receipt.amount, False, receipt, True, back, receipt.payer_name, text)])
            for _ in range(rng.choice((0, 0, 1, 2))):
                reference += rng.randint(1, 9)
                paid = Decimal(rng.randint(2_000, 900_000)) / 100
                payee = rng.choice(("Stadtwerke", "Office Rent Ltd", "Payroll", "Freight Services", "Card fees"))
                out = f"{currency[0]}{day:%y%m%d}{reference}"
                groups.append([Entry(paid, False, None, False, out, payee, "outgoing payment")])
            rng.shuffle(groups)
            opening = balance
            for group in groups:
                balance += sum((entry.amount if entry.is_credit else -entry.amount for entry in group), Decimal(0))
            write = {"EUR": _camt, "GBP": _mt940, "USD": _bai2}[currency]
            statement_id, name, content = write(day, account, number, opening, balance, groups)
            arrives = deliveries.add_file("bank", kind, day, name, content)
            for entry_number, group in enumerate(groups, start=1):
                for sub_number, entry in enumerate(group, start=1):
                    if entry.receipt is None:
                        continue
                    if entry.is_return:
                        entry.receipt.returned_known = arrives
                        continue
                    entry.receipt.account = account
                    entry.receipt.statement_id = statement_id
                    entry.receipt.entry_number, entry.receipt.sub_number = entry_number, sub_number
                    entry.receipt.known = arrives


def _tag(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"


def _camt_balance(code: str, amount: Decimal, day: date) -> str:
    sign = "CRDT" if amount >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{abs(amount):.2f}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
    )


def _camt(
    day: date, account: str, number: int, opening: Decimal, closing: Decimal, groups: list[list[Entry]]
) -> tuple[str, str, str]:
    """Return statement id, file name and content of a camt.053.001.08 statement."""
    statement_id = f"STMT-2051-{day:%Y%m%d}"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>MSG-{statement_id}</MsgId><CreDtTm>{day}T23:10:00+00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{statement_id}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><LglSeqNb>{number}</LglSeqNb>"
        f"<CreDtTm>{day}T23:10:00+00:00</CreDtTm>"
        f"<FrToDt><FrDtTm>{day}T00:00:00+00:00</FrDtTm><ToDtTm>{day}T23:59:59+00:00</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Meridian Europe GmbH</Nm></Ownr>"
        "<Svcr><FinInstnId><BICFI>BYLADEM1001</BICFI></FinInstnId></Svcr></Acct>"
        + _camt_balance("OPBD", opening, day)
        + _camt_balance("CLBD", closing, day)
    ]
    for position, group in enumerate(groups, start=1):
        amount = sum((entry.amount for entry in group), Decimal(0))
        first = group[0]
        family = "<Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly>"
        if not first.is_credit:
            family = "<Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly>"
        entry_reference = first.bank_reference if len(group) == 1 else f"B{first.bank_reference}"
        parts.append(
            f'\n<Ntry><NtryRef>{position}</NtryRef><Amt Ccy="EUR">{amount:.2f}</Amt>'
            f"<CdtDbtInd>{'CRDT' if first.is_credit else 'DBIT'}</CdtDbtInd>"
            + (_tag("RvslInd", "true") if first.is_return else "")
            + f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
            f"<AcctSvcrRef>{entry_reference}</AcctSvcrRef>"
            f"<BkTxCd><Domn><Cd>PMNT</Cd>{family}</Domn></BkTxCd><NtryDtls>"
            + (f"<Btch><NbOfTxs>{len(group)}</NbOfTxs></Btch>" if len(group) > 1 else "")
            + "".join(_camt_details(entry) for entry in group)
            + "</NtryDtls></Ntry>"
        )
    parts.append("\n</Stmt></BkToCstmrStmt></Document>\n")
    return statement_id, f"camt053-2051-{day}.xml", "".join(parts)


def _camt_details(entry: Entry) -> str:
    receipt = entry.receipt
    end_to_end = receipt.end_to_end_id if receipt and receipt.end_to_end_id else "NOTPROVIDED"
    parts = [
        f"<TxDtls><Refs>{_tag('AcctSvcrRef', entry.bank_reference)}{_tag('EndToEndId', end_to_end)}</Refs>"
        f'<Amt Ccy="EUR">{entry.amount:.2f}</Amt><CdtDbtInd>{"CRDT" if entry.is_credit else "DBIT"}</CdtDbtInd>'
    ]
    if receipt is not None and receipt.instructed and not entry.is_return:
        currency, amount = receipt.instructed
        parts.append(f'<AmtDtls><InstdAmt><Amt Ccy="{currency}">{amount:.2f}</Amt></InstdAmt></AmtDtls>')
    role = "Cdtr" if receipt is None else "Dbtr"
    parts.append(f"<RltdPties><{role}><Pty>{_tag('Nm', entry.counterparty[:70])}</Pty></{role}>")
    if receipt is not None and receipt.payer_account:
        parts.append(f"<DbtrAcct><Id><IBAN>{receipt.payer_account}</IBAN></Id></DbtrAcct>")
    parts.append("</RltdPties>")
    if entry.is_return and receipt is not None:
        parts.append(
            f"<RmtInf>{_tag('Ustrd', entry.text)}</RmtInf><RtrInf>"
            f"<OrgnlBkTxCd><Prtry><Cd>NTRF</Cd></Prtry></OrgnlBkTxCd><Rsn>{_tag('Cd', receipt.return_reason or '')}"
            f"</Rsn>{_tag('AddtlInf', receipt.bank_reference or '')}</RtrInf>"
        )
    elif receipt is not None:
        parts.append("<RmtInf>" + "".join(_tag("Ustrd", line) for line in receipt.text if line))
        for number, remitted in receipt.structured:
            due = ""
            if remitted is not None:
                due = f'<RfrdDocAmt><RmtdAmt Ccy="EUR">{remitted:.2f}</RmtdAmt></RfrdDocAmt>'
            parts.append(
                "<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp>"
                f"{_tag('Nb', number)}</RfrdDocInf>{due}</Strd>"
            )
        if receipt.structured_reference:
            parts.append(
                "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
                f"{_tag('Ref', receipt.structured_reference)}</CdtrRefInf></Strd>"
            )
        parts.append("</RmtInf>")
    else:
        parts.append(f"<RmtInf>{_tag('Ustrd', entry.text)}</RmtInf>")
    parts.append("</TxDtls>")
    return "".join(parts)


def _swift(text: str) -> str:
    """Return the text in the characters SWIFT messages allow; `?` starts a subfield and `:` or `-` a line a tag."""
    allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-().,+ "
    return "".join(char if char in allowed else " " for char in as_ascii(text))


def _mt940(
    day: date, account: str, number: int, opening: Decimal, closing: Decimal, groups: list[list[Entry]]
) -> tuple[str, str, str]:
    """Return statement id, file name and content of an MT940 statement with structured `:86:` lines."""

    def balance(amount: Decimal) -> str:
        return f"{'C' if amount >= 0 else 'D'}{day:%y%m%d}GBP{_comma(abs(amount))}"

    statement_id = f"G{day:%y%m%d}{number:05d}"
    lines = [f":20:{statement_id}", f":25:{account}", f":28C:{number:05d}/001", f":60F:{balance(opening)}"]
    for group in groups:
        for entry in group:
            mark = "C" if entry.is_credit else ("RC" if entry.is_return else "D")
            receipt = entry.receipt
            reference = "NONREF"
            lines.append(
                f":61:{day:%y%m%d}{day:%m%d}{mark}{_comma(entry.amount)}NTRF{reference}//{entry.bank_reference}"
            )
            body = []
            if receipt is not None and receipt.end_to_end_id:
                body.append(f"EREF+{receipt.end_to_end_id}")
            text = _swift("SVWZ+" + entry.text)
            body += [text[start : start + 27] for start in range(0, len(text), 27)]
            fields = [f"?{20 + index if index < 10 else 50 + index}{piece}" for index, piece in enumerate(body[:14])]
            name = _swift(entry.counterparty)
            code = "166" if entry.is_credit else ("159" if entry.is_return else "116")
            label = "GUTSCHRIFT" if entry.is_credit else ("RUECKBUCHUNG" if entry.is_return else "UEBERWEISUNG")
            tail = [f"?{32 + index}{name[index * 27 : index * 27 + 27]}" for index in range(2) if name[index * 27 :]]
            if receipt is not None and receipt.payer_account:
                tail.insert(0, f"?30NWBKGB2L?31{receipt.payer_account}")
            joined = f"{code}?00{label}" + "".join(fields) + "".join(tail)
            wrapped = [joined[start : start + 65] for start in range(0, len(joined), 65)]
            lines.append(":86:" + "\n".join(wrapped))
    lines += [f":62F:{balance(closing)}", "-"]
    return f"{statement_id}-{number:05d}/001-{day}", f"mt940-{day}.sta", "\n".join(lines) + "\n"


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _bai2(
    day: date, account: str, number: int, opening: Decimal, closing: Decimal, groups: list[list[Entry]]
) -> tuple[str, str, str]:
    """Return statement id, file name and content of a BAI2 file with one account; amounts in cents."""

    def cents(amount: Decimal) -> int:
        return int(amount * 100)

    def plain(text: str) -> str:
        return as_ascii(text).replace("/", " ").replace(",", " ")

    entries = [entry for group in groups for entry in group]
    incoming = [cents(entry.amount) for entry in entries if entry.is_credit]
    outgoing = [cents(entry.amount) for entry in entries if not entry.is_credit]
    credit_sum, debit_sum = sum(incoming), sum(outgoing)
    lines = [
        f"03,{account},USD,010,{cents(opening)},,,015,{cents(closing)},,/",
        f"88,100,{credit_sum},{len(incoming)},,400,{debit_sum},{len(outgoing)},/",
    ]
    for entry in entries:
        code = "165" if entry.is_credit else ("555" if entry.is_return else "475")
        label = "ACH CREDIT RECEIVED" if entry.is_credit else ("ITEM RETURNED" if entry.is_return else "CHECK PAID")
        receipt = entry.receipt
        customer_reference = (receipt.end_to_end_id or "") if receipt else ""
        lines.append(f"16,{code},{cents(entry.amount)},Z,{entry.bank_reference},{customer_reference},{label}")
        if receipt is not None and receipt.end_to_end_id:
            lines.append(f"88,EREF: {receipt.end_to_end_id}")
        lines.append(f"88,{'CRNM' if receipt is None else 'DBNM'}: {plain(entry.counterparty)}")
        if receipt is not None and receipt.payer_account:
            lines.append(f"88,DACT: {receipt.payer_account}")
        if entry.is_return and receipt is not None:
            lines.append(f"88,RTRN: {receipt.return_reason}")
        text = plain(entry.text)
        lines.extend(f"88,REMI: {piece}" for piece in textwrap.wrap(text, 70))
    account_total = cents(opening) + cents(closing) + 2 * (credit_sum + debit_sum)
    records = len(lines) + 1
    lines.append(f"49,{account_total},{records}/")
    head = [
        f"01,021000021,MERIDIANUS,{day:%y%m%d},2310,{number},,,2/",
        f"02,MERIDIANUS,021000021,1,{day:%y%m%d},2359,USD,2/",
    ]
    tail = [f"98,{account_total},1,{records + 2}/", f"99,{account_total},1,{records + 4}/"]
    return f"{day}-{number}", f"bai2-{day}.txt", "\n".join([*head, *lines, *tail]) + "\n"
