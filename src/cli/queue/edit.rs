//! `memtui queue edit`: a proposal in its JSON form, in the person's editor.

use std::io::{self, IsTerminal as _};

use super::{args::Edit, import::read};
use crate::{
    change::{
        Draft,
        form::{Form, read_forms},
    },
    cli::{
        fail::{Done, Failure, one_of},
        open::Session,
        out::Out,
        times,
    },
    ledger::Standing,
    tty::edit_text,
};

pub(super) fn run(session: &mut Session, args: &Edit, out: &mut Out) -> Result<Done, Failure> {
    session.may_write()?;
    let id = args.id.id;
    let (proposal, standing) = session.curator()?.proposal(id, times::now())?;
    let version = args.id.version.or(args.version).unwrap_or(proposal.line.version);
    if standing != Standing::Waiting || version != proposal.line.version {
        let now = proposal.line.version;
        return Err(Failure::Refused(format!(
            "proposal {id} is {} at version {now}; nothing was changed",
            standing.name()
        )));
    }
    let before = session.curator()?.form_of(&proposal.draft, "");
    let text = match &args.from {
        Some(path) => read(path)?,
        None => in_editor(&before)?,
    };
    let form = match read_forms(&text).as_slice() {
        [Ok(form)] => form.clone(),
        [Err(complaint)] => return Err(Failure::Usage(format!("{complaint}; nothing was changed"))),
        several => return Err(Failure::Usage(format!("{} forms are not one; nothing was changed", several.len()))),
    };
    let sure = form.confidence.is_none_or(|sure| Some(sure) == before.confidence);
    if !sure || !(form.cluster.is_empty() || form.cluster == before.cluster) {
        let fixed = "confidence and cluster are the author's and stay; all else can be edited";
        return Err(Failure::Usage(format!("{fixed}; nothing was changed")));
    }
    let draft = session.resolve(&form)?.map_err(|complaints| one_of(&complaints))?;
    let draft = with_all_that_was(draft, &proposal.draft);
    let Some(version) = session.curator()?.alter(id, version, draft, times::now())? else {
        return Err(Failure::Refused(format!("proposal {id} moved meanwhile; nothing was changed")));
    };
    let looked = super::show::look(session, id)?;
    if args.json {
        out.json(&looked.json())?;
    } else {
        out.line(&format!("{id} is at version {version} now; `memtui queue approve {id}@{version}` carries it out"))?;
        looked.print(session.veil(), out)?;
    }
    Ok(Done::Well)
}

fn in_editor(form: &Form) -> Result<String, Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "an editor needs a terminal; --from FILE reads the new form from a file".to_owned(),
        ));
    }
    let text = serde_json::to_string_pretty(form).map_err(|error| Failure::Usage(error.to_string()))?;
    let edited = edit_text(&text, ".json").map_err(|failed| Failure::Usage(failed.to_string()))?;
    edited.ok_or_else(|| Failure::Refused("nothing was changed".to_owned()))
}

/// The form has only the old values of what it changes; a step on the same version keeps all of them.
fn with_all_that_was(mut draft: Draft, before: &Draft) -> Draft {
    for step in &mut draft.steps {
        let same =
            before.steps.iter().find(|old| (old.store, &old.native, old.seen) == (step.store, &step.native, step.seen));
        if let Some(old) = same {
            step.was.clone_from(&old.was);
        }
    }
    draft
}
