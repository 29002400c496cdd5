//! The stores of this machine where their products keep them: opened all at once, so that none waits for another.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, mpsc::channel},
    thread,
    time::{Duration, Instant},
};

use super::{
    Problem, Result, Store, agentmemory, claude_mem,
    discover::{Environment, free_name},
    files, knowledge_graph, mcp_memory, native,
};

/// So long opening one is waited for when the others are open; longer on a machine that is slow at everything.
const PATIENCE: Duration = Duration::from_secs(1);
const AS_SLOW: u32 = 10;

/// What was found, and what was looked at.
#[derive(Default)]
pub struct Found {
    /// Stores that can be read.
    pub stores: Vec<Arc<dyn Store>>,
    /// Every place that was looked at, with what was there, in words for a person.
    pub looked_at: Vec<(PathBuf, String)>,
    /// Stores that are there and are not open.
    pub absent: Vec<Absent>,
}

/// A store that is there and is not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// The name that it would have.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Why it is not open; `None`: it is switched off.
    pub trouble: Option<String>,
}

/// What opens a store under a name.
type Open = Box<dyn FnOnce(String) -> Result<Arc<dyn Store>> + Send>;

/// A place where a store may be.
struct Candidate {
    path: PathBuf,
    product: &'static str,
    open: Open,
}

/// Looks where the products keep their stores.
pub fn discover(environment: &Environment) -> Found {
    let mut found = Found::default();
    if claude_mem::data_directory(environment.home.as_deref(), &environment.variables).is_none() {
        found.looked_at.push((PathBuf::from("~/.claude-mem"), "HOME is not set, so it cannot be found".into()));
    }
    let mut names: Vec<String> = Vec::new();
    let mut asked: Vec<(PathBuf, String, Option<Open>)> = Vec::new();
    for Candidate { path, product, open } in candidates(environment) {
        let name = free_name(product, &names);
        let is_there = path.symlink_metadata().is_ok();
        let is_off = environment.off.contains(&path);
        if is_there {
            names.push(name.clone());
        }
        asked.push((path, name, Some(open).filter(|_| is_there && !is_off)));
    }
    let answers = open_all(&mut asked);
    for ((path, name, _), answer) in asked.into_iter().zip(answers) {
        found.note(path, name, answer, &environment.off);
    }
    found
}

fn candidates(environment: &Environment) -> Vec<Candidate> {
    let home = environment.home.as_deref();
    let variables = &environment.variables;
    let mut all = Vec::new();
    let mut add = |path: &Path, product, open: Open| {
        all.push(Candidate { path: path.to_owned(), product, open });
    };
    if let Some(directory) = claude_mem::data_directory(home, variables) {
        let (path, variables) = (directory.join(claude_mem::FILE_NAME), variables.clone());
        let own = path.clone();
        add(&path, claude_mem::PRODUCT, Box::new(move |name| claude_mem::open(&own, name, &variables)));
    }
    if let Some(path) = mcp_memory::database(home, variables) {
        let (own, installation) = (path.clone(), environment.installation());
        add(&path, mcp_memory::PRODUCT, Box::new(move |name| mcp_memory::open(&own, name, installation)));
    }
    for path in agentmemory::usual(&environment.agentmemory()) {
        let (own, installation) = (path.clone(), environment.agentmemory());
        add(&path, agentmemory::PRODUCT, Box::new(move |name| agentmemory::open(&own, name, installation)));
    }
    if let Some(path) = &environment.shared {
        let own = path.clone();
        add(path, native::NAME, Box::new(move |name| native::open(&own, name)));
    }
    for path in knowledge_graph::usual(home, variables) {
        let own = path.clone();
        add(&path, knowledge_graph::PRODUCT, Box::new(move |name| knowledge_graph::open(&own, name)));
    }
    for place in home.iter().flat_map(|home| files::usual(home, variables)) {
        add(&place.path(), place.product(), Box::new(move |name| Ok(place.open(name))));
    }
    all
}

/// Opens everything at once. What takes much longer than the rest is not waited for: `None`, as where nothing is opened.
fn open_all(asked: &mut [(PathBuf, String, Option<Open>)]) -> Vec<Option<Result<Arc<dyn Store>>>> {
    let mut answers: Vec<Option<Result<Arc<dyn Store>>>> = asked.iter().map(|_| None).collect();
    let mut waiting: Vec<(usize, String, Open)> = Vec::new();
    for (at, (_, name, open)) in asked.iter_mut().enumerate() {
        waiting.extend(open.take().map(|open| (at, name.clone(), open)));
    }
    if waiting.len() < 2 {
        for (at, name, open) in waiting {
            if let Some(answer) = answers.get_mut(at) {
                *answer = Some(open(name));
            }
        }
        return answers;
    }
    let (sender, opened) = channel();
    let (began, mut left) = (Instant::now(), waiting.len());
    for (at, name, open) in waiting {
        let sender = sender.clone();
        // Whoever asked may have gone on without it.
        let ask = move || drop(sender.send((at, open(name))));
        if thread::Builder::new().name("open".to_owned()).spawn(ask).is_err() {
            left -= 1;
        }
    }
    let mut latest = Duration::ZERO;
    while left > 0 {
        let until = PATIENCE + latest * AS_SLOW;
        let Ok((at, answer)) = opened.recv_timeout(until.saturating_sub(began.elapsed())) else { break };
        left -= 1;
        latest = began.elapsed();
        if let Some(place) = answers.get_mut(at) {
            *place = Some(answer);
        }
    }
    answers
}

impl Found {
    /// Takes a store, or notes why there is none.
    fn note(
        &mut self,
        path: PathBuf,
        name: String,
        answer: Option<Result<Arc<dyn Store>>>,
        off: &std::collections::BTreeSet<PathBuf>,
    ) {
        let trouble = match answer {
            Some(Ok(store)) => {
                let about = store.about();
                self.looked_at.push((path, format!("{}, {}", about.product, about.version)));
                return self.stores.push(store);
            }
            None if off.contains(&path) => None,
            None if path.symlink_metadata().is_err() => return self.looked_at.push((path, "not there".into())),
            Some(Err(Problem::Missing(_))) => return self.looked_at.push((path, "not there".into())),
            None => Some("it does not answer; `r` opens it again".to_owned()),
            Some(Err(problem)) => {
                let said = problem.to_string();
                Some(said.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&said).to_owned())
            }
        };
        self.looked_at.push((path.clone(), trouble.clone().unwrap_or_else(|| "switched off".to_owned())));
        self.absent.push(Absent { name, path, trouble });
    }
}
