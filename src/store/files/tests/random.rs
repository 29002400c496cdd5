//! Files of any shape: whatever is pruned in whatever steps, taking it back gives every byte. What could not be taken back
//! is refused, and nothing is changed then.

use proptest::prelude::*;

use super::*;

/// Lines that cut, lines that look as if they did, and lines that are there more than once.
fn line() -> impl Strategy<Value = String> {
    let lines = [
        "# A",
        "# B",
        "## A",
        "## B",
        "### C",
        "",
        "",
        "text",
        "other",
        "```",
        "---",
        "<!--",
        "-->",
        "- item",
        "@import.md",
        " indented",
    ];
    (prop::sample::select(lines.to_vec()), prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]))
        .prop_map(|(line, end)| format!("{line}{end}"))
}

/// An index as products write it: links in a row, and perhaps sections below them.
fn index() -> impl Strategy<Value = String> {
    let links = ["- [D](db.md) — x\n", "- [E](e.md)\n", "- [D](db.md) — x\n", "\n"];
    (proptest::collection::vec(prop::sample::select(links.to_vec()), 0..6), text()).prop_map(|(links, rest)| {
        format!("# Memory\n\n{}\n## Rest\n{}", links.concat(), rest.trim_start_matches('\u{feff}'))
    })
}

fn text() -> impl Strategy<Value = String> {
    (proptest::collection::vec(line(), 0..24), any::<bool>(), any::<bool>()).prop_map(|(lines, mark, open)| {
        let text = format!("{}{}", if mark { "\u{feff}" } else { "" }, lines.concat());
        if open { text.trim_end().to_owned() } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("MEMTUI_FULL").is_some() { 2000 } else { 32 }))]

    #[test]
    fn prunes_taken_back_in_turn_give_every_byte(
        claude in text(),
        index in index(),
        steps in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 1..4), 1..5),
    ) {
        let home = Home(tempfile::tempdir().unwrap());
        home.write("app/CLAUDE.md", &claude);
        home.write("app/.claude/agent-memory/x/MEMORY.md", &index);
        home.write("app/.claude/agent-memory/x/db.md", "---\nname: db\n---\ntext");
        let store = home.open("app");
        let before = home.all();
        let mut done = Vec::new();
        for step in steps {
            let all = natives(store.as_ref());
            // Pieces that are the same to the byte cannot be told apart when some of several stay.
            let is_one = |native: &&String| !native.contains('~') || !all.contains(&format!("{native}~2"));
            let there: Vec<String> =
                all.iter().filter(is_one).filter(|native| native.matches('~').count() < 2).cloned().collect();
            let mut chosen: Vec<String> =
                step.iter().filter(|_| !there.is_empty()).map(|index| index.get(&there).clone()).collect();
            chosen.dedup();
            let unique: std::collections::BTreeSet<String> = chosen.into_iter().collect();
            let (there, mut changes) = (home.all(), Vec::new());
            let intents = unique.iter().map(|native| delete(native)).collect();
            let tried = store.writer().unwrap().apply(intents, &mut |made: &[Change]| {
                changes.extend_from_slice(made);
                Ok(())
            });
            match tried {
                Ok(outcomes) => {
                    prop_assert!(all_applied(&outcomes), "{outcomes:?}");
                    done.push(changes);
                }
                // Some of several sections that are the same cannot be told from the others: nothing is done then.
                Err(problem) => {
                    prop_assert!(problem.to_string().contains("the same more than once"), "{problem}");
                    prop_assert_eq!(home.all(), there);
                }
            }
        }
        for changes in done.iter().rev() {
            let (outcomes, _) = apply(store.as_ref(), back(changes));
            prop_assert!(all_applied(&outcomes), "{outcomes:?}");
        }
        prop_assert_eq!(home.all(), before);
    }
}
