//! `memtui review`: the sitting in the terminal program, or its list.

use clap::Args;
use serde::Serialize;

use super::{
    args::Global,
    columns::{Column, Columns, grouped, memories},
    fail::{Done, Failure, say},
    open::Session,
    out::Out,
    times, tui,
};
use crate::{
    app,
    engine::{SITTING, SittingPlan},
    memory::{Likeness, Row, Seat, SittingOrder},
};

/// `memtui review`.
#[derive(Debug, Args)]
pub struct Review {
    /// Only memories that this filter matches; all that are due without
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Judge at most this many
    #[arg(long, value_name = "N", default_value_t = SITTING)]
    pub limit: usize,
    /// What comes first among the new ones, and then among the others: `oldest` or `doubtful`
    #[arg(long, value_name = "ORDER", default_value = "oldest", value_parser = order)]
    pub order: SittingOrder,
    /// Print what a new sitting would be of, and begin none
    #[arg(long)]
    pub list: bool,
    /// Print JSON Lines, one memory each
    #[arg(long, requires = "list")]
    pub json: bool,
}

fn order(text: &str) -> Result<SittingOrder, String> {
    SittingOrder::named(text).ok_or_else(|| {
        format!("`{text}` is no order; there are {}", SittingOrder::ALL.map(SittingOrder::name).join(" and "))
    })
}

/// A memory of a sitting.
#[derive(Debug, Serialize)]
pub(super) struct SeatJson {
    /// `STORE:NATIVE`, the name that every command takes.
    pub id: String,
    /// Its title.
    pub title: String,
    /// RFC 3339, or null.
    pub created: Option<String>,
    /// What its text costs an agent, estimated.
    pub tokens: u32,
    /// Neighbours with the same number belong together.
    pub cluster: u32,
    /// `same`, `session` or `none`.
    pub likeness: &'static str,
}

impl SeatJson {
    /// One with every key, for the reference page.
    pub(super) fn example() -> Self {
        let created = Some("…".to_owned());
        Self { id: String::new(), title: String::new(), created, tokens: 0, cluster: 1, likeness: "session" }
    }
}

pub(super) fn run(global: &Global, args: &Review, out: &mut Out) -> Result<Done, Failure> {
    let query = args.query.join(" ");
    if args.limit == 0 {
        return Err(Failure::Usage("a sitting of no memories is none; write --limit 1 or more".to_owned()));
    }
    if !args.list {
        let zone = *chrono::Local::now().offset();
        crate::query::parse(&query, times::now(), zone)
            .map_err(|error| Failure::Query(error.to_string(), error.pointed(&query)))?;
        let review = app::Review { query, order: args.order, limit: args.limit };
        return tui::run(global, None, tui::Begin::Sitting(review));
    }
    let mut session = Session::open(global)?;
    let filter = session.filter(&query, times::now())?;
    let plan = SittingPlan { query, filter, order: args.order, limit: args.limit, instead: None };
    let (sitting, mut rows, due) = session.sitting(&plan)?;
    let veil = session.veil();
    for row in &mut rows {
        veil.row(row);
    }
    let for_people = out.width().is_some();
    let mut table = Vec::with_capacity(rows.len());
    for (seat, row) in sitting.seats.iter().zip(&rows) {
        if args.json {
            out.json(&SeatJson {
                id: row.id.to_string(),
                title: row.title.clone(),
                created: row.created.and_then(times::rfc3339),
                tokens: row.tokens,
                cluster: seat.cluster + 1,
                likeness: seat.likeness.name(),
            })?;
        } else {
            table.push(cells(seat, row, for_people));
        }
    }
    if !args.json {
        columns().print(&table, out)?;
    }
    out.finish()?;
    if due == 0 {
        say("nothing is due");
        return Ok(Done::Nothing);
    }
    if for_people && !args.json {
        say(&format!("{} of {} that are due", grouped(rows.len()), memories(due)));
    }
    Ok(Done::Well)
}

fn columns() -> Columns {
    Columns::new(&[
        ("ID", Column::Upto(30)),
        ("AGE", Column::Number(6)),
        ("CONF", Column::Number(5)),
        ("LIKE", Column::Upto(12)),
        ("TITLE", Column::Rest),
    ])
}

/// A line of the list; what stands together has the same number.
fn cells(seat: &Seat, row: &Row, for_people: bool) -> Vec<String> {
    let created = if for_people {
        times::age(row.created, times::now())
    } else {
        row.created.and_then(times::rfc3339).unwrap_or_else(|| "-".to_owned())
    };
    let like = match seat.likeness {
        Likeness::None => "-".to_owned(),
        likeness => format!("{} {}", likeness.name(), seat.cluster + 1),
    };
    vec![
        row.id.to_string(),
        created,
        row.confidence.map_or_else(|| "-".to_owned(), |confidence| confidence.to_string()),
        like,
        row.title.clone(),
    ]
}
