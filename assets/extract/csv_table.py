"""CSV files with a header: each line one record, a damaged header quarantines, a damaged line is one rejected row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from assets.extract.reading import (
    MAX_PAYLOAD_CHARACTERS,
    FileReason,
    ParsedFile,
    QuarantineError,
    RejectedRow,
    RowReason,
    decode_text,
)
from assets.extract.records import Shape, read_records


def read_csv(content: bytes, shape: Shape, object_name: str) -> ParsedFile:
    """Return the rows of a comma-separated file whose header names at least the columns of the shape."""
    file_text = decode_text(content)
    lines = csv.reader(io.StringIO(file_text, newline=""), strict=True)
    records: list[dict[str, str] | None] = []
    rejected: list[RejectedRow] = []
    try:
        header = [name.strip() for name in next(lines, [])]
        _check_header(header, shape)
        for values in lines:
            if not values:
                continue
            if len(values) == len(header):
                records.append(dict(zip(header, values, strict=True)))
                continue
            records.append(None)
            reason = f"The line has {len(values)} values, the header names {len(header)} columns."
            payload = ",".join(values)[:MAX_PAYLOAD_CHARACTERS]
            rejected.append(RejectedRow(object_name, len(records), RowReason.WRONG_COLUMN_COUNT, reason, payload))
    except csv.Error as error:
        reason = f"The file is not valid CSV: {error}."
        ends_early = "unexpected end" in str(error)
        code = FileReason.TRUNCATED_FILE if ends_early else FileReason.MALFORMED_CSV
        raise QuarantineError(code, reason, f"line {lines.line_num}") from error
    parsed = read_records(records, shape, object_name, already_rejected=rejected)
    breaks_off = not file_text.endswith(("\n", "\r")) and any(row.row_number == len(records) for row in parsed.rejected)
    if breaks_off:
        reason = "The last line breaks off. Ask the sender for the whole file."
        raise QuarantineError(FileReason.TRUNCATED_FILE, reason, f"line {lines.line_num}")
    return parsed


def _check_header(header: Sequence[str], shape: Shape) -> None:
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        reason = f"The header names {repeated} more than once; which one counts cannot be known."
        raise QuarantineError(FileReason.DUPLICATED_COLUMN, reason, "line 1")
    wanted = [str(one.source) for one in shape.fields]
    missing = [name for name in wanted if name not in header]
    if missing:
        reason = f"The header lacks {missing}; it names {list(header)[:30]}, wanted are {wanted}."
        raise QuarantineError(FileReason.MISSING_COLUMN, reason, "line 1")
