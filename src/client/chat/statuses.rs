//! What people are doing ends by itself, at the time that was said, and so does a pause of what one is
//! told: nobody announces that.

use super::{Chat, Effect, Input};
use crate::protocol::Timestamp;

/// The longest time to sleep, well within what browsers can.
const LONGEST: i64 = 24 * 60 * 60 * 1000;

impl Chat {
    /// What time it is by the server's clock.
    pub(super) fn by_the_server(&self) -> Timestamp {
        Timestamp(self.moment.now.0 - self.ahead)
    }

    /// Until when I do not want to be disturbed, if that goes on.
    pub fn paused(&self) -> Option<Timestamp> {
        self.quiet.paused(self.by_the_server())
    }

    /// Takes away what has ended, and looks again when the next one does.
    pub(super) fn end_statuses(&mut self) {
        let now = self.by_the_server();
        let mine = self.me.end_status(now);
        if self.people.end_statuses(now) || mine {
            self.drawn += 1;
        }
        let next = self
            .people
            .next_end()
            .into_iter()
            .chain(self.me.status_until)
            .chain(self.quiet.paused(now))
            .min();
        let Some(next) = next else { return };
        let wait = next.0.saturating_sub(now.0).clamp(0, LONGEST);
        let then = Timestamp(now.0 + wait);
        // A look that is due earlier finds the others too.
        if self
            .next_look
            .is_none_or(|known| known > then || known <= now)
        {
            self.next_look = Some(then);
            let wait = u32::try_from(wait).unwrap_or_default();
            self.effect(Effect::Later(wait, Input::Look));
        }
    }
}
