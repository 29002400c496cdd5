//! Who says so: the memories of all stores that hold a sentence, and what corrects all of them at once.

use super::Desk;
use crate::{
    catalog::ViewSpec,
    change::{Draft, Edit, Evidence, Label, Mark, Sentence, Step, Wish},
    memory::{Provenance, Row},
    query::{Expr, Term},
    store::{Cancel, Result},
};

/// Memories that are read at most; of more the newest are shown, and how many there are.
const MOST: usize = 500;

/// A memory that says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sayer {
    /// Its line.
    pub row: Row,
    /// Where it came from.
    pub from: Provenance,
    /// Its fields that can be edited; none where its store lets none be.
    pub fields: Edit,
}

/// The memories that say something, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// What is said.
    pub text: String,
    /// Whether its words stand in this order; else these have all of them.
    pub exact: bool,
    /// How many there are in all.
    pub total: usize,
    /// The memories, so many as were read.
    pub sayers: Vec<Sayer>,
}

/// What is done about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The memories are pruned.
    Prune,
    /// Other words take the sentence's place; none: it is taken out.
    Reword(String),
    /// The memories get this confidence; `None`: the derived one again.
    Confidence(Option<f32>),
}

impl Deed {
    const fn label(&self) -> Label {
        match self {
            Self::Prune => Label::Prune,
            Self::Reword(_) => Label::Edit,
            Self::Confidence(_) => Label::Mark,
        }
    }
}

impl Sayer {
    /// What the deed does to this memory; `None` when it cannot be done to it.
    pub fn wish(&self, text: &str, deed: &Deed) -> Option<Wish> {
        Some(match deed {
            Deed::Prune => Wish::Delete,
            Deed::Confidence(value) => Wish::Mark(vec![Mark::Confidence(*value)]),
            Deed::Reword(with) => {
                let edit = Sentence::new(text)?.replaced(&self.fields, with);
                if edit.is_empty() {
                    return None;
                }
                Wish::Edit(edit)
            }
        })
    }

    fn step(&self, text: &str, deed: &Deed) -> Option<Step> {
        Some(Step {
            store: self.row.key.store,
            native: self.row.id.native.clone(),
            seen: self.row.version,
            was: self.fields.clone(),
            wish: self.wish(text, deed)?,
        })
    }
}

/// What a deed does to some of the memories, as one change set. Those to which it cannot be done are not in it.
pub fn correction<'a>(text: &str, deed: &Deed, sayers: impl IntoIterator<Item = &'a Sayer>) -> Draft {
    let (mut steps, mut evidence) = (Vec::new(), Vec::new());
    for sayer in sayers {
        if let Some(step) = sayer.step(text, deed) {
            steps.push(step);
            evidence.push(Evidence::Memory { id: sayer.row.id.to_string(), quote: text.to_owned() });
        }
    }
    let reason = match deed {
        Deed::Prune | Deed::Confidence(_) => format!("it says “{text}”"),
        Deed::Reword(with) if with.trim().is_empty() => format!("“{text}” is taken out"),
        Deed::Reword(with) => format!("“{text}” is now “{}”", with.trim()),
    };
    Draft { label: deed.label(), reason, evidence, confidence: None, likeness: String::new(), steps }
}

impl Desk {
    /// The memories that say something, newest first: those with its words in this order, else those with all of them.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn who_says(&mut self, text: &str) -> Result<Said> {
        let mut said = Said { text: text.to_owned(), ..Said::default() };
        let words = text.split_whitespace().map(|word| Expr::text(word, false)).collect();
        for (filter, exact) in [(Expr::text(text, false), true), (Expr::And(words).normalised(), false)] {
            if filter.is_nothing() {
                continue;
            }
            let one_word = matches!(filter, Expr::Term(Term::Word(..)));
            let spec = ViewSpec { filter, ..ViewSpec::default() };
            let view = self.view(&spec, None, &[], &Cancel::default(), &mut |_| {})?;
            said.total = view.count.number;
            said.exact = exact || one_word;
            if said.total == 0 {
                continue;
            }
            let keys = self.keys(view.id, 0..said.total.min(MOST));
            for row in self.rows(&keys)? {
                let reader = self.reader(row.key.store)?;
                let fields = reader.editable(row.key.handle)?.unwrap_or_default();
                let from = reader.memory(row.key.handle)?.map(|memory| memory.provenance).unwrap_or_default();
                said.sayers.push(Sayer { row, from, fields });
            }
            break;
        }
        Ok(said)
    }
}
