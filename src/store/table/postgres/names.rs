//! Names of rows: a handle is the row's own number where it has one, else that of any native id.

use std::sync::Arc;

use super::shape::Form;
use crate::{memory::Handle, store::held};

/// The ids behind handles, shared by all connections to a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<held::Names>);

impl Names {
    /// The handle of an id in a column of this form.
    pub(super) fn handle(&self, form: Form, id: &str) -> Handle {
        match (form, id.parse()) {
            (Form::Integer, Ok(number)) => Handle(number),
            _ => self.0.handle(id),
        }
    }

    /// The id behind a handle, `None` when no connection has met it yet.
    pub(super) fn id(&self, form: Form, handle: Handle) -> Option<String> {
        if form == Form::Integer { Some(handle.0.to_string()) } else { self.0.native(handle) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_themselves_and_texts_are_remembered() {
        let names = Names::default();
        assert_eq!(names.handle(Form::Integer, "-7"), Handle(-7));
        assert_eq!(names.id(Form::Integer, Handle(-7)).as_deref(), Some("-7"));
        assert_eq!(names.id(Form::Text, Handle(7)), None);
        let handle = names.handle(Form::Text, "a1");
        assert!(handle.0 > 0);
        assert_eq!(names.clone().id(Form::Text, handle).as_deref(), Some("a1"));
    }
}
