//! What the commands on the queue ask of a session.

use std::{collections::HashMap, ops::ControlFlow};

use super::Session;
use crate::cli::base::Base;
use crate::{
    change::{
        Draft, Edit, Waiting,
        form::{Complaint, Form},
    },
    cli::{
        fail::{Failure, say},
        times,
    },
    curate::{CurateProblem, Policy},
    engine::{
        By, Elsewhere,
        inbox::{self, Came, Inbox, TakenIn},
        offers::take_offers,
    },
    memory::{Key, MemoryId},
    store::ScanOf,
};

impl Base {
    /// The inbox, under the person's policies.
    pub(in crate::cli) fn inbox(&self) -> Inbox {
        Inbox { path: self.paths.inbox(), policies: self.config.policies.clone() }
    }
}

impl Session {
    /// Whether there is a ledger: looking makes none.
    pub(in crate::cli) fn has_ledger(&self) -> bool {
        self.base.paths.ledger().exists()
    }

    /// Proposals that wait for a verdict now.
    pub(in crate::cli) fn waiting(&mut self) -> Result<Vec<Waiting>, Failure> {
        if !self.has_ledger() {
            return Ok(Vec::new());
        }
        Ok(self.curator()?.waiting(times::now())?)
    }

    /// How many more wait that are about stores that are not open, and the names and paths of these.
    pub(in crate::cli) fn waiting_elsewhere(&mut self) -> Result<(usize, Vec<(String, String)>), Failure> {
        if !self.has_ledger() {
            return Ok((0, Vec::new()));
        }
        let (curator, now) = (self.curator()?, times::now());
        let (open, ledger) = (curator.open(), curator.ledger()?);
        let count = ledger.queue_mark(now, &open).map_err(CurateProblem::from)?.elsewhere;
        Ok((count, ledger.closed_stores(None, now, &open).map_err(CurateProblem::from)?))
    }

    /// The fields of a memory as they are now; none when it is gone.
    pub(in crate::cli) fn fields_now(&mut self, store: u8, native: &str) -> Result<Edit, Failure> {
        let reader = self.desk.reader(store)?;
        let Some(handle) = reader.handle(native) else { return Ok(Edit::new()) };
        Ok(reader.editable(handle)?.unwrap_or_default())
    }

    /// The name of a memory and its title, if it is there.
    pub(in crate::cli) fn called(&mut self, store: u8, native: &str) -> Result<(String, String), Failure> {
        let name = self.library.names().get(usize::from(store)).cloned().unwrap_or_default();
        let id = MemoryId { store: name, native: native.to_owned() };
        let title = self.title(&id)?.unwrap_or_default();
        Ok((id.to_string(), title))
    }

    /// Hands proposals in under the person's policies.
    pub(in crate::cli) fn hand_in(
        &mut self,
        forms: Vec<Result<Form, Complaint>>,
        author_of: &dyn Fn(Option<&str>) -> String,
        note: &str,
    ) -> Result<Came, Failure> {
        let policies = self.base.config.policies.clone();
        let came = inbox::hand_in(self.curator()?, forms, author_of, note, &policies, times::now(), &mut |_, _| {
            ControlFlow::Continue(())
        })?;
        self.notices();
        Ok(came)
    }

    /// What a form would do to the memories of the open stores.
    pub(in crate::cli) fn resolve(&mut self, form: &Form) -> Result<Result<Draft, Vec<Complaint>>, Failure> {
        Ok(self.curator()?.resolve(form))
    }

    /// Where the memory of that id is, if it is there.
    pub(in crate::cli) fn place_of(&mut self, id: &MemoryId) -> Result<Option<Key>, Failure> {
        Ok(self.desk.find(id)?)
    }

    /// Where memories are, by name: those that have one of these texts, or else whose own name ends as they are called.
    /// Every memory of the stores is looked at once; of several that would do, the newest is taken.
    pub(in crate::cli) fn look_for(
        &mut self,
        sought: &[(String, String)],
        only: Option<&str>,
    ) -> Result<HashMap<String, Key>, Failure> {
        let by_text: HashMap<&str, &str> = sought
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| (text.trim(), name.as_str()))
            .collect();
        let mut by_file: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, _) in sought {
            by_file.entry(last_part(name)).or_default().push(name);
        }
        let (mut same_text, mut same_name) = (HashMap::new(), HashMap::new());
        let stores: Vec<String> = self.library.names().to_vec();
        for (store, _) in (0_u8..).zip(&stores).filter(|(_, name)| only.is_none_or(|only| only == *name)) {
            let mut handles = Vec::new();
            self.desk.reader(store)?.scan(ScanOf::All, &mut |scanned| {
                let found = scanned.texts.iter().find_map(|text| by_text.get(text.trim()));
                if let Some(name) = found {
                    same_text.insert((*name).to_owned(), Key { store, handle: scanned.handle });
                }
                handles.push(scanned.handle);
                ControlFlow::Continue(())
            })?;
            let reader = self.desk.reader(store)?;
            for handle in handles {
                let native = reader.native(handle);
                let called = by_file.get(last_part(&native)).into_iter().flatten();
                for name in called.filter(|name| is_end_of(name, &native)) {
                    same_name.insert((*name).to_owned(), Key { store, handle });
                }
            }
        }
        same_name.extend(same_text);
        Ok(same_name)
    }

    /// What others did to the stores since the person last looked.
    pub(in crate::cli) fn elsewhere(&mut self) -> Result<Vec<Elsewhere>, Failure> {
        if !self.has_ledger() {
            return Ok(Vec::new());
        }
        self.judged()?;
        let (observing, may_write) = (self.base.config.observing(), !self.read_only);
        let stores = self.stores().len();
        let curator = self.curator()?;
        for store in (0..u8::MAX).take(stores) {
            if may_write && curator.is_observed(store, observing.which) {
                curator.look_through(store, observing, times::now())?;
            }
        }
        match &mut self.curator {
            Some(curator) => Ok(self.desk.elsewhere(curator, observing.which, By::Reading)?),
            None => Ok(Vec::new()),
        }
    }

    /// Notes that the person has seen all that others did.
    pub(in crate::cli) fn saw_elsewhere(&mut self) -> Result<(), Failure> {
        self.judged()?;
        let which = self.base.config.observing().which;
        self.curator()?;
        match &mut self.curator {
            Some(curator) => Ok(self.desk.saw_elsewhere(curator, which, By::Reading)?),
            None => Ok(()),
        }
    }

    /// The person's policies.
    pub(in crate::cli) fn policies(&self) -> &[Policy] {
        &self.base.config.policies
    }

    /// Takes in what lies in the inbox, and says what came of it.
    pub(in crate::cli) fn empty_inbox(&mut self) -> Result<(), Failure> {
        let inbox = self.base.inbox();
        if self.read_only {
            return Ok(());
        }
        // Looking makes no ledger: it is asked whether there is anything first.
        if self.stores().iter().any(|store| !store.offers().is_empty()) {
            let policies = inbox.policies.clone();
            let told = take_offers(self.curator()?, &policies, times::now(), &mut |_, _| ControlFlow::Continue(()))?;
            self.notices();
            for sentence in &told {
                say(sentence);
            }
        }
        if !inbox.holds_something() {
            return Ok(());
        }
        let taken = inbox::take_in(self.curator()?, &inbox, times::now(), &mut |_, _| ControlFlow::Continue(()))?;
        self.notices();
        taken.iter().map(TakenIn::sentence).for_each(|sentence| say(&sentence));
        Ok(())
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a path ends as it is called, from one of its folders on.
fn is_end_of(name: &str, path: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}
