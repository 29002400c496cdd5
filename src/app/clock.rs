//! The person's clock and calendar.

use chrono::{FixedOffset, Local, Offset as _, TimeZone as _, Utc};

use super::{App, Zone};
use crate::{memory::EpochMs, query};

impl App {
    /// Whose days a filter means.
    pub(crate) fn calendar(&self) -> query::Zone {
        match self.zone {
            Zone::Utc => Utc.fix().into(),
            Zone::Local => query::Zone::Local,
        }
    }

    /// The person's distance from UTC at a moment.
    pub(crate) fn offset_at(&self, at: EpochMs) -> FixedOffset {
        match self.zone {
            Zone::Utc => Utc.fix(),
            Zone::Local => Local.timestamp_millis_opt(at).single().map_or_else(|| Utc.fix(), |time| *time.offset()),
        }
    }
}
