//! The stores: those that were named, or those that are found and that the settings name.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{base::Base, fail::Failure};
use crate::{
    config::MappedTable,
    state::switched_off,
    store::{
        self, Problem, Store, discover,
        table::postgres::{Address, is_address},
        usual::{self, Absent},
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
    /// Stores that are there and are not open.
    pub(super) absent: Vec<Absent>,
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
            absent: Vec::new(),
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
                match discover::look(path, &found.names()) {
                    Ok(opened) => found.take(opened),
                    // One of several that is damaged or locked does not keep the others away; a slip is told at once.
                    Err(problem) if named.len() > 1 && is_its_state(&problem) => found.lack(path, &problem),
                    Err(problem) => return Err(Failure::opening(&problem)),
                }
            }
        }
        if !named.is_empty() {
            return match found.problems.first() {
                Some(problem) if found.stores.is_empty() => Err(Failure::Store(problem.clone())),
                _ => Ok(found),
            };
        }
        let off = switched_off(&base.paths.switched_off());
        let off: BTreeSet<PathBuf> = off.into_iter().map(|off| off.path).collect();
        let environment = discover::Environment::of_process(Some(base.paths.shared()));
        let usual = usual::discover(&discover::Environment { off: off.clone(), ..environment });
        found.stores = usual.stores;
        found.absent = usual.absent;
        found.looked = usual.looked_at.iter().map(|(path, what)| format!("{}: {what}", path.display())).collect();
        for path in &base.config.stores {
            match discover::look(path, &found.names()) {
                Ok(opened) => found.take(opened),
                Err(problem) => found.lack(path, &problem),
            }
        }
        for table in &base.config.tables {
            if let Err(problem) = found.take_table(table) {
                found.problems.push(problem.to_string());
            }
        }
        found.leave_out(&off);
        Ok(found)
    }

    /// Leaves out what is switched off: of the stores of the settings it is known only now where they are.
    fn leave_out(&mut self, off: &BTreeSet<PathBuf>) {
        let (gone, kept) = std::mem::take(&mut self.stores).into_iter().partition(|it| off.contains(&it.about().path));
        self.stores = kept;
        let absent = |store: Arc<dyn Store>| {
            let about = store.about();
            Absent { name: about.name.clone(), path: about.path.clone(), trouble: None }
        };
        self.absent.extend(Vec::into_iter(gone).map(absent));
    }

    /// Notes a store that cannot be opened now.
    fn lack(&mut self, path: &Path, problem: &Problem) {
        let trouble = problem.to_string();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        self.absent.push(Absent { name, path: path.to_owned(), trouble: Some(trouble.clone()) });
        self.problems.push(trouble);
    }

    /// Opens the store at a path besides the others.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn add(&mut self, path: &Path) -> Result<(), Failure> {
        self.take(discover::look(path, &self.names()).map_err(|problem| Failure::opening(&problem))?);
        Ok(())
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
        // The screen says so as well, and the list of stores why.
        self.absent.extend(opened.ignored.into_iter().map(|path| Absent {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            trouble: Some("another database of its directory is open; name it with --store".to_owned()),
            path,
        }));
        self.stores.push(opened.store);
        self.stores.extend(opened.beside);
    }

    fn names(&self) -> Vec<String> {
        self.stores.iter().map(|store| store.about().name.clone()).collect()
    }
}

/// Whether a store is there and only its state stands against opening it.
const fn is_its_state(problem: &Problem) -> bool {
    !matches!(problem, Problem::Missing(_) | Problem::NotAStore { .. })
}

/// Whether a person means a table of a server: by its address, with or without a password in it.
fn is_named(table: &MappedTable, given: &Path) -> bool {
    let given = given.to_string_lossy();
    is_address(&given) && Address::of_process(&given).is_ok_and(|address| address.shown() == table.path)
}
