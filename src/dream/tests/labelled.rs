//! A labelled set: planted copies, contradictions, noise and failures among memories that only look like them.

use super::planted::{Seed, memory};

/// What a person would say of a memory of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// It stays as it is.
    Stays,
    /// Any but one of the memories of this group may go.
    Copies(usize),
    /// A newer one takes it back.
    Over,
    /// It says nothing.
    Noise,
    /// It only tells of a failure that was overcome.
    Failure,
}

/// Memories with what a person would say of them.
#[derive(Default)]
pub(super) struct Set {
    pub(super) seeds: Vec<Seed>,
    pub(super) truths: Vec<Truth>,
    groups: usize,
}

impl Set {
    fn add(&mut self, truth: Truth, seed: Seed) {
        self.seeds.push(seed);
        self.truths.push(truth);
    }

    fn group(&mut self, seeds: impl IntoIterator<Item = Seed>) {
        self.groups += 1;
        for seed in seeds {
            self.add(Truth::Copies(self.groups), seed);
        }
    }

    fn stay(&mut self, seeds: impl IntoIterator<Item = Seed>) {
        for seed in seeds {
            self.add(Truth::Stays, seed);
        }
    }
}

/// Titles and texts, each with a number that matters and of its own subject.
const FACTS: [(&str, &str); 20] = [
    (
        "Cart expiry",
        "An abandoned cart is deleted 14 days after its last change by a sweeper that takes small batches, so that no lock is held for long.",
    ),
    (
        "Order search",
        "The search over orders uses a trigram index of 96 MB; terms under three letters still scan the table, so the form asks for more.",
    ),
    (
        "Webhook store",
        "Events are stored first and answered at once; a worker handles them later in the order of their creation, within 30 seconds.",
    ),
    (
        "Cold starts",
        "A cold start of the function takes 900 ms, which the storefront hides because it caches the pages of the products.",
    ),
    (
        "Upload limit",
        "Photos above 12 MB are refused by the proxy before the server sees them, and the client shows a sentence that says so.",
    ),
    (
        "Backup times",
        "The nightly backup begins at 2 in the morning and is copied to the second disk when the checks of the first have passed.",
    ),
    (
        "Session cookies",
        "The session cookie lives 30 minutes and is renewed with every request that reaches the server and not by static files.",
    ),
    (
        "Tile cache",
        "Map tiles are kept on the phone for 90 days, and the oldest go first when the cache has grown beyond its limit.",
    ),
    (
        "Retry policy",
        "A failed delivery is tried again 5 times with growing pauses, then it lands in a list that a person looks through.",
    ),
    (
        "Feature drift",
        "The model is trained again when the drift of a feature passes 20 percent for a week, measured on the holdout of the month.",
    ),
    (
        "Log retention",
        "Logs are kept for 90 days in the cluster and for two years in cold storage, because the auditors ask for them in spring.",
    ),
    (
        "Scroll jank",
        "The list skips frames when rows measure themselves; fixed heights of 64 points brought the frame time down on old phones.",
    ),
    (
        "Pagination",
        "Pages are cut by key and not by offset, so page 400 costs as much as the first one, and the cursor is opaque to clients.",
    ),
    (
        "Rate limits",
        "A client gets 120 requests a minute; above that the server answers with the seconds to wait and counts nothing more.",
    ),
    (
        "Type checks",
        "The strict flags of the compiler found 31 places of which four were real errors, so they stay on for all packages.",
    ),
    (
        "Push tokens",
        "Tokens for notifications are renewed every 60 days, and an old one is dropped when the service answers that it is unknown.",
    ),
    (
        "Disk alarms",
        "An alarm is raised at 85 percent of the disk, early enough to delete old images before the database stops writing.",
    ),
    (
        "Image sizes",
        "Each picture is kept in 4 sizes which the build makes in one pass, and the client picks by the density of the screen.",
    ),
    (
        "Test order",
        "The suite runs in random order with a seed that is printed, and 3 tests that leaned on each other were mended for it.",
    ),
    (
        "Voice control",
        "The wake word is found on the device itself, and nothing leaves it before 2 seconds of speech have been heard.",
    ),
];

pub(super) fn set() -> Set {
    let mut set = Set::default();
    copies(&mut set);
    look_alikes(&mut set);
    contradictions(&mut set);
    noise(&mut set);
    failures(&mut set);
    set
}

fn copies(set: &mut Set) {
    for (at, (title, text)) in FACTS.iter().enumerate() {
        let age = 40 + i64::try_from(at).unwrap();
        let first = memory(title, text).session("a").age(age);
        match at % 5 {
            0 => set.group([first, memory(&title.to_lowercase(), &text.replace(',', "")).session("b").age(3)]),
            1 => set.group([first, memory(title, text).session("b").age(3), memory(title, text).session("c").age(2)]),
            2 => set.group([first, memory(title, &format!("{text} This was measured again in spring.")).age(3)]),
            3 => set.group([
                first,
                memory(title, &text.replace("so that", "so").replace("which", "that").replace("and", "and also"))
                    .age(3),
            ]),
            _ => set.group([
                first,
                memory(
                    title,
                    &text
                        .replace("kept", "held")
                        .replace("found", "noticed")
                        .replace("renewed", "refreshed")
                        .replace("fixed", "steady")
                        .replace("picture", "image")
                        .replace("trained", "fitted"),
                )
                .age(3),
            ]),
        }
    }
}

/// Memories that say nearly the same and mean something else.
fn look_alikes(set: &mut Set) {
    for (at, (title, text)) in FACTS.iter().enumerate() {
        let project = format!("other-{at}");
        let here = |text: &str| memory(title, text).project(&project).age(9);
        let number = text.split(|sign: char| !sign.is_ascii_digit()).find(|word| !word.is_empty()).unwrap();
        let changed = text.replacen(number, &(number.parse::<u32>().unwrap() + 1).to_string(), 1);
        let turns = [
            (" is ", " is not "),
            (" are ", " are not "),
            ("The ", "No "),
            (" gets ", " never gets "),
            (" takes ", " never takes "),
        ];
        let (from, to) = turns.into_iter().find(|(from, _)| text.contains(from)).unwrap();
        let turned = text.replacen(from, to, 1);
        match at % 4 {
            0 => set.stay([here(text), here(&changed).age(2)]),
            1 => set.stay([here(text), here(&turned).age(2)]),
            2 => set.stay([here(text).files(&["/x/src/one.rs"]), here(text).files(&["/x/src/two.rs"]).age(2)]),
            _ => set.stay([here(text), here(text).project(&format!("{project}-b")).age(2)]),
        }
    }
    for service in ["search", "payments", "billing", "catalog", "stock", "mail", "media", "tax", "Stripe", "Adyen"] {
        let title = format!("Retries for the {service} client");
        let text = format!(
            "Calls of the {service} client are tried again with growing pauses, because it fails now and then under load."
        );
        set.stay([memory(&title, &text).project("clients").age(5)]);
    }
    for language in ["C", "C++", "C#"] {
        set.stay([memory("Parser", &format!("The parser of the log lines is written in {language} and reads a gigabyte in a second on one core of the machine.")).project("parsers")]);
    }
    for version in ["1.2", "12", "1.20"] {
        set.stay([memory("Compiler", &format!("The build needs the compiler in version {version} and nothing else of the toolchain that the container brings along.")).project("versions").kind("change")]);
    }
    from_real_stores(set);
    let moves = |from: &str, to: &str| {
        format!(
            "Jobs go from {from} to {to} when the queue is full, and come back by themselves in the night when there is room."
        )
    };
    set.stay([
        memory("Overflow", &moves("Redis", "Postgres")).project("moves"),
        memory("Overflow", &moves("Postgres", "Redis")).project("moves").age(3),
    ]);
    let offset = |number: &str| {
        format!(
            "The clock of the sensor is off by {number} hours against the server in winter, so its times are shifted when they come in."
        )
    };
    set.stay([
        memory("Sensor clock", &offset("-1")).project("sensors"),
        memory("Sensor clock", &offset("1")).project("sensors").age(3),
    ]);
    for session in ["x", "y", "z"] {
        set.stay([memory("", "go on with the next task of the list and tell me when you are done with all of it")
            .kind("prompt")
            .session(session)]);
    }
}

/// What dreams over real stores took for copies and a person would not: sentences of which one word says what they are about.
fn from_real_stores(set: &mut Set) {
    for edge in ["scheduler", "gateway", "notifier", "billing"] {
        let text = format!(
            "Errors cross module borders as values, exceptions only at the edge of {edge}, where the log names the module that failed."
        );
        set.stay([memory("Errors as values", &text).kind("pattern").project("edges")]);
    }
    for (tests, why) in [("invoices", "billing"), ("reports", "notifier"), ("sessions", "billing"), ("reports", "auth")]
    {
        let text = format!("Fix the failing {tests} tests in the ledger and explain to me why {why} timed out tonight");
        set.stay([memory("prompt_submit", &text).kind("observation").project("asks").session(tests)]);
    }
    for version in ["3.8.2", "1.16.7", "0.0.9"] {
        let text = format!("Released the infrastructure modules v{version}: SSO login, CSV export, 14 bug fixes.");
        set.stay([memory("", &text).kind("milestone").project("releases")]);
    }
    for (error, cause) in [
        ("ECONNREFUSED 127.0.0.1:5432", "a stale volume kept the old schema"),
        ("certificate signed by unknown authority", "the service was not declared as healthy before the tests"),
    ] {
        let text = format!(
            "The pipeline fails with '{error}' when the fixture is imported before the variables are set. Root cause: {cause}."
        );
        set.stay([memory("The pipeline fails in the night", &text).kind("error").project("pipeline")]);
    }
    for tool in ["biome", "nextest", "vite", "ruff"] {
        let text = format!(
            "We standardised on {tool} for the dashboard; do not suggest the old one again, the team rejected it in the March review."
        );
        set.stay([memory("Tool of choice", &text).kind("tool_choice").project("tools")]);
    }
    for ticket in ["4711", "4712", "4713"] {
        let title = format!("Ticket {ticket} is closed for good");
        set.stay([memory(&title, "Nobody complained since.").kind("decision").project("tickets")]);
    }
    let rotates =
        |days: &str| format!("The deploy user for staging is deploy-bot and its key rotates every {days} days");
    set.add(Truth::Over, memory(&rotates("30"), "By a job.").kind("decision").project("keys").age(60));
    set.stay([memory(&rotates("90"), "By a job.").kind("decision").project("keys").age(2)]);
}

fn contradictions(set: &mut Set) {
    let over: [[(&str, &str); 2]; 14] = [
        [
            ("Deploy the API on Vercel", "The API runs on Vercel as one function."),
            ("Deploys moved from Vercel to Fly.io", "The API has two machines."),
        ],
        [
            ("Prices are stored as NUMERIC(12,2)", "Never a float."),
            ("Prices are stored as integer cents", "Cents (BIGINT) now, no longer NUMERIC(12,2)."),
        ],
        [
            ("nginx is the reverse proxy", "One block per service."),
            ("Caddy replaced nginx as reverse proxy", "Certificates come by themselves."),
        ],
        [("Minimum iOS version is 15", "98 % of users are there."), ("Minimum iOS version is 16", "Drops 1 %.")],
        [
            ("Features are served from Feast", "One view per team."),
            ("Features come from DuckDB", "Features are no longer served from Feast."),
        ],
        [
            ("Log files are read through mmap", "Two pages ahead."),
            ("pread for log files", "Log files are no longer read through mmap."),
        ],
        [
            ("Scoring runs as an Airflow DAG", "On the first of the month."),
            ("Scoring switched from Airflow to a schedule", "Scoring is a workflow."),
        ],
        [
            ("Sessions are stored in Redis", "With a TTL."),
            ("Sessions moved from Redis to Postgres", "One table, swept by night."),
        ],
        [
            ("The queue is polled by cron", "Every minute."),
            ("Queue workers", "The queue is no longer polled by cron; workers listen."),
        ],
        [
            ("Images are built with Docker Compose", "One file per stage."),
            ("Images switched from Docker Compose to Bake", "Images are cached."),
        ],
        [("Default port is 8080", "For all services."), ("Default port is 9090", "8080 collided with the proxy.")],
        [
            ("Thumbnails are made by ImageMagick", "In a pool of four."),
            ("libvips replaced ImageMagick for thumbnails", "Twice as fast."),
        ],
        [
            ("Emails are sent through Mailgun", "EU region."),
            ("Emails migrated from Mailgun to Postmark", "Better logs."),
        ],
        [
            ("Translations live in JSON files", "One per language."),
            ("Translations in Fluent", "Translations no longer live in JSON files."),
        ],
    ];
    for (at, [old, new]) in over.into_iter().enumerate() {
        let project = format!("over-{at}");
        set.add(Truth::Over, memory(old.0, old.1).kind("decision").project(&project).age(60));
        set.stay([memory(new.0, new.1).kind("decision").project(&project).age(4)]);
    }
    not_contradicted(set);
}

/// Pairs of which the newer one only sounds as if it took the older one back.
fn not_contradicted(set: &mut Set) {
    let stands: [[(&str, &str); 2]; 12] = [
        [
            ("Deploy the API on Vercel", "The API runs on Vercel."),
            ("Vercel functions are limited to 50 MB", "The API runs on Vercel in fra1."),
        ],
        [
            ("Deploy the API on Vercel", "The API runs on Vercel."),
            ("The cache moved from memory to disk", "The API is fast."),
        ],
        [
            ("Prices are stored as cents", "BIGINT columns."),
            ("Prices are shown with two digits", "Prices are no longer rounded in the client."),
        ],
        [
            ("Rate limiter overview", "The limiter counts in a window, changed in the last release."),
            ("Rate limiter overview", "The client now sees how long it must wait for the next one."),
        ],
        [("Minimum iOS version is 15", "98 %."), ("Minimum Android version is 12", "97 %.")],
        [("Found 3 errors in the build", "Types."), ("Found 5 errors in the build", "Links.")],
        [("Disk sdb fails", "Reallocated sectors in tank."), ("Replaced the failed disk of tank", "Took 5 hours.")],
        [
            ("Sessions are stored in Redis", "With a TTL."),
            ("Redis is backed up at night", "The dump is no longer kept on the same disk."),
        ],
        [
            ("Tests run on every push", "Two shards."),
            ("Tests of the app moved from Detox to Maestro", "Flows in YAML."),
        ],
        [
            ("Added the edge cache", "Redis."),
            ("Added the edge cache", "Varnish keeps pages now, instead of the proxy before."),
        ],
        [("zsh is slow because of nvm", "300 ms."), ("zsh starts fast: mise instead of nvm", "20 ms.")],
        [
            ("Backups go to the second disk", "At 2."),
            ("Backups are checked by restoring them", "Once a month, no longer by hand."),
        ],
    ];
    for (at, pair) in stands.into_iter().enumerate() {
        let project = format!("stands-{at}");
        for ((title, text), age) in pair.into_iter().zip([60, 4]) {
            set.stay([memory(title, text).kind("decision").project(&project).age(age)]);
        }
    }
}

fn noise(set: &mut Set) {
    for text in [
        "(no output)",
        "Done.",
        "Command completed successfully",
        "OK",
        "null",
        "[object Object]",
        "No matches found",
        "Request interrupted by user",
        "---",
        "Exit code 0",
        "N/A",
        "undefined",
    ] {
        set.add(Truth::Noise, memory("", text).project("noise"));
    }
    for (title, text) in [
        ("Port 5433", "Postgres listens there."),
        ("", "用户喜欢深色主题"),
        ("", "テストは並列で実行する"),
        ("Build is green again", "OK"),
        ("", "Prefers dark mode"),
        ("Tests need Docker running", "Done."),
        ("Staging host", "stage-2.example.org:8443"),
        ("Why", "Because the cache was cold."),
        ("", "no output means that the check passed"),
    ] {
        set.stay([memory(title, text).project("quiet")]);
    }
    set.stay([memory("", "ok").kind("prompt").project("quiet"), memory("", "done").kind("prompt").project("quiet")]);
}

fn failures(set: &mut Set) {
    let subjects = [
        "webhook signature check",
        "trigram index migration",
        "Android release build",
        "checkout smoke test",
        "nightly backup job",
        "OAuth token refresh",
        "map tile download",
        "Docker image push",
    ];
    for (at, subject) in subjects.iter().enumerate() {
        let project = format!("tries-{at}");
        let session = format!("fail-{at}");
        let in_session =
            |title: &str, text: &str| memory(title, text).kind("change").project(&project).session(&session).age(6);
        set.add(
            Truth::Failure,
            in_session(&format!("Second attempt at the {subject} failed"), "The same error again."),
        );
        set.stay([in_session(&format!("Fixed the {subject}"), "It runs through and the pipeline is happy.").later(40)]);
        // What explains, what came after, and what is about something else.
        let other = format!("{subject} of the mirror");
        let session = format!("keep-{at}");
        let in_session =
            |title: &str, text: &str| memory(title, text).kind("change").project(&project).session(&session).age(6);
        set.stay(match at % 4 {
            0 => [
                in_session(
                    &format!("The {subject} failed"),
                    "It fails because the clock of the runner is off by a minute.",
                ),
                in_session(&format!("Fixed the {subject}"), "Time is synchronised first.").later(30),
            ],
            1 => [
                in_session(&format!("Fixed the {other}"), "It runs through."),
                in_session(&format!("The {other} failed"), "Red since the last push.").later(30),
            ],
            2 => [
                in_session(&format!("The {other} failed"), "Red since the last push."),
                in_session("Fixed the colours of the settings page", "They follow the theme.").later(30),
            ],
            _ => [
                in_session(&format!("The {other} failed"), "Red since the last push.").session("elsewhere"),
                in_session(&format!("Fixed the {other}"), "It runs through.").later(30),
            ],
        });
    }
}
