-- What a person has seen of what others did. Migrations are only ever added; this one is never edited again.

CREATE TABLE glance (
    store     INTEGER PRIMARY KEY REFERENCES store (id),
    at        INTEGER NOT NULL,     -- when the person last said that they had seen it
    operation INTEGER NOT NULL,     -- the newest operation at that moment
    roll      BLOB NOT NULL         -- what each memory was then: LZ4 block, size prepended, of the postcard form of pairs of
                                    -- a handle's distance from the one before and a version's low half, by handle
) STRICT;
