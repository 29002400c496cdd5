//! What an agent may see, write and propose, by scope.

use std::{fs, path::Path};

use crate::{config::Agent, memory::ScopePattern, store::native::Sight};

/// Names that mean somebody else than an agent.
const TAKEN: [&str; 6] = ["you", "person", "user", "unknown", "policy", "dream"];

/// Why a server cannot be launched so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLaunch {
    /// The name of the agent is none.
    #[error("`{0}` is no name for an agent; give one of up to 64 letters, digits, `-`, `_` and `.`, like `codex`")]
    Name(String),
    /// The project cannot be told from a pattern.
    #[error("`{0}` is no project's name; name one project, without `*` and control characters")]
    Project(String),
    /// The name means somebody else.
    #[error("`{0}` means somebody else in memtui; give the agent another name, like `codex`")]
    Taken(String),
}

/// What one agent may do, with the project it was started in filled in.
#[derive(Clone, Debug)]
pub(super) struct Grants {
    pub(super) sight: Sight,
    pub(super) project: Option<String>,
    write: Vec<ScopePattern>,
    propose: Vec<ScopePattern>,
    review: Vec<ScopePattern>,
    review_kinds: Vec<String>,
}

impl Grants {
    /// The grants of an agent that was started in a project.
    pub(super) fn of(name: &str, project: Option<&str>, settings: &Agent) -> Result<Self, BadLaunch> {
        let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
        if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
            return Err(BadLaunch::Name(name.to_owned()));
        }
        if TAKEN.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(BadLaunch::Taken(name.to_owned()));
        }
        if let Some(name) = project.filter(|name| !is_one_project(name)) {
            return Err(BadLaunch::Project(name.to_owned()));
        }
        let scopes = |names: &[String]| names.iter().filter_map(|name| scope(name, project)).collect::<Vec<_>>();
        let (kinds, review): (Vec<String>, Vec<String>) =
            settings.review.iter().cloned().partition(|name| name.starts_with(KIND));
        Ok(Self {
            sight: Sight { scopes: scopes(&settings.read), agent: name.to_owned() },
            project: project.map(str::to_owned),
            write: scopes(&settings.write),
            propose: scopes(&settings.propose),
            review: scopes(&review),
            review_kinds: kinds.iter().filter_map(|kind| kind.strip_prefix(KIND)).map(str::to_owned).collect(),
        })
    }

    /// Whether it may write in a scope, by its project. What it does not see it cannot write.
    pub(super) fn may_write(&self, project: Option<&str>) -> bool {
        self.sight.reaches(project) && any(&self.write, project)
    }

    /// Whether it may propose changes in a scope.
    pub(super) fn may_propose(&self, project: Option<&str>) -> bool {
        self.sight.reaches(project) && (any(&self.propose, project) || any(&self.write, project))
    }

    /// Whether writes in a scope wait.
    pub(super) fn waits_in(&self, project: Option<&str>) -> bool {
        any(&self.review, project)
    }

    /// Whether writes of a kind wait.
    pub(super) fn waits_for_kind(&self, kind: &str) -> bool {
        self.review_kinds.iter().any(|waiting| waiting == kind)
    }
}

/// Whether a text can be the name of one project: it is no pattern, and nothing in it is hidden.
pub(super) fn is_one_project(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= 200 && !name.contains('*') && !crate::text::has_hidden(name)
}

/// What stands before a kind among the scopes of `review`.
const KIND: &str = "kind:";

fn any(patterns: &[ScopePattern], project: Option<&str>) -> bool {
    patterns.iter().any(|pattern| pattern.matches(project))
}

/// The pattern of a scope as the settings write it; the project of the launch is taken to the letter. `None` for that
/// project where there is none.
fn scope(text: &str, project: Option<&str>) -> Option<ScopePattern> {
    if text == "." { project.map(|name| ScopePattern::Project(name.to_owned())) } else { Some(ScopePattern::of(text)) }
}

/// The name of the project that a directory belongs to: that of its git repository, of the main one for a worktree, else
/// its own; none in the home directory and at the root.
pub fn project_of(directory: &Path, home: Option<&Path>) -> Option<String> {
    let repository = directory.ancestors().find(|place| place.join(".git").exists());
    let place = match repository {
        Some(place) => main_worktree(place).unwrap_or_else(|| place.to_owned()),
        None if Some(directory) == home => return None,
        None => directory.to_owned(),
    };
    let name = place.file_name()?.to_str()?;
    // A star would mean other projects, too.
    (!name.contains('*')).then(|| name.to_owned())
}

/// The main worktree of a linked one, whose `.git` is a file that names `MAIN/.git/worktrees/NAME`
/// ([gitrepository-layout](https://git-scm.com/docs/gitrepository-layout)).
fn main_worktree(place: &Path) -> Option<std::path::PathBuf> {
    let text = fs::read_to_string(place.join(".git")).ok()?;
    let directory = Path::new(text.strip_prefix("gitdir:")?.trim());
    let worktrees = directory.parent().filter(|it| it.ends_with(".git/worktrees"))?;
    Some(worktrees.parent()?.parent()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_settings_an_agent_sees_its_project_and_what_applies_everywhere() {
        let grants = Grants::of("codex", Some("shop"), &Agent::default()).unwrap();
        assert!(
            grants.sight.reaches(Some("shop")) && grants.sight.reaches(None) && !grants.sight.reaches(Some("till"))
        );
        assert!(grants.may_write(Some("shop")) && !grants.may_write(None) && !grants.may_write(Some("till")));
        assert!(grants.may_propose(None) && !grants.may_propose(Some("till")));
        let nowhere = Grants::of("codex", None, &Agent::default()).unwrap();
        assert!(nowhere.sight.reaches(None) && !nowhere.sight.reaches(Some("")) && !nowhere.sight.reaches(Some(".")));
    }

    #[test]
    fn what_is_not_seen_is_neither_written_nor_proposed() {
        let settings = Agent { read: vec!["shop".into()], write: vec!["*".into()], ..Agent::default() };
        let grants = Grants::of("codex", Some("shop"), &settings).unwrap();
        assert!(grants.may_write(Some("shop")) && !grants.may_write(Some("till")) && !grants.may_propose(Some("till")));
    }

    #[test]
    fn nobody_is_called_like_a_person() {
        for name in ["", "you", "Person", "policy", "a b", "../x", "cоdex", "x:y"] {
            assert!(Grants::of(name, None, &Agent::default()).is_err(), "{name}");
        }
    }

    #[test]
    fn a_project_is_called_like_its_repository() {
        let dir = tempfile::tempdir().unwrap();
        let (main, linked) = (dir.path().join("shop"), dir.path().join("elsewhere/shop-fix"));
        std::fs::create_dir_all(main.join(".git/worktrees/shop-fix")).unwrap();
        std::fs::create_dir_all(main.join("src/deep")).unwrap();
        std::fs::create_dir_all(&linked).unwrap();
        let git = format!("gitdir: {}\n", main.join(".git/worktrees/shop-fix").display());
        std::fs::write(linked.join(".git"), git).unwrap();
        assert_eq!(project_of(&main.join("src/deep"), None).as_deref(), Some("shop"));
        assert_eq!(project_of(&linked, None).as_deref(), Some("shop"));
        let bare = dir.path().join("plain");
        std::fs::create_dir(&bare).unwrap();
        assert_eq!(project_of(&bare, None).as_deref(), Some("plain"));
        assert_eq!(project_of(&bare, Some(&bare)), None);
        assert_eq!(project_of(Path::new("/"), None), None);
    }
}
