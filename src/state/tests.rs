//! Bookmarks go into the file and come back, whatever was there before.

use std::{fs, path::PathBuf, thread};

use super::*;

fn bookmark(filter: &str) -> Bookmark {
    let mut arrangements = Arrangements::default();
    arrangements.wide.set_share(Edge::Beside, 612);
    arrangements.wide.set_share(Edge::Scopes, 100);
    arrangements.middle.preview = Some(Preview::Off);
    let view = LastView {
        filter: filter.to_owned(),
        sort: "confidence".to_owned(),
        descending: true,
        grouped: true,
        folded: vec!["shop \"api\"".to_owned(), "日本".to_owned()],
        memory: Some((1, -7)),
        screen: "history".to_owned(),
    };
    Bookmark { arrangements, view }
}

fn stores(name: &str) -> Vec<PathBuf> {
    vec![format!("/data/{name}.db").into(), "/data/b.db".into()]
}

#[test]
fn a_bookmark_comes_back_for_its_stores_and_the_panes_for_all() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("deep/state.json");
    let mut shelf = Shelf::open(file.clone(), stores("a"));
    assert_eq!(*shelf.bookmark(), Bookmark::default());
    shelf.keep(bookmark("kind:bugfix")).unwrap();
    assert_eq!(*Shelf::open(file.clone(), stores("a")).bookmark(), bookmark("kind:bugfix"));
    let other = Shelf::open(file.clone(), stores("z"));
    assert_eq!(other.bookmark().arrangements, bookmark("").arrangements);
    assert_eq!(other.bookmark().view, LastView::default());
    let turned: Vec<PathBuf> = stores("a").into_iter().rev().collect();
    assert_eq!(Shelf::open(file, turned).bookmark().view, LastView::default(), "another order has other places");
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("state.json");
    let mut shelf = Shelf::open(file.clone(), stores("a"));
    shelf.keep(Bookmark::default()).unwrap();
    assert!(!file.exists(), "a first start that changes nothing leaves nothing behind");
    shelf.keep(bookmark("x")).unwrap();
    fs::remove_file(&file).unwrap();
    shelf.keep(bookmark("x")).unwrap();
    assert!(!file.exists());
    shelf.keep(bookmark("y")).unwrap();
    assert!(file.exists());
}

#[test]
fn whatever_else_is_in_the_file_is_passed_over_and_written_anew() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("state.json");
    let good = {
        Shelf::open(file.clone(), stores("a")).keep(bookmark("x")).unwrap();
        fs::read(&file).unwrap()
    };
    let mut damaged: Vec<Vec<u8>> = (0..good.len()).map(|end| good[..end].to_vec()).collect();
    damaged.extend([
        b"\x00\xff\xfe".to_vec(),
        b"{\"form\":2,\"views\":[]}".to_vec(),
        b"[1,2]".to_vec(),
        b"{\"form\":1,\"panes\":{\"wide\":{\"shares\":[[\"moon\",3]]}}}".to_vec(),
        b"{\"form\":1,\"views\":7}".to_vec(),
        vec![b' '; 3 << 20],
    ]);
    for bytes in damaged {
        fs::write(&file, &bytes).unwrap();
        let mut shelf = Shelf::open(file.clone(), stores("a"));
        assert_eq!(*shelf.bookmark(), Bookmark::default(), "{:?}", String::from_utf8_lossy(&bytes));
        shelf.keep(bookmark("y")).unwrap();
        assert_eq!(*Shelf::open(file.clone(), stores("a")).bookmark(), bookmark("y"));
    }
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(*Shelf::open(file, stores("a")).bookmark(), Bookmark::default());
}

#[test]
fn two_at_once_leave_a_whole_file_that_holds_both() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("state.json");
    let run = |name: &'static str| {
        let file = file.clone();
        thread::spawn(move || {
            let mut shelf = Shelf::open(file, stores(name));
            for n in 0..100 {
                shelf.keep(bookmark(&format!("{name} {n}"))).unwrap();
            }
        })
    };
    for thread in [run("a"), run("c")] {
        thread.join().unwrap();
    }
    let last = |name: &str| Shelf::open(file.clone(), stores(name)).bookmark().view.filter.clone();
    assert!(last("a") == "a 99" || last("c") == "c 99", "the last one wins: {} {}", last("a"), last("c"));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn only_the_latest_sets_are_remembered() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("state.json");
    for n in 0..40 {
        Shelf::open(file.clone(), stores(&n.to_string())).keep(bookmark("x")).unwrap();
    }
    assert_eq!(Shelf::open(file.clone(), stores("0")).bookmark().view, LastView::default());
    assert_eq!(Shelf::open(file.clone(), stores("39")).bookmark().view, bookmark("x").view);
    assert!(fs::metadata(file).unwrap().len() < 20_000);
}

#[test]
fn what_was_handed_over_last_is_in_the_file_at_the_end() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("state.json");
    let mut scribe = Scribe::new(Shelf::open(file.clone(), stores("a")));
    for n in 0..20 {
        scribe.keep(bookmark(&n.to_string()));
        scribe.keep(bookmark(&n.to_string()));
    }
    drop(scribe);
    assert_eq!(Shelf::open(file, stores("a")).bookmark().view.filter, "19");
}
