//! Lists in array columns: [the server's own form](https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO) and JSON.

/// The texts of an array of one dimension, `None` when the text is none.
pub(super) fn items(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let (mut items, mut letters) = (Vec::new(), inner.chars().peekable());
    if inner.is_empty() {
        return Some(items);
    }
    loop {
        let mut item = String::new();
        if letters.next_if_eq(&'"').is_some() {
            loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => item.push(letters.next()?),
                    letter => item.push(letter),
                }
            }
            items.push(item);
        } else {
            while let Some(letter) = letters.next_if(|letter| *letter != ',') {
                match letter {
                    '{' | '}' | '"' => return None,
                    '\\' => item.push(letters.next()?),
                    letter => item.push(letter),
                }
            }
            if item.is_empty() {
                return None;
            }
            // A place without a value says nothing.
            if !item.eq_ignore_ascii_case("null") {
                items.push(item);
            }
        }
        match letters.next() {
            None => return Some(items),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

/// The array of these texts.
pub(super) fn written<'t>(items: impl IntoIterator<Item = &'t str>) -> String {
    let quoted: Vec<String> =
        items.into_iter().map(|item| format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    format!("{{{}}}", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arrays_are_read_as_the_server_writes_them() {
        assert_eq!(items(r#"{a,"b c","d\"e",NULL,"NULL"}"#).unwrap(), ["a", "b c", "d\"e", "NULL"]);
        assert_eq!(items("{}").unwrap(), [""; 0]);
        for none in ["", "{", "{a", "{{a},{b}}", "{\"a}", "{a,}", "[1:2]={a,b}"] {
            assert_eq!(items(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(texts in proptest::collection::vec("\\PC*", 0..5)) {
            prop_assert_eq!(items(&written(texts.iter().map(String::as_str))).unwrap(), texts);
        }
    }
}
