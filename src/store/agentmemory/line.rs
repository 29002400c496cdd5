//! Records that the running server has in memory: asked for, changed and read back through its routes.

use std::{collections::HashMap, sync::Arc, thread, time::Duration};

use serde_json::{Map, Value as Json};

use super::{
    desk::Desk,
    kind::{Kind, Name},
    plan::{Step, iso},
    record::{self, Fields, Found},
    server::{Server, Trouble, percent, record_of},
    shelf::Shelf,
    standing,
};
use crate::store::{Problem, Result, sqlite::writing::now};

/// Records in one import.
const BATCH: usize = 500;
/// So many memories are rather listed than asked for one by one.
const MANY: usize = 25;
/// The engine writes what it has in memory at least every so often; only then can some kinds be read back.
const FLUSH: Duration = Duration::from_secs(12);
/// Looks at the files while waiting for that.
const LOOK: Duration = Duration::from_millis(250);

/// The server during one transaction.
pub(super) struct Line<'a> {
    shelf: Arc<Shelf>,
    server: &'a Server,
    /// Answers of this transaction, by their routes.
    lists: HashMap<String, Json>,
    memories: Option<HashMap<String, Fields>>,
    /// What was told is being read back: where no route gives it, the files themselves count.
    reading_back: bool,
    /// Sessions of observations that are not listed, because they are to come back.
    sessions: HashMap<Name, String>,
}

impl<'a> Line<'a> {
    pub(super) fn new(shelf: Arc<Shelf>, server: &'a Server) -> Self {
        Self { shelf, server, lists: HashMap::new(), memories: None, reading_back: false, sessions: HashMap::new() }
    }

    fn problem(&self, trouble: Trouble) -> Problem {
        Problem::Failed { path: self.shelf.place.path.clone(), reason: trouble.sentence() }
    }

    /// Many memories are going to be asked for.
    pub(super) fn prepare(&mut self, names: &[Name]) -> Result<()> {
        let memories = names.iter().filter(|name| name.kind == Kind::Memory).count();
        if memories >= MANY && self.memories.is_none() {
            let all = self.server.memories().map_err(|trouble| self.problem(trouble))?;
            let records = all.into_iter().filter_map(|record| match record {
                Json::Object(fields) => Some((fields.get("id")?.as_str()?.to_owned(), fields)),
                _ => None,
            });
            self.memories = Some(records.collect());
        }
        Ok(())
    }

    /// A record as the server has it now.
    pub(super) fn record(&mut self, name: &Name) -> Result<Option<Found>> {
        let listed = self.listed(name)?;
        let route = match name.kind {
            Kind::Memory => return self.memory(name, listed.as_ref()),
            // No route gives these; their files are some seconds behind.
            Kind::Summary | Kind::Slot => return Ok(listed),
            Kind::Observation => {
                let owner = listed.as_ref().map(|found| &found.owner).or_else(|| self.sessions.get(name));
                let Some(owner) = owner else { return Ok(None) };
                format!("observations?sessionId={}", percent(owner))
            }
            Kind::Semantic => "semantic".to_owned(),
            Kind::Procedural => "procedural".to_owned(),
            Kind::Lesson => "lessons?limit=5000".to_owned(),
            Kind::Insight => "insights?limit=5000".to_owned(),
            Kind::Crystal => "crystals".to_owned(),
            Kind::Session => "sessions".to_owned(),
        };
        if !self.lists.contains_key(&route) {
            let answer = self.server.get(&route).map_err(|trouble| self.problem(trouble))?;
            self.lists.insert(route.clone(), answer);
        }
        let record = self.lists.get(&route).and_then(|answer| record_of(answer, name.kind.key(), &name.key));
        Ok(match (record, listed) {
            (Some(Json::Object(fields)), listed) => Some(found(fields, listed.as_ref())),
            // What was deleted softly is not listed any more, but it is there.
            (_, Some(found)) if !standing::is_used(name.kind, &found.fields) => Some(found),
            _ => None,
        }
        .filter(|found| !standing::is_pruned(name.kind, &found.fields)))
    }

    /// A record as the files have it, and what the server was told since.
    fn listed(&self, name: &Name) -> Result<Option<Found>> {
        if self.reading_back && is_read_in_files(name.kind) {
            return Desk::new(Arc::clone(&self.shelf)).record(name);
        }
        Ok(self.shelf.book().named(name).map(|entry| Found {
            owner: entry.seed.owner.to_string(),
            at: entry.seed.at,
            fields: (*entry.seed.fields).clone(),
        }))
    }

    fn memory(&self, name: &Name, listed: Option<&Found>) -> Result<Option<Found>> {
        if let Some(memories) = &self.memories {
            return Ok(memories.get(&name.key).map(|fields| found(fields.clone(), listed)));
        }
        match self.server.memory(&name.key).map_err(|trouble| self.problem(trouble))? {
            Some(Json::Object(fields)) => Ok(Some(found(fields, listed))),
            _ => Ok(None),
        }
    }

    /// Why the server cannot be told to make a change, or could not be told to take it back.
    pub(super) fn objection(step: &Step) -> Option<String> {
        let kind = step.name.kind;
        let instead = "stop agentmemory, then do it in its files";
        if kind == Kind::Slot {
            return Some(format!(
                "its server stamps its own time on a slot, so that nothing could be taken back; {instead}"
            ));
        }
        let deletes = matches!(kind, Kind::Memory | Kind::Observation | Kind::Lesson | Kind::Insight);
        if (step.before.is_none() || step.after.is_none()) && !deletes {
            return Some(format!("its server has no way to delete a {}; {instead}", kind.word()));
        }
        let needed: &[&str] = match kind {
            Kind::Memory => &["origin", "sessionIds"],
            Kind::Observation => &["origin"],
            _ => &[],
        };
        let mut records = [&step.before, &step.after].into_iter().flatten();
        records.find_map(|found| {
            let missing = needed.iter().find(|field| !found.fields.contains_key(**field))?;
            Some(format!(
                "it has no {missing}, which the server would add, so that it could not be taken back; {instead}"
            ))
        })
    }

    /// Makes changes and reads them back; takes back what was made when one fails.
    pub(super) fn carry_out(&mut self, steps: &[Step]) -> Result<()> {
        for step in steps {
            let found = step.after.as_ref().or(step.before.as_ref());
            self.sessions.extend(found.map(|found| (step.name.clone(), found.owner.clone())));
        }
        let made = self.make(steps).and_then(|()| self.verify(steps));
        let Err(problem) = made else {
            self.shelf.tell(steps.iter().map(|step| (step.name.clone(), step.after.clone())));
            return Ok(());
        };
        let back: Vec<Step> = steps
            .iter()
            .map(|step| Step { name: step.name.clone(), before: step.after.clone(), after: step.before.clone() })
            .collect();
        // What cannot be taken back is found by whoever compares the store with the ledger.
        let _result = self.make(&back).and_then(|()| self.verify(&back));
        Err(problem)
    }

    fn make(&mut self, steps: &[Step]) -> Result<()> {
        // Only deleting takes a memory out of the server's index of words; then it can be held back.
        let held = |step: &&Step| {
            let used =
                |found: &Option<Found>| found.as_ref().is_some_and(|it| standing::is_used(Kind::Memory, &it.fields));
            step.after.is_none() || (used(&step.before) && !used(&step.after))
        };
        let memories: Vec<&Step> = steps.iter().filter(|step| step.name.kind == Kind::Memory).filter(held).collect();
        if !memories.is_empty() {
            let ids: Vec<&str> = memories.iter().map(|step| step.name.key.as_str()).collect();
            self.tell(&|server| server.delete_memories(&ids), &|line| line.are_gone(&memories))?;
        }
        let mut sessions: HashMap<&str, Vec<&Step>> = HashMap::new();
        for step in steps.iter().filter(|step| step.name.kind == Kind::Observation && step.after.is_none()) {
            let owner = step.before.as_ref().map(|found| found.owner.as_str()).unwrap_or_default();
            sessions.entry(owner).or_default().push(step);
        }
        for (session, steps) in sessions {
            let ids: Vec<&str> = steps.iter().map(|step| step.name.key.as_str()).collect();
            self.tell(&|server| server.forget(session, &ids), &|line| line.are_gone(&steps))?;
        }
        let imported: Vec<(&Step, Fields)> = steps.iter().filter_map(|step| Some((step, imported(step)?))).collect();
        for batch in imported.chunks(BATCH) {
            let data = exported(batch);
            let steps: Vec<&Step> = batch.iter().map(|(step, _)| *step).collect();
            self.tell(&|server| server.import(data.clone(), &iso(now())), &|line| {
                line.first_wrong(&steps).map(|it| it.is_none())
            })?;
        }
        Ok(())
    }

    /// Tells the server something; where no answer came it is looked whether it was done before it is told once more.
    fn tell(
        &mut self,
        say: &dyn Fn(&Server) -> std::result::Result<(), Trouble>,
        is_done: &dyn Fn(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        let mut last = None;
        for _ in 0..2 {
            match say(self.server) {
                Ok(()) => return Ok(()),
                Err(trouble @ Trouble::Refused(_)) => return Err(self.problem(trouble)),
                Err(trouble) => last = Some(trouble),
            }
            self.forget_answers();
            if is_done(self)? {
                return Ok(());
            }
        }
        Err(self.problem(last.unwrap_or_else(|| Trouble::Silence("nothing was said".to_owned()))))
    }

    fn forget_answers(&mut self) {
        self.lists.clear();
        self.memories = None;
    }

    fn are_gone(&mut self, steps: &[&Step]) -> Result<bool> {
        let names: Vec<Name> = steps.iter().map(|step| step.name.clone()).collect();
        self.prepare(&names)?;
        for name in &names {
            if self.record(name)?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn verify(&mut self, steps: &[Step]) -> Result<()> {
        self.forget_answers();
        self.reading_back = true;
        let verified = self.read_back(&steps.iter().collect::<Vec<_>>());
        self.reading_back = false;
        verified
    }

    fn read_back(&mut self, steps: &[&Step]) -> Result<()> {
        let mut waited = Duration::ZERO;
        while let Some(wrong) = self.first_wrong(steps)? {
            if !is_read_in_files(wrong.name.kind) || waited >= FLUSH {
                let what = wrong.name.native();
                return Err(Problem::NotVerified { path: self.shelf.place.path.clone(), what });
            }
            thread::sleep(LOOK);
            waited += LOOK;
        }
        Ok(())
    }

    /// The first record that is not as it was to become.
    fn first_wrong<'s>(&mut self, steps: &[&'s Step]) -> Result<Option<&'s Step>> {
        let names: Vec<Name> = steps.iter().map(|step| step.name.clone()).collect();
        self.prepare(&names)?;
        for step in steps {
            let kind = step.name.kind;
            let image = |found: &Found| record::image(kind, found).digest();
            let now = self.record(&step.name)?;
            let is_so = now.as_ref().map(image) == step.after.as_ref().map(image);
            // The server lists no lesson that is deleted: that it is gone from there is all that can be seen.
            let is_hidden = kind != Kind::Memory
                && step.after.as_ref().is_some_and(|found| !standing::is_used(kind, &found.fields))
                && now.as_ref().is_none_or(|found| !standing::is_used(kind, &found.fields));
            if !is_so && !is_hidden {
                return Ok(Some(step));
            }
        }
        Ok(None)
    }
}

/// Whether the server hides some of these records, so that only the files tell what became of them.
fn is_read_in_files(kind: Kind) -> bool {
    matches!(kind, Kind::Summary | Kind::Lesson | Kind::Insight)
}

fn found(fields: Fields, listed: Option<&Found>) -> Found {
    // The server's answers have their fields in another order than its files.
    let mut names: Vec<(String, Json)> = fields.into_iter().collect();
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (owner, at) = listed.map(|found| (found.owner.clone(), found.at)).unwrap_or_default();
    Found { owner, at, fields: names.into_iter().collect() }
}

/// The record that is to be imported for a change, if it is done so.
fn imported(step: &Step) -> Option<Fields> {
    match (&step.after, &step.before) {
        (Some(after), _) => Some(after.fields.clone()),
        (None, Some(before)) if matches!(step.name.kind, Kind::Lesson | Kind::Insight) => {
            Some(standing::pruned(&before.fields))
        }
        (None, _) => None,
    }
}

/// Records as an export has them.
fn exported(batch: &[(&Step, Fields)]) -> Map<String, Json> {
    let mut data = Map::new();
    for (step, fields) in batch {
        let Some(field) = step.name.kind.exported() else { continue };
        let record = Json::Object(fields.clone());
        let list = if step.name.kind == Kind::Observation {
            let sessions = data.entry(field).or_insert_with(|| Json::Object(Map::new()));
            let owner = step.after.as_ref().or(step.before.as_ref()).map(|found| found.owner.clone());
            sessions
                .as_object_mut()
                .map(|map| map.entry(owner.unwrap_or_default()).or_insert_with(|| Json::Array(Vec::new())))
        } else {
            Some(data.entry(field).or_insert_with(|| Json::Array(Vec::new())))
        };
        if let Some(Json::Array(list)) = list {
            list.push(record);
        }
    }
    data
}
