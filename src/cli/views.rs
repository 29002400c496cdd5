//! `memtui views`.

use serde::Serialize;

use super::{
    args::{Global, Views},
    columns::{Column, Columns, grouped},
    fail::{Done, Failure},
    open::Session,
    out::Out,
    times,
};
use crate::{
    catalog::ViewSpec,
    memory::EpochMs,
    query::{self, Expr, closest},
    views::SavedView,
};

/// A saved view.
#[derive(Debug, Serialize)]
pub(super) struct ViewJson {
    name: String,
    filter: String,
    sort: String,
    grouped: bool,
    count: usize,
}

impl ViewJson {
    /// A view with how many memories it holds.
    pub(super) fn of(view: &SavedView, count: usize) -> Self {
        let (name, filter) = (view.name.clone(), view.filter.clone());
        Self { name, filter, sort: view.sort.to_string(), grouped: view.grouped, count }
    }
}

/// What a text selects, and in which order: a filter, or `@` and the name of a saved view, perhaps with more conditions
/// behind it.
pub(super) fn spec(
    text: &str,
    views: impl FnOnce() -> Result<Vec<SavedView>, Failure>,
    now: EpochMs,
) -> Result<ViewSpec, Failure> {
    let zone = crate::query::Zone::Local;
    let parse = |text: &str| {
        query::parse(text, now, zone).map_err(|error| Failure::Query(error.to_string(), error.pointed(text)))
    };
    let Some(named) = text.trim_start().strip_prefix('@') else {
        let filter = parse(text)?;
        return Ok(ViewSpec { sort: crate::catalog::Sort::natural(&filter), filter, grouped: false });
    };
    let views = views()?;
    let (view, rest) = longest(&views, named).ok_or_else(|| unknown(&views, named))?;
    let mut spec = view.spec(now, zone).map_err(|error| Failure::Usage(format!("the view {}: {error}", view.name)))?;
    spec.filter = Expr::And(vec![spec.filter, parse(rest)?]).normalised();
    Ok(spec)
}

/// The view with the longest name that the text begins with, in any case, and what stands behind it.
fn longest<'a, 'b>(views: &'a [SavedView], text: &'b str) -> Option<(&'a SavedView, &'b str)> {
    let behind = |view: &'a SavedView| {
        let (head, rest) = text.split_at_checked(view.name.len())?;
        let whole = rest.is_empty() || rest.starts_with(char::is_whitespace);
        (whole && head.to_lowercase() == view.name.to_lowercase()).then_some((view, rest))
    };
    views.iter().filter_map(behind).min_by_key(|(_, rest)| rest.len())
}

fn unknown(views: &[SavedView], named: &str) -> Failure {
    let all = || views.iter().map(|view| view.name.as_str());
    let word = named.split_whitespace().next().unwrap_or_default();
    let near = closest(named.trim(), all()).or_else(|| closest(word, all()));
    let hint = match near {
        Some(name) => format!("did you mean `@{name}`?"),
        None => format!("there are {}", all().map(|name| format!("@{name}")).collect::<Vec<_>>().join(", ")),
    };
    Failure::Usage(format!("there is no saved view `{}`; {hint}", named.trim()))
}

pub(super) fn run(global: &Global, args: &Views, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let views = session.saved_views()?;
    let specs = views.iter().map(|view| session.spec(&format!("@{}", view.name), times::now()));
    let filters = specs.map(|spec| Ok(spec?.filter)).collect::<Result<Vec<_>, Failure>>()?;
    let counts = session.counts(&filters)?;
    if args.json {
        for (view, count) in views.iter().zip(counts) {
            out.json(&ViewJson::of(view, count))?;
        }
        return Ok(Done::Well);
    }
    let for_people = out.width().is_some();
    let number = |count: usize| if for_people { grouped(count) } else { count.to_string() };
    let row = |(view, count): (&SavedView, usize)| {
        vec![number(count), view.name.clone(), view.sort.to_string(), view.filter.clone()]
    };
    let rows: Vec<_> = views.iter().zip(counts).map(row).collect();
    let columns = [
        ("COUNT", Column::Number(9)),
        ("VIEW", Column::Upto(30)),
        ("SORT", Column::Upto(15)),
        ("FILTER", Column::Rest),
    ];
    Columns::new(&columns).print(&rows, out)?;
    Ok(Done::Well)
}
