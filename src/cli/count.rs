//! `memtui count`.

use super::{
    args::{By, Count, Global},
    columns::{Column, Columns, grouped},
    fail::{Done, Failure},
    json::CountJson,
    open::Session,
    out::Out,
    then, times,
};
use crate::catalog::ViewSpec;

pub(super) fn run(global: &Global, args: &Count, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let filter = session.filter_of_any_time(&args.query.join(" "), times::now())?;
    let spec = ViewSpec { filter, ..ViewSpec::default() };
    let Some(by) = args.by else {
        let view = session.view(&spec)?;
        let count = view.count.number;
        if let Some(past) = view.past.as_ref().filter(|_| out.width().is_some()) {
            then::explain(past, &session.store_names());
        }
        if args.json {
            out.json(&CountJson { by: None, name: None, count })?;
        } else {
            out.line(&count.to_string())?;
        }
        return Ok(if count == 0 { Done::Nothing } else { Done::Well });
    };
    let facets = session.facets(&spec)?;
    let (word, tally) = match by {
        By::Scope => ("scope", facets.scopes),
        By::Kind => ("kind", facets.kinds),
        By::Bucket => ("bucket", facets.buckets),
        By::Store => ("store", facets.stores),
        By::Signal => ("signal", facets.signals),
    };
    let tally: Vec<_> = tally.into_iter().filter(|(_, count)| *count > 0).collect();
    let nothing = tally.is_empty();
    if args.json {
        for (name, count) in tally {
            out.json(&CountJson { by: Some(word), name: Some(name), count })?;
        }
    } else {
        let for_people = out.width().is_some();
        let number = |count| if for_people { grouped(count) } else { count.to_string() };
        let rows: Vec<_> = tally.into_iter().map(|(name, count)| vec![number(count), name]).collect();
        Columns::new(&[("COUNT", Column::Number(12)), (word, Column::Rest)]).print(&rows, out)?;
    }
    Ok(if nothing { Done::Nothing } else { Done::Well })
}
