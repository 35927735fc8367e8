"""Bank statements in camt of any version: one row per transaction detail of a camt.053.

Reports of the day (camt.052) and notifications (camt.054) announce what a camt.053 brings again under another
identity, so none of their entries counts: each is kept out with that reason.
"""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO
from typing import Any

from lxml import etree

from assets.extract.bank_statements import (
    CREDIT,
    DEBIT,
    BankFile,
    BankReason,
    Detail,
    EntryReason,
    Statement,
    exact_amount,
    iso_date,
    known_currency,
)
from assets.extract.camt_nodes import Node, all_of, first_of, node_of, text_of
from assets.extract.camt_remittance import remittance_lines
from assets.extract.reading import FileReason, ParsedFile, QuarantineError

FORMAT_BY_CONTAINER = {"Stmt": "camt.053", "Rpt": "camt.052", "Ntfctn": "camt.054"}
MESSAGES = ("BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn")
OPENING_CODES = ("OPBD", "PRCD")
CLOSING_CODES = ("CLBD",)
NOT_A_REFERENCE = {"NOTPROVIDED", "NOT PROVIDED", "NONREF", ""}

# libxml2 would also read UTF-7 or EBCDIC, in which a DOCTYPE looks like something else.
_READABLE_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "latin1", "windows-1252"}
_DECLARED_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def read_camt(content: bytes, file_name: str) -> ParsedFile:
    """Return the booked entries of a camt statement; a hostile, broken or unbalanced file raises QuarantineError."""
    bank_file = BankFile()
    local_names: dict[str, str] = {}
    statement: Statement | None = None
    try:
        events = etree.iterparse(
            BytesIO(without_doctype(content)),
            events=("end",),
            tag=tuple(f"{{*}}{name}" for name in ("Document", *FORMAT_BY_CONTAINER, "Ntry")),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for _, element in events:
            name = element.tag.rpartition("}")[2]
            if name == "Ntry":
                container = element.getparent()
                if statement is None:
                    statement = _open_statement(container, local_names)
                _read_entry(bank_file, statement, node_of(element, local_names), element.sourceline)
                element.clear()
                previous = element.getprevious()
                if previous is not None and previous.tag == element.tag:
                    container.remove(previous)  # memory stays flat: at most one spent entry is kept
            elif name in FORMAT_BY_CONTAINER:
                if statement is None:
                    statement = _open_statement(element, local_names)
                bank_file.close_statement(statement)
                statement = None
                element.clear()
            elif name == "Document" and not any(child.tag.rpartition("}")[2].startswith(MESSAGES) for child in element):
                raise QuarantineError(
                    BankReason.NOT_A_BANK_FILE,
                    "The XML document is not a camt.052, camt.053 or camt.054 message.",
                    f"line {element.sourceline}",
                )
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise QuarantineError(
            FileReason.MALFORMED_XML, f"The file is no well-formed XML: {error.msg}.", f"line {line} column {column}"
        ) from error
    return bank_file.parsed("camt")


def without_doctype(content: bytes) -> bytes:
    """Return XML bytes that are safe to parse: a known encoding, no NUL byte, no DOCTYPE and no entity."""
    if not content.strip():
        raise QuarantineError(FileReason.EMPTY_FILE, "The file holds nothing. Ask the bank for it again.", "byte 0")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise QuarantineError(
                FileReason.WRONG_ENCODING, "The file starts as UTF-16 but is not.", f"byte {error.start}"
            ) from error
        content = re.sub(r"^\s*<\?xml.*?\?>", "", text, count=1).encode()
    nul = content.find(b"\x00")
    if nul >= 0:
        raise QuarantineError(FileReason.NUL_BYTE, "The file holds a NUL byte: it is damaged.", f"byte {nul}")
    declared = _DECLARED_ENCODING.match(content.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared.group(1).decode().lower() not in _READABLE_ENCODINGS:
        raise QuarantineError(
            FileReason.WRONG_ENCODING,
            f"The file declares encoding `{declared.group(1).decode()}`; banks send UTF-8. Ask for UTF-8.",
            "line 1",
        )
    doctype = _DOCTYPE.search(content)
    if doctype:
        raise QuarantineError(
            FileReason.DOCTYPE_REFUSED,
            "The file declares a DOCTYPE or an entity. No bank does; it can read files and exhaust memory.",
            f"byte {doctype.start()}",
        )
    return content


def _date(node: Node, name: str, position: str) -> str | None:
    found = first_of(node, name)
    if isinstance(found, str):
        return iso_date(found or None, position)
    return iso_date(text_of(found, "Dt") or text_of(found, "DtTm"), position)


def _open_statement(container: Any, local_names: dict[str, str]) -> Statement:
    """Return the statement as its header says, which stands before its entries in every version."""
    position = f"line {container.sourceline}"
    kind = local_names.setdefault(container.tag, container.tag.rpartition("}")[2])
    head: dict[str, list[Node]] = {}
    for child in container:
        name = child.tag.rpartition("}")[2]
        if name != "Ntry":
            head.setdefault(name, []).append(node_of(child, local_names))
    account = _account(first_of(head, "Acct"))
    if account is None:
        raise QuarantineError(BankReason.ACCOUNT_MISSING, "The statement names no account.", position)
    balances = all_of(head, "Bal")
    currency = known_currency(_statement_currency(container, head, balances), position)
    opening = _balance(balances, OPENING_CODES, currency, position)
    closing = _balance(balances, CLOSING_CODES, currency, position)
    if kind == "Stmt":
        if _is_page_of_many(head):  # only the first page opens and only the last closes; between them stand ITBD
            interim = [balance for balance in balances if _balance_code(balance) == "ITBD"]
            if opening is None and interim:
                opening = _balance(interim[:1], ("ITBD",), currency, position)
            if closing is None and interim:
                closing = _balance(interim[-1:], ("ITBD",), currency, position)
        if opening is None or closing is None:
            missing = "opening balance (OPBD or PRCD)" if opening is None else "closing balance (CLBD)"
            raise QuarantineError(
                BankReason.BALANCE_MISSING, f"The statement has no {missing}, so nothing proves it whole.", position
            )
    number = text_of(head, "LglSeqNb") or text_of(head, "ElctrncSeqNb")
    page = text_of(head, "StmtPgntn", "PgNb") or text_of(head, "RptPgntn", "PgNb")
    statement_id = text_of(head, "Id") or number
    if statement_id is None:
        raise QuarantineError(BankReason.NOT_A_BANK_FILE, "The statement has neither Id nor number.", position)
    return Statement(
        account=account,
        currency=currency,
        statement_id=f"{statement_id}/{page}" if page and page != "1" else statement_id,
        statement_number=number,
        from_date=iso_date(text_of(head, "FrToDt", "FrDtTm") or text_of(head, "FrToDt", "FrDt"), position)
        or _balance_date(balances, OPENING_CODES, position),
        to_date=iso_date(text_of(head, "FrToDt", "ToDtTm") or text_of(head, "FrToDt", "ToDt"), position)
        or _balance_date(balances, CLOSING_CODES, position),
        opening_balance=opening,
        closing_balance=closing,
        format=FORMAT_BY_CONTAINER[kind],
        is_final=kind == "Stmt",
        position=position,
    )


def _account(node: Node) -> str | None:
    found = (
        text_of(node, "Id", "IBAN")
        or text_of(node, "Id", "Othr", "Id")
        or text_of(node, "Id", "PrtryAcct", "Id")
        or text_of(node, "Id", "BBAN")
    )
    return found.replace(" ", "") if found else None


def _statement_currency(container: Any, head: dict[str, list[Node]], balances: list[Node]) -> str | None:
    declared = text_of(head, "Acct", "Ccy")
    if declared:
        return declared
    for code in (*OPENING_CODES, *CLOSING_CODES):
        for balance in balances:
            amount = first_of(balance, "Amt")
            if _balance_code(balance) == code and isinstance(amount, tuple):
                return str(amount[1])
    for child in container:
        if child.tag.rpartition("}")[2] == "Ntry":
            return next((each.get("Ccy") for each in child if each.tag.rpartition("}")[2] == "Amt"), None)
    # A statement without balances and entries still has an account; some banks name the currency only there.
    return next((str(b[1]) for balance in balances if isinstance(b := first_of(balance, "Amt"), tuple)), None)


def _balance_code(balance: Node) -> str | None:
    return text_of(balance, "Tp", "CdOrPrtry", "Cd") or text_of(balance, "Tp", "Cd")


def _balance(balances: list[Node], codes: tuple[str, ...], currency: str, position: str) -> Decimal | None:
    for code in codes:
        of_code = [balance for balance in balances if _balance_code(balance) == code]
        for balance in of_code:
            amount = _money(first_of(balance, "Amt"), position)
            if amount[1] == currency:
                exact = exact_amount(amount[0], currency, position)
                return exact if _direction(balance, position) == CREDIT else -exact
        if of_code:
            raise QuarantineError(
                BankReason.CURRENCY_CONFLICT,
                f"Balance {code} is not in the account's currency {currency}.",
                position,
            )
    return None


def _balance_date(balances: list[Node], codes: tuple[str, ...], position: str) -> str | None:
    return next((_date(balance, "Dt", position) for balance in balances if _balance_code(balance) in codes), None)


def _is_page_of_many(head: dict[str, list[Node]]) -> bool:
    page, is_last = text_of(head, "StmtPgntn", "PgNb"), text_of(head, "StmtPgntn", "LastPgInd")
    return page is not None and not (page == "1" and is_last == "true")


def _money(node: Node | None, position: str) -> tuple[str, str]:
    if isinstance(node, tuple):
        return node[0], known_currency(node[1], position)
    raise QuarantineError(
        BankReason.AMOUNT_MALFORMED if node is None else BankReason.CURRENCY_MISSING,
        "An amount is missing." if node is None else "An amount names no currency; amounts are never guessed.",
        position,
    )


def _direction(node: Node, position: str) -> str:
    indicator = text_of(node, "CdtDbtInd")
    if indicator not in ("CRDT", "DBIT"):
        raise QuarantineError(
            BankReason.DIRECTION_MISSING, f"CdtDbtInd is `{indicator}`, neither CRDT nor DBIT.", position
        )
    return CREDIT if indicator == "CRDT" else DEBIT


def _read_entry(bank_file: BankFile, statement: Statement, entry: Node, line: int) -> None:
    position = f"line {line}"
    statement.entry_count += 1
    number = statement.entry_count
    text, currency = _money(first_of(entry, "Amt"), position)
    status = text_of(entry, "Sts", "Cd") or text_of(entry, "Sts")
    if not statement.is_final:
        bank_file.reject(
            EntryReason.NOT_BOOKED,
            f"{statement.format} announces the entry; it counts once, when a camt.053 statement brings it.",
            _label(statement, number, entry),
        )
        return
    if status != "BOOK":
        statement.entry_count -= 1
        bank_file.reject(
            EntryReason.NOT_BOOKED,
            f"Status is `{status}`; only BOOK entries are money on the account.",
            _label(statement, number, entry),
        )
        return
    if currency != statement.currency:
        raise QuarantineError(
            BankReason.CURRENCY_CONFLICT,
            f"Entry {number} is in {currency}, but the account is in {statement.currency}.",
            position,
        )
    amount = exact_amount(text, currency, position)
    direction = _direction(entry, position)
    statement.booked += amount if direction == CREDIT else -amount
    booking_date = _date(entry, "BookgDt", position)
    value_date = _date(entry, "ValDt", position) or booking_date
    is_reversal = text_of(entry, "RvslInd") == "true"
    details = [detail for block in all_of(entry, "NtryDtls") for detail in all_of(block, "TxDtls")]
    if not details and isinstance(entry, dict):
        details = list(entry.get("TxDtls", []))  # version 1 has them directly below the entry

    known: list[tuple[int, Node, Decimal, str]] = []
    missing: list[int] = []
    if (
        len(details) == 1
        and (declared := _declared_count(entry)) > 1
        and _detail_amount(details[0], currency, position) != amount
    ):
        bank_file.reject(
            EntryReason.DETAILS_DO_NOT_SUM,
            f"The entry is a batch of {declared} payments, but its only detail is not the whole amount.",
            _label(statement, number, entry),
        )
        return
    if len(details) <= 1:
        known = [(1, details[0] if details else {}, amount, direction)]  # the one detail has what was booked
    else:
        for sub_number, detail in enumerate(details, start=1):
            own = _detail_amount(detail, currency, position)
            if own is None:
                missing.append(sub_number)
            else:
                has_own_sign = text_of(detail, "CdtDbtInd") is not None
                known.append((sub_number, detail, own, _direction(detail, position) if has_own_sign else direction))
        for sub_number in missing:
            bank_file.reject(
                EntryReason.DETAIL_AMOUNT_MISSING,
                f"Detail {sub_number} of {len(details)} has no amount in {currency}; the whole entry's is not its.",
                f"{_label(statement, number, entry)} detail {sub_number}",
            )
        if not missing:
            total = sum(each if way == direction else -each for _, _, each, way in known)
            if total != amount:
                for sub_number, *_ in known:
                    bank_file.reject(
                        EntryReason.DETAILS_DO_NOT_SUM,
                        f"The {len(details)} details sum to {total}, but {amount} {currency} was booked.",
                        f"{_label(statement, number, entry)} detail {sub_number}",
                    )
                return
    for sub_number, detail, own, way in known:
        bank_file.add_detail(
            statement,
            sub_number,
            _detail(entry, detail, own, way, is_reversal, booking_date, value_date, currency, position),
        )


def _label(statement: Statement, number: int, entry: Node) -> str:
    amount = first_of(entry, "Amt")
    said = " ".join(amount) if isinstance(amount, tuple) else ""
    reference = text_of(entry, "AcctSvcrRef") or ""
    return f"entry {number} of statement {statement.statement_id}: {said} {reference}"


def _declared_count(entry: Node) -> int:
    counts = [text_of(block, "Btch", "NbOfTxs") or "" for block in all_of(entry, "NtryDtls")]
    return max((int(count) for count in counts if count.isdigit()), default=0)


def _detail_amount(detail: Node, currency: str, position: str) -> Decimal | None:
    for path in (
        ("Amt",),
        ("AmtDtls", "TxAmt", "Amt"),
        ("AmtDtls", "CntrValAmt", "Amt"),
        ("AmtDtls", "InstdAmt", "Amt"),
    ):
        found = first_of(detail, *path)
        if isinstance(found, tuple) and found[1] == currency:
            return exact_amount(found[0], currency, position)
    return None


def _detail(
    entry: Node,
    detail: Node,
    amount: Decimal,
    direction: str,
    is_reversal: bool,
    booking_date: str | None,
    value_date: str | None,
    currency: str,
    position: str,
) -> Detail:
    parties = first_of(detail, "RltdPties")
    roles = ("Dbtr", "UltmtDbtr") if direction == CREDIT else ("Cdtr", "UltmtCdtr")
    remittance = first_of(detail, "RmtInf")
    end_to_end_id = text_of(detail, "Refs", "EndToEndId")
    structured = all_of(remittance, "Strd")
    texts = [text for text in all_of(remittance, "Ustrd") if isinstance(text, str) and text]
    for block in structured:
        texts += [text for text in all_of(block, "AddtlRmtInf") if isinstance(text, str) and text]
    if not texts:
        fallback = text_of(detail, "AddtlTxInf") or text_of(entry, "AddtlNtryInf")
        texts = [fallback] if fallback else []
    return_node = first_of(detail, "RtrInf")
    return Detail(
        amount=amount,
        direction=direction,
        booking_date=booking_date,
        value_date=value_date,
        is_reversal=is_reversal or text_of(detail, "RvslInd") == "true",
        bank_reference=text_of(detail, "Refs", "AcctSvcrRef")
        or text_of(entry, "AcctSvcrRef")
        or text_of(entry, "NtryRef"),
        end_to_end_id=None if (end_to_end_id or "").upper() in NOT_A_REFERENCE else end_to_end_id,
        payer_name=next(
            (name for role in roles if (name := text_of(parties, role, "Nm") or text_of(parties, role, "Pty", "Nm"))),
            None,
        ),
        payer_account=_account(first_of(parties, f"{roles[0]}Acct")),
        credited_account=_account(first_of(parties, "CdtrAcct")) if direction == CREDIT else None,
        remittance_text=" ".join(texts) or None,
        return_reason=text_of(return_node, "Rsn", "Cd")
        or text_of(return_node, "Rsn", "Prtry")
        or text_of(return_node, "OrgnlBkTxCd", "Prtry", "Cd"),
        remittance_lines=tuple(remittance_lines(structured, currency, position)),
    )
