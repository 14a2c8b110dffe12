"""A CSV file of results that a run can be stopped in and started again from."""

import csv
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["Table"]


class Table:
    """Records in a CSV file, at most one for each value of the columns ``key``.

    Every record is on the disk when ``append`` returns, and a line that a crash cut short is dropped when the file
    is opened next.  One process may write at a time.  Without a path the table is only kept in memory.
    """

    def __init__(self, path: Path | str | None, key: tuple[str, ...]):
        self.path, self.key = Path(path) if path else None, key
        self._columns: list[str] | None = None
        self._records: dict[tuple[str, ...], dict[str, str]] = {}
        if self.path and self.path.exists():
            self._read()

    def __contains__(self, record: Mapping[str, object]) -> bool:
        return self._key(record) in self._records

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter(self._records.values())

    def append(self, record: Mapping[str, object]) -> None:
        """Add ``record``; raises ValueError if it is there already or its columns are not the file's."""
        if record in self:
            raise ValueError(
                f"record must be new; there is one with {dict(zip(self.key, self._key(record), strict=True))}"
            )
        if self._columns is None:
            self._columns = list(record)
            self._write(self._columns)
        if list(record) != self._columns:
            raise ValueError(f"record must have the columns {self._columns}; it has {list(record)}")
        self._write(list(record.values()))
        self._records[self._key(record)] = {name: str(value) for name, value in record.items()}

    def _key(self, record: Mapping[str, object]) -> tuple[str, ...]:
        return tuple(str(record[name]) for name in self.key)

    def _read(self) -> None:
        raw = self.path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if whole != raw:
            os.truncate(self.path, len(whole))
        reader = csv.DictReader(io.StringIO(whole.decode()))
        self._columns = list(reader.fieldnames or ()) or None
        if self._columns and (missing := set(self.key) - set(self._columns)):
            raise ValueError(f"{self.path.name} must have the columns {', '.join(sorted(missing))} to be continued")
        self._records = {self._key(record): record for record in reader}

    def _write(self, values: list[object]) -> None:
        if self.path is None:
            return
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow(values)
        with self.path.open("ab") as file:
            file.write(line.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())
