//! The table as the server describes it: columns with their types, what leaves with its rows, what stands against writing.

use std::{ops::Deref, sync::LazyLock};

use regex::Regex;
use tokio_postgres::{Row, types::Type};

use super::line::{Line, Raw, Trouble};
use crate::{
    memory::{Record, Value},
    store::{
        sqlite::table::quote,
        table::mapping::{Mapping, Meaning, Product},
    },
};

/// How the cells of a column are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Whole numbers of at most 64 bits.
    Integer,
    /// Floating-point numbers.
    Float,
    /// A list of anything, as the server writes one: `{a,"b c"}`.
    Array,
    /// Anything else, as the server writes it.
    Text,
}

impl Form {
    /// A cell that the server wrote as text. Numbers that are none stay text.
    pub(super) fn value(self, text: Option<&[u8]>) -> Value {
        let Some(bytes) = text else { return Value::Null };
        let number = std::str::from_utf8(bytes).unwrap_or_default();
        let number = match self {
            Self::Integer => number.parse().ok().map(Value::Integer),
            Self::Float => number.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Real),
            Self::Array | Self::Text => None,
        };
        number.unwrap_or_else(|| Value::Text(bytes.to_vec()))
    }
}

/// A column that holds data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its type for SQL, without a length: a cast to one would cut without a word.
    pub(super) of: String,
    pub(super) form: Form,
}

impl Column {
    /// The cell as text, of a table called `t`.
    pub(super) fn text(&self) -> String {
        format!("t.{}::text", quote(&self.name))
    }
}

/// A table with the columns that hold data; computed ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Its name for SQL, with its schema.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

impl Table {
    fn read(line: &mut Line, name: &str, oid: &str) -> Result<Self, Trouble> {
        // `attgenerated` came with version 12 and `attidentity` with 10: older servers have neither.
        let sql = "SELECT a.attname::text, quote_ident(n.nspname) || '.' || quote_ident(y.typname),
                coalesce(b.typname, y.typname)::text, coalesce(b.typcategory, y.typcategory)::text
            FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid JOIN pg_namespace n ON n.oid = y.typnamespace
                LEFT JOIN pg_type b ON b.oid = y.typbasetype AND y.typtype = 'd'
            WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT a.attisdropped
                AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''
            ORDER BY a.attnum";
        let rows = line.rows(sql, &[(&oid, Type::TEXT)])?;
        let columns = rows.iter().map(|row| Column {
            name: text(row, 0),
            of: text(row, 1),
            form: match (text(row, 2).as_str(), text(row, 3).as_str()) {
                ("int2" | "int4" | "int8", _) => Form::Integer,
                ("float4" | "float8", _) => Form::Float,
                (_, "A") => Form::Array,
                _ => Form::Text,
            },
        });
        Ok(Self { name: name.to_owned(), columns: columns.collect() })
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns for a `SELECT` from it as `t`.
    pub(super) fn select(&self) -> String {
        self.columns.iter().map(Column::text).collect::<Vec<_>>().join(", ")
    }

    /// The record of a row of [`Table::select`].
    pub(super) fn record(&self, row: &Row) -> Record {
        let cells = self.columns.iter().enumerate();
        let columns = cells.map(|(at, column)| (column.name.clone(), column.form.value(bytes(row, at)))).collect();
        Record { table: self.name.clone(), columns }
    }
}

/// A table whose rows are deleted with those of the mapped one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Child {
    pub(super) table: Table,
    /// Its column that names the parent.
    pub(super) column: String,
    /// The column of the parent that it holds.
    pub(super) to: String,
}

/// A mapped table.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) meaning: Meaning,
    pub(super) table: Table,
    pub(super) children: Vec<Child>,
    /// Why it cannot be written.
    pub(super) against: Vec<String>,
    /// The server's number of the table.
    pub(super) oid: String,
    /// The server's version: `15.18`.
    pub(super) version: String,
}

impl Deref for Shape {
    type Target = Meaning;

    fn deref(&self) -> &Meaning {
        &self.meaning
    }
}

impl Shape {
    /// Reads the description of the table; the reason when the mapping does not fit it.
    pub(super) fn read(line: &mut Line, mapping: &Mapping, product: Product) -> Result<Result<Self, String>, Trouble> {
        // A name as it stands, else with its schema or as SQL would read it.
        let sql = "SELECT c.oid::text, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind::text,
                pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on',
                current_setting('server_encoding'), current_setting('server_version'), current_user::text,
                (SELECT string_agg(p, ' and ') FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
                    WHERE NOT has_table_privilege(c.oid, p)),
                (SELECT string_agg(rulename::text, ', ') FROM pg_rewrite WHERE ev_class = c.oid AND ev_type <> '1')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = coalesce(to_regclass(quote_ident($1)), to_regclass($1))";
        let found = match line.rows(sql, &[(&mapping.table, Type::TEXT)]) {
            Ok(rows) => rows,
            // What is no name of a table leads to none.
            Err(trouble) if trouble.code().is_some_and(|code| code.code().starts_with("42")) => Vec::new(),
            Err(trouble) => return Err(trouble),
        };
        let Some(row) = found.first() else { return Ok(Err(format!("there is no table `{}`", mapping.table))) };
        let (oid, name, kind) = (text(row, 0), text(row, 1), text(row, 2));
        let table = Table::read(line, &name, &oid)?;
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        if let Some(reason) = mapping.missing(&names) {
            return Ok(Err(reason));
        }
        let mut against = standing(row, &kind, mapping);
        if !is_unique(line, &oid, &mapping.id)? {
            against.push(format!("no unique index says that `{}` names a row", mapping.id));
        }
        let children = children(line, &oid, &table, &mut against)?;
        strange_triggers(line, &oid, &table.name, &mut against)?;
        let meaning = Meaning { mapping: mapping.clone(), product };
        Ok(Ok(Self { meaning, table, children, against, oid, version: text(row, 6) }))
    }

    /// The column that names a row.
    pub(super) fn id(&self) -> Option<&Column> {
        self.table.column(&self.mapping.id)
    }

    /// Why the table cannot be written.
    pub(super) fn objection(&self) -> Option<String> {
        (!self.against.is_empty()).then(|| self.against.join("; "))
    }
}

/// What stands against writing by what the server, the role and the relation are.
fn standing(row: &Row, kind: &str, mapping: &Mapping) -> Vec<String> {
    let mut against = Vec::new();
    let table = &mapping.table;
    match kind {
        "r" | "p" => {}
        "v" | "m" => against.push(format!("{table} is a view; name the table behind it")),
        _ => against.push(format!("{table} is no table of this server")),
    }
    if flag(row, 3) {
        against.push("the server is a copy that follows another one; write to that one".to_owned());
    } else if flag(row, 4) {
        against.push("the server or the role is set to read only (default_transaction_read_only)".to_owned());
    }
    if text(row, 5) == "SQL_ASCII" {
        against.push(
            "the database has no encoding (SQL_ASCII), so that its text could not be put back to the byte".into(),
        );
    }
    if let Some(missing) = some_text(row, 8) {
        let role = text(row, 7);
        against.push(format!("the role {role} lacks {missing} on {table}; have it granted"));
    }
    if let Some(rules) = some_text(row, 9) {
        against.push(format!("rewrite rules do something else than is asked ({rules})"));
    }
    against
}

fn is_unique(line: &mut Line, oid: &str, id: &str) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = $1::text::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND a.attname = $2
            AND coalesce((to_jsonb(i) ->> 'indnkeyatts')::int, i.indnatts) = 1";
    Ok(!line.rows(sql, &[(&oid, Type::TEXT), (&id, Type::TEXT)])?.is_empty())
}

/// The tables whose rows leave with rows of this one; what nobody could take back is told.
fn children(line: &mut Line, oid: &str, parent: &Table, against: &mut Vec<String>) -> Result<Vec<Child>, Trouble> {
    let sql = "SELECT k.conrelid::text, quote_ident(n.nspname) || '.' || quote_ident(c.relname), k.confdeltype::text,
            cardinality(k.conkey), a.attname::text, f.attname::text, k.conrelid = k.confrelid,
            EXISTS (SELECT 1 FROM pg_constraint d WHERE d.contype = 'f' AND d.confrelid = k.conrelid),
            has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                AND has_table_privilege(c.oid, 'UPDATE')
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
            JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.confkey[1]
        WHERE k.contype = 'f' AND k.confrelid = $1::text::oid AND k.conparentid = 0 ORDER BY 2, k.conname";
    let mut found = Vec::new();
    for row in line.rows(sql, &[(&oid, Type::TEXT)])? {
        let (of, name, on_delete) = (text(&row, 0), text(&row, 1), text(&row, 2));
        if ["a", "r"].contains(&on_delete.as_str()) {
            continue;
        }
        let single: i32 = row.try_get(3)?;
        if on_delete != "c" || flag(&row, 6) || single != 1 {
            against.push(format!("table {name} changes when a row of {} is deleted", parent.name));
        } else if flag(&row, 7) {
            against.push(format!("other tables hang on {name}"));
        } else if flag(&row, 8) {
            let table = Table::read(line, &name, &of)?;
            strange_triggers(line, &of, &name, against)?;
            found.push(Child { table, column: text(&row, 4), to: text(&row, 5) });
        } else {
            against.push(format!("the role may not put back rows of {name}, which leave with a memory"));
        }
    }
    Ok(found)
}

/// Tells of triggers that may do more than compute columns of the row that is written.
fn strange_triggers(line: &mut Line, oid: &str, table: &str, against: &mut Vec<String>) -> Result<(), Trouble> {
    // The second bit of `tgtype` is set for triggers that fire before, the first for those of single rows.
    let sql = "SELECT g.tgname::text, l.lanname::text, n.nspname = 'pg_catalog', p.prosrc, (g.tgtype::int & 3) = 3
        FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_language l ON l.oid = p.prolang
            JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE g.tgrelid = $1::text::oid AND NOT g.tgisinternal AND g.tgenabled <> 'D' ORDER BY 1";
    for row in line.rows(sql, &[(&oid, Type::TEXT)])? {
        let built_in = flag(&row, 2);
        let tame = flag(&row, 4) && (built_in || text(&row, 1) == "plpgsql" && is_tame(&text(&row, 3)));
        if !tame {
            against.push(format!("trigger {} on {table} may change more than the row", text(&row, 0)));
        }
    }
    Ok(())
}

/// Whether the source of a trigger's function only computes: no statement that writes, and no call but of functions that
/// are known to have no effect.
fn is_tame(source: &str) -> bool {
    let source = COMMENT.replace_all(source, " ");
    let source = QUOTED.replace_all(&source, "''");
    !WRITES.is_match(&source)
        && CALL.captures_iter(&source).all(|call| {
            let name = call.get(1).map_or("", |name| name.as_str()).to_ascii_lowercase();
            HARMLESS.contains(&name.as_str())
        })
}

/// Functions without an effect, and words that may stand before a parenthesis.
const HARMLESS: [&str; 38] = [
    "now",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "timezone",
    "date_trunc",
    "extract",
    "to_char",
    "to_tsvector",
    "setweight",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "lower",
    "upper",
    "trim",
    "btrim",
    "ltrim",
    "rtrim",
    "length",
    "left",
    "right",
    "substring",
    "replace",
    "regexp_replace",
    "concat",
    "concat_ws",
    "md5",
    "array_to_string",
    "jsonb_build_object",
    "to_jsonb",
    "if",
    "and",
    "or",
    "not",
    "in",
    "values",
];

/// A pattern written in this file: that it compiles is seen by its test.
fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and a test uses each")]
    Regex::new(text).expect("a valid pattern")
}

static COMMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)--[^\n]*|/\*.*?\*/"));
static QUOTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"'(?:[^']|'')*'"));
static WRITES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:INSERT|UPDATE|DELETE|TRUNCATE|MERGE|EXECUTE|COPY|CREATE|ALTER|DROP|CALL|PERFORM|GRANT|SET|LISTEN|NOTIFY)\b",
    )
});
static CALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"([A-Za-z_][A-Za-z0-9_]*)\s*\("));

/// The bytes of a cell.
pub(super) fn bytes(row: &Row, at: usize) -> Option<&[u8]> {
    row.try_get::<_, Option<Raw<'_>>>(at).ok().flatten().map(|raw| raw.0)
}

/// The text of a cell, empty when there is none.
pub(super) fn text(row: &Row, at: usize) -> String {
    some_text(row, at).unwrap_or_default()
}

fn some_text(row: &Row, at: usize) -> Option<String> {
    bytes(row, at).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

fn flag(row: &Row, at: usize) -> bool {
    row.try_get::<_, Option<bool>>(at).ok().flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_only_compute_are_told_from_others() {
        for tame in [
            "BEGIN NEW.updated_at = now(); RETURN NEW; END",
            "begin -- UPDATE the time\n if (TG_OP = 'UPDATE') then new.at := clock_timestamp(); end if; return new; end",
            "BEGIN NEW.words := to_tsvector('english', coalesce(NEW.content, '')); /* DELETE */ RETURN NEW; END",
        ] {
            assert!(is_tame(tame), "{tame}");
        }
        for strange in [
            "BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END",
            "BEGIN PERFORM pg_notify('x', NEW.id); RETURN NEW; END",
            "BEGIN NEW.x = audit(NEW.id); RETURN NEW; END",
            "BEGIN EXECUTE 'drop table x'; RETURN NEW; END",
        ] {
            assert!(!is_tame(strange), "{strange}");
        }
    }

    #[test]
    fn cells_are_numbers_where_the_column_holds_numbers() {
        assert_eq!(Form::Integer.value(Some(b"-5")), Value::Integer(-5));
        assert_eq!(Form::Float.value(Some(b"0.25")), Value::Real(0.25));
        assert_eq!(Form::Float.value(Some(b"NaN")), Value::Text(b"NaN".to_vec()));
        assert_eq!(Form::Text.value(Some(b"5")), Value::Text(b"5".to_vec()));
        assert_eq!(Form::Array.value(None), Value::Null);
    }
}
