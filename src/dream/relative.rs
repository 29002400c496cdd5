//! Words for days that only hold on the day they were written, put into dates.
//!
//! Only what is certain is touched. The words must stand in a sentence that tells of something that happened or is to
//! happen, outside of code and quotation marks; a sentence that speaks of every week, of a label or of a report is
//! left alone. `last Tuesday` and `next Tuesday` are put into a date only where everybody means the same one: when the
//! day before and the day in the neighbouring week are the same. Weeks begin on Monday (ISO 8601).

use std::{ops::Range, sync::LazyLock};

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};
use regex::{Captures, Regex};

use super::said::passages;

/// The words, by what they mean.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)\b(?:
            (?P<before>the\ day\ before\ yesterday)
          | (?P<yesterday>yesterday)(?P<of>['’]s)?
          | (?P<after>the\ day\ after\ tomorrow)
          | (?P<tomorrow>tomorrow)
          | (?P<morning>this\ (?:morning|afternoon|evening)|earlier\ today|later\ today|as\ of\ today)
          | (?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\ (?P<unit>day|week|month|year)s?\ ago
          | (?P<which>last|next)\ (?P<what>week|month|year|monday|tuesday|wednesday|thursday|friday|saturday|sunday)
        )\b",
    )
    .ok()
});

/// Signs that a sentence tells of something that happened.
static HAPPENED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?: [a-z]{2,}ed | was | were | had | did | went | came | ran | began | bought | broke | brought | built | caught
          | chose | fell | found | gave | got | hit | kept | left | lost | made | met | paid | rewrote | said | saw | sent | set
          | since | spent | threw | told | took | won | wrote | has | have )\b",
    )
    .ok()
});

/// Signs that a sentence tells of something that is to happen.
static COMING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?: will | shall | going\ to | due | by | until | planned | scheduled | starts? | ends? | expires? | begins?
          | launch(?:es)? | ships? | goes | is\ to | are\ to | deadline | happens )\b",
    )
    .ok()
});

/// Signs that the words are meant of any day, or are not meant at all but shown.
static ANY_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?: every | each | always | never | usually | often | whenever | any | per | daily | nightly | weekly | monthly
          | compar\w+ | versus | vs | e\.g | such\ as | like | label\w* | button | filter\w* | dropdown | parse[sd]? | parser
          | shows? | displays? | returns? | renders? | means? | called | named | option | preset | if | when | say[s]? | saying
          | widget | report | chart | phrase | relative | or | about | around | roughly | almost | over | than )\b",
    )
    .ok()
});

/// A text without words that only hold for a day, and the sentences in which they stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) text: String,
    pub(super) sentences: Vec<String>,
}

/// Whether there may be anything to do: cheap, for every memory once.
pub(super) fn may_hold(text: &str) -> bool {
    WORDS.as_ref().is_some_and(|words| words.is_match(text))
}

/// Puts words for days into dates, as they were meant on `day`; `None` where nothing is certain.
pub(super) fn absolute(text: &str, day: NaiveDate) -> Option<Dated> {
    let code = code(text);
    let mut dated = Dated { text: String::with_capacity(text.len() + 16), sentences: Vec::new() };
    let mut done = 0;
    for passage in passages(text) {
        let from = passage.as_ptr() as usize - text.as_ptr() as usize;
        let mut touched = false;
        for found in WORDS.as_ref()?.captures_iter(passage) {
            let whole = found.get(0)?;
            let range = from + whole.start()..from + whole.end();
            if code.iter().any(|code| code.start < range.end && range.start < code.end) || !stands_free(text, &range) {
                continue;
            }
            let Some(date) = date(&found, passage, day) else { continue };
            dated.text.push_str(text.get(done..range.start)?);
            dated.text.push_str(&date.put_behind(text.get(..range.start)?));
            done = range.end;
            touched = true;
        }
        if touched {
            dated.sentences.push(passage.trim().to_owned());
        }
    }
    dated.text.push_str(text.get(done..)?);
    (!dated.sentences.is_empty()).then_some(dated)
}

/// What stands in the place of the words.
struct Date {
    /// `2026-11-03`, `the week of 2026-11-02`.
    words: String,
    /// The word before it, where the sentence has none of its own: `on`, `in`.
    preposition: &'static str,
}

impl Date {
    /// What is written behind these words: with a preposition where they have none, and with a capital at the beginning
    /// of a sentence.
    fn put_behind(&self, before: &str) -> String {
        const ENOUGH: [&str; 16] = [
            "on", "in", "since", "until", "till", "by", "from", "before", "after", "of", "for", "at", "to", "during",
            "through", "as",
        ];
        let before = before.trim_end_matches([' ', '\t']);
        let last = before.rsplit(|sign: char| !sign.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
        let words = if self.preposition.is_empty() || ENOUGH.contains(&last.as_str()) {
            self.words.clone()
        } else {
            format!("{} {}", self.preposition, self.words)
        };
        let begins = before.is_empty() || before.ends_with(['.', '!', '?', '\n', ':']);
        let mut letters = words.chars();
        match letters.next() {
            Some(first) if begins => first.to_uppercase().chain(letters).collect(),
            _ => words,
        }
    }
}

fn date(found: &Captures<'_>, passage: &str, day: NaiveDate) -> Option<Date> {
    let is = |name: &str| found.name(name).is_some();
    let says = |signs: &LazyLock<Option<Regex>>| signs.as_ref().is_some_and(|signs| signs.is_match(passage));
    let whole = found.get(0)?;
    // `like` and `or` beside the words make them an example, wherever else they stand in the sentence.
    let before = passage.get(..whole.start())?;
    let around = format!("{before} {}", passage.get(whole.end()..)?);
    let last = before.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    // `In the last month` is a stretch of time up to now; `half a year ago` is not a year ago.
    if last.starts_with('-') {
        // `--since yesterday` is what somebody types.
        return None;
    }
    if is("which") && matches!(last.as_str(), "the" | "this" | "our" | "their" | "its")
        || is("count") && matches!(last.as_str(), "half" | "quarter" | "least" | "most" | "to" | "and" | "some")
    {
        return None;
    }
    if ANY_DAY.as_ref().is_none_or(|any| any.is_match(&around)) {
        return None;
    }
    let ahead = is("after")
        || is("tomorrow")
        || found.name("which").is_some_and(|which| which.as_str().eq_ignore_ascii_case("next"));
    if !says(if ahead { &COMING } else { &HAPPENED }) {
        return None;
    }
    let on = |date: NaiveDate| Date { words: date.format("%Y-%m-%d").to_string(), preposition: "on" };
    if is("before") {
        return Some(on(day.checked_sub_days(Days::new(2))?));
    }
    if is("yesterday") {
        let yesterday = on(day.checked_sub_days(Days::new(1))?);
        // `yesterday's deploy` becomes `the deploy` of a day with that day before it.
        return Some(if is("of") {
            Date { words: format!("the {}", yesterday.words), preposition: "" }
        } else {
            yesterday
        });
    }
    if is("after") {
        return Some(on(day.checked_add_days(Days::new(2))?));
    }
    if is("tomorrow") {
        return Some(on(day.checked_add_days(Days::new(1))?));
    }
    if let Some(words) = found.name("morning") {
        return Some(today(words.as_str(), day));
    }
    if let Some((count, unit)) = found.name("count").zip(found.name("unit")) {
        return ago(count.as_str(), unit.as_str(), day);
    }
    beside(ahead, found.name("what")?.as_str(), day)
}

fn today(words: &str, day: NaiveDate) -> Date {
    let date = day.format("%Y-%m-%d");
    match words.to_lowercase().as_str() {
        "as of today" => Date { words: format!("as of {date}"), preposition: "" },
        "earlier today" | "later today" => Date { words: date.to_string(), preposition: "on" },
        part => {
            let part = part.split_whitespace().last().unwrap_or_default();
            Date { words: format!("the {part} of {date}"), preposition: if part == "evening" { "on" } else { "in" } }
        }
    }
}

fn ago(count: &str, unit: &str, day: NaiveDate) -> Option<Date> {
    const NUMBERS: [&str; 13] =
        ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let word = count.to_lowercase();
    let number = match word.as_str() {
        "a" | "an" => 1,
        word => match word.parse::<u32>() {
            Ok(number) => number,
            Err(_) => u32::try_from(NUMBERS.iter().position(|known| *known == word)?).ok()?,
        },
    };
    Some(match unit.to_lowercase().as_str() {
        "day" => {
            let date = day.checked_sub_days(Days::new(number.into()))?;
            Date { words: date.format("%Y-%m-%d").to_string(), preposition: "on" }
        }
        "week" => {
            let date = day.checked_sub_days(Days::new(u64::from(number) * 7))?;
            Date { words: monday(date)?.format("the week of %Y-%m-%d").to_string(), preposition: "in" }
        }
        "year" => {
            let date = day.checked_sub_months(Months::new(number.checked_mul(12)?))?;
            Date { words: date.format("%Y").to_string(), preposition: "in" }
        }
        _ => {
            let date = day.checked_sub_months(Months::new(number))?;
            Date { words: date.format("%Y-%m").to_string(), preposition: "in" }
        }
    })
}

/// `last week`, `next Tuesday`.
fn beside(ahead: bool, what: &str, day: NaiveDate) -> Option<Date> {
    let what = what.to_lowercase();
    let step =
        |days: u64| if ahead { day.checked_add_days(Days::new(days)) } else { day.checked_sub_days(Days::new(days)) };
    let months = |many: u32| {
        let first = day.with_day(1)?;
        if ahead { first.checked_add_months(Months::new(many)) } else { first.checked_sub_months(Months::new(many)) }
    };
    let (words, preposition) = match what.as_str() {
        "week" => (monday(step(7)?)?.format("the week of %Y-%m-%d").to_string(), "in"),
        "month" => (months(1)?.format("%Y-%m").to_string(), "in"),
        "year" => (months(12)?.format("%Y").to_string(), "in"),
        name => {
            let wanted: Weekday = name.parse().ok()?;
            let (mine, theirs) = (day.weekday().num_days_from_monday(), wanted.num_days_from_monday());
            // The nearest such day lies in the neighbouring week only from one side; else two days could be meant.
            if if ahead { theirs > mine } else { theirs < mine } {
                return None;
            }
            let days = if ahead { 7 + theirs - mine } else { 7 + mine - theirs };
            (step(days.into())?.format("%Y-%m-%d").to_string(), "on")
        }
    };
    Some(Date { words, preposition })
}

fn monday(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))
}

/// Whether the words stand by themselves: no part of a name, an option or a quotation.
fn stands_free(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).and_then(|before| before.chars().next_back());
    let behind = text.get(range.end..).unwrap_or_default();
    let free_before = before.is_none_or(|sign| sign.is_whitespace() || matches!(sign, '(' | '—' | '–'));
    let next = behind.chars().next();
    let free_behind = next
        .is_none_or(|sign| sign.is_whitespace() || matches!(sign, ')' | ',' | ';' | ':' | '!' | '?' | '—' | '–'))
        || behind.strip_prefix('.').is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    free_before && free_behind
}

/// Stretches of code and quotation: fenced blocks, text between back-ticks or quotation marks.
fn code(text: &str) -> Vec<Range<usize>> {
    static CODE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("(?s)```.*?(?:```|$)|`[^`\\n]*`|\"[^\"\\n]*\"|“[^”\\n]*”|(?m:^\\s*>.*$)").ok());
    CODE.as_ref().map_or_else(Vec::new, |code| code.find_iter(text).map(|found| found.range()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Wednesday.
    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 18).unwrap()
    }

    #[test]
    fn what_is_certain_is_put_into_dates() {
        for (relative, absolute_) in [
            ("Deployed the fix yesterday.", "Deployed the fix on 2026-11-17."),
            ("Yesterday the import failed.", "On 2026-11-17 the import failed."),
            (
                "Workers are off on Vercel since yesterday. Check it.",
                "Workers are off on Vercel since 2026-11-17. Check it.",
            ),
            ("The query was slow in yesterday's searches", "The query was slow in the 2026-11-17 searches"),
            ("We moved to Fly last week", "We moved to Fly in the week of 2026-11-09"),
            ("The invoice was wrong last month, it rounded.", "The invoice was wrong in 2026-10, it rounded."),
            ("Certificates expire next Tuesday.", "Certificates expire on 2026-11-24."),
            ("The freeze starts next Thursday, be ready.", ""),
            ("Released last Monday", ""),
            ("Released last Friday", "Released on 2026-11-13"),
            ("The disk was replaced 3 days ago.", "The disk was replaced on 2026-11-15."),
            ("Bought two years ago", "Bought in 2024"),
            ("It was changed two weeks ago", "It was changed in the week of 2026-11-02"),
            ("The token expires tomorrow.", "The token expires on 2026-11-19."),
            ("Broke this morning", "Broke in the morning of 2026-11-18"),
        ] {
            let dated = absolute(relative, day()).map(|dated| dated.text).unwrap_or_default();
            assert_eq!(dated, absolute_, "{relative}");
        }
    }

    #[test]
    fn what_is_not_meant_of_a_day_is_left_alone() {
        for text in [
            "The widget shows yesterday's distance after midnight.",
            "The report compares this month with last month and was fixed.",
            "Every night yesterday's logs are rotated.",
            "Parsed `yesterday` as a date",
            "The filter was renamed to \"last week\"",
            "--since yesterday",
            "git log --since=yesterday failed",
            "```\nran yesterday\n```",
            "Yesterday is a song",
            "tested about two weeks ago",
            "was slower than last week",
            "failed five times in the last month",
            "Half a year ago two steps were missing.",
            "It was two to three weeks ago",
            "Next week is fine",
        ] {
            assert_eq!(absolute(text, day()), None, "{text}");
        }
    }

    #[test]
    fn several_in_one_text_are_all_put_and_quoted() {
        let dated = absolute("Failed yesterday. Worked.\nWas fixed 2 days ago", day()).unwrap();
        assert_eq!(dated.text, "Failed on 2026-11-17. Worked.\nWas fixed on 2026-11-16");
        assert_eq!(dated.sentences, ["Failed yesterday.", "Was fixed 2 days ago"]);
        assert!(may_hold("x yesterday") && !may_hold("nothing"));
    }
}
