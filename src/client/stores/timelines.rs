//! The timelines of threads that were looked at, each with its view. Those not looked at for long
//! are let go.

use super::timeline::{Need, Timeline};
use super::view::View;
use crate::protocol::frame::SubscribeResult;
use crate::protocol::{HistoryPage, HistoryRequest, Seq, ThreadEvent, ThreadId};

/// Threads whose timeline is kept.
const KEPT: usize = 30;

/// A thread's timeline, and what of it is on the screen when it is open.
#[derive(Clone, Debug, Default)]
pub struct Open {
    pub timeline: Timeline,
    pub view: View,
}

/// The timelines of the threads that were looked at last.
#[derive(Clone, Debug, Default)]
pub struct Timelines {
    /// The one looked at last is at the end.
    open: Vec<(ThreadId, Open)>,
}

impl Timelines {
    pub fn get(&self, thread: ThreadId) -> Option<&Open> {
        let (_, open) = self.open.iter().find(|(id, _)| *id == thread)?;
        Some(open)
    }

    pub fn get_mut(&mut self, thread: ThreadId) -> Option<&mut Open> {
        let (_, open) = self.open.iter_mut().find(|(id, _)| *id == thread)?;
        Some(open)
    }

    /// The threads there are, with how far each is known.
    pub fn threads(&self) -> impl Iterator<Item = ThreadId> {
        self.open.iter().map(|(id, _)| *id)
    }

    /// A thread is looked at. Gives those that are let go for it.
    pub fn look_at(&mut self, thread: ThreadId) -> Vec<ThreadId> {
        match self.open.iter().position(|(id, _)| *id == thread) {
            Some(at) => self.open[at..].rotate_left(1),
            None => self.open.push((thread, Open::default())),
        }
        let too_many = self.open.len().saturating_sub(KEPT);
        self.open.drain(..too_many).map(|(id, _)| id).collect()
    }

    pub fn forget(&mut self, thread: ThreadId) {
        self.open.retain(|(id, _)| *id != thread);
    }

    /// A page of history has come.
    pub fn on_page(&mut self, page: HistoryPage) -> Need {
        self.change(page.thread.id, |timeline| timeline.on_page(page))
    }

    /// The messages that have changed have come.
    pub fn on_changes(&mut self, asked: &HistoryRequest, page: HistoryPage) {
        let thread = page.thread.id;
        let _ = self.change(thread, |timeline| {
            timeline.on_changes(asked, page);
            Need::Nothing
        });
    }

    pub fn on_event(&mut self, thread: ThreadId, seq: Seq, event: ThreadEvent) -> Need {
        self.change(thread, |timeline| timeline.on_event(seq, event))
    }

    pub fn on_subscribed(&mut self, thread: ThreadId, result: &SubscribeResult) -> Need {
        self.change(thread, |timeline| timeline.on_subscribed(result))
    }

    /// Changes a timeline, and brings its view up to date.
    fn change(&mut self, thread: ThreadId, change: impl FnOnce(&mut Timeline) -> Need) -> Need {
        let Some(Open { timeline, view }) = self.get_mut(thread) else {
            return Need::Nothing;
        };
        let end = timeline.tail().map(|tail| tail.through);
        let need = change(timeline);
        view.extend(timeline, end);
        let of_view = view.refresh(timeline);
        timeline.trim(view.first(), view.last());
        match need {
            Need::Nothing => of_view,
            need => need,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::timeline::tests::page;
    use super::*;

    #[test]
    fn those_not_looked_at_for_long_are_let_go() {
        let mut timelines = Timelines::default();
        for id in 1..=30 {
            assert!(timelines.look_at(ThreadId(id)).is_empty());
        }
        assert!(timelines.look_at(ThreadId(1)).is_empty());
        assert_eq!(timelines.look_at(ThreadId(31)), [ThreadId(2)]);
        assert!(timelines.get(ThreadId(2)).is_none());
        assert!(timelines.get(ThreadId(1)).is_some());
    }

    #[test]
    fn a_page_of_a_thread_nobody_looks_at_is_dropped() {
        let mut timelines = Timelines::default();
        assert_eq!(timelines.on_page(page(0, 3)), Need::Nothing);
        assert!(timelines.get(ThreadId(1)).is_none());
    }
}
