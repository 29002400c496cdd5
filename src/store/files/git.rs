//! The few things that memtui asks of Git, in a repository that an agent writes to: none of its hooks is run.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::memory::EpochMs;

/// Branches on which Letta's reflections wait to be merged.
const REFLECTIONS: &str = "refs/heads/letta/reflection";
/// Commits of one file that are told.
const MOST: usize = 500;

/// A work tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repository<'d>(pub(super) &'d Path);

/// A commit that touched a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) hash: String,
    pub(super) at: EpochMs,
    pub(super) author: String,
    pub(super) subject: String,
    /// What the file was called then.
    pub(super) path: String,
}

/// A branch that is not merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    /// `letta/reflection/…`
    pub(super) name: String,
    /// Its newest commit.
    pub(super) head: String,
    /// The commit that it began from.
    pub(super) base: String,
    /// What it says of itself.
    pub(super) subject: String,
    /// The files that it changes, by what happened to them: `A`, `M`, `D`, or anything else that Git says.
    pub(super) changes: Vec<(char, String)>,
}

impl Repository<'_> {
    /// What Git answers; its words when it refuses.
    fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let mut git = Command::new("git");
        git.arg("-C").arg(self.0);
        for setting in
            ["core.hooksPath=/dev/null", "core.fsmonitor=false", "commit.gpgSign=false", "core.quotePath=false"]
        {
            git.args(["-c", setting]);
        }
        // Whoever starts memtui from within a hook means that repository, not this one.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"] {
            git.env_remove(name);
        }
        git.args(arguments).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
        let said = git.output().map_err(|error| format!("git cannot be started ({error}); install it"))?;
        if said.status.success() {
            return Ok(said.stdout);
        }
        let words = String::from_utf8_lossy(&said.stderr);
        let line = words.lines().find(|line| !line.trim().is_empty()).unwrap_or("git failed and did not say why");
        Err(format!("git: {}", line.trim_start_matches("fatal: ").trim_start_matches("error: ")))
    }

    fn text(&self, arguments: &[&str]) -> Result<String, String> {
        let said = self.ask(arguments)?;
        Ok(String::from_utf8_lossy(&said).trim_end_matches('\n').to_owned())
    }

    /// Texts that end with a NUL.
    fn list(&self, arguments: &[&str]) -> Result<Vec<String>, String> {
        let said = self.ask(arguments)?;
        let parts = said.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        Ok(parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect())
    }

    /// The files that differ from the last commit, also new ones.
    pub(super) fn uncommitted(&self) -> Result<Vec<String>, String> {
        let lines = self.list(&["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all"])?;
        Ok(lines.iter().filter_map(|line| line.get(3..)).map(str::to_owned).collect())
    }

    /// What a file held at a commit; `None` when there was none.
    pub(super) fn file_at(&self, commit: &str, path: &str) -> Option<Vec<u8>> {
        self.ask(&["cat-file", "blob", &format!("{commit}:{path}")]).ok()
    }

    /// The commits that touched a file, newest first.
    pub(super) fn log(&self, path: &str) -> Result<Vec<Commit>, String> {
        let most = MOST.to_string();
        let form = "--format=%x01%H%x00%ct%x00%an%x00%s%x00";
        let said = self.text(&["log", "--follow", "--name-only", "-z", "-n", &most, form, "--", path])?;
        Ok(said.split('\u{1}').filter_map(commit).collect())
    }

    /// Commits these files, and nothing else that may be staged. Nothing happens when they are as they were committed.
    pub(super) fn commit(&self, paths: &[String], message: &str) -> Result<(), String> {
        let with = |first: &[&str]| -> Vec<String> {
            let own = first.iter().map(|argument| (*argument).to_owned());
            own.chain(std::iter::once("--".to_owned())).chain(paths.iter().cloned()).collect()
        };
        let ask = |arguments: Vec<String>| self.ask(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        ask(with(&["--literal-pathspecs", "add", "-A"]))?;
        let staged = ask(with(&["--literal-pathspecs", "diff", "--cached", "--name-only", "-z"]))?;
        if staged.is_empty() {
            return Ok(());
        }
        let mut arguments = self.signed_by();
        arguments.extend(with(&["--literal-pathspecs", "commit", "--quiet", "--only", "-m", message]));
        ask(arguments).map(drop)
    }

    /// The person's own name, or memtui's where Git knows none.
    fn signed_by(&self) -> Vec<String> {
        let known = self.text(&["config", "user.email"]).is_ok_and(|email| !email.is_empty());
        let own = ["-c", "user.name=memtui", "-c", "user.email=memtui@localhost"];
        if known { Vec::new() } else { own.map(str::to_owned).to_vec() }
    }

    /// Reflections that wait to be merged, and those whose work tree shows that they are not done yet.
    pub(super) fn reflections(&self) -> Result<Vec<Branch>, String> {
        let form = "--format=%(objectname) %(refname:short)";
        let said = self.text(&["for-each-ref", "--no-merged=HEAD", form, REFLECTIONS])?;
        let mut found = Vec::new();
        for (head, name) in said.lines().filter_map(|line| line.split_once(' ')) {
            let base = self.text(&["merge-base", "HEAD", head])?;
            let subject = self.text(&["log", "-1", "--format=%s", head])?;
            let told = self.list(&["diff", "--name-status", "--no-renames", "-z", &base, head])?;
            let changes = told.chunks_exact(2).filter_map(|pair| match pair {
                [what, path] => Some((what.chars().next()?, path.clone())),
                _ => None,
            });
            let (name, head, changes) = (name.to_owned(), head.to_owned(), changes.collect());
            found.push(Branch { name, head, base, subject, changes });
        }
        Ok(found)
    }

    /// The work tree of a reflection that is under way: it has no commit yet, or holds what is not committed.
    pub(super) fn reflecting(&self) -> Option<PathBuf> {
        let said = self.text(&["worktree", "list", "--porcelain"]).ok()?;
        let here = self.text(&["rev-parse", "HEAD"]).ok()?;
        said.split("\n\n").find_map(|tree| {
            let field = |name: &str| tree.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let (path, head) = (PathBuf::from(field("worktree ")?), field("HEAD ")?);
            let reflects = field("branch ").is_some_and(|branch| branch.starts_with(REFLECTIONS));
            let is_merged = || self.ask(&["merge-base", "--is-ancestor", head, &here]).is_ok();
            let is_dirty = || Repository(&path).uncommitted().is_ok_and(|files| !files.is_empty());
            (reflects && path.is_dir() && (is_merged() || is_dirty())).then_some(path)
        })
    }

    /// Notes as merged what stands in the last commit already: each of the files that a reflection changed is as it left
    /// it. The names of the branches.
    pub(super) fn note_merged(&self) -> Result<Vec<String>, String> {
        let mut noted = Vec::new();
        for branch in self.reflections()? {
            let same = |path: &str| self.file_at("HEAD", path) == self.file_at(&branch.head, path);
            if branch.changes.is_empty() || !branch.changes.iter().all(|(_, path)| same(path)) {
                continue;
            }
            let here = self.text(&["rev-parse", "HEAD"])?;
            let message = format!("merge(reflection): {}", branch.subject);
            let mut arguments = self.signed_by();
            let parents = ["commit-tree", "HEAD^{tree}", "-p", &here, "-p", &branch.head, "-m", &message];
            arguments.extend(parents.map(str::to_owned));
            let merged = self.text(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
            // Only when nobody committed meanwhile.
            self.ask(&["update-ref", "-m", &message, "HEAD", &merged, &here])?;
            noted.push(branch.name);
        }
        Ok(noted)
    }
}

/// One commit of a log.
fn commit(text: &str) -> Option<Commit> {
    let mut parts = text.split('\0');
    let (hash, at, author, subject) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let path = parts.map(str::trim).find(|part| !part.is_empty())?;
    Some(Commit {
        hash: hash.to_owned(),
        at: at.parse::<EpochMs>().ok()?.checked_mul(1000)?,
        author: author.to_owned(),
        subject: subject.to_owned(),
        path: path.to_owned(),
    })
}
