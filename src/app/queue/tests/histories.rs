//! Random verdicts, and undos of them, against a plain list.

use proptest::prelude::*;

use super::*;

/// What a person may have said of each proposal.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Model {
    Open,
    Approved,
    Rejected,
    Skipped,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn random_verdicts_and_undos_are_what_a_plain_list_of_them_says(
        keys in proptest::collection::vec(prop_oneof![
            3 => Just("y"), 3 => Just("n"), 2 => Just("s"), 4 => Just("u"), 2 => Just("U"), 1 => Just("A"),
            1 => Just("N"), 1 => Just("J"), 1 => Just("K"), 1 => Just("]"), 1 => Just("["),
        ], 1..40)
    ) {
        let mut desk = desk();
        let mut model = vec![Model::Open; 12];
        let mut done: Vec<Vec<(usize, Model)>> = Vec::new();
        let mut undone: Vec<Vec<(usize, Model)>> = Vec::new();
        for key in keys {
            let at = desk.app.queue.seat().map(|seat| usize::try_from(seat.line.id).unwrap() - 1);
            let rest: Vec<usize> = turns::rest_of_cluster(&desk.app.queue.seats, desk.app.queue.at)
                .iter()
                .map(|at| usize::try_from(desk.app.queue.seats[*at].line.id).unwrap() - 1)
                .collect();
            desk.keys(key);
            let verdict = match key {
                "y" | "A" => Some(Model::Approved),
                "n" | "N" => Some(Model::Rejected),
                "s" => Some(Model::Skipped),
                _ => None,
            };
            match (verdict, at) {
                (Some(verdict), Some(at)) => {
                    let these = if matches!(key, "A" | "N") { rest } else { vec![at] };
                    done.push(these.iter().map(|at| (*at, verdict)).collect());
                    undone.clear();
                }
                _ if key == "u" => undone.extend(done.pop()),
                _ if key == "U" => done.extend(undone.pop()),
                _ => {}
            }
            model.fill(Model::Open);
            for (at, verdict) in done.iter().flatten() {
                model[*at] = *verdict;
            }
            for (id, wanted) in (1..).zip(&model) {
                let seat = desk.app.queue.seats.iter().find(|seat| seat.line.id == id).unwrap();
                let shown = match seat.given.as_ref().map(|given| &given.verdict) {
                    None => Model::Open,
                    Some(Say::Approve(_)) => Model::Approved,
                    Some(Say::Reject(_)) => Model::Rejected,
                    Some(_) => Model::Skipped,
                };
                prop_assert_eq!(shown, *wanted, "what is shown of {}", id);
                let expected = match wanted {
                    Model::Approved => Standing::Approved,
                    Model::Rejected => Standing::Rejected,
                    Model::Open | Model::Skipped => Standing::Waiting,
                };
                prop_assert_eq!(standing(&desk, id), expected, "what is written of {}", id);
            }
            prop_assert_eq!(left(&desk), model.iter().filter(|it| **it == Model::Open).count());
        }
    }
}
