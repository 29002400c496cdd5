//! Names of rows: a handle is the row's own number where it has one, else the beginning of the hash of its id.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest as _, Sha256};

use super::shape::Form;
use crate::memory::Handle;

/// The ids behind handles, shared by all connections to a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    ids: Arc<Mutex<HashMap<i64, String>>>,
}

impl Names {
    /// The handle of an id in a column of this form.
    pub(super) fn handle(&self, form: Form, id: &str) -> Handle {
        let handle = of(form, id);
        if form != Form::Integer {
            let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            ids.entry(handle.0).or_insert_with(|| id.to_owned());
        }
        handle
    }

    /// The id behind a handle, `None` when no connection has met it yet.
    pub(super) fn id(&self, form: Form, handle: Handle) -> Option<String> {
        if form == Form::Integer {
            return Some(handle.0.to_string());
        }
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).get(&handle.0).cloned()
    }
}

/// The handle of an id, without noting it. Those of hashes are positive.
fn of(form: Form, id: &str) -> Handle {
    if let (Form::Integer, Ok(number)) = (form, id.parse()) {
        return Handle(number);
    }
    let mut start = [0; 8];
    start.iter_mut().zip(Sha256::digest(id.as_bytes())).for_each(|(to, byte)| *to = byte);
    Handle(i64::from_be_bytes(start) & i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_themselves_and_texts_are_remembered() {
        let names = Names::default();
        assert_eq!(names.handle(Form::Integer, "-7"), Handle(-7));
        assert_eq!(names.id(Form::Integer, Handle(-7)).as_deref(), Some("-7"));
        assert_eq!(names.id(Form::Text, of(Form::Text, "a1")), None);
        let handle = names.handle(Form::Text, "a1");
        assert!(handle.0 > 0);
        assert_eq!(names.clone().id(Form::Text, handle).as_deref(), Some("a1"));
    }
}
