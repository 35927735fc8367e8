"""JSON files read exactly: numbers stay text, a key stands once, and anything odd says where it is."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from assets.extract.reading import FileReason, QuarantineError, decode_text

MAX_DEPTH = 64  # our deepest source nests 8 levels


def read_json(content: bytes) -> Any:
    """Return the document with every number as the text that stood in the file, or quarantine the file."""
    document_text = decode_text(content)
    _refuse_unstorable_text(document_text)
    try:
        return json.loads(
            document_text,
            parse_float=str,
            parse_int=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_repeated_keys,
        )
    except json.JSONDecodeError as error:
        _explain(error, document_text)
    except RecursionError as error:
        position = _where_too_deep(document_text)
        reason = f"The file nests deeper than {MAX_DEPTH} levels, which no export of ours does."
        raise QuarantineError(FileReason.NESTED_TOO_DEEP, reason, position) from error


def _explain(error: json.JSONDecodeError, document_text: str) -> NoReturn:
    position = f"line {error.lineno} column {error.colno}"
    ending = document_text.rstrip()
    is_json = ending.lstrip().startswith(("{", "["))
    if is_json and (error.pos >= len(ending) or not ending.endswith(("}", "]"))):
        reason = f"The file ends in the middle ({error.msg}). Ask the sender for the whole file."
        raise QuarantineError(FileReason.TRUNCATED_FILE, reason, position) from error
    reason = f"The file is not valid JSON: {error.msg}."
    raise QuarantineError(FileReason.MALFORMED_JSON, reason, position) from error


def _refuse_constant(constant: str) -> NoReturn:
    reason = f"`{constant}` is no number in JSON, and no amount either."
    raise QuarantineError(FileReason.MALFORMED_JSON, reason, f"value {constant}")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; two values under one key would let readers disagree about the amount."""
    built = dict(pairs)
    if len(built) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        reason = f"An object says `{repeated[:80]}` twice; which one counts cannot be known."
        raise QuarantineError(FileReason.MALFORMED_JSON, reason, f"key {repeated[:80]}")
    return built


_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})")
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def _refuse_unstorable_text(document_text: str) -> None:
    """Refuse an escaped NUL and half a surrogate pair: neither can be stored as text."""
    if "\\u" not in document_text:
        return
    whole_pairs = {start for match in _PAIR.finditer(document_text) for start in (match.start(), match.start() + 6)}
    for match in _UNSTORABLE.finditer(document_text):
        if match.start() in whole_pairs or _is_escaped_backslash(document_text, match.start()):
            continue
        reason = f"`{match.group()}` stands for no character that text can hold."
        code = FileReason.NUL_BYTE if match.group().endswith("0000") else FileReason.WRONG_ENCODING
        raise QuarantineError(code, reason, f"character {match.start()}")


def _is_escaped_backslash(document_text: str, position: int) -> bool:
    before = 0
    while position - before > 0 and document_text[position - before - 1] == "\\":
        before += 1
    return before % 2 == 1


def _where_too_deep(document_text: str) -> str:
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', document_text):
        if match.group() in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return f"character {match.start()}"
        elif match.group() in "]}":
            depth -= 1
    return "unknown"
