//! `memtui check`.

use super::{
    args::Global,
    fail::{Done, Failure},
    open::Session,
    out::Out,
};

pub(super) fn run(global: &Global, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let mut trouble = false;
    let mut tell = |out: &mut Out, place: &str, what: &str, wrong: Option<&str>| {
        trouble |= wrong.is_some();
        match wrong {
            None => out.line(&format!("ok       {place}: {what}")),
            Some(wrong) => out.line(&format!("TROUBLE  {place}: {what}: {wrong}")),
        }
    };
    for store in session.stores().to_vec() {
        let name = &store.about().name;
        match store.reader().and_then(|mut reader| reader.check()) {
            Ok(findings) => {
                for finding in findings {
                    tell(out, name, &finding.what, finding.trouble.as_deref())?;
                }
            }
            Err(problem) => tell(out, name, "reading", Some(&problem.to_string()))?,
        }
    }
    for (what, wrong) in session.check_ledger() {
        tell(out, "ledger", &what, wrong.as_deref())?;
    }
    Ok(if trouble { Done::Trouble } else { Done::Well })
}
