//! A disk that is full, or that cannot be written: of the store, of the ledger, of both, in every act.

use std::{fs, process::Command};

use super::{
    acts::{self, Act, Ground, Touches},
    full,
    place::{Kind, Place, said, state_of},
};

/// Puts small file systems over directories of a place, spoils them, acts, mends them, and acts again if that failed.
/// They are there for this script only; what is on them at the end is laid back.
/// Arguments: the directory of the place, which of its directories, how they are spoilt, the act.
const SCRIPT: &str = r#"
root=$1 names=$2 how=$3 out=$1/../out
shift 3
mkdir -p "$out"
for name in $names; do
    mkdir -p "$root/$name" && cp -a "$root/$name" "$out/$name" && mount -t tmpfs -o size=24m memtui "$root/$name" &&
        cp -a "$out/$name/." "$root/$name/" || exit 77
done
for name in $names; do
    case $how in
    read-only) mount -o remount,ro "$root/$name" ;;
    *) head -c $(($(df -B1 --output=avail "$root/$name" | tail -n 1) - how)) /dev/zero >"$root/$name/ballast" ;;
    esac
done
act() {
    "$@" >/dev/null 2>"$out/$step.err" <"$input"
    echo $? >"$out/$step.code"
}
input=/dev/null
[ ! -e "$root/../input" ] || input=$root/../input
step=spoilt
act "$@"
cp -a "$root/store" "$out/spoilt"
for name in $names; do
    case $how in
    read-only) mount -o remount,rw "$root/$name" ;;
    *) rm "$root/$name/ballast" ;;
    esac
done
step=mended
[ "$(cat "$out/spoilt.code")" = 0 ] || act "$@"
for name in $names; do
    rm -r "$out/$name" && cp -a "$root/$name" "$out/$name" && umount "$root/$name" && rm -r "$root/$name" &&
        cp -a "$out/$name" "$root/$name" || exit 76
done
"#;

fn may_mount() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs memtui /mnt"]);
    let may = command.output().is_ok_and(|output| output.status.success());
    if !may {
        println!("skipped: nobody may mount a file system for himself here");
    }
    may
}

/// What came of an act on a spoilt disk.
struct Outcome {
    code: i32,
    said: String,
    changed: bool,
}

fn spoil(place: &Place, act: &Act, ground: &Ground, names: &str, how: &str) -> Outcome {
    place.go_back(act.name);
    let out = place.aside("out");
    let _none = fs::remove_dir_all(&out);
    let _none = fs::remove_file(place.aside("input"));
    if let Some(input) = &act.input {
        fs::write(place.aside("input"), input).unwrap();
    }
    let line = place.memtui(&[], &act.words);
    let mut command = place.command("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"]);
    command.arg(place.aside("place")).args([names, how]).arg(line.get_program()).args(line.get_args());
    let output = command.output().unwrap();
    assert!(output.status.success(), "the script failed: {}", said(&output));
    let code = |step: &str| fs::read_to_string(out.join(format!("{step}.code"))).map(|it| it.trim().parse().unwrap());
    let context = format!("{} on {:?}, {names} {how}", act.name, place.kind);
    let outcome = Outcome {
        code: code("spoilt").unwrap(),
        said: fs::read_to_string(out.join("spoilt.err")).unwrap(),
        changed: state_of(place.kind, &out.join("spoilt")) != ground.before,
    };
    assert!(matches!(outcome.code, 0 | 1 | 3), "{context}: {}: {}", outcome.code, outcome.said);
    if let Ok(mended) = code("mended") {
        let told = fs::read_to_string(out.join("mended.err")).unwrap();
        assert!(matches!(mended, 0 | 1), "{context}: it does not work when there is room again: {told}");
    }
    act.judge(place, ground, &context);
    outcome
}

fn each(mut trial: impl FnMut(&Place, &Act, &Ground)) {
    for kind in Kind::ALL {
        let count = acts::all(&Place::new(kind)).len();
        for at in 0..count {
            // Without the flag each kind of store has other acts.
            if !full() && at % 6 != kind as usize {
                continue;
            }
            let place = Place::new(kind);
            let mut act = acts::all(&place).remove(at);
            let ground = act.prepare(&place);
            trial(&place, &act, &ground);
        }
    }
}

#[test]
fn a_full_disk_refuses_any_act_or_carries_it_out() {
    if !may_mount() {
        return;
    }
    let lefts: &[&str] = if full() { &["0", "4096", "65536", "200000", "1000000"] } else { &["4096"] };
    let on: &[&str] = if full() { &["store", "data", "store data"] } else { &["store data"] };
    let (mut trials, mut refused) = (0, 0);
    each(|place, act, ground| {
        for (names, left) in on.iter().flat_map(|names| lefts.iter().map(move |left| (names, left))) {
            let outcome = spoil(place, act, ground, names, left);
            let context = format!("{} on {:?}, {names} with {left} left: {}", act.name, place.kind, outcome.said);
            trials += 1;
            if outcome.code != 0 {
                refused += 1;
                let told = ["full", "free", "room"].iter().any(|word| outcome.said.contains(word));
                assert!(told, "{context}");
                let in_part = outcome.said.contains("stopped after") || outcome.said.contains("at the next start");
                let whole = act.touches == Touches::Whole;
                assert!(!outcome.changed || in_part || whole, "{context}: it was changed and not told");
            }
        }
    });
    println!("{trials} acts on a full disk, {refused} refused, nothing lost");
    assert!(refused > 0, "the disk was never full");
}

#[test]
fn what_cannot_be_written_refuses_any_act_and_stays_as_it_is() {
    if !may_mount() {
        return;
    }
    let on: &[&str] = if full() { &["store", "data", "store data"] } else { &["store data"] };
    let (mut trials, mut refused) = (0, 0);
    each(|place, act, ground| {
        for names in on {
            let outcome = spoil(place, act, ground, names, "read-only");
            trials += 1;
            refused += usize::from(outcome.code != 0);
            let context = format!("{} on {:?}, {names} read-only: {}", act.name, place.kind, outcome.said);
            assert!(!outcome.changed, "{context}: it was changed");
            // A client of the memory tool is told in the answer to its call.
            if act.touches.is_store() && act.input.is_none() {
                assert_ne!(outcome.code, 0, "{context}: it was not refused");
            }
            assert!(outcome.code == 0 || outcome.said.lines().count() > 0, "{context}: nothing is said");
        }
    });
    println!("{trials} acts where nothing can be written, {refused} refused, nothing changed");
}
