//! `memtui check`.

use super::{
    args::{Check, Global},
    fail::{Done, Failure},
    json::FindingJson,
    open::Session,
    out::Out,
};

pub(super) fn run(global: &Global, args: &Check, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let mut findings = Vec::new();
    for store in session.stores() {
        let place = store.about().name.clone();
        let finding = |what, trouble| FindingJson { place: place.clone(), what, trouble };
        match store.reader().and_then(|mut reader| reader.check()) {
            Ok(found) => findings.extend(found.into_iter().map(|found| finding(found.what, found.trouble))),
            Err(problem) => findings.push(finding("reading".to_owned(), Some(problem.to_string()))),
        }
    }
    let ledger = session.check_ledger().into_iter();
    findings.extend(ledger.map(|(what, trouble)| FindingJson { place: "ledger".to_owned(), what, trouble }));
    for finding in &findings {
        let FindingJson { place, what, trouble } = finding;
        match trouble {
            _ if args.json => out.json(finding)?,
            None => out.line(&format!("ok       {place}: {what}"))?,
            Some(trouble) => out.line(&format!("TROUBLE  {place}: {what}: {trouble}"))?,
        }
    }
    Ok(if findings.iter().any(|finding| finding.trouble.is_some()) { Done::Trouble } else { Done::Well })
}
