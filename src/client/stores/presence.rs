//! Who of those that are listed is there, as long as the list is looked at.
//!
//! What is asked for and what is published come by two ways; of what is said of somebody the higher
//! version counts, whichever comes first.

use crate::protocol::{Presence, PresenceNews, Present, UserId};

/// Whose presence is looked at, and what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Presences {
    known: Vec<(u64, Present)>,
    /// The call with which it was asked for.
    asked: Option<u32>,
}

impl Presences {
    /// These people are listed from now on.
    pub fn look_at(&mut self, people: impl Iterator<Item = UserId>) {
        let before = std::mem::take(&mut self.known);
        let known = |id| before.iter().find(|(_, present)| present.id == id).copied();
        let nothing = |id| {
            let presence = Presence::Offline;
            (0, Present { id, presence })
        };
        self.known = people.map(|id| known(id).unwrap_or(nothing(id))).collect();
    }

    /// Whose presence is to be asked for.
    pub fn people(&self) -> Vec<UserId> {
        self.known.iter().map(|(_, present)| present.id).collect()
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
        for said in &news.people {
            let known = self.known.iter_mut();
            let mut known = known.filter(|(_, known)| known.id == said.id);
            if let Some((version, known)) = known.next()
                && *version <= news.version
            {
                (*version, *known) = (news.version, *said);
            }
        }
    }

    /// The server may be another one: what comes next counts, whatever its version.
    pub fn begin_anew(&mut self) {
        for (version, _) in &mut self.known {
            *version = 0;
        }
    }

    /// Those who are there.
    pub fn there(&self) -> Vec<Present> {
        let known = self.known.iter().map(|(_, present)| *present);
        known
            .filter(|present| present.presence != Presence::Offline)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(version: u64, people: &[(i64, Presence)]) -> PresenceNews {
        let people = people.iter().map(|(id, presence)| Present {
            id: UserId(*id),
            presence: *presence,
        });
        PresenceNews {
            version,
            people: people.collect(),
        }
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
        let there = presences.there();
        assert_eq!(there.len(), 2);
        assert_eq!(there[0].presence, Presence::Idle);
        presences.look_at([UserId(2)].into_iter());
        assert_eq!(presences.there().len(), 1, "what is known stays known");
        presences.begin_anew();
        presences.take(&news(1, &[(2, Presence::Offline)]));
        assert!(presences.there().is_empty());
    }
}
