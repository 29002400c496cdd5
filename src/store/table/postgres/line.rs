//! A connection to a `PostgreSQL` server that never waits for ever: every question has a deadline, can be given up, and
//! finds a lost connection made anew.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::TryStreamExt as _;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{
    Client, NoTls, Row,
    error::SqlState,
    types::{FromSql, ToSql, Type},
};

use super::address::Address;
use crate::store::{Cancel, Problem};

/// How often a running question looks whether its answer is still wanted.
const GLANCE: Duration = Duration::from_millis(20);
/// How long an answer, or the next part of one, may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long giving up a question may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// Rows that are handed on together.
const CHUNK: usize = 2048;

/// What every session is told: texts of values that do not depend on the server's settings, bounded waits, and that a
/// transaction is not left open by a program that stands still. The texts are compared byte for byte.
const SESSION: &str = "SET DateStyle = 'ISO, MDY'; SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres';
    SET extra_float_digits = 3; SET bytea_output = 'hex'; SET lock_timeout = '3s';
    SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'error'";

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server said so.
    Said(tokio_postgres::Error),
    /// It did not answer in time.
    Silent,
    /// Nobody wants the answer any more.
    Cancelled,
    /// The runtime of the connection could not be made.
    System(std::io::Error),
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Said(error)
    }
}

impl Trouble {
    /// What the server calls it.
    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Said(error) => error.code(),
            _ => None,
        }
    }

    /// Whether the connection is of no use any more.
    pub(super) fn is_loss(&self) -> bool {
        match self {
            Self::Said(error) => is_loss(error),
            Self::Silent | Self::Cancelled | Self::System(_) => true,
        }
    }

    /// Whether a value was no value of its column's type: class 22.
    pub(super) fn is_no_value(&self) -> bool {
        self.code().is_some_and(|code| code.code().starts_with("22"))
    }

    /// What the table itself objects to, in the server's words: a constraint, a value that does not fit, a trigger.
    pub(super) fn objection(&self) -> Option<String> {
        let Self::Said(error) = self else { return None };
        let said = error.as_db_error()?;
        let objects = ["22", "23", "P0", "44"].iter().any(|class| said.code().code().starts_with(class));
        objects.then(|| said.message().to_owned())
    }

    /// The sentence about it, for the store at a place.
    pub(super) fn problem(&self, place: &Path) -> Problem {
        let path = PathBuf::from(place);
        let failed = |reason: String| Problem::Failed { path: path.clone(), reason };
        match self {
            Self::Cancelled => Problem::Cancelled,
            Self::Silent => failed("the server did not answer in time; see whether it runs, then try again".to_owned()),
            Self::System(error) => failed(format!("no connection could be prepared ({error})")),
            Self::Said(error) => match (error.as_db_error(), error.code()) {
                (Some(_), Some(code)) if *code == SqlState::LOCK_NOT_AVAILABLE => Problem::Busy(path),
                (Some(said), Some(code)) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                    Problem::Denied { path, reason: format!("{}; have the role granted it", said.message()) }
                }
                (Some(said), Some(code)) if code.code().starts_with("28") => {
                    Problem::Denied { path, reason: format!("{}; check user and password", said.message()) }
                }
                (Some(said), _) => failed(said.message().to_owned()),
                (None, _) => {
                    let mut reason = error.to_string();
                    if let Some(source) = std::error::Error::source(error) {
                        reason = format!("{reason} ({source})");
                    }
                    failed(format!("{reason}; see whether the server runs, then try again"))
                }
            },
        }
    }
}

/// Whether the connection is gone: without a word of the server, or by one of class 57P (it shuts down, or was told to
/// end the session) or 08 (the connection itself).
fn is_loss(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_none_or(|said| ["57P", "08"].iter().any(|class| said.code().code().starts_with(class)))
}

/// A cell by its bytes: a database without an encoding may hold any.
#[derive(Debug)]
pub(super) struct Raw<'a>(pub(super) &'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A parameter with its type.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// What is done with a part of a long answer; `false` ends it.
pub(super) type Take<'a> = &'a mut dyn FnMut(&[Row]) -> bool;

/// A connection, made when it is first needed and again when it was lost.
pub(super) struct Line {
    address: Address,
    cancel: Cancel,
    patience: Duration,
    open: Option<Open>,
}

/// A connection with what drives it.
struct Open {
    // Before the runtime, so that it is dropped while that still runs.
    client: Client,
    runtime: Runtime,
}

impl Line {
    pub(super) fn new(address: Address) -> Self {
        Self { address, cancel: Cancel::default(), patience: PATIENCE, open: None }
    }

    /// From now on questions are given up when the token says so.
    pub(super) fn obey(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    /// How long an answer may take from now on; `None` for as long as usual.
    pub(super) fn hurry(&mut self, patience: Option<Duration>) {
        self.patience = patience.unwrap_or(PATIENCE);
    }

    /// Lets the connection go.
    pub(super) fn hang_up(&mut self) {
        self.open = None;
    }

    /// Whether there is a connection that is not known to be lost.
    pub(super) fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.client.is_closed())
    }

    /// Makes sure of a connection.
    pub(super) fn connect(&mut self) -> Result<(), Trouble> {
        if !self.is_open() {
            self.open = None;
            self.open = Some(connect(&self.address)?);
        }
        Ok(())
    }

    /// Rows that answer a question, which changes nothing and stands in no transaction: when the connection turns out
    /// to be lost it is made and asked once more.
    pub(super) fn ask(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Trouble> {
        self.again(&mut |line| line.rows(sql, parameters))
    }

    /// [`Line::ask`] for long answers, which are handed on in parts.
    pub(super) fn walk(&mut self, sql: &str, parameters: &[Parameter<'_>], take: Take<'_>) -> Result<(), Trouble> {
        let stream = self.again(&mut |line| {
            let parameters = parameters.iter().map(|(value, of)| (*value, of.clone()));
            line.wait(async |client| client.query_typed_raw(sql, parameters).await)
        })?;
        let mut stream = pin!(stream);
        loop {
            let part = self.wait(async |_| {
                let mut rows = Vec::with_capacity(CHUNK);
                while rows.len() < CHUNK
                    && let Some(row) = stream.try_next().await?
                {
                    rows.push(row);
                }
                Ok(rows)
            })?;
            let goes_on = take(&part);
            if part.len() < CHUNK {
                return Ok(());
            }
            if !goes_on {
                // The rest is on its way, and would be read before the next answer.
                self.hang_up();
                return Ok(());
            }
        }
    }

    /// As [`Line::ask`] on the connection as it is: inside a transaction.
    pub(super) fn rows(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Trouble> {
        self.wait(async |client| client.query_typed(sql, parameters).await)
    }

    /// Carries out statements on the connection as it is.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), Trouble> {
        self.wait(async |client| client.batch_execute(sql).await)
    }

    /// Asks, and once more when the connection was lost in between.
    pub(super) fn again<T>(&mut self, ask: &mut dyn FnMut(&mut Self) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let was_open = self.is_open();
        self.connect()?;
        match ask(self) {
            Err(Trouble::Said(error)) if was_open && is_loss(&error) => {
                self.hang_up();
                self.connect()?;
                ask(self)
            }
            answer => answer,
        }
    }

    /// Waits for an answer, its deadline, or word that nobody wants it. A connection on which an answer is still to come
    /// is of no use to the next question.
    fn wait<T>(&mut self, what: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>) -> Result<T, Trouble> {
        let Some(open) = self.open.take() else { return Err(Trouble::Silent) };
        let answer = open.runtime.block_on(patiently(&open.client, (&self.cancel, self.patience), what(&open.client)));
        if !matches!(answer, Err(Trouble::Silent | Trouble::Cancelled)) {
            self.open = Some(open);
        }
        answer
    }
}

async fn patiently<T>(
    client: &Client,
    (cancel, patience): (&Cancel, Duration),
    what: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Trouble> {
    let mut what = pin!(what);
    let until = Instant::now() + patience;
    loop {
        if let Ok(answer) = tokio::time::timeout(GLANCE, &mut what).await {
            return answer.map_err(Trouble::Said);
        }
        let trouble = match (cancel.is_cancelled(), Instant::now() >= until) {
            (true, _) => Trouble::Cancelled,
            (_, true) => Trouble::Silent,
            _ => continue,
        };
        // The server need not go on with what nobody waits for; whether it heard that does not matter here.
        let _unheard = tokio::time::timeout(FAREWELL, client.cancel_token().cancel_query(NoTls)).await;
        return Err(trouble);
    }
}

fn connect(address: &Address) -> Result<Open, Trouble> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Trouble::System)?;
    let limit = address.config().get_connect_timeout().copied().unwrap_or(PATIENCE) * 2;
    let client = runtime.block_on(async {
        let opening = async {
            let (client, connection) = address.config().connect(NoTls).await?;
            // What it ends with is told to whoever asks next.
            tokio::spawn(async { drop(connection.await) });
            client.batch_execute(SESSION).await?;
            Ok::<_, tokio_postgres::Error>(client)
        };
        tokio::time::timeout(limit, opening).await.map_err(|_| Trouble::Silent)?.map_err(Trouble::Said)
    })?;
    Ok(Open { client, runtime })
}
