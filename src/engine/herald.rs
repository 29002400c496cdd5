//! When others' changes are told: whoever asks again because of one rests as long as its answers took.

use std::time::{Duration, Instant};

use crate::catalog::News;

/// The longest rest, which leaves an agent's log many moments in which it can begin anew.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// Changes that others made and nobody was told of yet.
///
/// A write-ahead log begins anew only while nobody reads in it. Where every commit of an agent is answered by reads that
/// take longer than its pause, reads would follow each other without end; so what comes meanwhile is told together.
#[derive(Debug, Default)]
pub(super) struct Herald {
    waiting: News,
    /// When something was told last, and how long the answering threads had worked until then.
    told: Option<(Instant, Duration)>,
}

impl Herald {
    /// Something changed.
    pub(super) const fn note(&mut self, news: News) {
        self.waiting.added += news.added;
        self.waiting.removed += news.removed;
        self.waiting.edited += news.edited;
    }

    /// Whether something waits to be told.
    pub(super) const fn is_waiting(&self) -> bool {
        !self.waiting.is_none()
    }

    /// What is to be told now. `worked` is how long the answering threads have worked since they began, together.
    pub(super) fn tell(&mut self, now: Instant, worked: Duration) -> Option<News> {
        let rested = self.told.is_none_or(|(at, before)| {
            let took = worked.saturating_sub(before);
            now.saturating_duration_since(at) >= took + took.min(LONGEST_REST)
        });
        if !rested || !self.is_waiting() {
            return None;
        }
        self.told = Some((now, worked));
        Some(std::mem::take(&mut self.waiting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn added(added: usize) -> News {
        News { added, removed: 0, edited: 0 }
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_first_change_is_told_at_once_and_nothing_is_told_twice() {
        let (mut herald, start) = (Herald::default(), Instant::now());
        assert_eq!(herald.tell(start, ms(900)), None);
        herald.note(added(1));
        assert_eq!(herald.tell(start, ms(900)), Some(added(1)));
        assert_eq!(herald.tell(start + ms(10_000), ms(900)), None);
    }

    #[test]
    fn short_answers_delay_nothing() {
        let (mut herald, start) = (Herald::default(), Instant::now());
        herald.note(added(1));
        assert!(herald.tell(start, ms(0)).is_some());
        herald.note(added(1));
        assert_eq!(herald.tell(start + ms(150), ms(75)), Some(added(1)));
    }

    #[test]
    fn after_long_answers_there_is_a_rest_as_long_and_what_came_meanwhile_is_told_together() {
        let (mut herald, start) = (Herald::default(), Instant::now());
        herald.note(added(1));
        assert!(herald.tell(start, ms(5000)).is_some());
        herald.note(added(1));
        // Still at work, just done, and not rested for long enough.
        assert_eq!(herald.tell(start + ms(300), ms(5300)), None);
        assert_eq!(herald.tell(start + ms(400), ms(5400)), None);
        herald.note(News { added: 1, removed: 2, edited: 3 });
        assert_eq!(herald.tell(start + ms(799), ms(5400)), None);
        assert_eq!(herald.tell(start + ms(800), ms(5400)), Some(News { added: 2, removed: 2, edited: 3 }));
    }

    #[test]
    fn no_rest_is_longer_than_the_longest() {
        let (mut herald, start) = (Herald::default(), Instant::now());
        herald.note(added(1));
        assert!(herald.tell(start, ms(0)).is_some());
        herald.note(added(1));
        assert_eq!(herald.tell(start + ms(29_999) + LONGEST_REST, ms(30_000)), None);
        assert_eq!(herald.tell(start + ms(30_000) + LONGEST_REST, ms(30_000)), Some(added(1)));
    }
}
