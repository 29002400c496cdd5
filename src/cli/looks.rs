//! The looks: the theme of the settings as far as the terminal can show it, and whether it has links.

use std::{env, fs, path::Path};

use super::{base::Base, fail::Failure};
use crate::theme::Theme;

/// The theme that is used, and what is to be said about it.
pub(super) struct Look {
    pub(super) theme: Theme,
    pub(super) remark: Option<String>,
}

/// The theme of the settings. `NO_COLOR` wins (<https://no-color.org>); colours of 24 bits would be rubbish in many
/// terminals that do not announce them, so the terminal's own are used there, with a remark.
pub(super) fn of(base: &Base) -> Result<Look, Failure> {
    if set("NO_COLOR").is_some() {
        return Ok(Look { theme: Theme::named("mono").unwrap_or_default(), remark: None });
    }
    let rich = set("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
    let theme = named(&base.config.theme, &base.paths.themes())?;
    if rich || !theme.is_rich() {
        return Ok(Look { theme, remark: None });
    }
    let remark = format!(
        "The theme {} needs 24-bit colour, which this terminal does not announce (COLORTERM=truecolor): its own \
         colours are used",
        theme.name()
    );
    Ok(Look { theme: Theme::default(), remark: Some(remark) })
}

/// A theme of the person's own, or one that is built in.
fn named(name: &str, themes: &Path) -> Result<Theme, Failure> {
    let path = themes.join(format!("{name}.toml"));
    let is_plain = !name.contains(['/', '\\']);
    match fs::read_to_string(&path) {
        Ok(source) if is_plain => {
            Theme::parse(name, &source).map_err(|problem| Failure::Usage(format!("{}: {problem}", path.display())))
        }
        read => Theme::named(name).ok_or_else(|| {
            let names = Theme::names().collect::<Vec<_>>().join(", ");
            let reason = read.err().map_or_else(|| "a name is expected".to_owned(), |error| error.to_string());
            Failure::Usage(format!("there is no theme `{name}`: {} ({reason}); built in are {names}", path.display()))
        }),
    }
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The name of this machine, for links to its files, where links are wanted.
pub(super) fn link_host(wanted: &str) -> Option<String> {
    let on = match wanted {
        "on" => true,
        "off" => false,
        _ => has_links(set),
    };
    on.then(|| rustix::system::uname().nodename().to_string_lossy().into_owned())
}

/// Whether a terminal shows links (OSC 8) or at least passes over them. The Linux console prints a part of them, GNU
/// screen does not pass them on, and VTE before 0.50 could crash
/// (<https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>). tmux keeps them or drops them cleanly.
fn has_links(variable: impl Fn(&str) -> Option<String>) -> bool {
    let old_vte = variable("VTE_VERSION").and_then(|version| version.parse::<u32>().ok()).is_some_and(|it| it < 5000);
    match variable("TERM").as_deref() {
        None | Some("linux" | "dumb") => false,
        Some(term) if term.starts_with("screen") => variable("TMUX").is_some(),
        Some(_) => !old_vte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_for_terminals_that_take_them() {
        let has = |variables: &[(&str, &str)]| {
            has_links(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(has(&[("TERM", "xterm-256color")]));
        assert!(has(&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")]));
        assert!(has(&[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux-0/default,1,0")]));
        assert!(!has(&[("TERM", "screen-256color")]));
        assert!(!has(&[("TERM", "xterm-256color"), ("VTE_VERSION", "4800")]));
        assert!(!has(&[("TERM", "linux")]) && !has(&[("TERM", "dumb")]) && !has(&[]));
    }

    #[test]
    fn a_theme_of_ones_own_goes_before_one_that_is_built_in() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("dark.toml"), "inherits = \"mono\"\ntext = \"red\"").unwrap();
        let name = |name: &str| named(name, home.path());
        assert!(name("dark").is_ok_and(|theme| !theme.is_rich()));
        assert!(name("light").is_ok_and(|theme| theme.is_rich()));
        fs::write(home.path().join("odd.toml"), "txt = \"red\"").unwrap();
        let said = |theme: Result<Theme, Failure>| theme.err().map(|failure| failure.to_string()).unwrap_or_default();
        assert!(said(name("odd")).contains("no such role `txt`; did you mean `text`?"), "{}", said(name("odd")));
        assert!(said(name("../odd")).contains("there is no theme"), "{}", said(name("../odd")));
    }
}
