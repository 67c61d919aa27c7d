//! Who is there: what is said of people while somebody looks at it.
//!
//! It is asked for, and told, of a thread's people by who may read that thread; and of those whom one
//! writes to directly, all of them together, to whoever has them in their list. Of others nobody is
//! told when they come and go; everybody's list says who is there when it is asked for. People go by
//! lists, one for each state: that is short on the wire, and short to read.

use serde::{Deserialize, Serialize};

use super::{ThreadId, UserId};

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    Online,
    /// Connected, and has done nothing for a while on any device.
    Idle,
    #[default]
    Offline,
}

impl Presence {
    /// So long without doing anything, in milliseconds, and one is idle.
    pub const IDLE_AFTER: i64 = 5 * 60_000;
}

/// The thread whose people are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceRequest {
    pub id: ThreadId,
}

/// What the channel `presence:{id}` carries: what has changed. And what is answered to who asks: who
/// is there, and who is not named is not. Of two the one with the higher version is the newer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceNews {
    pub version: u64,
    #[serde(default)]
    pub online: Vec<UserId>,
    #[serde(default)]
    pub idle: Vec<UserId>,
    #[serde(default)]
    pub offline: Vec<UserId>,
}

impl PresenceNews {
    /// Says of somebody whether they are there.
    pub fn say(&mut self, user: UserId, presence: Presence) {
        let list = match presence {
            Presence::Online => &mut self.online,
            Presence::Idle => &mut self.idle,
            Presence::Offline => &mut self.offline,
        };
        list.push(user);
    }

    /// Nothing is said of anybody.
    pub fn is_empty(&self) -> bool {
        self.people().next().is_none()
    }

    /// Everybody of whom something is said.
    pub fn people(&self) -> impl Iterator<Item = UserId> {
        let all = self.online.iter().chain(&self.idle).chain(&self.offline);
        all.copied()
    }

    /// What is said of somebody.
    pub fn of(&self, user: UserId) -> Option<Presence> {
        let lists = [
            (&self.online, Presence::Online),
            (&self.idle, Presence::Idle),
            (&self.offline, Presence::Offline),
        ];
        let mut lists = lists.into_iter();
        let found = lists.find(|(list, _)| list.contains(&user));
        found.map(|(_, presence)| presence)
    }
}

/// I have done something, so many milliseconds ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveRequest {
    pub ago: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_news_keep_their_shape() {
        let json = r#"{"version":3,"online":[4],"idle":[2],"offline":[]}"#;
        let news: PresenceNews = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&news).unwrap(), json);
        assert_eq!(news.of(UserId(2)), Some(Presence::Idle));
        assert_eq!(news.of(UserId(3)), None);
        let mut said = PresenceNews::default();
        said.say(UserId(2), Presence::Idle);
        assert_eq!(said.of(UserId(2)), Some(Presence::Idle));
    }
}
