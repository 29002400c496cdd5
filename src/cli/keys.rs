//! `memtui keys`: the keys that count.

use clap::Args as ClapArgs;

use super::{
    args::Global,
    base::Base,
    columns::{Column, Columns},
    fail::{Done, Failure},
    json::KeysJson,
    out::Out,
};
use crate::{
    keymap::{Keymap, Mode, template},
    query::closest,
};

/// `memtui keys`.
#[derive(Debug, ClapArgs)]
pub struct Keys {
    /// Only of this mode: list, memory, filter, …; `global` for the keys that work in most of them
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub mode: Option<Mode>,
    /// Print a keymap.toml to begin with: the default keys, every line a comment
    #[arg(long, conflicts_with_all = ["mode", "json"])]
    pub template: bool,
    /// Print JSON Lines, one action of one mode each
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(global: &Global, args: &Keys, out: &mut Out) -> Result<Done, Failure> {
    if args.template {
        out.bytes(template(&Keymap::default()).as_bytes())?;
        return Ok(Done::Well);
    }
    let map = Base::of(global)?.keymap()?;
    let mut rows = Vec::new();
    for &mode in Mode::ALL.iter().filter(|mode| args.mode.is_none_or(|only| only == **mode)) {
        for (action, presses) in map.rows(mode) {
            let keys: Vec<String> = presses.iter().map(ToString::to_string).collect();
            if args.json {
                let (mode, action, about) = (mode.name(), action.name(), action.about());
                out.json(&KeysJson { mode, action, keys, about })?;
            } else {
                let cells = [mode.name(), &keys.join(" "), action.name(), action.about()];
                rows.push(cells.map(str::to_owned).to_vec());
            }
        }
    }
    let columns =
        [("MODE", Column::Upto(8)), ("KEYS", Column::Upto(18)), ("ACTION", Column::Upto(18)), ("", Column::Rest)];
    Columns::new(&columns).print(&rows, out)?;
    Ok(Done::Well)
}

fn mode(text: &str) -> Result<Mode, String> {
    Mode::named(text).ok_or_else(|| {
        let names: Vec<&str> = Mode::ALL.iter().map(|mode| mode.name()).collect();
        match closest(text, names.iter().copied()) {
            Some(near) => format!("there is no such mode; did you mean `{near}`?"),
            None => format!("there is no such mode; there are {}", names.join(", ")),
        }
    })
}
