//! One entry in settings of somebody else: put in and taken out, everything else left to the byte.

use jsonc_parser::{
    ParseOptions,
    cst::{CstInputValue, CstObject, CstRootNode},
};
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// The name of the entry.
const NAME: &str = "memtui";

/// How settings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON, perhaps with comments: `{"mcpServers": {"memtui": {…}}}`.
    Json,
    /// TOML: `[mcp_servers.memtui]`.
    Toml,
}

/// How the agent starts memtui.
pub(super) struct Entry<'a> {
    /// The program.
    pub(super) command: String,
    /// The agent's name.
    pub(super) agent: &'a str,
    /// Whether the entry says `"type": "stdio"`.
    pub(super) typed: bool,
}

impl Entry<'_> {
    const fn arguments(&self) -> [&str; 3] {
        ["mcp", "--agent", self.agent]
    }
}

/// The settings with the entry in them, or why they cannot be changed.
pub(super) fn put(format: Format, text: &str, entry: &Entry<'_>) -> Result<String, String> {
    match format {
        Format::Json => put_json(text, entry),
        Format::Toml => put_toml(text, entry),
    }
}

/// The settings without the entry, or why they cannot be changed.
pub(super) fn take_out(format: Format, text: &str) -> Result<String, String> {
    match format {
        Format::Json => {
            let root = parse(text)?;
            let Some(servers) = root.object_value().and_then(|object| object.object_value("mcpServers")) else {
                return Ok(text.to_owned());
            };
            let Some(entry) = servers.get(NAME) else { return Ok(text.to_owned()) };
            entry.remove();
            Ok(root.to_string())
        }
        Format::Toml => {
            let mut document = text.parse::<DocumentMut>().map_err(|error| no_toml(&error))?;
            let servers = document.get_mut("mcp_servers").and_then(Item::as_table_like_mut);
            match servers.and_then(|servers| servers.remove(NAME)) {
                Some(_) => Ok(document.to_string()),
                None => Ok(text.to_owned()),
            }
        }
    }
}

fn parse(text: &str) -> Result<CstRootNode, String> {
    CstRootNode::parse(text, &ParseOptions::default()).map_err(|error| format!("it is no JSON: {error}"))
}

fn put_json(text: &str, entry: &Entry<'_>) -> Result<String, String> {
    let root = parse(text)?;
    let object: CstObject = root.object_value_or_create().ok_or("it holds no object")?;
    let servers = object.object_value_or_create("mcpServers").ok_or("its `mcpServers` is no object")?;
    let text_of = |text: &str| CstInputValue::String(text.to_owned());
    let mut fields = vec![
        ("command".to_owned(), text_of(&entry.command)),
        ("args".to_owned(), CstInputValue::Array(entry.arguments().iter().map(|argument| text_of(argument)).collect())),
    ];
    if entry.typed {
        fields.insert(0, ("type".to_owned(), text_of("stdio")));
    }
    let wanted = CstInputValue::Object(fields);
    match servers.get(NAME) {
        Some(known) if says(&known, entry) => return Ok(text.to_owned()),
        Some(known) => known.set_value(wanted),
        None => drop(servers.append(NAME, wanted)),
    }
    let made = root.to_string();
    Ok(if text.is_empty() { made + "\n" } else { made })
}

/// Whether an entry starts memtui as it is wanted; what else stands in it is the person's own.
fn says(known: &jsonc_parser::cst::CstObjectProp, entry: &Entry<'_>) -> bool {
    let Some(object) = known.object_value() else { return false };
    let text = |name: &str| object.get(name)?.value()?.as_string_lit()?.decoded_value().ok();
    let arguments: Option<Vec<String>> = object.array_value("args").map(|array| {
        array.elements().iter().filter_map(|argument| argument.as_string_lit()?.decoded_value().ok()).collect()
    });
    text("command").as_deref() == Some(entry.command.as_str())
        && arguments.is_some_and(|arguments| arguments == entry.arguments())
}

fn put_toml(text: &str, entry: &Entry<'_>) -> Result<String, String> {
    let mut document = text.parse::<DocumentMut>().map_err(|error| no_toml(&error))?;
    let servers = document.entry("mcp_servers").or_insert_with(|| {
        let mut servers = Table::new();
        servers.set_implicit(true);
        Item::Table(servers)
    });
    let servers = servers.as_table_like_mut().ok_or("its `mcp_servers` is no table")?;
    let arguments: Array = entry.arguments().into_iter().collect();
    let known = servers.get(NAME).and_then(Item::as_table_like);
    let same = known.is_some_and(|known| {
        let text = |name: &str| known.get(name).and_then(Item::as_str);
        let given = known.get("args").and_then(Item::as_array);
        text("command") == Some(entry.command.as_str())
            && given.is_some_and(|given| given.iter().filter_map(|it| it.as_str()).eq(entry.arguments()))
    });
    if same {
        return Ok(text.to_owned());
    }
    let mut table = Table::new();
    table.insert("command", value(entry.command.as_str()));
    table.insert("args", value(arguments));
    servers.insert(NAME, Item::Table(table));
    Ok(document.to_string())
}

fn no_toml(error: &toml_edit::TomlError) -> String {
    format!("it is no TOML: {}", error.message())
}
