//! A disk that is full: of the store, of the ledger, of both. An act is done or it is not, says so, and works when there
//! is room again.

use std::{fs, path::Path, process::Command};

use super::{Place, dump_of, full};

/// Acts on a small file system that is filled up before and emptied after each; it is there for this script only.
/// Arguments: the folder to work in, the program, what lies on the small file system, the bytes that are left on it.
const SCRIPT: &str = r#"
work=$1 memtui=$2 left=$4 small=$1/small room=$1/room
mkdir -p "$small" "$room" && mount -t tmpfs -o size=24m memtui "$small" || exit 77
store=$small data=$small
case $3 in store) data=$room ;; ledger) store=$room ;; esac
export XDG_DATA_HOME="$data"
cp "$work/store.db" "$store/kept.db"
fill() {
    head -c $(($(df -B1 --output=avail "$small" | tail -n 1) - left)) /dev/zero >"$small/ballast"
}
act() {
    name=$1
    shift
    "$memtui" --store "$store/kept.db" "$@" >/dev/null 2>"$work/$name.err" </dev/null
    echo $? >"$work/$name.code"
    mkdir -p "$work/$name" && cp "$store"/kept.db* "$work/$name/"
}
fill
act refused prune --where 'id:*' --yes
rm "$small/ballast"
act pruned prune --where 'id:*' --yes
fill
act kept undo
rm "$small/ballast"
act undone undo
act restored undo
act checked check
"#;

/// A place with the state of things after each act.
struct Trial {
    place: Place,
}

impl Trial {
    /// `None` where nobody may mount a file system for himself.
    fn run(on: &str, left: u64) -> Option<Self> {
        let place = Place::with(300);
        let work = place.dir.path().to_owned();
        let mut command = place.command("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"]);
        command.arg(&work).arg(env!("CARGO_BIN_EXE_memtui")).arg(on).arg(left.to_string());
        command.output().is_ok_and(|output| output.status.success()).then_some(Self { place })
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.place.dir.path().join(name)
    }

    fn dump(&self, act: &str) -> Vec<String> {
        dump_of(&self.path(act).join("kept.db"))
    }

    fn code(&self, act: &str) -> i32 {
        fs::read_to_string(self.path(&format!("{act}.code"))).unwrap().trim().parse().unwrap()
    }

    fn said(&self, act: &str) -> String {
        fs::read_to_string(self.path(&format!("{act}.err"))).unwrap()
    }
}

fn may_mount() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs memtui /mnt"]);
    let may = command.output().is_ok_and(|output| output.status.success()) && Path::new("/mnt").is_dir();
    if !may {
        println!("skipped: nobody may mount a file system for himself here");
    }
    may
}

#[test]
fn a_full_disk_refuses_an_act_or_carries_it_out() {
    if !may_mount() {
        return;
    }
    let lefts: &[u64] = if full() { &[0, 4096, 65_536, 200_000, 500_000, 1_000_000, 2_000_000] } else { &[65_536] };
    let (mut refused, mut kept) = (0, 0);
    for on in ["store", "ledger", "both"] {
        for left in lefts {
            let trial = Trial::run(on, *left).unwrap();
            let context = format!("{on} with {left} bytes left");
            let before = dump_of(&trial.path("store.db"));
            let pruned = trial.dump("pruned");
            assert_ne!(pruned, before, "{context}: {}", trial.said("pruned"));
            for (act, unchanged, changed, count) in
                [("refused", &before, &pruned, &mut refused), ("kept", &pruned, &before, &mut kept)]
            {
                let said = trial.said(act);
                if trial.code(act) == 0 {
                    assert_eq!(&trial.dump(act), changed, "{context}: {act}");
                } else {
                    *count += 1;
                    assert_eq!(trial.code(act), 3, "{context}: {act}: {said}");
                    // The store may have room where the ledger has none for the end: then that is said, too.
                    let in_part = said.contains("stopped after");
                    assert_eq!(&trial.dump(act) != unchanged, in_part, "{context}: {act}: {said}");
                    assert!(said.contains("full") || said.contains("free"), "{context}: {act}: {said}");
                }
            }
            assert_eq!(trial.dump("restored"), before, "{context}: {}", trial.said("restored"));
            assert_eq!(trial.code("checked"), 0, "{context}: {}", trial.said("checked"));
        }
    }
    println!("{refused} prunes and {kept} undos refused, nothing lost");
    assert!(refused > 0 && kept > 0, "the disk was never full");
}
