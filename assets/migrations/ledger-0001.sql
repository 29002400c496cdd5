-- The ledger. Migrations are only ever added; this one is never edited again.
-- Times are milliseconds since 1970 (UTC). Order in the log is by number, never by time: clocks go backwards.

-- Places that hold memories. `identity` tells a store from another at the same path.
CREATE TABLE store (
    id         INTEGER PRIMARY KEY,
    product    TEXT NOT NULL,
    identity   TEXT NOT NULL,
    path       TEXT NOT NULL,
    name       TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    UNIQUE (identity, path)
) STRICT;

-- Full native records, so that a memory can be put back byte for byte.
CREATE TABLE image (
    id     INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,           -- SHA-256 of the encoded own and side rows: what the memory is
    sum    BLOB NOT NULL,           -- SHA-256 of `data`, first 8 bytes: SQLite has no page checksums
    data   BLOB NOT NULL            -- LZ4 block, size prepended, of the postcard form
) STRICT;

-- Change sets that were applied. Undo and redo are operations of their own; no line is ever taken out.
CREATE TABLE operation (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    label   TEXT NOT NULL,
    author  TEXT NOT NULL,
    reason  TEXT NOT NULL,
    summary TEXT NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('open', 'done', 'interrupted', 'cancelled')),
    planned INTEGER NOT NULL,
    applied INTEGER NOT NULL DEFAULT 0,
    of      INTEGER REFERENCES operation (id),
    seal    BLOB                    -- chain over all closed operations, see docs/ledger.md
) STRICT;
CREATE INDEX operation_of ON operation (of) WHERE of IS NOT NULL;
CREATE INDEX operation_open ON operation (id) WHERE state = 'open';

-- The part of an operation that one transaction of the store carries out.
CREATE TABLE chunk (
    operation INTEGER NOT NULL REFERENCES operation (id),
    number    INTEGER NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('intended', 'done', 'void', 'unclear')),
    PRIMARY KEY (operation, number)
) STRICT, WITHOUT ROWID;

-- What happened to each memory.
CREATE TABLE change (
    operation INTEGER NOT NULL REFERENCES operation (id),
    seq       INTEGER NOT NULL,
    chunk     INTEGER NOT NULL,
    store     INTEGER NOT NULL REFERENCES store (id),
    native    TEXT NOT NULL,
    place     INTEGER NOT NULL CHECK (place IN (0, 1)),   -- 0 the store, 1 the overlay
    before    INTEGER REFERENCES image (id),
    after     INTEGER REFERENCES image (id),
    PRIMARY KEY (operation, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_of_memory ON change (store, native);

-- What a person said about a memory that its store cannot hold.
CREATE TABLE overlay (
    store       INTEGER NOT NULL REFERENCES store (id),
    native      TEXT NOT NULL,
    confidence  REAL CHECK (confidence BETWEEN 0 AND 1),
    pinned      INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    stale_after INTEGER,
    bucket      TEXT,
    reviewed_at INTEGER,
    PRIMARY KEY (store, native)
) STRICT, WITHOUT ROWID;
