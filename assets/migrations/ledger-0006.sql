-- What was erased for good. Migrations are only ever added; this one is never edited again.

-- The operation that took the content out: `digest` stays, so that seals hold, `sum` and `data` are empty.
ALTER TABLE image ADD COLUMN erased INTEGER REFERENCES operation (id);
CREATE INDEX image_erased ON image (erased) WHERE erased IS NOT NULL;

-- Since when nothing of an erasure is left in memtui's own files; NULL while that is still to be seen to.
CREATE TABLE erasure (
    operation INTEGER PRIMARY KEY REFERENCES operation (id),
    swept     INTEGER
) STRICT;

-- Lines of the log whose words an erasure took out. The seal of the line stays what it was, for the chain; `seal` is what
-- it would be over the line as it reads now, and the seal of the erasure covers it.
CREATE TABLE amendment (
    erasure   INTEGER NOT NULL REFERENCES operation (id),
    operation INTEGER NOT NULL REFERENCES operation (id),
    seal      BLOB NOT NULL,
    PRIMARY KEY (erasure, operation)
) STRICT, WITHOUT ROWID;
CREATE INDEX amendment_of ON amendment (operation);
