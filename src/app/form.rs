//! The edit form: the fields of a memory, typed into where they stand.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

use super::{Subject, document};
use crate::change::{Edit, FieldValue};

/// A field with its text.
#[derive(Clone, Debug)]
pub(crate) struct FormField {
    /// The product's own name for it.
    pub(crate) name: String,
    /// Whether each line is an item.
    pub(crate) list: bool,
    /// Whether it is one line.
    pub(crate) single: bool,
    /// Its text.
    pub(crate) area: TextArea<'static>,
}

/// Where the cursor of the form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// On a field.
    Field(usize),
    /// On the button that shows the difference.
    Review,
    /// On the button that leaves.
    Cancel,
}

/// The form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// What it edits.
    pub(crate) subject: Subject,
    /// Its title, for the heading.
    pub(crate) title: String,
    /// The values it had.
    pub(crate) before: Edit,
    /// The fields as they are now.
    pub(crate) fields: Vec<FormField>,
    /// Where the cursor is.
    pub(crate) spot: Spot,
    /// Whether keys are typed into the field.
    pub(crate) typing: bool,
}

impl Form {
    /// The form of a memory's fields.
    pub(crate) fn new(subject: Subject, title: String, before: Edit) -> Self {
        let fields = before.clone();
        Self::prefilled(subject, title, before, &fields)
    }

    /// The form of fields that already read otherwise than they did.
    pub(crate) fn prefilled(subject: Subject, title: String, before: Edit, fields: &Edit) -> Self {
        let fields = fields.iter().map(|(name, value)| FormField::new(name, value)).collect();
        Self { subject, title, before, fields, spot: Spot::Field(0), typing: true }
    }

    /// The fields that differ from what they were.
    pub(crate) fn edit(&self) -> Edit {
        let now: Edit = self.fields.iter().map(|field| (field.name.clone(), field.value())).collect();
        document::differing(&self.before, &now)
    }

    /// The field under the cursor.
    pub(crate) fn field(&mut self) -> Option<&mut FormField> {
        match self.spot {
            Spot::Field(at) => self.fields.get_mut(at),
            Spot::Review | Spot::Cancel => None,
        }
    }

    /// Goes to the next or previous field or button, round the ends.
    pub(crate) fn step(&mut self, forward: bool) {
        let all = self.fields.len() + 2;
        let here = match self.spot {
            Spot::Field(at) => at,
            Spot::Review => all - 2,
            Spot::Cancel => all - 1,
        };
        let next = if forward { (here + 1) % all } else { (here + all - 1) % all };
        self.spot = match next {
            at if at < self.fields.len() => Spot::Field(at),
            at if at == all - 2 => Spot::Review,
            _ => Spot::Cancel,
        };
        self.typing &= matches!(self.spot, Spot::Field(_));
    }

    /// Types a key into the field under the cursor.
    pub(crate) fn key(&mut self, key: KeyEvent) {
        let Some(field) = self.field() else { return };
        if field.single && key.code == KeyCode::Enter {
            return self.step(true);
        }
        if key.code == KeyCode::Char('u') && key.modifiers.contains(KeyModifiers::CONTROL) {
            field.area.delete_line_by_head();
            return;
        }
        field.area.input(key);
    }

    /// Pastes text into the field under the cursor.
    pub(crate) fn paste(&mut self, text: &str) {
        let Some(field) = self.field() else { return };
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        field.area.insert_str(if field.single { text.replace('\n', " ") } else { text });
    }
}

impl FormField {
    fn new(name: &str, value: &FieldValue) -> Self {
        let (text, list) = match value {
            FieldValue::Text(text) => (text.clone(), false),
            FieldValue::List(items) => (document::write_list(items), true),
        };
        let single = !list
            && !text.contains('\n')
            && matches!(name, "title" | "subtitle" | "kind" | "type" | "project" | "agent" | "scope");
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.move_cursor(CursorMove::End);
        Self { name: name.to_owned(), list, single, area }
    }

    fn value(&self) -> FieldValue {
        if self.list {
            FieldValue::List(document::read_list(self.area.lines()))
        } else {
            FieldValue::Text(self.area.lines().join("\n"))
        }
    }
}
