-- Which memory was carried from which store to which other one. Migrations are only ever added; this one is never edited
-- again.

-- A copy or a move: what it is a copy of, in the present words of both stores.
CREATE TABLE carried (
    operation   INTEGER NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
    from_store  INTEGER NOT NULL REFERENCES store (id),
    from_native TEXT NOT NULL,
    to_store    INTEGER NOT NULL REFERENCES store (id),
    to_native   TEXT NOT NULL
);
CREATE INDEX carried_operation ON carried (operation);
CREATE INDEX carried_from ON carried (from_store, from_native);
CREATE INDEX carried_to ON carried (to_store, to_native);
