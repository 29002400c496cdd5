//! Editing: the form, `$EDITOR`, the difference before it is saved, and what is refused.

use super::{App, Dialog, Draft, Effect, Form, Matter, Origin, Over, Subject, Tone, Veil, Wish, diff, document};
use crate::{
    change::Edit,
    engine::Request,
    memory::{Digest, Key},
};

impl App {
    /// Asks for the fields of the memory under the cursor.
    pub(crate) fn ask_fields(&mut self, editor: bool, effects: &mut Vec<Effect>) {
        if let Some(key) = self.subject().map(|row| row.key) {
            self.wish = Some((key, if editor { Wish::Editor } else { Wish::Form }));
            self.ask(Request::Editable { key }, effects);
        }
    }

    /// The fields have come.
    pub(crate) fn on_fields(&mut self, key: Key, base: Digest, fields: Edit, effects: &mut Vec<Effect>) {
        let Some((_, wish)) = self.wish.take_if(|(wanted, _)| *wanted == key) else { return };
        let title = self.title_of(key);
        match wish {
            Wish::Form => {
                self.over = Some(Over::Form(Box::new(Form::new(Subject::Memory { key, base }, title, fields))));
            }
            Wish::Editor => {
                let text = document::write(&title, &fields);
                let origin = Origin::Text(text.clone());
                let draft =
                    Draft { subject: Subject::Memory { key, base }, title, before: fields, edit: Vec::new(), origin };
                self.editing = Some(Box::new(draft));
                effects.push(Effect::Editor(text));
            }
            Wish::Again(draft) => {
                let edit = document::differing(&fields, &draft.edit);
                let draft = Draft { subject: Subject::Memory { key, base }, before: fields, edit, ..*draft };
                self.review(draft);
            }
        }
    }

    fn title_of(&self, key: Key) -> String {
        let read = self.reader.visible().map(|detail| &detail.memory.row).filter(|row| row.key == key);
        let row = read.or_else(|| self.list.known().map(|(_, row)| row).find(|row| row.key == key));
        row.map_or_else(String::new, |row| row.title.clone())
    }

    /// Shows what the form would change.
    pub(crate) fn review_form(&mut self) {
        let Some(Over::Form(form)) = self.over.take() else { return };
        let draft = Draft {
            subject: form.subject,
            title: form.title.clone(),
            before: form.before.clone(),
            edit: form.edit(),
            origin: Origin::Form(form),
        };
        self.review(draft);
    }

    fn review(&mut self, draft: Draft) {
        if draft.edit.is_empty() {
            return self.toast(Tone::Note, "Nothing was changed");
        }
        let revealed = match draft.subject {
            Subject::Memory { key, .. } => self.reader.revealed && self.reader.shown() == Some(key),
            Subject::Step { .. } => matches!(self.queue.page(), Some(Ok(page)) if page.revealed),
        };
        let diff = diff::edit(&draft.before, &draft.edit, Veil(self.veil.0 && !revealed));
        self.over = Some(Over::Dialog(Box::new(Dialog::new(Matter::Save(Box::new(draft), diff)))));
    }

    /// `$EDITOR` is done.
    pub(crate) fn on_editor(&mut self, result: Result<Option<String>, String>, effects: &mut Vec<Effect>) {
        let _ = effects;
        self.dirty = true;
        let Some(mut draft) = self.editing.take() else { return };
        let text = match result {
            Ok(Some(text)) => text,
            Ok(None) => return self.toast(Tone::Note, "Nothing was changed"),
            Err(reason) => {
                self.over = Some(Over::Dialog(Box::new(Dialog::new(Matter::Unreadable(draft, reason)))));
                return;
            }
        };
        let read = document::read(&text, &draft.before);
        draft.origin = Origin::Text(text);
        match read {
            Ok(fields) => {
                draft.edit = document::differing(&draft.before, &fields);
                self.review(*draft);
            }
            Err(reason) => {
                self.over = Some(Over::Dialog(Box::new(Dialog::new(Matter::Unreadable(draft, reason)))));
            }
        }
    }

    /// Goes back to where an edit was typed.
    pub(crate) fn back_to(&mut self, draft: Draft, effects: &mut Vec<Effect>) {
        match draft.origin {
            Origin::Form(form) => self.over = Some(Over::Form(form)),
            Origin::Text(ref text) => {
                effects.push(Effect::Editor(text.clone()));
                self.editing = Some(Box::new(draft));
            }
        }
    }

    /// Reads the memory again, to lay a refused edit over what is there now.
    pub(crate) fn look_again(&mut self, draft: Box<Draft>, effects: &mut Vec<Effect>) {
        if let Subject::Memory { key, .. } = draft.subject {
            self.wish = Some((key, Wish::Again(draft)));
            self.ask(Request::Editable { key }, effects);
        }
    }
}
