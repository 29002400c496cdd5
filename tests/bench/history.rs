//! Two years of one developer's sessions, invented: what the generator writes, in the order in which it happened.

use crate::{
    prng::{Prng, Zipf},
    text::{self, Words},
};

/// 2026-11-01T00:00:00Z: the end of the invented history. Fixed, so that the database is the same on every day.
pub(crate) const END: i64 = 1_793_491_200_000;
const SPAN: i64 = 730 * 24 * 3_600_000;
const MINUTE: i64 = 60_000;

const PROJECTS: [&str; 12] = [
    "shop-api",
    "mobile-app",
    "ml-pipeline",
    "infra",
    "design-system",
    "search-service",
    "billing",
    "docs-site",
    "shop-api/checkout-v2",
    "dotfiles",
    "cli-tools",
    "game-jam",
];
const AGENTS: [&str; 3] = ["claude", "codex", "cursor"];
const MODELS: [&str; 4] = ["claude-sonnet-4-6", "claude-opus-4-5", "gpt-5.2-codex", "claude-haiku-4-5"];
const SUBAGENTS: [&str; 3] = ["Explore", "code-reviewer", "general-purpose"];
const CONCEPTS: [&str; 7] =
    ["how-it-works", "why-it-exists", "what-changed", "problem-solution", "gotcha", "pattern", "trade-off"];
/// Kinds in a hundred observations.
const KINDS: [(&str, usize); 8] = [
    ("change", 28),
    ("discovery", 24),
    ("bugfix", 18),
    ("feature", 14),
    ("refactor", 8),
    ("decision", 6),
    ("security_note", 1),
    ("security_alert", 1),
];

pub(crate) struct Session {
    pub(crate) content_id: String,
    pub(crate) memory_id: String,
    pub(crate) project: &'static str,
    pub(crate) agent: &'static str,
    pub(crate) started: i64,
    pub(crate) ended: i64,
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) observations: Vec<Observation>,
    pub(crate) summary: Summary,
}

pub(crate) struct Prompt {
    pub(crate) text: String,
    pub(crate) at: i64,
}

pub(crate) struct Observation {
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) narrative: String,
    pub(crate) facts: Vec<String>,
    pub(crate) concepts: Vec<&'static str>,
    pub(crate) read: Vec<String>,
    pub(crate) modified: Vec<String>,
    pub(crate) prompt_number: i64,
    pub(crate) discovery_tokens: i64,
    pub(crate) at: i64,
    pub(crate) model: &'static str,
    pub(crate) subagent: Option<&'static str>,
}

pub(crate) struct Summary {
    pub(crate) request: String,
    pub(crate) investigated: String,
    pub(crate) learned: String,
    pub(crate) completed: String,
    pub(crate) next_steps: String,
    pub(crate) discovery_tokens: i64,
}

/// The history, session by session, until it holds `total` observations.
pub(crate) struct History {
    prng: Prng,
    words: Words,
    projects: Zipf,
    total: usize,
    written: usize,
    /// Texts of a while ago that come up again: what real agents do when they look at the same thing twice.
    echoes: Vec<(String, String)>,
    /// Those of the session in the making: the product itself keeps a session from saying a thing twice.
    fresh: Vec<(String, String)>,
}

impl History {
    pub(crate) fn new(seed: u64, total: usize) -> Self {
        Self {
            prng: Prng::new(seed),
            words: Words::new(),
            projects: Zipf::new(12, 1),
            total,
            written: 0,
            echoes: Vec::new(),
            fresh: Vec::new(),
        }
    }

    fn observation(&mut self, at: i64, project: &str, agent: &str, prompt_number: i64) -> Observation {
        let index = self.written;
        self.written += 1;
        let (words, prng) = (&self.words, &mut self.prng);
        let mut title = words.title(prng);
        // Most are a short paragraph, one in twelve is long: just under 1 KB on average.
        let bytes = if prng.one_in(12) { prng.between(1_500, 5_500) } else { prng.between(200, 1_100) };
        let mut narrative = words.narrative(prng, bytes);
        if prng.one_in(30) && !self.echoes.is_empty() {
            (title, narrative) = self.echoes.swap_remove(prng.below(self.echoes.len()));
            if !prng.one_in(3) {
                narrative.push(' ');
                narrative.push_str(&words.sentence(prng));
            }
        } else if prng.one_in(25) {
            self.fresh.push((title.clone(), narrative.clone()));
        }
        let mut facts: Vec<String> = (0..prng.between(1, 6)).map(|_| words.sentence(prng)).collect();
        if let Some(word) = marker(index, self.total) {
            facts.push(format!("The {word} is named here."));
        }
        if index % 2_000 == 501 {
            facts.push(format!("The key in use is ghp_{:016x}{:016x}abcd.", prng.next(), prng.next()));
        }
        if index % 2_000 == 1_501 {
            narrative.push_str(" Reviewed\u{200b}\u{202e} by nobody.");
        }
        let concepts = if prng.one_in(33) {
            Vec::new()
        } else {
            let first = prng.below(CONCEPTS.len());
            CONCEPTS.iter().cycle().skip(first).step_by(2).take(prng.between(1, 4)).copied().collect()
        };
        let root = project.split('/').next().unwrap_or(project);
        let mut paths = |most: usize| -> Vec<String> {
            (0..prng.below(most)).map(|_| format!("/home/dev/{root}/{}", words.path(prng))).collect()
        };
        let (read, modified) = (paths(4), paths(3));
        Observation {
            kind: kind(prng.below(100)),
            subtitle: words.sentence(prng),
            title,
            narrative,
            facts,
            concepts,
            read,
            modified,
            prompt_number,
            discovery_tokens: prng.number(200, 2_000) * prng.number(1, 9),
            at,
            model: if agent == "codex" { "gpt-5.2-codex" } else { prng.of(&MODELS) },
            subagent: prng.one_in(9).then(|| SUBAGENTS.get(prng.below(3)).copied().unwrap_or("Explore")),
        }
    }
}

impl Iterator for History {
    type Item = Session;

    fn next(&mut self) -> Option<Session> {
        let left = self.total.checked_sub(self.written).filter(|left| *left > 0)?;
        let count = self.prng.between(10, 71).min(left);
        let project = PROJECTS.get(self.projects.pick(&mut self.prng)).copied().unwrap_or("shop-api");
        let agent = AGENTS.get([0, 0, 0, 0, 0, 0, 0, 1, 1, 2].get(self.prng.below(10)).copied().unwrap_or(0));
        let agent = agent.copied().unwrap_or("claude");
        let share =
            f64::from(u32::try_from(self.written).unwrap_or(0)) / f64::from(u32::try_from(self.total).unwrap_or(1));
        // Sessions overlap by some hours, so ids and times do not run quite alike, as in real databases.
        let jitter = self.prng.number(0, 360) * MINUTE;
        #[expect(clippy::cast_possible_truncation, reason = "two years of milliseconds fit")]
        let started = (END - SPAN + (share * (SPAN - 12 * 60 * MINUTE) as f64) as i64 + jitter).min(END - 240 * MINUTE);
        let prompts = self.prng.between(2, 4);
        let mut at = started;
        let mut observations = Vec::with_capacity(count);
        for done in 0..count {
            at += self.prng.number(5_000, 200_000);
            observations.push(self.observation(at, project, agent, number_of_prompt(done, prompts, count)));
        }
        let (words, prng) = (&self.words, &mut self.prng);
        let summary = Summary {
            request: words.title(prng),
            investigated: words.narrative(prng, 200),
            learned: words.narrative(prng, 400),
            completed: words.narrative(prng, 250),
            next_steps: words.narrative(prng, 150),
            discovery_tokens: prng.number(2_000, 30_000),
        };
        self.echoes.append(&mut self.fresh);
        let prompts = (0..prompts)
            .map(|number| {
                let bytes = prng.between(40, 500);
                let text = format!("{}. {}", words.title(prng), words.narrative(prng, bytes));
                Prompt { text, at: started + as_number(number) * 7 * MINUTE }
            })
            .collect();
        Some(Session {
            content_id: uuid(prng),
            memory_id: uuid(prng),
            project,
            agent,
            started,
            ended: at + MINUTE,
            prompts,
            observations,
            summary,
        })
    }
}

/// The documented words of known frequency.
fn marker(index: usize, total: usize) -> Option<&'static str> {
    let rare = (total / 10).clamp(1, 100_000);
    if index % rare == rare / 2 {
        Some(text::IN_TEN_ROWS)
    } else if index % 100 == 7 {
        Some(text::IN_ONE_PERCENT)
    } else {
        None
    }
}

fn kind(mut percent: usize) -> &'static str {
    for (kind, share) in KINDS {
        if percent < share {
            return kind;
        }
        percent -= share;
    }
    "change"
}

fn as_number(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Prompts are spread evenly over a session's observations.
fn number_of_prompt(done: usize, prompts: usize, count: usize) -> i64 {
    as_number(1 + done * prompts / count.max(1))
}

fn uuid(prng: &mut Prng) -> String {
    let (a, b) = (prng.next(), prng.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        a & 0xffff,
        (a >> 16) & 0xfff,
        b >> 52,
        b & 0xffff_ffff_ffff
    )
}
