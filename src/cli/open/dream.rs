//! What a dream asks of the open stores.

use std::ops::ControlFlow;

use super::{Failure, Session, times};
use crate::{
    change::{Batch, Draft},
    curate::{Admitted, Touched},
    dream::Grounds,
    memory::{EpochMs, Key},
    query::Expr,
};

impl Session {
    /// What a dream over these memories begins with.
    pub(in crate::cli) fn grounds(&mut self, filter: &Expr, since: Option<EpochMs>) -> Result<Grounds, Failure> {
        self.judged()?;
        Ok(self.desk.grounds(filter, since)?)
    }

    /// The file in which a run that was broken off has left how far it came.
    pub(in crate::cli) fn dream_marks(&self) -> std::path::PathBuf {
        self.base.paths.dream_marks()
    }

    /// Takes drafts into the queue, under the person's policies.
    pub(in crate::cli) fn admit(&mut self, batch: &Batch, drafts: Vec<Draft>) -> Result<Admitted, Failure> {
        let policies = self.base.config.policies.clone();
        let mut moved: Vec<(Key, Touched)> = Vec::new();
        let admitted = self.curator()?.admit(batch, drafts, &policies, times::now(), &mut |_, touched| {
            moved.extend(touched.iter().filter(|(_, what)| *what == Touched::Edited));
            ControlFlow::Continue(())
        })?;
        self.notices();
        self.follow(&moved)?;
        Ok(admitted)
    }
}
