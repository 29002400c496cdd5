//! Memories made of their number.

use super::{HOUR, NOW};
use crate::memory::{
    Bucket, Confidence, EpochMs, FileRef, Finding, Handle, Key, Memory, MemoryId, Overlay, Provenance, Row, Scope,
    Section, SectionStyle, Signal, Signals, Source, State, ToolUse, Version,
};

pub(super) const TITLES: [&str; 12] = [
    "Fix the retry storm in the billing webhook",
    "Prefer Postgres advisory locks over Redis for job leases",
    "The test suite needs TZ=UTC or the calendar tests fail",
    "Deploys go through the blue-green script, never by hand",
    "Moved rate limiting from middleware to the gateway",
    "User wants commit messages in the imperative mood",
    "naïve 日本語 title with wide characters 🙂 in it",
    "AWS_SECRET_ACCESS_KEY was pasted into the deploy notes",
    "The search index is rebuilt nightly at 03:00 UTC",
    "Never mock the payment provider in integration tests",
    "Read the schema file",
    "Invoice totals are stored in minor units, as integers",
];
const SCOPES: [Option<&str>; 5] = [Some("acme-api"), Some("acme-web"), Some("billing-worker"), None, Some("dotfiles")];
const KINDS: [&str; 6] = ["bugfix", "decision", "discovery", "feature", "preference", "summary"];

/// A memory made of its number.
pub(crate) fn memory(n: usize) -> Memory {
    let key = Key { store: 0, handle: Handle(n as i64) };
    let title = TITLES[n % TITLES.len()];
    let mut signals = Signals::NONE;
    let mut findings = Vec::new();
    let mut raise = |signal: Signal, reason: &str| {
        signals.set(signal, true);
        findings.push(Finding { signal, reason: reason.to_owned() });
    };
    if title.starts_with("AWS") {
        raise(Signal::Secret, "`narrative` holds what looks like an AWS secret key: wJalrXUt…");
    }
    if n % 7 == 3 {
        raise(Signal::Duplicate, "claude-mem:observation/3 says exactly the same");
    }
    if n % 5 == 4 {
        raise(Signal::Stale, "a decision of 143 days; half of its kind are replaced after 90");
    }
    if title == "Read the schema file" {
        raise(Signal::Noise, "only names a tool call");
    }
    let value = 0.15 + ((n * 37) % 80) as f32 / 100.0;
    let row = Row {
        key,
        id: MemoryId { store: "claude-mem".to_owned(), native: format!("observation/{}", n + 1) },
        kind: KINDS[n % KINDS.len()].to_owned(),
        bucket: Bucket::Project,
        scope: Scope {
            project: SCOPES[n % SCOPES.len()].map(str::to_owned),
            agent: Some("claude".to_owned()),
            session: Some(format!("session-{}", n / 8)),
        },
        title: title.to_owned(),
        created: Some(NOW - n as EpochMs * 11 * HOUR),
        tokens: 40 + (n as u32 * 97) % 2400,
        cost: 1200 + n as u32 * 31,
        confidence: Some(Confidence { value, source: Source::Derived }),
        signals,
        overlay: Overlay { pinned: n == 5, ..Overlay::default() },
        version: Version::default().with(3, title.as_bytes()),
    };
    Memory {
        title: title.to_owned(),
        sections: vec![
            Section {
                name: "narrative".to_owned(),
                style: SectionStyle::Prose,
                items: vec![format!(
                    "{title}. The webhook handler retried every failed delivery at once, so that one outage of the \
                     provider became a storm of our own making. Retries now back off with jitter:\n\n```rust\nlet wait \
                     = base * 2u32.pow(attempt) + jitter();\nsleep(wait.min(MAX)).await;\n```\n\nThe queue drains in \
                     order again, and the dashboard shows the delay."
                )],
            },
            Section {
                name: "facts".to_owned(),
                style: SectionStyle::List,
                items: vec![
                    "Retries back off from 1 s to 5 min with 20 % jitter".to_owned(),
                    "A delivery is given up after 24 h and lands in the dead letter queue, where a person looks at it"
                        .to_owned(),
                    "hostile \u{1b}[31mred\u{1b}[0m and \u{202e}reversed\u{202c} text".to_owned(),
                ],
            },
        ],
        tags: vec!["problem-solution".to_owned(), "gotcha".to_owned(), "what-changed".to_owned()],
        files: vec![
            FileRef { path: "src/billing/webhook.rs".to_owned(), modified: true },
            FileRef { path: "docs/runbooks/billing.md".to_owned(), modified: false },
        ],
        provenance: Provenance {
            session: Some(format!("session-{}", n / 8)),
            session_title: Some("Billing outage".to_owned()),
            prompt_number: Some(4),
            prompt: Some("why does the billing webhook fall over when the provider is down?".to_owned()),
            agent: Some("claude".to_owned()),
            model: Some("sonnet".to_owned()),
            tools: vec![ToolUse { tool: "Read".to_owned(), input: "src/billing/webhook.rs".to_owned(), at: None }],
            ..Provenance::default()
        },
        updated: None,
        accessed: None,
        recalls: None,
        expires: None,
        state: State::Live,
        injection: if n % 3 == 2 {
            Err("claude-mem shows the newest 50 of a project; this one is older".to_owned())
        } else {
            Ok(format!("{title} (~{} tokens)", row.tokens))
        },
        findings,
        neighbours: Vec::new(),
        row,
    }
}
