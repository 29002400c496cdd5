//! `memtui config`: the settings that count.

use clap::Args as ClapArgs;

use super::{
    args::Global,
    base::Base,
    columns::{Column, Columns},
    fail::{Done, Failure, say},
    json::SettingJson,
    looks,
    out::Out,
};
use crate::config::template;

/// `memtui config`.
#[derive(Debug, ClapArgs)]
pub struct Settings {
    /// Print a config.toml to begin with: every setting explained, every line a comment
    #[arg(long, conflicts_with = "json")]
    pub template: bool,
    /// Print JSON Lines, one setting each
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(global: &Global, args: &Settings, out: &mut Out) -> Result<Done, Failure> {
    if args.template {
        out.bytes(template().as_bytes())?;
        return Ok(Done::Well);
    }
    let base = Base::of(global)?;
    // A theme is a file: whether there is one can only be told by looking.
    looks::of(&base)?;
    let mut rows = Vec::new();
    for row in base.settings.rows() {
        if args.json {
            let (from, place) = (row.origin.name(), row.origin.place());
            out.json(&SettingJson { name: row.name, value: row.value, from, place, about: row.about })?;
        } else {
            rows.push(vec![row.name.to_owned(), row.value, row.origin.to_string()]);
        }
    }
    Columns::new(&[("SETTING", Column::Upto(20)), ("VALUE", Column::Upto(40)), ("FROM", Column::Rest)])
        .print(&rows, out)?;
    out.finish()?;
    let file = base.config_file(global);
    if out.width().is_some() && !file.exists() {
        say(&format!("there is no {} yet; `memtui config --template` prints one to begin with", file.display()));
    }
    Ok(Done::Well)
}
