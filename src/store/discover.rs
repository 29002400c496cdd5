//! Finding the stores of this machine, and opening one that a person names.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use super::{
    Problem, Result, Store, agentmemory, claude_mem, files, knowledge_graph, mcp_memory, native,
    sqlite::file::{self, Place},
    table::{self, Mapping},
};

/// Files of one directory that are looked into, when a person names the directory.
const MOST_FILES: usize = 200;

/// What of the process's surroundings decides where stores are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The person's home directory.
    pub home: Option<PathBuf>,
    /// Variables whose names begin as those of the products do.
    pub variables: BTreeMap<String, String>,
    /// Where this person's shared database would be.
    pub shared: Option<PathBuf>,
}

impl Environment {
    /// That of this process, with the place of this person's shared database.
    pub fn of_process(shared: Option<PathBuf>) -> Self {
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| {
                let name = name.as_str();
                name.starts_with("CLAUDE_MEM_")
                    || name == knowledge_graph::VARIABLE
                    || files::VARIABLES.contains(&name)
                    || mcp_memory::is_meant(name)
                    || agentmemory::is_meant(name)
            })
            .collect();
        Self { home, variables, shared }
    }

    fn installation(&self) -> mcp_memory::Installation {
        mcp_memory::Installation { home: self.home.clone(), variables: self.variables.clone() }
    }

    fn agentmemory(&self) -> agentmemory::Installation {
        agentmemory::Installation { home: self.home.clone(), variables: self.variables.clone() }
    }
}

/// What was found, and what was looked at.
pub struct Found {
    /// Stores that can be read.
    pub stores: Vec<Arc<dyn Store>>,
    /// Every place that was looked at, with what was there, in words for a person.
    pub looked_at: Vec<(PathBuf, String)>,
}

/// Looks where the products keep their stores.
pub fn discover(environment: &Environment) -> Found {
    let mut found = Found { stores: Vec::new(), looked_at: Vec::new() };
    match claude_mem::data_directory(environment.home.as_deref(), &environment.variables) {
        Some(directory) => {
            let path = directory.join(claude_mem::FILE_NAME);
            let opened = claude_mem::open(&path, claude_mem::PRODUCT.to_owned(), &environment.variables);
            found.note(path, opened);
        }
        None => found.looked_at.push((PathBuf::from("~/.claude-mem"), "HOME is not set, so it cannot be found".into())),
    }
    if let Some(path) = mcp_memory::database(environment.home.as_deref(), &environment.variables) {
        let opened = mcp_memory::open(&path, mcp_memory::PRODUCT.to_owned(), environment.installation());
        found.note(path, opened);
    }
    for path in agentmemory::usual(&environment.agentmemory()) {
        let taken: Vec<String> = found.stores.iter().map(|store| store.about().name.clone()).collect();
        let name = free_name(agentmemory::PRODUCT, &taken);
        found.note(path.clone(), agentmemory::open(&path, name, environment.agentmemory()));
    }
    if let Some(path) = &environment.shared {
        found.note(path.clone(), native::open(path, native::NAME.to_owned()));
    }
    for path in knowledge_graph::usual(environment.home.as_deref(), &environment.variables) {
        let taken: Vec<String> = found.stores.iter().map(|store| store.about().name.clone()).collect();
        let opened = knowledge_graph::open(&path, free_name(knowledge_graph::PRODUCT, &taken));
        found.note(path, opened);
    }
    for place in environment.home.iter().flat_map(|home| files::usual(home, &environment.variables)) {
        let name = place.product().to_owned();
        found.note(place.path(), Ok(place.open(name)));
    }
    found
}

impl Found {
    /// Takes a store, or notes why there is none.
    fn note(&mut self, path: PathBuf, opened: Result<Arc<dyn Store>>) {
        match opened {
            Ok(store) => {
                let about = store.about();
                self.looked_at.push((path, format!("{}, {}", about.product, about.version)));
                self.stores.push(store);
            }
            Err(Problem::Missing(_)) => self.looked_at.push((path, "not there".into())),
            Err(problem) => {
                let said = problem.to_string();
                let reason = said.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&said).to_owned();
                self.looked_at.push((path, reason));
            }
        }
    }
}

/// A store that was opened, and what else might have been meant.
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Other memory databases of the directory that was named.
    pub ignored: Vec<PathBuf>,
}

/// Opens the store at a path that a person gave, a file or a directory with one in it. What it is is recognised by
/// what it holds. `taken` are the names of stores that are open already. Of several databases in a directory the one
/// with the product's own file name is opened, else the one that was written last.
///
/// # Errors
/// Every [`Problem`] that a path can have.
pub fn look(path: &Path, taken: &[String]) -> Result<Opened> {
    look_in(&Environment::of_process(None), path, taken)
}

/// [`look`] in an environment of one's own.
///
/// # Errors
/// Every [`Problem`] that a path can have.
pub fn look_in(environment: &Environment, path: &Path, taken: &[String]) -> Result<Opened> {
    if let Some(place) = agentmemory::recognised(path) {
        let name = free_name(agentmemory::PRODUCT, taken);
        let store = agentmemory::open(&place, name, environment.agentmemory())?;
        return Ok(Opened { store, ignored: Vec::new() });
    }
    match file::look(path)? {
        Place::File(_) => Ok(Opened { store: open_file(environment, path, taken)?, ignored: Vec::new() }),
        Place::Directory => open_directory(environment, path, taken),
    }
}

/// The store alone, of [`look`].
///
/// # Errors
/// Every [`Problem`] that a path can have.
pub fn open(path: &Path, taken: &[String]) -> Result<Arc<dyn Store>> {
    look(path, taken).map(|opened| opened.store)
}

/// The store alone, of [`look_in`].
///
/// # Errors
/// Every [`Problem`] that a path can have.
pub fn open_in(environment: &Environment, path: &Path, taken: &[String]) -> Result<Arc<dyn Store>> {
    look_in(environment, path, taken).map(|opened| opened.store)
}

fn open_file(environment: &Environment, path: &Path, taken: &[String]) -> Result<Arc<dyn Store>> {
    if native::recognises(path) {
        return native::open(path, free_name(native::NAME, taken));
    }
    // A database may be gigabytes: what is kept as text is not looked for in it.
    if !file::is_database(path) {
        if knowledge_graph::recognises(path) {
            return knowledge_graph::open(path, free_name(knowledge_graph::PRODUCT, taken));
        }
        if let Some(place) = files::of_file(path) {
            let name = free_name(place.product(), taken);
            return Ok(place.open(name));
        }
    }
    // Variables belong to the installation that this user runs, not to every database that is looked at.
    let own = claude_mem::data_directory(environment.home.as_deref(), &environment.variables);
    let is_own = own.is_some_and(|own| same_directory(&own, path.parent().unwrap_or(Path::new("."))));
    let none = BTreeMap::new();
    let name = free_name(claude_mem::PRODUCT, taken);
    let opened = claude_mem::open(path, name, if is_own { &environment.variables } else { &none });
    match opened {
        Err(Problem::NotAStore { .. }) if mcp_memory::recognises(path) => {
            mcp_memory::open(path, free_name(mcp_memory::PRODUCT, taken), environment.installation())
        }
        opened => opened,
    }
}

/// Whether a file is a memory database of any product.
fn recognises(path: &Path) -> bool {
    native::recognises(path)
        || claude_mem::recognises(path)
        || mcp_memory::recognises(path)
        || knowledge_graph::recognises(path)
}

fn same_directory(one: &Path, other: &Path) -> bool {
    let other = if other.as_os_str().is_empty() { Path::new(".") } else { other };
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

fn open_directory(environment: &Environment, directory: &Path, taken: &[String]) -> Result<Opened> {
    let mut files = candidates(directory).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => file::denied(directory),
        _ => Problem::NotAStore {
            path: directory.to_owned(),
            reason: format!("the directory cannot be read ({error}); give the path of a memory database"),
        },
    })?;
    // The usual name and the time only decide what is tried first.
    files.sort_by_cached_key(|file| {
        let usual = [claude_mem::FILE_NAME, mcp_memory::FILE_NAME];
        let unusual = file.file_name().is_none_or(|name| usual.iter().all(|usual| name != *usual));
        (unusual, Reverse(written(file)), file.clone())
    });
    let mut trouble = None;
    for (at, file) in files.iter().enumerate() {
        match open_file(environment, file, taken) {
            Ok(store) => {
                let others = files.iter().skip(at + 1).filter(|file| recognises(file));
                return Ok(Opened { store, ignored: others.cloned().collect() });
            }
            Err(Problem::NotAStore { .. }) => {}
            Err(problem) => trouble = trouble.or(Some(problem)),
        }
    }
    if let Some(place) = files::of_directory(directory) {
        let name = free_name(place.product(), taken);
        return Ok(Opened { store: place.open(name), ignored: Vec::new() });
    }
    Err(trouble.unwrap_or_else(|| Problem::NotAStore {
        path: directory.to_owned(),
        reason: format!(
            "none of the {} files in this directory is a memory database; give the path of one, or run `memtui demo`",
            files.len()
        ),
    }))
}

/// Opens a table of somebody's own by its mapping, under the name that the person gave it or that of its file.
///
/// # Errors
/// Every [`Problem`] that a path can have; [`Problem::NotAStore`] when the mapping does not fit the database.
pub fn open_mapped(path: &Path, name: Option<&str>, mapping: &Mapping, taken: &[String]) -> Result<Arc<dyn Store>> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = name.unwrap_or(&stem).chars().map(plain).collect();
    table::open_mapped(path, mapping.clone(), free_name(&name, taken))
}

/// When a database was written last. What is written goes to its log first; an empty one is left behind by readers.
fn written(database: &Path) -> Option<SystemTime> {
    let time = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    let log = file::companion(database, "-wal");
    time(database).max(if file::size(&log) > 0 { time(&log) } else { None })
}

/// Regular files of a directory that may be databases: not the companions of one.
fn candidates(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)?.flatten().take(MOST_FILES) {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let companion = ["-wal", "-shm", "-journal"].iter().any(|ending| name.ends_with(ending));
        if !companion && !files::is_text(&path) && matches!(file::look(&path), Ok(Place::File(_))) {
            files.push(path);
        }
    }
    Ok(files)
}

/// The product's name, with a number when it is taken.
fn free_name(product: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|number: u32| format!("{product}-{number}"));
    std::iter::once(product.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| product.to_owned())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn database(path: &Path) {
        claude_mem::schema::create(&Connection::open(path).unwrap()).unwrap();
    }

    #[test]
    fn the_standard_place_is_found_and_others_are_told() {
        let home = tempfile::tempdir().unwrap();
        let environment = Environment { home: Some(home.path().to_owned()), ..Environment::default() };
        let found = discover(&environment);
        assert!(found.stores.is_empty());
        assert_eq!(found.looked_at[0], (home.path().join(".claude-mem/claude-mem.db"), "not there".to_owned()));
        assert!(found.looked_at.iter().all(|(_, told)| told == "not there"), "{:?}", found.looked_at);
        fs::create_dir(home.path().join(".claude-mem")).unwrap();
        fs::write(home.path().join(".claude-mem/claude-mem.db"), "some text that is long enough to be read").unwrap();
        let told = discover(&environment).looked_at;
        assert!(told[0].1.starts_with("this is no SQLite database"), "{told:?}");
        fs::remove_file(home.path().join(".claude-mem/claude-mem.db")).unwrap();
        database(&home.path().join(".claude-mem/claude-mem.db"));
        let found = discover(&environment);
        assert_eq!(found.stores[0].about().name, "claude-mem");
        assert_eq!(found.looked_at[0].1, "claude-mem, schema v49");
    }

    #[test]
    fn every_product_is_found_where_it_keeps_its_memories() {
        let it = mcp_memory::tests::Fixture::filled(mcp_memory::tests::Version::V12);
        let directory = it.path.parent().unwrap().to_str().unwrap().to_owned();
        let variables = [("MCP_MEMORY_BASE_DIR".to_owned(), directory.clone())].into();
        let found = discover(&Environment { variables, ..Environment::default() });
        assert_eq!(found.stores[0].about().name, mcp_memory::PRODUCT);
        for path in [it.path.as_path(), Path::new(&directory)] {
            let store = open_in(&Environment::default(), path, &[mcp_memory::PRODUCT.into()]).unwrap();
            assert_eq!((store.about().name.as_str(), store.about().product), ("mcp-memory-2", "mcp-memory-service"));
        }
    }

    #[test]
    fn a_directory_is_searched_by_content() {
        let dir = tempfile::tempdir().unwrap();
        let environment = Environment::default();
        assert!(matches!(open_in(&environment, dir.path(), &[]), Err(Problem::NotAStore { .. })));
        fs::write(dir.path().join("claude-mem.db"), "not a database, whatever its name says, and long enough").unwrap();
        database(&dir.path().join("zettel"));
        let store = open_in(&environment, dir.path(), &["claude-mem".into(), "claude-mem-2".into()]).unwrap();
        assert_eq!(store.about().name, "claude-mem-3");
        assert!(store.about().path.ends_with("zettel"));
        assert_eq!(store.about().read_only, None);
    }

    #[test]
    fn of_several_databases_the_usual_one_is_opened_else_the_newest_and_the_others_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for (name, age) in [("a.db", 300), ("b.db", 100), ("c.db", 200)] {
            database(&path(name));
            let time = SystemTime::now() - std::time::Duration::from_secs(age);
            fs::File::options().write(true).open(path(name)).unwrap().set_modified(time).unwrap();
        }
        fs::write(path("notes"), "no database, but long enough that somebody might take it for one").unwrap();
        let opened = look_in(&Environment::default(), dir.path(), &[]).unwrap();
        assert_eq!(opened.store.about().path, path("b.db"));
        assert_eq!(opened.ignored, [path("c.db"), path("a.db")]);
        assert!(!path("a.db-shm").exists() && !path("c.db-wal").exists(), "a look leaves no trace");
        fs::rename(path("a.db"), path("claude-mem.db")).unwrap();
        let opened = look_in(&Environment::default(), dir.path(), &[]).unwrap();
        assert_eq!(opened.store.about().path, path("claude-mem.db"));
        assert_eq!(opened.ignored, [path("b.db"), path("c.db")]);
        assert!(look_in(&Environment::default(), &path("c.db"), &[]).unwrap().ignored.is_empty());
    }
}
