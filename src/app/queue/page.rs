//! A proposal made ready to be read: differences, pieces that can be taken or left, and what is approved in the end.

use std::borrow::Cow;

use crate::{
    app::{
        Veil,
        diff::{self, DiffLine, FieldDiff, Sign},
    },
    change::{Draft, Edit, Evidence, FieldValue, Step, Wish},
    curate::Fit,
    engine::{FieldChange, Hunk, Offer, Part},
    memory::Finding,
};

/// What a person says of a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Nothing yet: it goes with the proposal.
    #[default]
    Open,
    /// It is taken, also where the memory moved since.
    Taken,
    /// It is left out.
    Left,
}

/// A place within a proposal that can be gone to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A piece: its part, and its place in it.
    Piece(usize, usize),
    /// A piece of evidence.
    Evidence(usize),
}

/// A piece as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// What changed in the memory since the proposal was made, where the two exclude each other.
    pub(crate) since: Vec<FieldDiff>,
    /// What it would change.
    pub(crate) diff: Vec<FieldDiff>,
    /// What would be there.
    pub(crate) last: Vec<FieldDiff>,
    /// What was said of it.
    pub(crate) choice: Choice,
}

/// A part as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct PartView {
    /// The memory's title.
    pub(crate) title: String,
    /// Its pieces.
    pub(crate) pieces: Vec<Piece>,
    /// What its text would show.
    pub(crate) raised: Vec<Finding>,
    /// What its text would show no longer.
    pub(crate) settled: Vec<Finding>,
}

/// A proposal made ready to be read.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The proposal, raw.
    pub(crate) offer: Box<Offer>,
    /// Why; may be shown.
    pub(crate) reason: String,
    /// What speaks for it; may be shown.
    pub(crate) evidence: Vec<Evidence>,
    /// Its parts.
    pub(crate) parts: Vec<PartView>,
    /// Whether a person wants to see its secrets.
    pub(crate) revealed: bool,
    /// Whether there are any.
    pub(crate) veiled: bool,
}

/// Puts the value of a field into words.
pub(crate) type Words<'a> = dyn for<'v> Fn(&str, Option<&'v str>) -> Option<Cow<'v, str>> + 'a;

impl Page {
    pub(super) fn new(offer: Box<Offer>, veil: Veil, words: &Words<'_>) -> Self {
        let mut page = Self {
            offer,
            reason: String::new(),
            evidence: Vec::new(),
            parts: Vec::new(),
            revealed: false,
            veiled: false,
        };
        let veiled = page.raw_texts().any(|text| matches!(veil.text(text), Cow::Owned(_)));
        page.veiled = veiled;
        page.show(veil, words);
        page
    }

    fn raw_texts(&self) -> impl Iterator<Item = &str> {
        let draft = &self.offer.proposal.draft;
        let quotes = draft.evidence.iter().map(|piece| match piece {
            Evidence::Memory { quote, .. } | Evidence::Session { quote, .. } => quote.as_str(),
            Evidence::Note(note) => note.as_str(),
        });
        let values = self.offer.parts.iter().flat_map(|part| part.now.iter().chain(&part.after));
        let texts = values.flat_map(|(_, value)| match value {
            FieldValue::Text(text) => std::slice::from_ref(text),
            FieldValue::List(items) => items.as_slice(),
        });
        let titles = self.offer.parts.iter().map(|part| part.title.as_str());
        [draft.reason.as_str()].into_iter().chain(quotes).chain(titles).chain(texts.map(String::as_str))
    }

    /// Shows its secrets, or masks them again.
    pub(super) fn reveal(&mut self, veil: Veil, words: &Words<'_>) {
        self.revealed = !self.revealed;
        self.show(Veil(veil.0 && !self.revealed), words);
    }

    /// Compares once, not for every frame. What was said of its pieces stays.
    fn show(&mut self, veil: Veil, words: &Words<'_>) {
        let draft = &self.offer.proposal.draft;
        self.reason = veil.text(&draft.reason).into_owned();
        self.evidence = draft.evidence.iter().map(|piece| veil.evidence(piece)).collect();
        let said: Vec<Vec<Choice>> =
            self.parts.iter().map(|part| part.pieces.iter().map(|piece| piece.choice).collect()).collect();
        let finding =
            |finding: &Finding| Finding { reason: veil.text(&finding.reason).into_owned(), ..finding.clone() };
        let part = |(at, part): (usize, &Part)| PartView {
            title: veil.text(&part.title).into_owned(),
            pieces: (part.hunks.iter().enumerate())
                .map(|(n, hunk)| {
                    let choice = said.get(at).and_then(|said| said.get(n)).copied().unwrap_or_default();
                    piece(hunk, choice, veil, words)
                })
                .collect(),
            raised: part.raised.iter().map(finding).collect(),
            settled: part.settled.iter().map(finding).collect(),
        };
        self.parts = self.offer.parts.iter().enumerate().map(part).collect();
    }

    /// The places that can be gone to: pieces, where there is more than one or a choice, and evidence that opens.
    pub(crate) fn stops(&self) -> Vec<Stop> {
        let pieces: Vec<Stop> = (self.offer.parts.iter().enumerate())
            .flat_map(|(at, part)| (0..part.hunks.len()).map(move |n| Stop::Piece(at, n)))
            .collect();
        let conflict = self.offer.parts.iter().flat_map(|part| &part.hunks).any(|hunk| hunk.conflict);
        let choose = pieces.len() > 1 || conflict;
        let opens = (0..self.evidence.len()).filter(|at| self.offer.evidence.get(*at).is_some_and(Option::is_some));
        pieces.into_iter().filter(|_| choose).chain(opens.map(Stop::Evidence)).collect()
    }

    /// The piece at a place.
    pub(crate) fn piece(&self, part: usize, at: usize) -> Option<(&Part, &Hunk, &Piece)> {
        let (raw, view) = (self.offer.parts.get(part)?, self.parts.get(part)?);
        Some((raw, raw.hunks.get(at)?, view.pieces.get(at)?))
    }

    pub(super) fn choose(&mut self, part: usize, at: usize, choice: Choice) {
        if let Some(piece) = self.parts.get_mut(part).and_then(|part| part.pieces.get_mut(at)) {
            piece.choice = choice;
        }
    }

    /// The first piece that excludes what happened since, and of which nothing was said.
    pub(crate) fn undecided(&self) -> Option<(usize, usize)> {
        (0..self.parts.len()).flat_map(|part| (0..self.pieces(part)).map(move |at| (part, at))).find(|(part, at)| {
            self.piece(*part, *at).is_some_and(|(_, hunk, piece)| hunk.conflict && piece.choice == Choice::Open)
        })
    }

    fn pieces(&self, part: usize) -> usize {
        self.parts.get(part).map_or(0, |part| part.pieces.len())
    }

    /// How many pieces are left out, and how many there are.
    pub(crate) fn left_out(&self) -> (usize, usize) {
        let all = self.parts.iter().flat_map(|part| &part.pieces);
        (all.clone().filter(|piece| piece.choice == Choice::Left).count(), all.count())
    }

    /// What is approved, when that is not the proposal as it is.
    pub(super) fn chosen(&self) -> Option<Draft> {
        let as_it_is = |(part, view): (&Part, &PartView)| {
            let pieces = part.hunks.iter().zip(&view.pieces);
            pieces.clone().all(|(hunk, piece)| piece.choice != Choice::Left && !hunk.conflict)
        };
        if self.offer.parts.iter().zip(&self.parts).all(as_it_is) {
            return None;
        }
        Some(self.draft(|_| None))
    }

    /// The proposal with other values for the fields of one step.
    pub(super) fn edited(&self, at: usize, edit: &Edit) -> Draft {
        self.draft(|step| (step == at).then(|| edit.clone()))
    }

    fn draft(&self, edited: impl Fn(usize) -> Option<Edit>) -> Draft {
        let draft = &self.offer.proposal.draft;
        let steps = draft.steps.iter().zip(&self.offer.parts).zip(&self.parts).enumerate();
        let steps = steps.filter_map(|(at, ((step, part), view))| match edited(at) {
            Some(edit) => Some(by_hand(step, part, edit)),
            None => taken(step, part, view),
        });
        Draft { steps: steps.collect(), ..draft.clone() }
    }

    /// The first step with a text that can be edited, or why the one under the cursor has none.
    pub(super) fn editable(&self, stop: Option<Stop>) -> Result<usize, String> {
        let steps = &self.offer.proposal.draft.steps;
        let is_text = |step: &Step| matches!(step.wish, Wish::Add(_) | Wish::Edit(_));
        let found = match stop {
            Some(Stop::Piece(part, _)) => steps.get(part).filter(|step| is_text(step)).map(|_| part),
            _ => steps.iter().position(is_text),
        };
        let at = found.ok_or("What is removed or marked has no text to edit")?;
        match self.offer.parts.get(at).map(|part| &part.fit) {
            Some(Fit::Conflict { now, .. }) if now.is_empty() => Err("This memory is gone; leave it out".to_owned()),
            _ => Ok(at),
        }
    }
}

/// A step that a person wrote: about the memory as they saw it.
fn by_hand(step: &Step, part: &Part, edit: Edit) -> Step {
    let wish = match &step.wish {
        Wish::Add(record) => {
            let mut record = record.clone();
            for (name, value) in edit {
                if let FieldValue::Text(text) = value
                    && let Some((_, column)) = record.columns.iter_mut().find(|(column, _)| *column == name)
                {
                    *column = crate::memory::Value::Text(text.into_bytes());
                }
            }
            Wish::Add(record)
        }
        _ => Wish::Edit(edit),
    };
    renewed(Step { wish, ..step.clone() }, part)
}

/// A step without the pieces that are left out; `None` when nothing of it is left.
fn taken(step: &Step, part: &Part, view: &PartView) -> Option<Step> {
    let kept = part.hunks.iter().zip(&view.pieces).filter(|(_, piece)| piece.choice != Choice::Left);
    let kept: Vec<&Hunk> = kept.map(|(hunk, _)| hunk).collect();
    if kept.is_empty() && !part.hunks.is_empty() {
        return None;
    }
    match &step.wish {
        Wish::Edit(_) if !part.hunks.is_empty() => {
            let field = |change: &FieldChange| Some((change.name.clone(), change.after.clone()?));
            let edit = kept.iter().flat_map(|hunk| &hunk.fields).filter_map(field).collect();
            Some(renewed(Step { wish: Wish::Edit(edit), ..step.clone() }, part))
        }
        _ if kept.iter().any(|hunk| hunk.conflict) => Some(renewed(step.clone(), part)),
        _ => Some(step.clone()),
    }
}

/// The step, made on the memory as it is now.
fn renewed(step: Step, part: &Part) -> Step {
    match part.version {
        Some(seen) => Step { seen, was: part.now.clone(), ..step },
        None => step,
    }
}

fn piece(hunk: &Hunk, choice: Choice, veil: Veil, words: &Words<'_>) -> Piece {
    let said = |change: &FieldChange, value: &Option<FieldValue>| {
        let value = value.as_ref().map(diff::shown);
        words(&change.name, value.as_deref()).map(Cow::into_owned)
    };
    let of = |change: &FieldChange, from: &Option<FieldValue>, to: &Option<FieldValue>| {
        diff::field(&change.name, said(change, from).as_deref(), said(change, to).as_deref(), veil)
    };
    // The title of what goes stands over it.
    let says = |change: &&FieldChange| change.after.is_some() || change.name != "title";
    let since = hunk.fields.iter().filter(|change| change.base.is_some());
    Piece {
        since: since.map(|change| of(change, &change.base, &change.before)).collect(),
        diff: hunk.fields.iter().filter(says).map(|change| of(change, &change.before, &change.after)).collect(),
        last: hunk.fields.iter().filter(|it| it.after.is_some()).map(|it| last(of(it, &None, &it.after))).collect(),
        choice,
    }
}

/// The text of a field as it would be, without any sign of change.
fn last(added: FieldDiff) -> FieldDiff {
    let lines = added.lines.into_iter().map(|line| DiffLine { sign: Sign::Same, ..line }).collect();
    FieldDiff { name: added.name, lines }
}

/// What the fields of a step's memory are now, for its form; empty where there are none yet.
pub(super) fn before(part: &Part) -> Edit {
    let now = |name: &str| part.now.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    let none = |value: &FieldValue| match value {
        FieldValue::Text(_) => FieldValue::Text(String::new()),
        FieldValue::List(_) => FieldValue::List(Vec::new()),
    };
    part.after.iter().map(|(name, value)| (name.clone(), now(name).unwrap_or_else(|| none(value)))).collect()
}
