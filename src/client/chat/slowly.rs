//! Threads in slow mode: what was written too soon stays in the outbox until it is its turn, and one is
//! told when that is. The server decides; a page that knows of a message of one's own spares it being
//! asked too soon, and one that does not is refused for the moment and tries again.

use super::{Chat, Effect, Input};
use crate::protocol::{ThreadId, Timestamp};

/// While one waits, what is said of it changes so often.
const TICK_MS: i64 = 1000;

/// How it stands with one's next message in a thread in slow mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Seconds between two messages.
    pub pause: u32,
    /// Milliseconds until the next may be sent.
    pub wait: i64,
}

impl Chat {
    /// My turn in a thread; nothing where I need not wait.
    pub fn turn(&self, id: ThreadId) -> Option<Turn> {
        let thread = self.directory.thread(id)?;
        let role = self.directory.my(id).map(|mine| mine.role);
        let pause = thread.pause_of(role, self.governs);
        if pause.is_none() {
            return None;
        }
        let open = self.timelines.get(id);
        let last = open.and_then(|open| open.timeline.last_of(self.me.id));
        let now = self.moment.now.0 - self.ahead;
        let wait = last.map_or(0, |last| last.0 + pause.millis() - now);
        Some(Turn {
            pause: pause.seconds(),
            // Whatever the clocks say.
            wait: wait.clamp(0, pause.millis()),
        })
    }

    /// Looks again soon, as long as one waits in the thread that is open, or something waits to be sent.
    pub(super) fn wait_for_turn(&mut self) {
        let now = self.moment.now;
        if self.next_turn.is_some_and(|known| known > now) {
            return;
        }
        let open = self.navigation.shown().open_thread();
        let unsent = self.outbox.entries().map(|entry| entry.thread);
        let turns = unsent.chain(open).filter_map(|id| self.turn(id));
        let wait = turns.map(|turn| turn.wait).filter(|wait| *wait > 0).min();
        self.next_turn = wait.map(|wait| Timestamp(now.0 + wait.min(TICK_MS)));
        if let Some(at) = self.next_turn {
            let wait = u32::try_from(at.0 - now.0).unwrap_or_default();
            self.effect(Effect::Later(wait, Input::Turn));
        }
    }
}
