//! The stores: those that were named, or those that are found and that the settings name.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{fail::Failure, open::Base};
use crate::{
    config::MappedTable,
    store::{
        self, Store, discover,
        table::postgres::{Address, is_address},
    },
};

/// The stores there are.
pub(super) struct Found {
    /// Those that can be read.
    pub(super) stores: Vec<Arc<dyn Store>>,
    /// Where stores were looked for, with what was there.
    pub(super) looked: Vec<String>,
    /// Stores of the settings that cannot be read.
    pub(super) problems: Vec<String>,
    /// Which of several databases in a directory was opened.
    pub(super) remarks: Vec<String>,
    /// The stores that were named, as absolute paths; none when they were looked for.
    pub(super) named: Vec<PathBuf>,
}

impl Found {
    /// Opens the stores that were named, or looks for them.
    ///
    /// # Errors
    /// A store that was named on the command line cannot be opened.
    pub(super) fn look(base: &Base, named: &[PathBuf]) -> Result<Self, Failure> {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let mut found = Self {
            stores: Vec::new(),
            looked: Vec::new(),
            problems: Vec::new(),
            remarks: Vec::new(),
            named: named.iter().map(absolute).collect(),
        };
        for path in named {
            let meant = |table: &&MappedTable| match &table.address {
                Some(_) => is_named(table, path),
                None => table.path == absolute(path),
            };
            let tables: Vec<_> = base.config.tables.iter().filter(meant).collect();
            for table in &tables {
                found.take_table(table).map_err(|problem| Failure::opening(&problem))?;
            }
            if tables.is_empty() {
                found.take(discover::look(path, &found.names()).map_err(|problem| Failure::opening(&problem))?);
            }
        }
        if !named.is_empty() {
            return Ok(found);
        }
        let usual = discover::discover(&discover::Environment::of_process(Some(base.paths.shared())));
        found.stores = usual.stores;
        found.looked = usual.looked_at.iter().map(|(path, what)| format!("{}: {what}", path.display())).collect();
        for path in &base.config.stores {
            match discover::look(path, &found.names()) {
                Ok(opened) => found.take(opened),
                Err(problem) => found.problems.push(problem.to_string()),
            }
        }
        for table in &base.config.tables {
            if let Err(problem) = found.take_table(table) {
                found.problems.push(problem.to_string());
            }
        }
        Ok(found)
    }

    /// Opens a table of the settings.
    fn take_table(&mut self, table: &MappedTable) -> store::Result<()> {
        let (place, name) = ((table.path.as_path(), table.address.as_ref()), table.name.as_deref());
        let opened = discover::open_mapped(place, name, &table.mapping, &self.names())?;
        self.stores.push(opened);
        Ok(())
    }

    fn take(&mut self, opened: discover::Opened) {
        if !opened.ignored.is_empty() {
            let paths: Vec<String> = opened.ignored.iter().map(|path| path.display().to_string()).collect();
            self.remarks.push(format!(
                "opened {}; {} more ignored: {}; name it with --store",
                opened.store.about().path.display(),
                paths.len(),
                paths.join(", ")
            ));
        }
        self.stores.push(opened.store);
    }

    fn names(&self) -> Vec<String> {
        self.stores.iter().map(|store| store.about().name.clone()).collect()
    }
}

/// Whether a person means a table of a server: by its address, with or without a password in it.
fn is_named(table: &MappedTable, given: &Path) -> bool {
    let given = given.to_string_lossy();
    is_address(&given) && Address::of_process(&given).is_ok_and(|address| address.shown() == table.path)
}
