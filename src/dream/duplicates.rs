//! Copies and near copies: the best text is kept, with the facts, tags and files of all; the others go.

use super::{
    Analyse, Made, Seen,
    note::{Note, day},
    reading::{Reading, Whole},
    resembling::Resembling,
    said::Said,
};
use crate::{
    change::{Draft, Edit, FieldValue, Label, Wish},
    memory::{EpochMs, Key},
    store::Result,
};

/// Copies that one proposal is about at most.
const MOST: usize = 50;

/// How a memory is like the one that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// The very same words.
    Copy,
    /// Everything it says is said there too.
    Part,
    /// The same title, and the same said in a few other words.
    Reworded,
}

impl Likeness {
    const fn confidence(self) -> f32 {
        match self {
            Self::Copy => 0.97,
            Self::Part => 0.9,
            Self::Reworded => 0.75,
        }
    }
}

#[derive(Default)]
pub(super) struct Duplicates(Resembling);

impl Analyse for Duplicates {
    fn look(&mut self, seen: &Seen<'_>) {
        if stands_for_itself(seen.scanned.kind) {
            self.0.take_in(seen);
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        let grounds = reading.grounds;
        let fresh = |key: &Key| grounds.known(*key).is_some_and(|known| known.fresh);
        let groups = std::mem::take(&mut self.0).groups(&grounds.kin.alike);
        let groups: Vec<&Vec<Key>> = groups.iter().filter(|group| group.iter().any(fresh)).collect();
        reading.expect(groups.iter().map(|group| group.len()).sum());
        for group in groups {
            for part in group.chunks(MOST) {
                let mut whole = reading.whole(part)?;
                let mut read = Vec::with_capacity(part.len());
                for key in part {
                    let note = reading.note(*key)?.filter(|note| stands_for_itself(&note.kind) && note.is_used());
                    let whole = whole.remove(key).filter(|whole| !whole.said.is_empty());
                    read.extend(note.zip(whole).map(|(note, whole)| Member::new(note, whole, fresh(key))));
                }
                one_by_one(read, reading, made)?;
            }
        }
        Ok(())
    }
}

/// What a person typed and what sums a session up belong to their session, whoever said the same in another.
pub(super) fn stands_for_itself(kind: &str) -> bool {
    !matches!(kind, "prompt" | "summary" | "session")
}

struct Member {
    note: Note,
    title: Said,
    /// What its fields say.
    said: Said,
    /// All that it says, also what cannot be edited: what it is about may stand nowhere else.
    whole: Whole,
    fresh: bool,
}

impl Member {
    fn new(note: Note, whole: Whole, fresh: bool) -> Self {
        let title = Said::of([note.title.as_str()]);
        let said = Said::of(note.texts());
        Self { note, title, said, whole, fresh }
    }

    /// What makes it the one to keep: a person's pin, nothing to be wary of, the most words, and then the newest.
    fn worth(&self) -> (bool, bool, usize, Option<EpochMs>) {
        (self.note.pinned, !self.note.is_suspicious(), self.said.len(), self.note.created)
    }

    /// How this one is like a better one; `None` when it says something of its own.
    fn like(&self, better: &Self) -> Option<Likeness> {
        let both = |alike: fn(&Said, &Said) -> bool| {
            alike(&better.whole.said, &self.whole.said) && alike(&better.said, &self.said)
        };
        let unread = |member: &Self| member.whole.is_cut && member.said.is_empty();
        if self.note.pinned || self.is_elsewhere(better) || unread(self) || unread(better) {
            None
        } else if both(Said::is) {
            Some(Likeness::Copy)
        } else if self.note.kind != better.note.kind {
            // A lesson is not done with because a summing-up holds its words.
            None
        } else if both(Said::covers) {
            Some(Likeness::Part)
        } else if better.title.is(&self.title) && both(Said::paraphrases) {
            Some(Likeness::Reworded)
        } else {
            None
        }
    }

    /// Whether the two are about different files.
    fn is_elsewhere(&self, other: &Self) -> bool {
        let mut mine = self.note.files().peekable();
        let theirs: Vec<&str> = other.note.files().collect();
        mine.peek().is_some() && !theirs.is_empty() && mine.all(|file| !theirs.contains(&file))
    }
}

/// Drafts a merge around the best member, then around the best of those that are left.
fn one_by_one(mut members: Vec<Member>, reading: &Reading<'_>, made: &mut Made<'_>) -> Result<()> {
    members.sort_by(|a, b| b.worth().cmp(&a.worth()).then_with(|| a.note.id.cmp(&b.note.id)));
    while members.len() > 1 {
        let best = members.remove(0);
        let mut copies: Vec<(Likeness, Member)> = Vec::new();
        let mut others = Vec::new();
        for member in members {
            match member.like(&best) {
                Some(likeness) => copies.push((likeness, member)),
                None => others.push(member),
            }
        }
        members = others;
        // Copies that may be thrown away unseen and those that want a look are decided apart.
        copies.sort_by_key(|(likeness, _)| *likeness);
        for alike in copies.chunk_by(|a, b| a.0 == b.0) {
            let Some((likeness, _)) = alike.first() else { continue };
            let copies: Vec<&Member> = alike.iter().map(|(_, member)| member).collect();
            if best.fresh || copies.iter().any(|copy| copy.fresh) {
                made.add(merge(&best, &copies, *likeness, reading))?;
            }
        }
    }
    Ok(())
}

fn merge(best: &Member, copies: &[&Member], likeness: Likeness, reading: &Reading<'_>) -> Draft {
    let kept = &best.note;
    let many = copies.len();
    let others = match copies {
        [one] => one.note.id.clone(),
        several => format!("{} others", several.len()),
    };
    let what = match likeness {
        Likeness::Copy if many == 1 => "Two memories say the same, word for word.".to_owned(),
        Likeness::Copy => format!("{} memories say the same, word for word.", many + 1),
        Likeness::Part => format!("All that {others} {} is said here too.", if many == 1 { "says" } else { "say" }),
        Likeness::Reworded => format!("Under the same title the same is said by {others} in a few other words."),
    };
    let gains = gains(best, copies);
    let taken = if gains.is_empty() { String::new() } else { format!(" and takes over {}", names(&gains)) };
    let reason = format!("{what} {} of {} stays{taken}.", kept.id, day(kept.created, reading.zone()));
    let mut evidence = vec![kept.titled()];
    for copy in copies {
        let differing = copy.note.texts().find(|text| best.note.texts().all(|mine| mine != *text));
        evidence.push(differing.map_or_else(|| copy.note.titled(), |text| copy.note.quoted(text)));
        evidence.push(copy.note.origin(reading.zone()));
    }
    // The kept one is a step even where it gains nothing: if it is gone by then, its copies must stay.
    let mut steps = vec![kept.step(Wish::Edit(gains))];
    steps.extend(copies.iter().map(|copy| copy.note.step(Wish::Delete)));
    let cluster = match likeness {
        Likeness::Copy => "copies",
        Likeness::Part => "parts",
        Likeness::Reworded => "reworded copies",
    };
    Draft {
        label: Label::Merge,
        reason,
        evidence,
        confidence: Some(likeness.confidence()),
        likeness: format!("{cluster} in {}", kept.place()),
        steps,
    }
}

/// What the kept memory takes over: items of lists that only the others have.
fn gains(best: &Member, copies: &[&Member]) -> Edit {
    let mut gains = Edit::new();
    for (name, value) in &best.note.fields {
        let FieldValue::List(mine) = value else { continue };
        let mut all = mine.clone();
        let mut known: Vec<Said> = mine.iter().map(|item| Said::of([item.as_str()])).collect();
        for copy in copies.iter().filter(|copy| !copy.note.is_suspicious()) {
            let theirs = copy.note.fields.iter().find(|(field, _)| field == name);
            let Some((_, FieldValue::List(items))) = theirs else { continue };
            for item in items.iter().filter(|item| !mine.contains(item)) {
                let said = Said::of([item.as_str()]);
                let told = name == "facts" && said.len() > 1 && best.said.covers(&said);
                if !told && !known.iter().any(|known| known.is(&said)) {
                    all.push(item.clone());
                    known.push(said);
                }
            }
        }
        if all.len() > mine.len() {
            gains.push((name.clone(), FieldValue::List(all)));
        }
    }
    gains
}

fn names(edit: &Edit) -> String {
    let names: Vec<String> = edit.iter().map(|(name, _)| name.replace('_', " ")).collect();
    names.join(", ")
}
