-- What others did between two looks. Migrations are only ever added; this one is never edited again.

-- When the image was taken by looking at a store; NULL for images that operations of ours were journalled with. An
-- image that was let go keeps its digest, and its `sum` and `data` are empty.
ALTER TABLE image ADD COLUMN observed INTEGER;
CREATE INDEX image_observed ON image (digest) WHERE observed IS NOT NULL;

-- Since when others' changes are known, when the store was last looked at, and a stamp of its files then.
ALTER TABLE store ADD COLUMN watched_from INTEGER;
ALTER TABLE store ADD COLUMN looked_at INTEGER;
ALTER TABLE store ADD COLUMN look_stamp BLOB;

-- What each memory was at the last look.
CREATE TABLE sight (
    store   INTEGER NOT NULL REFERENCES store (id),
    native  TEXT NOT NULL,
    version INTEGER NOT NULL,       -- of the columns that a person reads, see docs/ledger.md
    image   INTEGER NOT NULL REFERENCES image (id),
    PRIMARY KEY (store, native)
) STRICT, WITHOUT ROWID;
