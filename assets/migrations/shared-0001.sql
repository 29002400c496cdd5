-- The shared database: memories that all agents of a machine have in common. docs/shared-database.md describes it for
-- whoever writes to it. Migrations are only ever added; this one is never edited again.
-- Times are milliseconds since 1970 (UTC). Lists are JSON arrays of texts.

-- What this database is: `identity` tells it from every other one, wherever it lies.
CREATE TABLE about (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO about VALUES ('identity', lower(hex(randomblob(16))));

CREATE TABLE memory (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,      -- never given twice
    title       TEXT NOT NULL DEFAULT '',               -- one line; empty: the first line of the body
    body        TEXT NOT NULL CHECK (trim(body) <> ''),
    kind        TEXT NOT NULL DEFAULT 'fact',
    bucket      TEXT NOT NULL CHECK (bucket IN ('project', 'episodic', 'procedural', 'user')),
    project     TEXT,                                   -- NULL: applies everywhere
    agent       TEXT,                                   -- NULL: meant for every agent
    session     TEXT,
    tags        TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags) AND json_type(tags) = 'array'),
    files       TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(files) AND json_type(files) = 'array'),
    confidence  REAL CHECK (confidence BETWEEN 0 AND 1),
    author      TEXT NOT NULL DEFAULT 'unknown',        -- who wrote it: an agent's name, or `person`
    tool        TEXT,                                   -- by what it was written: cli, import, mcp …
    evidence    TEXT,                                   -- from what: a quote, a link, the id of another memory
    model       TEXT,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    stale_after INTEGER,
    expires_at  INTEGER,
    pinned      INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    state       TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'quarantined', 'superseded', 'expired')),
    replaces    INTEGER,                                -- the id of the version before this one; it may be gone
    hash        BLOB                                    -- of title and body, see the page; NULL when its writer made none
) STRICT;
CREATE INDEX memory_created ON memory (created);
CREATE INDEX memory_project ON memory (project, created);
CREATE INDEX memory_session ON memory (session, created) WHERE session IS NOT NULL;
CREATE INDEX memory_hash ON memory (hash) WHERE hash IS NOT NULL;
CREATE INDEX memory_replaces ON memory (replaces) WHERE replaces IS NOT NULL;

-- How often a memory was recalled. It stands apart so that reading a memory never changes it.
CREATE TABLE recall (
    memory INTEGER PRIMARY KEY REFERENCES memory (id) ON DELETE CASCADE,
    times  INTEGER NOT NULL,
    last   INTEGER NOT NULL
) STRICT;

CREATE VIRTUAL TABLE memory_fts USING fts5(title, body, tags, content = 'memory', content_rowid = 'id');
CREATE TRIGGER memory_ai AFTER INSERT ON memory BEGIN
    INSERT INTO memory_fts(rowid, title, body, tags) VALUES (new.id, new.title, new.body, new.tags);
END;
CREATE TRIGGER memory_ad AFTER DELETE ON memory BEGIN
    INSERT INTO memory_fts(memory_fts, rowid, title, body, tags)
    VALUES ('delete', old.id, old.title, old.body, old.tags);
END;
CREATE TRIGGER memory_au AFTER UPDATE OF id, title, body, tags ON memory BEGIN
    INSERT INTO memory_fts(memory_fts, rowid, title, body, tags)
    VALUES ('delete', old.id, old.title, old.body, old.tags);
    INSERT INTO memory_fts(rowid, title, body, tags) VALUES (new.id, new.title, new.body, new.tags);
END;
