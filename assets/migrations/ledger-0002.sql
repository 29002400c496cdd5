-- Sittings: what is due, and where a person stopped. Migrations are only ever added; this one is never edited again.

-- Days from the last judgement until the memory is due again.
ALTER TABLE overlay ADD COLUMN review_days INTEGER CHECK (review_days > 0);

-- When the list of the latest sitting over all of the store was made: what was captured since is new.
ALTER TABLE store ADD COLUMN sat_at INTEGER;

-- A bounded list of memories to be judged one after the other.
CREATE TABLE sitting (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    began  INTEGER NOT NULL,
    ended  INTEGER,                 -- NULL while it can be gone on with
    query  TEXT NOT NULL,
    sorted TEXT NOT NULL,
    at     INTEGER NOT NULL,        -- the place under judgement
    spent  INTEGER NOT NULL         -- milliseconds
) STRICT;
CREATE INDEX sitting_open ON sitting (id) WHERE ended IS NULL;

-- Its memories, with what was said of them.
CREATE TABLE seat (
    sitting   INTEGER NOT NULL REFERENCES sitting (id),
    place     INTEGER NOT NULL,
    store     INTEGER NOT NULL REFERENCES store (id),
    native    TEXT NOT NULL,
    title     TEXT NOT NULL,
    tokens    INTEGER NOT NULL,
    cluster   INTEGER NOT NULL,     -- neighbours with the same number belong together
    likeness  TEXT NOT NULL,
    verdict   TEXT,
    turn      INTEGER,              -- memories that were decided at once share it
    operation INTEGER REFERENCES operation (id),
    edit      INTEGER REFERENCES operation (id),
    PRIMARY KEY (sitting, place)
) STRICT, WITHOUT ROWID;
