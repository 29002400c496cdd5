-- Which memories are pinned or have a date, without looking through all of them. Migrations are only ever added.
CREATE INDEX memory_marked ON memory (id) WHERE pinned = 1 OR stale_after IS NOT NULL;
