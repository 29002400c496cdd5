-- The queue: changes that wait for a person. Migrations are only ever added; this one is never edited again.

-- What was proposed together: a run of a dream, an import, what an agent asked for.
CREATE TABLE batch (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    author TEXT NOT NULL,           -- who proposes: `dream`, `agent:codex`, `file:night.json`
    note   TEXT NOT NULL
) STRICT;

-- Changes that stand or fall together and are not made yet.
CREATE TABLE proposal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    batch      INTEGER NOT NULL REFERENCES batch (id),
    version    INTEGER NOT NULL,    -- moves whenever what it would do is altered
    label      TEXT NOT NULL,
    title      TEXT NOT NULL,       -- of the first memory it is about
    reason     TEXT NOT NULL,
    confidence REAL CHECK (confidence BETWEEN 0 AND 1),
    likeness   TEXT NOT NULL,       -- proposals of a batch with the same one belong together
    adds       INTEGER NOT NULL,    -- how many memories it adds, edits, removes, marks
    edits      INTEGER NOT NULL,
    removes    INTEGER NOT NULL,
    marks      INTEGER NOT NULL,
    digest     BLOB NOT NULL,       -- SHA-256 of what it would do: the same is not asked twice
    held       TEXT,                -- why it waits apart: the person has said no to it before
    until      INTEGER,             -- snoozed until then
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected')),
    body       BLOB NOT NULL        -- LZ4 block, size prepended, of the postcard form of evidence and steps
) STRICT;
CREATE INDEX proposal_waiting ON proposal (id) WHERE state = 'waiting';
CREATE INDEX proposal_digest ON proposal (digest);

-- Which memories a proposal is about.
CREATE TABLE concern (
    store    INTEGER NOT NULL REFERENCES store (id),
    native   TEXT NOT NULL,
    proposal INTEGER NOT NULL REFERENCES proposal (id),
    PRIMARY KEY (store, native, proposal)
) STRICT, WITHOUT ROWID;
CREATE INDEX concern_of ON concern (proposal);

-- What was said of proposals, in order. The approval itself is the operation.
CREATE TABLE verdict (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    proposal  INTEGER NOT NULL REFERENCES proposal (id),
    at        INTEGER NOT NULL,
    author    TEXT NOT NULL,        -- `you`, or the policy that spoke for you
    verdict   TEXT NOT NULL CHECK (verdict IN ('approve', 'edit', 'reject', 'snooze', 'reopen')),
    reason    TEXT NOT NULL,
    operation INTEGER REFERENCES operation (id),
    seen      INTEGER               -- when a person saw what a policy did
) STRICT;
CREATE INDEX verdict_of ON verdict (proposal);
CREATE INDEX verdict_unseen ON verdict (id) WHERE seen IS NULL;

-- The proposal that an operation carries out.
ALTER TABLE operation ADD COLUMN proposal INTEGER REFERENCES proposal (id);
CREATE INDEX operation_proposal ON operation (proposal) WHERE proposal IS NOT NULL;

-- Texts that are not to come back: by their fingerprint, with the reason.
CREATE TABLE tombstone (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    exact     INTEGER NOT NULL,     -- the fingerprint's two numbers, and its words
    sketch    INTEGER NOT NULL,
    words     INTEGER NOT NULL,
    title     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    proposal  INTEGER REFERENCES proposal (id),
    operation INTEGER REFERENCES operation (id),   -- while that one is taken back, it does not count
    lifted    INTEGER               -- when it was taken away again
) STRICT;
CREATE INDEX tombstone_exact ON tombstone (exact) WHERE lifted IS NULL;
