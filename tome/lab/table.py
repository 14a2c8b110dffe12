"""A CSV file of results that survives interruption."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from tome.lab.files import OwnFile

__all__ = ["Table"]

LONGEST_HEADER = 65_536


class Table:
    """Records in a CSV file, at most one for each value of the columns ``key``.

    ``append`` returns after the record is on disk, and the file is complete at all times; a truncated last line is
    dropped with the next record.  Without a path the table stays in memory.

    Raises ValueError, and leaves the file unchanged, if it is not a regular file or not such a table, and
    BlockingIOError while another process has it open.
    """

    def __init__(self, path: Path | str | None, key: tuple[str, ...]):
        self.key = key
        self._columns: list[str] | None = None
        self._records: dict[tuple[str, ...], dict[str, str]] = {}
        self._content = b""
        self._file = OwnFile(path) if path else None
        if self._file:
            self._read(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def __contains__(self, record: Mapping[str, object]) -> bool:
        return self._key(record) in self._records

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter(self._records.values())

    def get(self, record: Mapping[str, object]) -> dict[str, str] | None:
        """Return the complete record with the key of ``record``, as text, or None."""
        return self._records.get(self._key(record))

    def append(self, record: Mapping[str, object]) -> None:
        """Add ``record``; raises ValueError for a duplicate key or other columns than the file's."""
        if record in self:
            raise ValueError(
                f"record must be new; the table has one with {dict(zip(self.key, self._key(record), strict=True))}"
            )
        columns = self._columns or list(record)
        if list(record) != columns:
            raise ValueError(f"record must have the columns {columns}; it has {list(record)}")
        lines: list[list[object]] = [list(record.values())] if self._columns else [[*columns], list(record.values())]
        content = self._content + b"".join(map(_line, lines))
        if self._file:
            self._file.replace(content)
        self._columns, self._content = columns, content
        self._records[self._key(record)] = {name: str(value) for name, value in record.items()}

    def close(self) -> None:
        """Release the file."""
        if self._file:
            self._file.close()

    def _key(self, record: Mapping[str, object]) -> tuple[str, ...]:
        return tuple(str(record[name]) for name in self.key)

    def _read(self, file: OwnFile) -> None:
        start = file.read(LONGEST_HEADER)
        if not start:
            return
        name = file.path.name
        header, end, _ = start.partition(b"\n")
        columns = next(csv.reader([header.decode(errors="replace")]), []) if end else []
        if missing := [each for each in self.key if each not in columns]:
            raise ValueError(f"{name} must have the columns {', '.join(missing)} to be continued; it is left as it is")
        raw = file.read()
        self._content = raw[: raw.rfind(b"\n") + 1]
        self._columns = columns
        try:
            rows = [row for row in csv.reader(io.StringIO(self._content.decode(), newline="")) if row][1:]
        except (UnicodeDecodeError, csv.Error) as reason:
            raise ValueError(f"{name} must be a CSV file in UTF-8; it is left as it is ({reason})") from reason
        for number, row in enumerate(rows, 1):
            if len(row) != len(columns):
                raise ValueError(
                    f"every record of {name} must have {len(columns)} values; record {number} has {len(row)}"
                )
            record = dict(zip(columns, row, strict=True))
            self._records[self._key(record)] = record


def _line(values: list[object]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue().encode()
