//! The past of the fake's memories: four versions of each, and roll-backs that delete.

use std::sync::Arc;

use super::{Fake, HOUR, NOW, change};
use crate::{
    change::Label,
    curate::{Beyond, Brought, ChangeView, ErasePlan, MemoryVersion, Return, RollBack, RollBackPlan, Victim},
    engine::{Past, PastReply, PastView, Reply, Said, Sayer, Stand},
    ledger::Traces,
    memory::{Memory, MemoryId, Target},
    query::{AsOf, Expr},
    store::Expect,
};

impl Fake {
    pub(super) fn past(&self, past: Past) -> Reply {
        Reply::Past(match past {
            Past::Then { key, .. } => return Reply::Memory { key, detail: self.detail(key) },
            Past::WhoSays(text) => PastReply::Said(Box::new(self.who_says(text))),
            Past::Versions { id, text } => PastReply::Versions { id, versions: versions(), blame: text.map(|_| 2) },
            Past::Compare { id, from, to } => PastReply::Compared { from, to, view: self.compared(id, from, to) },
            Past::Erasure(targets) => PastReply::Erasure(Arc::new(self.erasure(&targets))),
            Past::Plan(what) => PastReply::Plan(Arc::new(self.plan(&what))),
            Past::Return { plan, at } => {
                let one = &plan.returns[at];
                let memory = self.memories.iter().find(|memory| memory.row.id == one.id);
                let none = ChangeView { id: one.id.clone(), title: one.title.clone(), fields: Vec::new() };
                PastReply::Return { at, view: memory.map_or(none, |memory| change(memory, None)) }
            }
        })
    }

    /// Who says it: the memories in whose titles it stands.
    fn who_says(&self, text: String) -> Said {
        let says = |memory: &&Memory| memory.title.to_lowercase().contains(&text.to_lowercase());
        let sayer = |memory: &Memory| Sayer {
            row: memory.row.clone(),
            from: memory.provenance.clone(),
            fields: super::fields(memory),
        };
        let sayers: Vec<Sayer> = self.memories.iter().filter(says).map(sayer).collect();
        Said { text, exact: true, total: sayers.len(), sayers }
    }

    /// In the past one memory read differently, one is gone now, and of one nobody knows.
    pub(super) fn past_view(&self, filter: &Expr) -> Option<Arc<PastView>> {
        let Some(AsOf::Moment(at)) = filter.as_of() else { return None };
        let digest = [9; 32];
        let stands = [Stand::Was { digest, gone: false }, Stand::Was { digest, gone: true }, Stand::Changed];
        let known = self.memories.iter().skip(1).zip(stands);
        let stands = known.map(|(memory, stand)| (memory.row.key, (stand, memory.row.id.native.clone())));
        Some(Arc::new(PastView { at, stands: stands.collect(), unsure: vec![false] }))
    }

    fn compared(&self, id: MemoryId, from: Option<[u8; 32]>, to: Option<[u8; 32]>) -> ChangeView {
        let said = |side: Option<[u8; 32]>| {
            side.map(|digest| {
                let rule = |n: u8| format!("Rule {n}: deploys go through queue number {}.", digest[0]);
                (1..=6).map(rule).collect::<Vec<_>>().join("\n")
            })
        };
        let memory = self.memories.iter().find(|memory| memory.row.id == id);
        let title = memory.map_or_else(String::new, |memory| memory.title.clone());
        ChangeView { id, title, fields: vec![("narrative".to_owned(), said(from), said(to))] }
    }

    /// Some records, a proposal and a backup hold each of them.
    fn erasure(&self, targets: &[Target]) -> ErasePlan {
        let chosen = self.memories.iter().filter(|memory| targets.iter().any(|target| target.key == memory.row.key));
        let victim = |memory: &Memory| Victim {
            id: memory.row.id.clone(),
            title: memory.title.clone(),
            store: memory.row.key.store,
            digest: Some([7; 32]),
        };
        let victims: Vec<Victim> = chosen.map(victim).collect();
        let traces = Traces { images: 2 * victims.len(), others: 1, proposals: 2, waiting: 1, lines: 3 };
        let places =
            vec!["its vectors (`chroma/` beside the database), which it never deletes", "the agents' transcripts"];
        let beyond = vec![Beyond { store: "claude-mem".to_owned(), places }];
        ErasePlan { victims, spared: Vec::new(), traces, backups: 1, beyond }
    }

    /// Whatever is rolled back: a plain one, one that was changed since, one that was derived.
    fn plan(&self, what: &RollBack) -> RollBackPlan {
        let one = |memory: &Memory| {
            let key = memory.row.key;
            Return::deletion(key.store, memory.row.id.clone(), memory.title.clone(), Expect::Seen(memory.row.version))
        };
        let mut returns: Vec<Return> = self.memories.iter().take(12).map(one).collect();
        let all = returns.len();
        for (at, one) in returns.iter_mut().enumerate() {
            if at == 1 {
                one.conflict = Some("operation 3 (edit) changed it since".to_owned());
            }
            if at + 1 == all {
                one.derived = Some("it says that it comes from claude-mem:observation/181".to_owned());
            }
        }
        RollBackPlan { what: what.words(), returns, remarks: vec!["What nobody saw is not among them.".to_owned()] }
    }
}

fn versions() -> Vec<MemoryVersion> {
    let version = |hours: i64, brought: Brought, number: u8| MemoryVersion {
        at: (hours > 0).then_some(NOW - hours * HOUR),
        brought,
        digest: Some([number; 32]),
        current: number == 4,
    };
    let operation =
        |id, label, author: &str| Brought::Operation { id, label, author: author.to_owned(), reason: String::new() };
    vec![
        version(2, operation(9, Label::Edit, "you"), 4),
        version(30, operation(7, Label::Observe, "claude"), 3),
        version(100, Brought::Store { native: "v2".to_owned(), note: "compressed".to_owned() }, 2),
        version(0, Brought::Before(7), 1),
    ]
}
