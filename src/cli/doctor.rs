//! `memtui doctor`: what was detected, for a person who wonders and for bug reports. No text of a memory is printed, no
//! secret, and the home directory is written `~`.

mod own;
mod stores;
mod terminal;

use std::{env, fs, path::Path};

use textwrap::WordSplitter::NoHyphenation;

use super::{
    args::{Doctor, Global},
    base::Base,
    fail::{Done, Failure},
    json::FactJson,
    out::Out,
};
use crate::{paths::Paths, store::sqlite, text};

pub(super) fn run(global: &Global, args: &Doctor, out: &mut Out) -> Result<Done, Failure> {
    let paths = Paths::of_environment().map_err(|problem| Failure::Usage(problem.to_string()))?;
    let (base, mistakes) = Base::with_mistakes(paths, global);
    let mut report = Report::default();
    report.section("program");
    report.tell("memtui", env!("CARGO_PKG_VERSION"));
    report.tell("sqlite", sqlite::version());
    report.tell("system", format!("{} {}", env::consts::OS, env::consts::ARCH));
    terminal::tell(&base, &mut report);
    stores::tell(&base, global, &mut report);
    own::ledger(&base, &mut report);
    own::settings(&base, global, &mistakes, &mut report);
    own::places(&base, &mut report);
    if args.json {
        for fact in &report.facts {
            out.json(fact)?;
        }
    } else {
        report.print(out)?;
    }
    Ok(if report.troubles() == 0 { Done::Well } else { Done::Attention })
}

/// What was found, in the order in which it is told.
#[derive(Debug, Default)]
struct Report {
    section: &'static str,
    facts: Vec<FactJson>,
}

impl Report {
    /// What follows is about this.
    fn section(&mut self, section: &'static str) {
        self.section = section;
    }

    /// A fact.
    fn tell(&mut self, about: &'static str, fact: impl AsRef<str>) {
        self.put(about, fact.as_ref(), false);
    }

    /// Something that needs attention, with the next step.
    fn trouble(&mut self, about: &'static str, fact: impl AsRef<str>) {
        self.put(about, fact.as_ref(), true);
    }

    fn put(&mut self, about: &'static str, fact: &str, trouble: bool) {
        self.facts.push(FactJson { section: self.section, about, fact: without_home(fact), trouble });
    }

    fn troubles(&self) -> usize {
        self.facts.iter().filter(|fact| fact.trouble).count()
    }

    fn print(&self, out: &mut Out) -> Result<(), Failure> {
        let widest = self.facts.iter().map(|fact| fact.about.len()).max().unwrap_or(0);
        let mut section = "";
        for fact in &self.facts {
            // Each store is a section of its own.
            if fact.section != section || fact.about == stores::FIRST {
                if !section.is_empty() {
                    out.line("")?;
                }
                out.line(fact.section)?;
                section = fact.section;
            }
            let head = format!("{} {:<widest$}  ", if fact.trouble { "!" } else { " " }, fact.about);
            let said = text::line(&fact.fact);
            let Some(width) = out.width() else {
                out.line(&format!("{head}{said}"))?;
                continue;
            };
            let room = width.saturating_sub(head.len()).max(20);
            for (n, line) in
                textwrap::wrap(&said, textwrap::Options::new(room).word_splitter(NoHyphenation)).into_iter().enumerate()
            {
                let head = if n == 0 { head.clone() } else { " ".repeat(head.len()) };
                out.line(&format!("{head}{line}"))?;
            }
        }
        out.line("")?;
        out.line(&match self.troubles() {
            0 => "All is well. `memtui check` looks inside the stores and the ledger.".to_owned(),
            1 => "One thing needs attention; it is marked with an exclamation mark.".to_owned(),
            several => format!("{several} things need attention; they are marked with an exclamation mark."),
        })?;
        Ok(())
    }
}

/// A text in which the home directory is written `~`: its name is often a person's.
fn without_home(text: &str) -> String {
    match env::home_dir().as_deref().and_then(Path::to_str).filter(|home| home.len() > 1) {
        Some(home) => text.replace(&format!("{}/", home.trim_end_matches('/')), "~/"),
        None => text.to_owned(),
    }
}

/// The size of a file, or of everything in a directory, for people; `None` when there is nothing.
fn size(path: &Path) -> Option<String> {
    fn sum(path: &Path) -> u64 {
        match fs::symlink_metadata(path) {
            Ok(it) if it.is_dir() => {
                fs::read_dir(path).map_or(0, |entries| entries.flatten().map(|entry| sum(&entry.path())).sum())
            }
            Ok(it) => it.len(),
            Err(_) => 0,
        }
    }
    path.exists().then(|| bytes(sum(path)))
}

/// Bytes for people: `12 bytes`, `4.0 KB`, `3.2 GB`, in powers of 1024.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    let mut amount = count as f64;
    let mut unit = "bytes";
    for next in UNITS {
        if amount < 1024.0 {
            break;
        }
        amount /= 1024.0;
        unit = next;
    }
    if unit == "bytes" { format!("{count} bytes") } else { format!("{amount:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!([0, 1023, 1024, 3_435_973_837].map(bytes), ["0 bytes", "1023 bytes", "1.0 KB", "3.2 GB"]);
    }
}
