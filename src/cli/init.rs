//! `memtui init`.

use super::{
    args::{Global, Init},
    base::Base,
    fail::{Done, Failure},
    out::Out,
};
use crate::store::native;

pub(super) fn run(global: &Global, args: &Init, out: &mut Out) -> Result<Done, Failure> {
    let base = Base::of(global)?;
    if global.read_only {
        return Err(Failure::Refused("nothing is made: --read-only was given".to_owned()));
    }
    let usual = base.paths.shared();
    let path = args.path.clone().unwrap_or_else(|| usual.clone());
    let made = native::create(&path).map_err(|problem| Failure::opening(&problem))?;
    let what = if made { "made" } else { "there already:" };
    out.line(&format!("{what} {}", path.display()))?;
    if path == usual {
        out.line("memtui opens it from now on; write something down with `memtui add TEXT`")?;
    } else {
        out.line(&format!("open it with `memtui {}`", path.display()))?;
    }
    Ok(Done::Well)
}
