-- Whom a buried text applied to. Migrations are only ever added; this one is never edited again.

-- The project; NULL: everywhere. An agent that may not know of a project is not told what was buried there.
ALTER TABLE tombstone ADD COLUMN scope TEXT;
