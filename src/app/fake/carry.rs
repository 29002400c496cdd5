//! Carrying the fake's memories: two places, and plans in which the second memory stays.

use std::sync::Arc;

use super::Fake;
use crate::{
    curate::{Cargo, CarryPlan, Fate},
    engine::{Carry, CarryReply, CarryTarget},
    memory::Record,
    store::{Fitted, Left},
};

impl Fake {
    pub(super) fn carry(&self, asked: Carry) -> CarryReply {
        let target = |name: &str, drawer: Option<&str>, what: &str| CarryTarget {
            store: 1,
            drawer: drawer.map(str::to_owned),
            name: name.to_owned(),
            what: what.to_owned(),
        };
        match asked {
            Carry::Targets => CarryReply::Targets(vec![
                target("shared", None, "format 1"),
                target("instructions:AGENTS.md", Some("AGENTS.md"), "a section of the file, in acme-api"),
            ]),
            Carry::Plan { keys, to } => {
                let items = keys.iter().enumerate().filter_map(|(at, key)| {
                    let row = &self.find(*key)?.row;
                    let text = (1..=30).map(|n| format!("Rule {n}: {}", row.title)).collect::<Vec<_>>().join("\n");
                    let fitted = Fitted {
                        record: Record { table: "memory".to_owned(), columns: Vec::new() },
                        becomes: vec![("title".to_owned(), row.title.clone()), ("body".to_owned(), text)],
                        left: vec![Left { field: "session", why: "s-1".to_owned() }],
                    };
                    let stays = Fate::Stays("shared:memory/3 says the same".to_owned());
                    let fate = if at == 1 { stays } else { Fate::Becomes(fitted) };
                    Some(Cargo { key: *key, id: row.id.clone(), title: row.title.clone(), seen: [0; 32], fate })
                });
                let items = items.collect();
                CarryReply::Plan(Arc::new(CarryPlan { to, target: "shared".to_owned(), items }))
            }
        }
    }
}
