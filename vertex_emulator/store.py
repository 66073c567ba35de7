"""The emulator's memory: one SQLite file, shared by every process that serves the same state directory.

Knows tables and transactions, nothing of HTTP or tuning. The provider process ends with each `pulumi up`, so nothing
may live in process memory alone. One request is one transaction (`with store.transaction() as tx`), serialised across
threads and processes.
"""

import json
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  kind TEXT NOT NULL, name TEXT NOT NULL, seq INTEGER NOT NULL, due REAL, body TEXT NOT NULL, PRIMARY KEY (kind, name));
CREATE INDEX IF NOT EXISTS documents_by_seq ON documents (kind, seq);
CREATE INDEX IF NOT EXISTS documents_by_due ON documents (kind, due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS blobs (key TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
Documents = list[tuple[str, dict[str, Any]]]
_LAST_CHARACTER = chr(sys.maxunicode)  # behind all that a name may hold
_BUSY_TIMEOUT_S = 60.0  # other processes on the same file hold the lock for a request at most


class Transaction:
    """Reads and writes within one transaction. A document is a JSON object under (kind, name).

    `seq` is the order of creation; `due` is a moment (seconds of the emulator's clock) at which it changes.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        row = self._sql.execute("SELECT body FROM documents WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, name: str, body: dict[str, Any], *, due: float | None = None) -> None:
        """Insert or overwrite; an overwritten document keeps its place in the order of creation."""
        self._sql.execute(
            "INSERT INTO documents (kind, name, seq, due, body) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (kind, name) DO UPDATE SET due = excluded.due, body = excluded.body",
            (kind, name, self.next_number("documents"), due, json.dumps(body)),
        )

    def delete(self, kind: str, name: str) -> bool:
        """Whether there was such a document."""
        return self._sql.execute("DELETE FROM documents WHERE kind = ? AND name = ?", (kind, name)).rowcount > 0

    def delete_all(self, kind: str) -> None:
        self._sql.execute("DELETE FROM documents WHERE kind = ?", (kind,))

    def clear(self) -> None:
        """Forget everything, counters too."""
        for table in ("documents", "blobs", "counters"):
            self._sql.execute(f"DELETE FROM {table}")

    def list(self, kind: str, prefix: str = "", *, newest_first: bool = False) -> Documents:
        """(name, body) of all documents of a kind whose name starts with `prefix`, in order of creation."""
        order = "DESC" if newest_first else "ASC"
        # The plus keeps SQLite from reading the whole kind by its order, where few names have the prefix.
        rows = self._sql.execute(
            f"SELECT name, body FROM documents WHERE kind = ? AND name >= ? AND name < ? ORDER BY +seq {order}",
            (kind, prefix, prefix + _LAST_CHARACTER),
        )
        return [(name, json.loads(body)) for name, body in rows]

    def each(
        self, kind: str, prefix: str = "", *, newest_first: bool = False, after: str = ""
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """As `list`, read one by one, for whoever may stop early and writes nothing meanwhile.

        `after` is the name of the document before the first one.
        """
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        conditions, values = ["kind = ?", "name >= ?", "name < ?"], [kind, prefix, prefix + _LAST_CHARACTER]
        if after:
            conditions.append(f"seq {beyond} (SELECT seq FROM documents WHERE kind = ? AND name = ?)")
            values += [kind, after]
        rows = self._sql.execute(
            "SELECT name, body FROM documents INDEXED BY documents_by_seq "
            f"WHERE {' AND '.join(conditions)} ORDER BY seq {order}",
            values,
        )
        for name, body in rows:
            yield name, json.loads(body)

    def due(self, kind: str, now: float) -> Documents:
        """Documents of a kind whose `due` has come, the earliest first."""
        rows = self._sql.execute(
            "SELECT name, body FROM documents WHERE kind = ? AND due <= ? ORDER BY due, seq", (kind, now)
        )
        return [(name, json.loads(body)) for name, body in rows.fetchall()]

    def first_due(self, kind: str, now: float) -> tuple[str, dict[str, Any]] | None:
        """The document of a kind whose `due` came first, if any has come."""
        row = self._sql.execute(
            "SELECT name, body FROM documents WHERE kind = ? AND due <= ? ORDER BY due, seq LIMIT 1", (kind, now)
        ).fetchone()
        return None if row is None else (row[0], json.loads(row[1]))

    def next_number(self, counter: str) -> int:
        """1, 2, 3, ... for each counter name; never the same number twice in one state directory."""
        row = self._sql.execute(
            "INSERT INTO counters (name, value) VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (counter,),
        ).fetchone()
        return int(row[0])

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the transaction that an exception undoes on its own."""
        self._sql.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK TO part")
            raise
        finally:
            self._sql.execute("RELEASE part")

    def put_blob(self, key: str, content: bytes) -> None:
        self._sql.execute("INSERT OR REPLACE INTO blobs (key, content) VALUES (?, ?)", (key, content))

    def get_blob(self, key: str) -> bytes | None:
        row = self._sql.execute("SELECT content FROM blobs WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def delete_blob(self, key: str) -> None:
        self._sql.execute("DELETE FROM blobs WHERE key = ?", (key,))


class Store:
    """The SQLite file `state.sqlite3` in `state_dir` (made if absent). Safe for threads and for several processes."""

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self._path = state_dir / "state.sqlite3"
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        # A power cut may cost the last requests of an emulator; waiting for the disk on each of them would cost more.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed at the end of the block, rolled back by an exception."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
