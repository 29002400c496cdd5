//! `memtui queue import`.

use std::{fs, io::Read as _, path::Path};

use super::{
    args::Import,
    json::{CameJson, MistakeJson},
};
use crate::{
    change::form::{Complaint, Form, LONGEST_TEXT, read_forms},
    cli::{
        fail::{Done, Failure, say},
        open::Session,
        out::Out,
    },
    engine::inbox::Came,
};

pub(super) fn run(session: &mut Session, args: &Import, out: &mut Out) -> Result<Done, Failure> {
    let forms = read_forms(&read(&args.file)?);
    let file = args.file.file_name().filter(|name| *name != "-").unwrap_or("stdin".as_ref());
    let file = file.to_string_lossy().into_owned();
    let author_of = |named: Option<&str>| match (&args.author, named) {
        (Some(author), _) => author.clone(),
        (None, Some(named)) => format!("file:{named}"),
        (None, None) => format!("file:{file}"),
    };
    if forms.is_empty() {
        return Err(Failure::Refused(format!("{file}: there is no proposal in it")));
    }
    hand_in(session, forms, &author_of, &file, (args.dry_run, args.json), out)
}

/// Hands proposals in, or says with `dry_run` what is right and wrong with them.
pub(super) fn hand_in(
    session: &mut Session,
    forms: Vec<Result<Form, Complaint>>,
    author_of: &dyn Fn(Option<&str>) -> String,
    note: &str,
    (dry_run, json): (bool, bool),
    out: &mut Out,
) -> Result<Done, Failure> {
    let came = if dry_run {
        check(session, forms)?
    } else {
        session.may_write()?;
        session.hand_in(forms, author_of, note)?
    };
    if json {
        out.json(&CameJson::from(&came))?;
    } else if dry_run {
        out.line(&format!("would take {} of {}", came.new, came.new + came.wrong()))?;
    } else {
        out.line(&came.summary())?;
    }
    out.finish()?;
    if !json {
        came.complaints.iter().for_each(|complaint| say(&complaint.to_string()));
    }
    Ok(if came.complaints.is_empty() { Done::Well } else { Done::Nothing })
}

/// What could be taken in. The ledger is not asked what waits already.
fn check(session: &mut Session, forms: Vec<Result<Form, Complaint>>) -> Result<Came, Failure> {
    let mut came = Came::default();
    for (at, form) in forms.into_iter().enumerate() {
        let resolved = match form {
            Ok(form) => session.resolve(&form)?.map(drop),
            Err(complaint) => Err(vec![complaint]),
        };
        match resolved {
            Ok(()) => came.new += 1,
            Err(complaints) => came.complaints.extend(complaints.into_iter().map(|it| it.at(at + 1))),
        }
    }
    Ok(came)
}

/// The text of a file, or of standard input.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    // One byte more than is read tells that there is more.
    let most = LONGEST_TEXT as u64 + 1;
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(unreadable)?;
    }
    String::from_utf8(bytes).map_err(|_| Failure::Usage(format!("{} is not UTF-8 text", path.display())))
}

impl From<&Came> for CameJson {
    fn from(came: &Came) -> Self {
        let mistakes = came.complaints.iter().map(|it| MistakeJson {
            proposal: it.proposal,
            field: it.field.clone(),
            reason: it.reason.clone(),
        });
        Self {
            new: came.new,
            applied: came.applied,
            held: came.held,
            waiting: came.waited,
            rejected: came.rejected,
            mistakes: mistakes.collect(),
        }
    }
}
