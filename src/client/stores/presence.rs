//! Who of those that are listed is there, as long as the list is looked at.
//!
//! What is asked for and what is published come by two ways; of what is said of somebody the higher
//! version counts, whichever comes first.

use crate::protocol::{Presence, PresenceNews, ThreadId, UserId};

/// Whose presence is looked at, and what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Presences {
    known: Vec<Known>,
    /// The thread whose people are listed.
    thread: Option<ThreadId>,
    /// The call with which it was asked for.
    asked: Option<u32>,
    /// It is to be asked for again, as soon as that is answered.
    is_to_ask: bool,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    id: UserId,
    presence: Presence,
    version: u64,
}

impl Presences {
    /// These people of a thread are listed from now on, or nobody. Gives the thread that is no longer
    /// looked at.
    pub fn look_at(
        &mut self,
        thread: Option<ThreadId>,
        people: impl Iterator<Item = UserId>,
    ) -> Option<ThreadId> {
        let before = std::mem::take(&mut self.known);
        let known = |id| {
            let known = before.iter().find(|known| known.id == id);
            known.copied().unwrap_or(Known {
                id,
                presence: Presence::Offline,
                version: 0,
            })
        };
        self.known = people.map(known).collect();
        let left = std::mem::replace(&mut self.thread, thread);
        left.filter(|_| left != thread)
    }

    /// The thread whose people's presence is to be asked for now: one question is under way at a time.
    pub fn to_ask(&mut self) -> Option<ThreadId> {
        self.is_to_ask = self.asked.is_some();
        self.thread.filter(|_| self.asked.is_none())
    }

    pub fn asked(&mut self, call: u32) {
        self.asked = Some(call);
    }

    /// Whether it was to be asked for while a question was under way.
    pub fn is_to_ask(&self) -> bool {
        self.is_to_ask
    }

    /// Whether a call was the question.
    pub fn is_answer(&mut self, call: u32) -> bool {
        self.asked.take_if(|asked| *asked == call).is_some()
    }

    /// The answer: who is not named in it is not there.
    pub fn answered(&mut self, news: &PresenceNews) {
        for known in &mut self.known {
            if known.version <= news.version {
                known.presence = news.of(known.id).unwrap_or_default();
                known.version = news.version;
            }
        }
    }

    /// Something has changed.
    pub fn take(&mut self, news: &PresenceNews) {
        for known in &mut self.known {
            if known.version <= news.version
                && let Some(presence) = news.of(known.id)
            {
                known.presence = presence;
                known.version = news.version;
            }
        }
    }

    /// Somebody is no longer listed.
    pub fn left(&mut self, user: UserId) {
        self.known.retain(|known| known.id != user);
    }

    /// The server may be another one: what comes next counts, whatever its version.
    pub fn begin_anew(&mut self) {
        self.asked = None;
        for known in &mut self.known {
            known.version = 0;
        }
    }

    /// Those who are there, with whether they are idle.
    pub fn there(&self) -> Vec<(UserId, bool)> {
        let there = self.known.iter();
        let there = there.filter(|known| known.presence != Presence::Offline);
        there
            .map(|known| (known.id, known.presence == Presence::Idle))
            .collect()
    }
}

/// Which of those one writes to directly are there. All of them are told with the page, with each list
/// and when their channel begins, and what changes on the channel.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    version: u64,
    /// With whether they are idle.
    there: Vec<(UserId, bool)>,
}

impl Peers {
    pub fn there(&self) -> &[(UserId, bool)] {
        &self.there
    }

    /// What is said of all of them: who is not named is not there.
    pub fn told(&mut self, news: &PresenceNews) {
        if news.version >= self.version {
            self.there.clear();
            self.take(news);
        }
    }

    /// Some have come or gone.
    pub fn take(&mut self, news: &PresenceNews) {
        if news.version < self.version {
            return;
        }
        self.version = news.version;
        for id in news.people() {
            self.there.retain(|(known, _)| *known != id);
        }
        let online = news.online.iter().map(|id| (*id, false));
        self.there.extend(online);
        self.there.extend(news.idle.iter().map(|id| (*id, true)));
    }

    /// The server may be another one: what comes next counts, whatever its version.
    pub fn begin_anew(&mut self) {
        self.version = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(version: u64, people: &[(i64, Presence)]) -> PresenceNews {
        let mut news = PresenceNews {
            version,
            ..PresenceNews::default()
        };
        for (id, presence) in people {
            news.say(UserId(*id), *presence);
        }
        news
    }

    const THREAD: Option<ThreadId> = Some(ThreadId(5));

    #[test]
    fn the_newer_word_counts_and_only_of_those_who_are_listed() {
        let mut presences = Presences::default();
        let people = [UserId(1), UserId(2), UserId(3)];
        assert_eq!(presences.look_at(THREAD, people.into_iter()), None);
        presences.take(&news(4, &[(1, Presence::Idle), (9, Presence::Online)]));
        presences.take(&news(3, &[(1, Presence::Online), (2, Presence::Online)]));
        let expected = [(UserId(1), true), (UserId(2), false)];
        assert_eq!(presences.there(), expected);
        // Who is not named in an answer is not there, unless a newer word says so.
        presences.answered(&news(3, &[(3, Presence::Online)]));
        let expected = [(UserId(1), true), (UserId(3), false)];
        assert_eq!(presences.there(), expected);
        presences.look_at(THREAD, [UserId(1)].into_iter());
        assert_eq!(presences.there().len(), 1, "what is known stays known");
        presences.begin_anew();
        presences.take(&news(1, &[(1, Presence::Offline)]));
        assert!(presences.there().is_empty());
    }

    #[test]
    fn of_those_one_writes_to_the_newest_word_counts_whichever_way_it_came() {
        let mut peers = Peers::default();
        peers.told(&news(5, &[(1, Presence::Online), (2, Presence::Idle)]));
        assert_eq!(peers.there(), [(UserId(1), false), (UserId(2), true)]);
        peers.take(&news(6, &[(1, Presence::Offline), (2, Presence::Online)]));
        assert_eq!(peers.there(), [(UserId(2), false)]);
        // A list that was asked for before comes late.
        peers.told(&news(5, &[(1, Presence::Online)]));
        peers.take(&news(4, &[(2, Presence::Idle)]));
        assert_eq!(peers.there(), [(UserId(2), false)]);
        peers.told(&news(6, &[(3, Presence::Online)]));
        assert_eq!(peers.there(), [(UserId(3), false)]);
        peers.begin_anew();
        peers.told(&news(0, &[]));
        assert!(peers.there().is_empty());
    }

    #[test]
    fn whoever_leaves_a_thread_is_not_there_and_the_others_are() {
        let mut presences = Presences::default();
        presences.look_at(THREAD, [UserId(1), UserId(2)].into_iter());
        presences.take(&news(1, &[(1, Presence::Online), (2, Presence::Online)]));
        presences.left(UserId(1));
        assert_eq!(presences.there(), [(UserId(2), false)]);
        presences.take(&news(2, &[(1, Presence::Idle)]));
        assert_eq!(presences.there(), [(UserId(2), false)]);
    }

    #[test]
    fn one_question_is_under_way_and_another_follows_if_somebody_came() {
        let mut presences = Presences::default();
        assert_eq!(presences.to_ask(), None);
        presences.look_at(THREAD, [UserId(1)].into_iter());
        assert_eq!(presences.to_ask(), THREAD);
        presences.asked(7);
        assert_eq!(presences.to_ask(), None);
        assert!(!presences.is_answer(6));
        assert!(presences.is_answer(7));
        assert!(presences.is_to_ask());
        assert_eq!(presences.to_ask(), THREAD);
        presences.asked(8);
        assert!(presences.is_answer(8));
        assert!(!presences.is_to_ask());
        let left = presences.look_at(None, std::iter::empty());
        assert_eq!(left, THREAD, "nobody looks at it any more");
        assert_eq!(presences.to_ask(), None);
    }
}
