//! Orders aimed at an agent: text that wants to be obeyed and not to be seen.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::text;

/// Text that gives an agent orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What it does: `tells the agent to ignore its instructions`.
    pub kind: &'static str,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// Patterns with what they mean. `_` stands for white space, also when it is escaped as in stored JSON.
const SHAPES: [(&str, &str); 9] = [
    (
        "tells the agent to ignore its instructions",
        "(?i:ignore|disregard|forget|override|bypass)_(?i:(?:all|any|every|the|your|my|of|these|those|other)_){0,4}(?i:previous|prior|above|earlier|preceding|system|existing|former)_(?i:instructions?|prompts?|rules|messages?|context|guidelines|directions|policies)",
    ),
    (
        "tells the agent to hide something from the user",
        "(?i:do_not|don['’]?t|never|must_not|should_not)_(?i:tell|inform|notify|alert|warn|mention_(?:this|it|that)_to|reveal_(?:this|it|that)_to|show_(?:this|it|that)_to|disclose_(?:this|it|that)_to)_(?i:the_)?(?i:users?|humans?|operator|developer|owner)",
    ),
    (
        "tells the agent to act behind the user's back",
        "(?i:without)_(?i:telling|informing|notifying|alerting|asking)_(?i:the_)?(?i:user|human|operator|developer)",
    ),
    ("forbids its own removal", "DO_NOT_(?:REMOVE|DELETE)"),
    (
        "claims the authority of a policy",
        "(?i:security|compliance|company|corporate|safety|organi[sz]ation(?:al)?)_(?i:policy|policies|audit|team)_(?i:requires?|mandates?|demands?|instructs?)_(?i:that_)?(?i:you|all_agents|any_agent|every_agent|agents|the_agent|the_assistant|the_model|the_ai|claude|codex|credentials|secrets|tokens|api_keys|to_(?:send|upload|post|forward|include|disable|skip|run|execute))",
    ),
    (
        "claims that the user has agreed already",
        "(?i:the_)?(?i:user|human|operator|owner|developer)_(?i:has_|have_)?(?i:already_)(?i:pre-?)?(?i:approved|authori[sz]ed|consented|agreed|granted|given_(?:permission|consent|approval))",
    ),
    ("imitates a chat's control marks", r"<\|(?:im_start|im_end|system|endoftext)\|>|<<SYS>>|\[/?INST\]"),
    (
        "gives the agent another role",
        "(?i:you_are_now_(?:in_)?(?:developer_mode|dan|jailbroken|unrestricted|root|an_unrestricted))|(?i:new_system_prompt_?:)",
    ),
    ("hides an order in a comment", "<!--"),
];

const COMMENT: usize = SHAPES.len() - 1;

/// Where an order may begin.
static TRIGGER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&trigger()).ok());

/// Each pattern alone, made when a text first holds one of them: most texts hold none.
static EACH: LazyLock<Option<Vec<Regex>>> =
    LazyLock::new(|| patterns().map(|pattern| Regex::new(&format!("^(?:{pattern})")).ok()).collect());

/// Words that make an HTML comment an order: somebody addressed, and something to be done.
static WORDS: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    let addressed = "agents?|assistants?|claude|codex|copilot|cursor|gemini|gpt|llms?|ai|you must|you should|you are";
    let ordered = "ignore|must|always|never|execute|run|send|upload|fetch|curl|post|include|append|obey|do not|don't";
    Some([words(addressed)?, words(ordered)?])
});

/// All patterns as one expression.
pub(super) fn trigger() -> String {
    patterns().collect::<Vec<_>>().join("|")
}

fn patterns() -> impl Iterator<Item = String> {
    SHAPES.iter().map(|(_, pattern)| widen(pattern, r"(?:[ \t\r\n]|\\[nrt]){1,8}"))
}

fn words(any: &str) -> Option<Regex> {
    Regex::new(&format!(r"(?i)(?-u:\b)(?:{any})(?-u:\b)")).ok()
}

/// Puts the pattern for white space in place of each `_` that joins words (those in names of marks stay).
fn widen(pattern: &str, white: &str) -> String {
    if pattern.contains("im_start") { pattern.to_owned() } else { pattern.replace('_', white) }
}

/// Finds orders, in order and apart from each other.
pub(super) fn find(text: &str) -> Vec<Order> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(order) = next(text, &mut from) {
        found.push(order);
    }
    found
}

/// Whether [`find`] would find anything.
pub(super) fn any(text: &str) -> bool {
    next(text, &mut 0).is_some()
}

fn next(text: &str, from: &mut usize) -> Option<Order> {
    let trigger = TRIGGER.as_ref()?;
    while let Some(hit) = trigger.find_at(text, *from) {
        *from = hit.end();
        let which = EACH.as_ref()?.iter().position(|pattern| pattern.is_match(hit.as_str()))?;
        let (kind, _) = SHAPES.get(which)?;
        if which != COMMENT {
            return Some(Order { kind, range: hit.range() });
        }
        if let Some(length) = comment(text.get(hit.end()..).unwrap_or_default()) {
            *from = hit.end() + length;
            return Some(Order { kind, range: hit.start()..*from });
        }
    }
    None
}

/// The length of a comment that gives orders, without its opening mark; a comment that never ends is read to the end of
/// its window.
fn comment(rest: &str) -> Option<usize> {
    const LONGEST: usize = 4096;
    let window = text::start(rest, LONGEST);
    // A comment holds no comment: another opening mark means that this one never ends.
    let window = window.split_once("<!--").map_or(window, |(before, _)| before);
    let end = window.find("-->").map_or(window.len(), |end| end + 3);
    let comment = window.get(..end)?;
    WORDS.as_ref()?.iter().all(|words| words.is_match(comment)).then_some(end)
}
