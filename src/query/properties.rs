//! Properties of the language: what is printed is read back, the normal form decides alike, no text breaks anything.

use proptest::prelude::*;

use super::{
    tests::{NOW, subject, zone},
    *,
};

fn any_pattern() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        ".{0,8}".prop_map(|text| Pattern::contains(&text)),
        ".{0,8}".prop_map(|text| Pattern::exact(&text)),
        "[a-c*\" =,]{0,8}".prop_map(|text| Pattern::glob(&text)),
    ]
}

fn any_compare() -> impl Strategy<Value = Compare> {
    prop::sample::select(vec![Compare::Less, Compare::AtMost, Compare::Equal, Compare::AtLeast, Compare::More])
}

fn any_term() -> impl Strategy<Value = Term> {
    use NameField::{Agent, File, Id, Kind, Project, Scope, Session, Store, Tag};
    let fields = vec![Scope, Project, Agent, Session, Kind, Tag, File, Id, Store];
    let numbers = vec![NumberField::Conf, NumberField::Tokens, NumberField::Cost];
    prop_oneof![
        (prop::sample::select(fields), any_pattern()).prop_map(|(field, pattern)| Term::Name(field, pattern)),
        (prop::sample::select(numbers), any_compare(), prop_oneof![0.0..1.2_f64, any::<f64>()])
            .prop_map(|(field, compare, bound)| Term::Number(field, compare, bound)),
        (any_compare(), prop_oneof![-5..900_i64, any::<i64>()]).prop_map(|(compare, bound)| Term::Age(compare, bound)),
        (any::<i32>(), any::<u32>()).prop_map(|(from, length)| {
            let from = i64::from(from) * 1_000_003;
            Term::Created(from, from + i64::from(length))
        }),
        (any::<i64>(), any::<i64>()).prop_map(|(from, to)| Term::Created(from, to)),
        prop::sample::select(Bucket::ALL.to_vec()).prop_map(Term::Bucket),
        prop::sample::select(Flag::all().collect::<Vec<_>>()).prop_map(Term::Is),
        prop::sample::select(Has::ALL.to_vec()).prop_map(Term::Has),
        ("(OR|AND|NOT|[a-z]{1,5}|\\PC{0,6})", any::<bool>()).prop_map(|(text, prefix)| Term::Word(text, prefix)),
        "[a-z \"\\\\*-]{0,9}".prop_map(Term::Phrase),
    ]
}

fn any_expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![1 => Just(Expr::All), 12 => any_term().prop_map(Expr::Term)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::Or),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_filter_is_read_back(expr in any_expr(), hours in -12..13_i32) {
        let expr = expr.normalised();
        prop_assert_eq!(&expr, &expr.clone().normalised(), "the normal form is normal");
        prop_assert_eq!(parse(&expr.to_string(), NOW, zone(hours)), Ok(expr.clone()), "{}", expr);
        let local = expr.in_zone(zone(hours));
        prop_assert_eq!(parse(&local, NOW, zone(hours)), Ok(expr), "{}", local);
    }

    #[test]
    fn the_normal_form_decides_alike(expr in any_expr()) {
        // Every fact is there, so no condition on a missing one can tell the forms apart.
        let subject = Subject { conf: Some(0.5), ..subject() };
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
