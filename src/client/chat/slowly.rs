//! Threads in which one may not post at the moment. In slow mode, what was written too soon stays in the outbox until it is its turn, and one is told
//! when that is. Where one is muted, the composer is away until that ends. The server decides; a page that knows of a message of one's own spares it being
//! asked too soon, and one that does not is refused for the moment and tries again.

use super::{Chat, Effect, Input};
use crate::protocol::{ThreadId, Timestamp};

/// While one waits, what is said of it changes so often.
const TICK_MS: i64 = 1000;
/// A browser's clock is not asked to wait for longer.
const LONGEST_MS: i64 = 3_600_000;

/// How it stands with one's next message in a thread in slow mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Seconds between two messages.
    pub pause: u32,
    /// Milliseconds until the next may be sent.
    pub wait: i64,
}

impl Chat {
    /// My turn in a thread; nothing where I need not wait, or cannot post at all.
    pub fn turn(&self, id: ThreadId) -> Option<Turn> {
        let thread = self.directory.thread(id)?;
        let role = self.directory.my(id).map(|mine| mine.role);
        let pause = thread.pause_of(role, self.governs);
        if pause.is_none() || !thread.takes_posts_of(role, self.governs) {
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

    /// Looks again soon, as long as one waits in the thread that is open, or something waits to be sent;
    /// and when the next time ends for which one is muted somewhere.
    pub(super) fn wait_for_turn(&mut self) {
        let now = self.moment.now;
        let by_the_server = self.by_the_server();
        let end = self.directory.end_mutes(by_the_server);
        let end = end.map(|end| (end.0 - by_the_server.0).min(LONGEST_MS));
        let open = self.navigation.shown().open_thread();
        let unsent = self.outbox.entries().map(|entry| entry.thread);
        let turns = unsent.chain(open).filter_map(|id| self.turn(id));
        let waits = turns.map(|turn| turn.wait).filter(|wait| *wait > 0);
        let wait = waits.map(|wait| wait.min(TICK_MS)).chain(end).min();
        let Some(at) = wait.map(|wait| Timestamp(now.0 + wait)) else {
            return;
        };
        // One that comes sooner is on its way.
        if self
            .next_turn
            .is_some_and(|known| now < known && known <= at)
        {
            return;
        }
        self.next_turn = Some(at);
        let wait = u32::try_from(at.0 - now.0).unwrap_or_default();
        self.effect(Effect::Later(wait, Input::Turn));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Moment;
    use super::*;
    use crate::app::ChatData;
    use crate::client::stores::timeline::tests::{message, page};
    use crate::protocol::{
        ClientId, Content, Folders, Hours, MyThread, NotifyLevel, Place, Preferences, PresenceNews,
        Quiet, ReadPosition, ReadersClock, Role, Shared,
    };

    const THREAD: ThreadId = ThreadId(1);

    pub fn at(now: i64) -> Moment {
        Moment {
            now: Timestamp(now),
            random: 0.5,
            fresh_id: ClientId::from_random([1; 16]),
            is_visible: true,
        }
    }

    /// I have posted at 2 s in a slow thread that is open, and the page was made at 10 s.
    pub fn chat(role: Role, ahead: i64) -> (Chat, Vec<Effect>) {
        let mut page = page(0, 2);
        page.thread.slow_seconds = 30.into();
        let mine = MyThread {
            thread: page.thread.clone(),
            role,
            read: ReadPosition::default(),
            notify: NotifyLevel::default(),
            for_me: 0,
            favourite: None,
            muted_until: None,
            folder: None,
        };
        let data = ChatData {
            shared: Shared {
                blocked: Vec::new(),
                is_administrator: false,
                may: crate::protocol::May::LOOK_AROUND,
                requests: 0,
                me: message(1).user,
                threads: vec![mine],
                server_name: String::new(),
                origin: "o".to_owned(),
                preferences: Preferences::default(),
                quiet: Quiet::default(),
                folders: Folders::default(),
                peers: PresenceNews::default(),
                due: 0,
                has_news: false,
                clock: ReadersClock {
                    offset: None,
                    hours: Hours::TwentyFour,
                    now: Timestamp(10_000),
                },
                file_mib: 25,
                reports: 0,
            },
            place: Place::thread(THREAD),
            content: Ok(Content::Thread {
                page: Box::new(page),
                people: None,
                owners: Vec::new(),
                packed: String::new(),
            }),
            signed_in_at: Timestamp(0),
            refused: None,
        };
        let mut chat = Chat::new(&data, at(10_000 + ahead));
        let effects = chat.take(Input::Start(Vec::new()), at(10_000 + ahead));
        (chat, effects)
    }

    fn ticks(effects: &[Effect]) -> Vec<u32> {
        let turn = |effect: &Effect| match effect {
            Effect::Later(wait, Input::Turn) => Some(*wait),
            _ => None,
        };
        effects.iter().filter_map(turn).collect()
    }

    #[test]
    fn one_waits_from_ones_last_message_on_whatever_this_devices_clock_says() {
        for ahead in [0, 3_600_000, -3_600_000] {
            let (mut chat, effects) = chat(Role::Member, ahead);
            let turn = |chat: &Chat| chat.turn(THREAD).map(|turn| (turn.pause, turn.wait));
            assert_eq!(turn(&chat), Some((30, 22_000)));
            assert_eq!(ticks(&effects), [1000], "and is told every second");
            let early = chat.take(Input::Turn, at(10_500 + ahead));
            assert_eq!(ticks(&early), [1000], "a timer may be early by the clock");
            let late = chat.take(Input::Turn, at(31_500 + ahead));
            assert_eq!((turn(&chat), ticks(&late)), (Some((30, 500)), vec![500]));
            let over = chat.take(Input::Turn, at(32_000 + ahead));
            assert_eq!((turn(&chat), ticks(&over)), (Some((30, 0)), vec![]));
        }
    }

    #[test]
    fn one_is_muted_until_it_ends_whatever_this_devices_clock_says() {
        for ahead in [0, 3_600_000, -3_600_000] {
            let (mut chat, _) = chat(Role::Owner, ahead);
            let is_muted = |chat: &Chat| chat.directory.my(THREAD).unwrap().muted_until.is_some();
            chat.directory.mute(THREAD, Some(Timestamp(15_000)));
            let effects = chat.take(Input::Look, at(10_000 + ahead));
            assert_eq!((is_muted(&chat), ticks(&effects)), (true, vec![5000]));
            let none = chat.take(Input::Look, at(12_000 + ahead));
            assert_eq!(ticks(&none), [] as [u32; 0], "one is on its way");
            let early = chat.take(Input::Turn, at(14_900 + ahead));
            assert_eq!((is_muted(&chat), ticks(&early)), (true, vec![100]));
            let over = chat.take(Input::Turn, at(15_000 + ahead));
            assert_eq!((is_muted(&chat), ticks(&over)), (false, vec![]));
        }
    }

    #[test]
    fn whoever_is_muted_for_good_is_looked_after_once_an_hour() {
        let (mut chat, _) = chat(Role::Owner, 0);
        chat.directory.mute(THREAD, Some(MyThread::FOR_GOOD));
        let effects = chat.take(Input::Look, at(10_000));
        assert_eq!(ticks(&effects), [3_600_000]);
    }

    #[test]
    fn an_owner_waits_for_nothing() {
        let (chat, effects) = chat(Role::Owner, 0);
        assert_eq!(chat.turn(THREAD), None);
        assert_eq!(ticks(&effects), [] as [u32; 0]);
    }
}
