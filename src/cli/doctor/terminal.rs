//! What the terminal is and what it can do.

use std::{
    env,
    io::{self, IsTerminal as _},
    process::{Command, Stdio},
};

use super::Report;
use crate::cli::{base::Base, looks};

pub(super) fn tell(base: &Base, report: &mut Report) {
    report.section("terminal");
    let here = io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal();
    match set("TERM").as_deref() {
        Some("dumb") if here => report.trouble("kind", "dumb: the terminal program needs one that can move its cursor"),
        Some(kind) => report.tell("kind", kind),
        None if here => report.trouble("kind", "TERM is not set; set it to what this is, such as xterm-256color"),
        None => report.tell("kind", "TERM is not set"),
    }
    let size = [
        rustix::termios::tcgetwinsize(rustix::stdio::stdout()),
        rustix::termios::tcgetwinsize(rustix::stdio::stdin()),
        rustix::termios::tcgetwinsize(rustix::stdio::stderr()),
    ];
    match size.into_iter().flatten().next() {
        Some(size) if size.ws_col > 0 => report.tell("size", format!("{}×{}", size.ws_col, size.ws_row)),
        _ => report.tell("size", "none: this does not run in a terminal"),
    }
    let tmux = env::var_os("TMUX").map(|_| tmux());
    report.tell("around it", around(tmux.as_ref()));
    colours(base, report);
    text(base, report);
    focus(tmux.as_ref(), report);
    report.tell("mouse", if base.config.mouse { "on" } else { "off, by the settings" });
    report.tell(
        "clipboard",
        match &tmux {
            Some(Some(tmux)) if tmux.clipboard == "off" => {
                "by OSC 52, which tmux swallows; `set -g set-clipboard on` lets it through"
            }
            Some(_) => "by OSC 52, through tmux",
            None => "by OSC 52, if the terminal takes it",
        },
    );
    report.tell("editor", editor());
}

/// An environment variable that says something.
fn set(name: &str) -> Option<String> {
    env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}

/// What tmux says of itself.
struct Tmux {
    version: String,
    focus: bool,
    clipboard: String,
}

/// Asks the tmux around this program; `None` when it does not answer.
fn tmux() -> Option<Tmux> {
    let mut command = Command::new("tmux");
    command.args(["display-message", "-p", "#{version}\t#{focus-events}\t#{set-clipboard}"]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok().filter(|out| out.status.success())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut parts = said.trim_end().split('\t');
    let version = parts.next()?.to_owned();
    let focus = matches!(parts.next()?, "1" | "on");
    Some(Tmux { version, focus, clipboard: parts.next()?.to_owned() })
}

fn around(tmux: Option<&Option<Tmux>>) -> String {
    let mut around = Vec::new();
    match tmux {
        Some(Some(tmux)) => around.push(format!("tmux {}", tmux.version)),
        Some(None) => around.push("tmux, which does not answer".to_owned()),
        None => {}
    }
    around.extend(env::var_os("ZELLIJ").map(|_| "zellij".to_owned()));
    around.extend(env::var_os("STY").map(|_| "screen".to_owned()));
    around.extend(env::var_os("SSH_CONNECTION").map(|_| "ssh".to_owned()));
    if around.is_empty() { "nothing: no tmux, zellij, screen or ssh".to_owned() } else { around.join(", ") }
}

fn colours(base: &Base, report: &mut Report) {
    let promise = match set("COLORTERM") {
        _ if set("NO_COLOR").is_some() => "NO_COLOR is set".to_owned(),
        Some(value) => format!("COLORTERM={value}"),
        None => "COLORTERM is not set".to_owned(),
    };
    let wanted = &base.config.theme;
    match looks::of(base) {
        Ok(looks::Look { theme, .. }) if theme.name() == wanted => {
            report.tell("colours", format!("theme {wanted}; {promise}"));
        }
        Ok(looks::Look { theme, .. }) => {
            report.tell("colours", format!("theme {} instead of {wanted}, because {promise}", theme.name()));
        }
        Err(failure) => report.trouble("colours", failure.to_string()),
    }
}

fn text(base: &Base, report: &mut Report) {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| set(name).map(|value| (name, value)));
    let lines = if base.config.ascii { "lines in ASCII" } else { "lines in Unicode" };
    let promise = match locale {
        Some((name, value)) if value.to_lowercase().replace('-', "").contains("utf8") => format!("{name}={value}"),
        _ if base.config.ascii => "no UTF-8 promised".to_owned(),
        Some((name, value)) => format!("{name}={value} promises no UTF-8; if lines look wrong, set ascii = true"),
        None => "no locale is set that promises UTF-8; if lines look wrong, set ascii = true".to_owned(),
    };
    report.tell("text", format!("{lines}; {promise}"));
}

fn focus(tmux: Option<&Option<Tmux>>, report: &mut Report) {
    report.tell(
        "focus",
        match tmux {
            Some(Some(tmux)) if !tmux.focus => {
                "not reported: with `set -g focus-events on` in tmux, a key just after a change of pane gives no verdict"
            }
            _ => "asked for: a key just after the focus came back gives no verdict",
        },
    );
}

/// The command of the editor, without its arguments: they are nobody's business.
fn editor() -> String {
    match ["VISUAL", "EDITOR"].into_iter().find_map(|name| set(name).map(|value| (name, value))) {
        Some((name, value)) => format!("{} ({name})", value.split_whitespace().next().unwrap_or_default()),
        None => "neither VISUAL nor EDITOR is set".to_owned(),
    }
}
