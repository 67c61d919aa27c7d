//! Who is there: what is said of people while somebody looks at it.
//!
//! It is about people and never about threads, so it tells nobody of a thread that they may not see.

use serde::{Deserialize, Serialize};

use super::UserId;

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// One person's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    pub id: UserId,
    pub presence: Presence,
}

/// Whose presence is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceRequest {
    pub users: Vec<UserId>,
}

impl PresenceRequest {
    /// People in one request: as many as a panel lists.
    pub const MOST: usize = 1000;
}

/// What the channel `presence` carries, and what is answered to who asks: how it stands, or what
/// has changed. Of two the one with the higher version is the newer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceNews {
    pub version: u64,
    pub people: Vec<Present>,
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
        let json = r#"{"version":3,"people":[{"id":2,"presence":"idle"}]}"#;
        let news: PresenceNews = serde_json::from_str(json).unwrap();
        assert_eq!(news.people[0].presence, Presence::Idle);
        assert_eq!(serde_json::to_string(&news).unwrap(), json);
    }
}
