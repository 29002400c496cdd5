//! A table of a real server: read, searched, pruned, put back, edited, refused, and what happens when the server goes.

mod faults;
mod reading;
pub(crate) mod server;
mod writing;

use std::{path::Path, sync::Arc};

use self::server::{Database, shared};
use super::*;
use crate::{
    change::Change,
    store::{Expect, Intent, Make, Outcome},
};

/// A table with the types that people use, and some that are hard to put back.
const HOME_GROWN: &str = "CREATE TYPE mood AS ENUM ('calm', 'wild');
    CREATE TABLE memories(
        id uuid PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY, agent_id varchar(40), tags text[],
        content text NOT NULL, area text, created_at timestamptz, updated_at timestamptz, score real,
        extra jsonb, raw bytea, price numeric(10, 4), feel mood, span interval, pad char(8), doc json, flags bool[],
        far timestamp, ratio double precision,
        size int GENERATED ALWAYS AS (length(content)) STORED, UNIQUE(area, content));
    CREATE TABLE link(memory uuid REFERENCES memories ON DELETE CASCADE, at serial, url text);
    INSERT INTO memories(id, agent_id, tags, content, area, created_at, score, extra, raw, price, feel, span, pad, doc,
            flags, far, ratio) VALUES
        ('00000000-0000-0000-0000-0000000000a1', 'claude', '{deploy,ci}', E'Deploys go through the queue\\nsince May', 'shop',
            '2026-05-01 12:00:00.123456+02', 0.1, '{\"b\": 1, \"a\": [1.50]}', '\\x00ff', 1.5, 'wild', '1 mon 2 days 03:00', 'x',
            '{ \"b\":1,  \"b\":2 }', '{t,NULL,f}', '4713-01-01 00:00:00 BC', 0.1),
        ('00000000-0000-0000-0000-0000000000b2', NULL, NULL, 'no project', NULL, 'infinity', NULL, NULL, NULL, 'NaN', NULL,
            NULL, NULL, NULL, '{}', NULL, 'NaN'),
        ('00000000-0000-0000-0000-0000000000c3', 'codex', '{\"a, b\",\"q\\\"\"}', 'Tests run under nextest', 'shop',
            '2026-06-01 00:00:00Z', 1, '[]', '', 0, 'calm', '-1 year', 'yyyyyyyy', 'null', NULL, '2026-01-01', 'Infinity');
    INSERT INTO link(memory, url) VALUES ('00000000-0000-0000-0000-0000000000a1', 'b'),
        ('00000000-0000-0000-0000-0000000000a1', NULL), ('00000000-0000-0000-0000-0000000000b2', 'c');";

const MAPPING: &str = "table='memories'\nid='id'\ncontent='content'\nagent='agent_id'\ntags='tags'\nscope='area'\n\
                       created='created_at'\nupdated='updated_at'\nconfidence='score'";

const A1: &str = "row/00000000-0000-0000-0000-0000000000a1";
const B2: &str = "row/00000000-0000-0000-0000-0000000000b2";
const C3: &str = "row/00000000-0000-0000-0000-0000000000c3";

fn mapping(text: &str) -> Mapping {
    toml::from_str(text).unwrap()
}

fn address(text: &str) -> Address {
    Address::read(text, &|_| None, None).unwrap()
}

fn store(at: &str, map: &str) -> Arc<dyn Store> {
    open(address(at), mapping(map), "notes".into()).unwrap()
}

fn try_apply(
    store: &dyn Store,
    native: &str,
    (expect, make): (Expect, Make),
    keep: &mut dyn FnMut(&[Change]),
) -> Result<Outcome> {
    let intent = Intent { native: native.into(), expect, make };
    let journal = &mut |changes: &[Change]| {
        keep(changes);
        Ok(())
    };
    Ok(store.writer()?.apply(vec![intent], journal)?.remove(0))
}

fn apply(store: &dyn Store, native: &str, expect: Expect, make: Make) -> (Outcome, Vec<Change>) {
    let mut journalled = Vec::new();
    let keep = &mut |changes: &[Change]| journalled.extend_from_slice(changes);
    let outcome = try_apply(store, native, (expect, make), keep).unwrap();
    (outcome, journalled)
}

/// A store on the shared server for the table of stores, with a memory in it; `None` without a server.
pub(crate) fn sample() -> Option<Arc<dyn Store>> {
    let made = Database::new(
        shared()?,
        "CREATE TABLE notes(id bigserial PRIMARY KEY, content text, tags text[], at timestamptz);
         INSERT INTO notes(content, tags, at) VALUES ('the queue', '{a,b}', '2026-06-01')",
    );
    Some(store(&made.address(), "table='notes'\nid='id'\ncontent='content'\ntags='tags'\ncreated='at'"))
}

/// Somebody else writes into a sample.
pub(crate) fn written(place: &Path) {
    let database = place.to_str().unwrap().rsplit('/').next().unwrap();
    let server = shared().unwrap();
    Database { server, name: database.to_owned() }.run("UPDATE notes SET content = 'another text'");
}
