//! What becomes of each memory when changes of it are taken back: exactly what it was, a merge, or a conflict.

use std::collections::HashMap;

use super::{
    Becomes, Return, Way,
    merge::{Merged, take_back},
    plan::Chain,
};
use crate::{
    change::{Edit, Place},
    curate::{CurateProblem, Curator, OperationId},
    memory::{Digest, EpochMs, Image, MemoryId},
    store::Expect,
};

/// Memories that are read from their store at a time.
const READ: usize = 1000;

/// One change that is to be taken back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) operation: OperationId,
    pub(super) before: Option<(i64, Digest)>,
    pub(super) after: Option<(i64, Digest)>,
}

/// A memory as it is now.
struct Present {
    store: u8,
    image: Option<Image>,
    digest: Option<Digest>,
}

/// What was decided.
struct Verdict {
    becomes: Becomes,
    way: Option<Way>,
    conflict: Option<String>,
    keeps: Vec<String>,
}

impl Curator {
    /// Decides for each memory.
    pub(super) fn decide_all(&mut self, chains: &[Chain], now: EpochMs) -> Result<Vec<Return>, CurateProblem> {
        let mut returns = Vec::with_capacity(chains.len());
        let mut rest = chains;
        while let Some(first) = rest.first() {
            let alike = |chain: &&Chain| (chain.store, chain.place) == (first.store, first.place);
            let count = rest.iter().take(READ).take_while(alike).count();
            let (run, behind) = rest.split_at(count);
            rest = behind;
            let Some(store) = self.place_of(first.store, now) else {
                returns.extend(self.homeless(run)?);
                continue;
            };
            let present = self.present(store, first.place, run, now)?;
            let titles = self.titles(run, &present)?;
            for ((chain, present), title) in run.iter().zip(present).zip(titles) {
                returns.push(self.decide_one(chain, present, title)?);
            }
        }
        Ok(returns)
    }

    /// Memories of a store that is not open: nothing can be done about them now.
    fn homeless(&self, run: &[Chain]) -> Result<Vec<Return>, CurateProblem> {
        let Some(store) = run.first().map(|chain| chain.store) else { return Ok(Vec::new()) };
        let (name, path) = self.ledger()?.store(store)?.unwrap_or_else(|| ("?".to_owned(), "?".to_owned()));
        let one = |chain: &Chain| Return {
            id: MemoryId { store: name.clone(), native: chain.native.clone() },
            title: String::new(),
            becomes: Becomes::Nothing,
            conflict: Some(format!("its store {path} is not open; open it with --store")),
            keeps: Vec::new(),
            derived: None,
            store: None,
            place: chain.place,
            expect: Expect::Absent,
            way: None,
            from: None,
        };
        Ok(run.iter().map(one).collect())
    }

    fn present(&mut self, store: u8, place: Place, run: &[Chain], now: EpochMs) -> Result<Vec<Present>, CurateProblem> {
        let images: Vec<Option<Image>> = if place == Place::Overlay {
            run.iter().map(|chain| self.image_now(store, place, &chain.native, now)).collect::<Result<_, _>>()?
        } else {
            let reader = self.reader(store)?;
            let handles: Vec<_> = run.iter().map(|chain| reader.handle(&chain.native)).collect();
            let there: Vec<_> = handles.iter().flatten().copied().collect();
            let mut found: HashMap<_, _> = there.iter().copied().zip(reader.images(&there)?).collect();
            handles.into_iter().map(|handle| found.remove(&handle?).flatten()).collect()
        };
        let present = |image: Option<Image>| Present { store, digest: image.as_ref().map(Image::digest), image };
        Ok(images.into_iter().map(present).collect())
    }

    /// The titles: of what is there now, else of what comes back.
    fn titles(&self, run: &[Chain], present: &[Present]) -> Result<Vec<String>, CurateProblem> {
        let ledger = self.ledger()?;
        let goal = |chain: &Chain| chain.links.last().and_then(|link| link.before.or(link.after));
        let gone = run.iter().zip(present).filter(|(chain, it)| it.image.is_none() && chain.place == Place::Store);
        let numbers: Vec<i64> = gone.filter_map(|(chain, _)| goal(chain)).map(|(number, _)| number).collect();
        let operation = run.first().and_then(|chain| chain.links.first()).map_or(0, |link| link.operation);
        let images = match ledger.images(operation, &numbers) {
            Ok(images) => images,
            Err(problem) if problem.is_gone() => HashMap::new(),
            Err(problem) => return Err(problem.into()),
        };
        let title = |(chain, present): (&Chain, &Present)| {
            let image = present.image.as_ref().or_else(|| images.get(&goal(chain)?.0));
            image.map(Image::headline).unwrap_or_default()
        };
        Ok(run.iter().zip(present).map(title).collect())
    }

    /// Decides for one memory.
    fn decide_one(&mut self, chain: &Chain, present: Present, title: String) -> Result<Return, CurateProblem> {
        let Present { store, image, digest } = present;
        let goal = chain.links.last().and_then(|link| link.before);
        let latest = chain.links.first().and_then(|link| link.after);
        let unbroken = chain.links.windows(2).all(|pair| match pair {
            [later, earlier] => later.before.map(|it| it.1) == earlier.after.map(|it| it.1),
            _ => true,
        });
        let verdict = if digest == goal.map(|(_, digest)| digest) {
            Verdict { becomes: Becomes::Nothing, way: None, conflict: None, keeps: Vec::new() }
        } else if unbroken && digest == latest.map(|(_, digest)| digest) {
            self.exactly(chain, goal, digest.is_some())?
        } else {
            self.three_way(chain, store, image.as_ref(), goal)?
        };
        let title = if title.is_empty() && chain.place == Place::Overlay {
            self.row_title(store, &chain.native)
        } else {
            title
        };
        let Verdict { becomes, way, conflict, keeps } = verdict;
        Ok(Return {
            id: self.public_id(store, &chain.native),
            title,
            becomes: if chain.place == Place::Overlay && becomes != Becomes::Nothing {
                Becomes::Marks
            } else {
                becomes
            },
            conflict,
            keeps,
            derived: None,
            store: Some(store),
            place: chain.place,
            expect: digest.map_or(Expect::Absent, Expect::Exactly),
            way,
            from: latest.filter(|(_, known)| Some(*known) == digest).map(|(number, digest)| (digest, number)),
        })
    }

    /// Nobody changed it since: it becomes what it was, to the byte.
    fn exactly(&self, chain: &Chain, goal: Option<(i64, Digest)>, is_there: bool) -> Result<Verdict, CurateProblem> {
        let operation = chain.links.last().map_or(0, |link| link.operation);
        let becomes = match (goal, is_there) {
            (None, _) => Becomes::Gone,
            (Some(_), false) => Becomes::Back,
            (Some(_), true) => Becomes::Older,
        };
        let (way, conflict) = match goal {
            None => (Some(Way::Delete), None),
            Some((image, digest)) if self.ledger()?.has_image(image)? => {
                (Some(Way::Recorded { operation, image, digest }), None)
            }
            Some((image, _)) => (None, Some(self.why_gone(operation, image)?)),
        };
        Ok(Verdict { becomes, way, conflict, keeps: Vec::new() })
    }

    /// Somebody changed it since: what he left alone is taken back, and where both changed the same it is a conflict.
    fn three_way(
        &mut self,
        chain: &Chain,
        store: u8,
        now: Option<&Image>,
        goal: Option<(i64, Digest)>,
    ) -> Result<Verdict, CurateProblem> {
        let operation = chain.links.last().map_or(0, |link| link.operation);
        let anyway = match goal {
            None => Some(Way::Delete),
            Some((image, digest)) => {
                self.ledger()?.has_image(image)?.then_some(Way::Recorded { operation, image, digest })
            }
        };
        let becomes = match (goal, now) {
            (None, _) => Becomes::Gone,
            (Some(_), None) => Becomes::Back,
            (Some(_), Some(_)) => Becomes::Older,
        };
        let conflict = |reason: String| Verdict { becomes, way: anyway.clone(), conflict: Some(reason), keeps: vec![] };
        let who = self.who_since(chain, now.is_some())?;
        if now.is_none() || goal.is_none() || chain.place == Place::Overlay {
            return Ok(conflict(who));
        }
        let mut sides = Vec::with_capacity(chain.links.len());
        for link in &chain.links {
            let (Some((before, _)), Some((after, _))) = (link.before, link.after) else { return Ok(conflict(who)) };
            let ledger = self.ledger()?;
            match (ledger.image(link.operation, before), ledger.image(link.operation, after)) {
                (Ok(before), Ok(after)) => sides.push((before, after)),
                (Err(problem), _) | (_, Err(problem)) if problem.is_gone() => return Ok(conflict(problem.to_string())),
                (Err(problem), _) | (_, Err(problem)) => return Err(problem.into()),
            }
        }
        let fields = self.fields_of(store, &chain.native)?;
        Ok(match take_back(&fields, &sides) {
            Merged::Clean { edit, keeps } if !edit.is_empty() => {
                Verdict { becomes: Becomes::Merged, way: Some(Way::Edit(edit)), conflict: None, keeps }
            }
            Merged::Clean { .. } => Verdict { becomes: Becomes::Nothing, way: None, conflict: None, keeps: vec![] },
            Merged::Conflict(fields) => conflict(format!("{who}, in the same place: {}", fields.join(", "))),
        })
    }

    /// Why what a memory was before an operation is not kept any more.
    fn why_gone(&self, operation: OperationId, image: i64) -> Result<String, CurateProblem> {
        let erased = self.ledger()?.erased(image)?;
        Ok(erased.map_or_else(
            || let_go(operation),
            |erased| format!("what it was before operation {operation} was {erased}"),
        ))
    }

    /// The fields of a memory that can be edited.
    fn fields_of(&mut self, store: u8, native: &str) -> Result<Edit, CurateProblem> {
        let reader = self.reader(store)?;
        let Some(handle) = reader.handle(native) else { return Ok(Edit::new()) };
        Ok(reader.editable(handle)?.unwrap_or_default())
    }

    /// Who changed a memory behind the changes that are to be taken back.
    fn who_since(&self, chain: &Chain, is_there: bool) -> Result<String, CurateProblem> {
        let last = chain.links.first().map_or(0, |link| link.operation);
        let later = self.ledger()?.changed_later(last, chain.store, &chain.native)?;
        let later = match later {
            Some(operation) => self.ledger()?.operation(operation)?,
            None => None,
        };
        Ok(match (later, is_there) {
            (Some(found), true) if found.label == crate::change::Label::Observe => {
                format!("{} changed it since (operation {})", somebody(&found.author), found.id)
            }
            (Some(found), true) => format!("operation {} ({}) changed it since", found.id, found.label.name()),
            (Some(found), false) => format!("operation {} ({}) deleted it since", found.id, found.label.name()),
            (None, true) => "another program changed it since".to_owned(),
            (None, false) => "another program deleted it since".to_owned(),
        })
    }
}

fn somebody(author: &str) -> &str {
    if author == "observed" { "another program" } else { author }
}

fn let_go(operation: OperationId) -> String {
    format!("what it was before operation {operation} was let go to keep the ledger small")
}
