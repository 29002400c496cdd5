//! Properties of the language: what is printed is read back, the normal form decides alike, no text breaks anything.

use proptest::prelude::*;

use super::{
    tests::{NOW, subject, zone},
    *,
};

/// Ages, numbers and moments that meet the facts of the subjects, so that every relation is tried at its edge.
const EDGES: [i64; 5] = [0, 1, 900, 86_400_000, 3_456_000_000];

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![2 => "[a-cA *=,\"\\\\()|<.-]{0,6}", 1 => ".{0,6}", 1 => "(OR|AND|NOT|user|acme|bug)"]
}

fn any_pattern() -> impl Strategy<Value = Pattern> {
    (any_text(), 0..3).prop_map(|(text, kind)| match kind {
        0 => Pattern::contains(&text),
        1 => Pattern::exact(&text),
        _ => Pattern::glob(&text),
    })
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => prop::sample::select(vec![0.0, 0.29, 0.5, 0.51, 1.0, 900.0, 900.5, 12_000.0]),
        1 => any::<f64>(),
        1 => prop::sample::select(vec![-0.0, -1.0, f64::INFINITY, f64::MIN_POSITIVE]),
    ]
}

fn any_moment() -> impl Strategy<Value = EpochMs> {
    prop_oneof![
        6 => prop::sample::select(EDGES.to_vec()).prop_map(|edge| NOW - edge),
        3 => any::<i32>().prop_map(|moment| i64::from(moment) * 60_000),
        1 => any::<i64>(),
        1 => prop::sample::select(vec![i64::MIN, i64::MAX]),
    ]
}

fn any_term() -> impl Strategy<Value = Term> {
    use NameField::{Agent, File, Id, Kind, Project, Scope, Session, Store, Tag};
    let fields = vec![Scope, Project, Agent, Session, Kind, Tag, File, Id, Store];
    let numbers = vec![NumberField::Conf, NumberField::Tokens, NumberField::Cost];
    let compare = || {
        let all = vec![Compare::Less, Compare::AtMost, Compare::Equal, Compare::AtLeast, Compare::More];
        prop::sample::select(all)
    };
    let age = prop_oneof![6 => prop::sample::select(EDGES.to_vec()), 1 => any::<i64>()];
    prop_oneof![
        4 => (prop::sample::select(fields), any_pattern()).prop_map(|(field, pattern)| match pattern {
            Pattern::Contains(text) if field.is_word() => Term::Name(field, Pattern::Exact(text)),
            pattern => Term::Name(field, pattern),
        }),
        2 => (prop::sample::select(numbers), compare(), any_number())
            .prop_map(|(field, compare, bound)| Term::Number(field, compare, bound)),
        2 => (compare(), age).prop_map(|(compare, bound)| Term::Age(compare, bound)),
        2 => (any_moment(), any_moment()).prop_map(|(one, other)| Term::Created(one.min(other), one.max(other))),
        1 => prop::sample::select(Bucket::ALL.to_vec()).prop_map(Term::Bucket),
        1 => prop::sample::select(Flag::all().collect::<Vec<_>>()).prop_map(Term::Is),
        1 => prop::sample::select(Has::ALL.to_vec()).prop_map(Term::Has),
        3 => (any_text(), any::<bool>()).prop_map(|(text, prefix)| Term::Word(text, prefix)),
        2 => any_text().prop_map(Term::Phrase),
        1 => any_text().prop_map(Term::Like),
    ]
}

fn any_expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![1 => Just(Expr::All), 40 => any_term().prop_map(Expr::Term)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::And),
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::Or),
            1 => inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_printed_filter_is_read_back(expr in any_expr(), hours in -12..13_i32) {
        let expr = expr.normalised();
        prop_assert_eq!(&expr, &expr.clone().normalised(), "the normal form is normal");
        prop_assert_eq!(parse(&expr.to_string(), NOW, zone(hours)), Ok(expr.clone()), "{}", expr);
        let local = expr.in_zone(zone(hours));
        prop_assert_eq!(parse(&local, NOW, zone(hours)), Ok(expr), "{}", local);
    }

    #[test]
    fn the_normal_form_decides_alike(expr in any_expr(), edge in prop::sample::select(EDGES.to_vec()), conf in 0..101_u8) {
        // Every fact is there, so no condition on a missing one can tell the forms apart.
        let subject = Subject { created: Some(NOW - edge), conf: Some(f32::from(conf) / 100.0), ..subject() };
        let mut leaf = |term: &Term| subject.decides(term).unwrap_or(false);
        prop_assert_eq!(expr.eval(&mut leaf), expr.normalised().eval(&mut leaf));
    }

    #[test]
    fn no_text_breaks_the_parser(query in "\\PC{0,40}", at in 0..60_usize) {
        let _ = parse_partial(&query, NOW, zone(1));
        if let Err(bad) = parse(&query, NOW, zone(1)) {
            prop_assert!(bad.column + bad.length <= query.chars().count() + 2);
            let _ = bad.pointed(&query);
        }
        let completion = complete(&query, at, &Vocabulary::default());
        prop_assert!(query.get(completion.from..completion.to).is_some());
    }

    #[test]
    fn no_likely_text_breaks_the_parser(query in "((scope|is|age|conf|created|kind|x):?|[-()|\"*,=<>.\\\\ ]|OR|AND|NOT|30d|2026|stale){0,14}", at in 0..60_usize) {
        let strict = parse(&query, NOW, zone(1));
        let partial = parse_partial(&query, NOW, zone(1));
        if let Ok(expr) = strict {
            prop_assert_eq!(partial, Ok(Partial { expr: expr.clone(), left_out: None }));
            prop_assert_eq!(parse(&expr.to_string(), NOW, zone(1)), Ok(expr));
        }
        let completion = complete(&query, at, &Vocabulary::default());
        prop_assert!(query.get(completion.from..completion.to).is_some());
    }
}
