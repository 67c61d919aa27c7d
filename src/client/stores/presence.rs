//! Who of those that are listed is there, as long as the list is looked at.
//!
//! What is asked for and what is published come by two ways; of what is said of somebody the higher
//! version counts, whichever comes first.

use crate::protocol::{Presence, PresenceNews, UserId};

/// Whose presence is looked at, and what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Presences {
    known: Vec<Known>,
    /// The call with which it was asked for.
    asked: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    id: UserId,
    presence: Presence,
    version: u64,
}

impl Presences {
    /// These people are listed from now on.
    pub fn look_at(&mut self, people: impl Iterator<Item = UserId>) {
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
    }

    /// Whose presence is to be asked for.
    pub fn people(&self) -> Vec<UserId> {
        self.known.iter().map(|known| known.id).collect()
    }

    pub fn asked(&mut self, call: u32) {
        self.asked = Some(call);
    }

    /// Whether a call was the question.
    pub fn is_answer(&mut self, call: u32) -> bool {
        self.asked.take_if(|asked| *asked == call).is_some()
    }

    /// Something is known, or has changed.
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

    /// The server may be another one: what comes next counts, whatever its version.
    pub fn begin_anew(&mut self) {
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

    #[test]
    fn the_newer_word_counts_and_only_of_those_who_are_listed() {
        let mut presences = Presences::default();
        presences.look_at([UserId(1), UserId(2)].into_iter());
        presences.asked(7);
        presences.take(&news(4, &[(1, Presence::Idle), (9, Presence::Online)]));
        assert!(!presences.is_answer(6));
        assert!(presences.is_answer(7));
        presences.take(&news(3, &[(1, Presence::Online), (2, Presence::Online)]));
        let expected = [(UserId(1), true), (UserId(2), false)];
        assert_eq!(presences.there(), expected);
        presences.look_at([UserId(2)].into_iter());
        assert_eq!(presences.there().len(), 1, "what is known stays known");
        presences.begin_anew();
        presences.take(&news(1, &[(2, Presence::Offline)]));
        assert!(presences.there().is_empty());
    }
}
