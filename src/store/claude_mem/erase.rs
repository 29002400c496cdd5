//! What claude-mem keeps of a memory beside it: raw tool calls, what waits for its cloud, a session's copy of a prompt.

use rusqlite::{Connection, Result};

use super::{
    shape::{Kind, Shape},
    write::Order,
};
use crate::store::sqlite::{cell, table::Table};

/// Takes out what stands beside memories that are erased. The memories themselves are still there.
pub(super) fn companions(conn: &Connection, shape: &Shape, orders: &[Order<'_>]) -> Result<()> {
    let outbox = Table::read(conn, "sync_content_outbox")?;
    let by_id = outbox.has("kind") && outbox.has("origin_local_id");
    let tools = shape.tool_uses.as_ref().is_some_and(|table| table.has("observation_id"));
    for order in orders {
        if by_id {
            let sql = "DELETE FROM sync_content_outbox WHERE kind = ?1 AND origin_local_id = CAST(?2 AS TEXT)";
            conn.prepare_cached(sql)?.execute(rusqlite::params![order.kind.word(), order.rowid])?;
        }
        if tools && order.kind == Kind::Observation {
            conn.prepare_cached("DELETE FROM tool_uses WHERE observation_id = ?1")?.execute([order.rowid])?;
        }
        let prompt = order.change.before.as_ref().and_then(|before| before.own.get("prompt_text"));
        if let Some(prompt) = prompt.filter(|_| shape.sessions.has("user_prompt")) {
            conn.prepare_cached("UPDATE sdk_sessions SET user_prompt = NULL WHERE user_prompt = ?1")?
                .execute([cell::parameter(prompt)])?;
        }
    }
    Ok(())
}
