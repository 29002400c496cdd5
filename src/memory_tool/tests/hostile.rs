//! Paths, links and neighbours that mean harm, and those that are only in a hurry.

use std::{
    os::unix::fs::symlink,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
    },
};

use proptest::prelude::*;

use super::*;

#[test]
fn links_lead_nowhere() {
    let bed = Bed::new();
    let outside = bed.0.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("secret"), "s3cret").unwrap();
    bed.write("a", "x");
    symlink(&outside, bed.root().join("dir")).unwrap();
    symlink(outside.join("secret"), bed.root().join("file")).unwrap();
    symlink(outside.join("made"), bed.root().join("dangling")).unwrap();
    let mut tool = bed.session();
    for path in ["/memories/dir", "/memories/dir/secret", "/memories/file", "/memories/dangling"] {
        assert!(tool.see(path).is_err(), "{path}");
        assert!(tool.swap(path, "s3cret", "x").is_err(), "{path}");
        assert!(tool.put(path, 0, "x").is_err(), "{path}");
        assert!(tool.make(path, "x").is_err(), "{path}");
        assert!(tool.drop_(path).is_err(), "{path}");
        assert!(tool.mv(path, "/memories/b").is_err(), "{path}");
        assert!(tool.mv("/memories/a", path).is_err(), "{path}");
    }
    assert!(tool.make("/memories/dir/new", "x").is_err());
    let listing = tool.see("/memories").unwrap();
    assert!(listing.ends_with("1B\t/memories\n1B\t/memories/a"), "{listing}");
    assert_eq!(files_below(&outside).len(), 1);
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"s3cret");
}

/// A directory is swapped with a link to another one, again and again, while files in it are made, changed and read.
#[test]
fn a_link_that_is_put_there_meanwhile_leads_nowhere_either() {
    let bed = Bed::new();
    let (outside, aside) = (bed.0.path().join("outside"), bed.0.path().join("aside"));
    fs::create_dir_all(&outside).unwrap();
    // All that is made inside stays below a kilobyte, so that this one's size tells it, too.
    let secret = format!("OUTSIDE one{}", ".".repeat(8000));
    fs::write(outside.join("f"), &secret).unwrap();
    bed.write("d/f", "inside one");
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = std::thread::spawn({
        let (door, outside, stop) = (bed.root().join("d"), outside.clone(), Arc::clone(&stop));
        move || {
            let mut swaps = 0;
            while !stop.load(Ordering::Acquire) {
                // The handler may have removed or made the directory; then there is nothing to swap this time.
                if fs::rename(&door, &aside).is_ok() {
                    let linked = symlink(&outside, &door).is_ok();
                    std::thread::yield_now();
                    if linked {
                        fs::remove_file(&door).unwrap();
                        swaps += 1;
                    }
                    let _taken = fs::rename(&aside, &door);
                }
            }
            swaps
        }
    });
    let mut tool = bed.session();
    for turn in 0..60 {
        let seen = tool.see("/memories/d/f").unwrap_or_default() + &tool.see("/memories/d").unwrap_or_default();
        assert!(!seen.contains("OUTSIDE") && !seen.contains("K\t"), "{seen}");
        let _any = tool.swap("/memories/d/f", "one", "one");
        let _any = tool.put("/memories/d/f", 0, "line");
        let _any = tool.make(&format!("/memories/d/{turn}"), "made inside");
        let _any = tool.mv(&format!("/memories/d/{turn}"), &format!("/memories/d/to-{turn}"));
        let _any = tool.drop_(&format!("/memories/d/to-{turn}"));
    }
    stop.store(true, Ordering::Release);
    assert!(swapper.join().unwrap() > 0);
    let left = files_below(&outside);
    assert_eq!(left.into_iter().collect::<Vec<_>>(), [(outside.join("f"), secret.into_bytes())]);
}

#[test]
fn two_handlers_on_one_directory_lose_nothing() {
    const EACH: usize = 12;
    let bed = Bed::new();
    bed.session().make("/memories/log", "").unwrap();
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        for agent in ["ann", "bob"] {
            let (bed, start) = (&bed, &start);
            scope.spawn(move || {
                let mut tool = Session::open(bed.launch(agent)).unwrap();
                start.wait();
                for turn in 0..EACH {
                    tool.put("/memories/log", 0, &format!("{agent} {turn}\n")).unwrap();
                    let same = tool.make(&format!("/memories/same-{turn}"), agent);
                    let told = format!("Error: File /memories/same-{turn} already exists");
                    assert!(same.is_ok() || same == Err(told), "{same:?}");
                }
            });
        }
    });
    let log = fs::read_to_string(bed.root().join("log")).unwrap();
    for agent in ["ann", "bob"] {
        let mine: Vec<&str> = log.lines().rev().filter(|line| line.starts_with(agent)).collect();
        assert_eq!(mine, (0..EACH).map(|turn| format!("{agent} {turn}")).collect::<Vec<_>>());
    }
    assert_eq!(bed.all().len(), 1 + EACH);
    assert_eq!(bed.person().log(None, 999).unwrap().len(), 1 + 3 * EACH);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever is called, every line is answered and nothing beside the directory and the ledger is touched.
    #[test]
    fn no_call_reaches_what_lies_beside(
        calls in proptest::collection::vec(
            (0_usize..6, "(/memories)?(/\\.\\.|/a|/b|/link|/%2e%2e|\\\\|//|/\\.|\u{2215}|\0){0,4}", "(/memories)?(/\\.\\.|/a|/c|/link){0,3}"),
            1..8,
        )
    ) {
        let bed = Bed::new();
        let beside = bed.0.path().join("beside");
        fs::create_dir(&beside).unwrap();
        fs::write(beside.join("a"), "BESIDE").unwrap();
        bed.write("a", "within");
        symlink(&beside, bed.root().join("link")).unwrap();
        let mut tool = bed.session();
        for (kind, path, other) in calls {
            let outcome = match kind {
                0 => tool.see(&path),
                1 => tool.make(&path, "made"),
                2 => tool.swap(&path, "BESIDE", "x"),
                3 => tool.put(&path, 0, "made"),
                4 => tool.drop_(&path),
                _ => tool.mv(&path, &other),
            };
            let (Ok(said) | Err(said)) = outcome;
            prop_assert!(!said.is_empty() && !said.contains("     1\tBESIDE"));
        }
        let names: Vec<String> =
            fs::read_dir(bed.0.path()).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect();
        prop_assert!(names.iter().all(|name| ["beside", "memories", "state"].contains(&name.as_str())), "{names:?}");
        prop_assert_eq!(files_below(&beside), BTreeMap::from([(beside.join("a"), b"BESIDE".to_vec())]));
    }
}
