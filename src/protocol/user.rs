//! People, as others see them.

use serde::{Deserialize, Serialize};

use super::{AvatarId, DisplayName, Section, SessionId, Timestamp, UserId, Username, text};

/// A person, as shown beside what they wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    #[serde(deserialize_with = "text::stored")]
    pub username: Username,
    #[serde(deserialize_with = "text::stored")]
    pub name: DisplayName,
    /// The picture of them, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<AvatarId>,
    /// They see nothing but the threads they were put into: where people are listed, whoever else is
    /// there should know. Not beside what they wrote.
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub guest: bool,
    /// What they are doing, in lists of people; not beside everything they wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When that ends by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_until: Option<Timestamp>,
}

impl User {
    /// Takes the status away, if it has ended by then. Whether it had.
    pub fn end_status(&mut self, now: Timestamp) -> bool {
        let has_ended = self.status_until.is_some_and(|until| until <= now);
        if has_ended {
            self.status = None;
            self.status_until = None;
        }
        has_ended
    }
}

/// A person, as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub user: User,
    pub created_at: Timestamp,
}

/// Who may make an account on this server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationPolicy {
    Open,
    ByInvitation,
    #[default]
    Closed,
}

impl RegistrationPolicy {
    /// Where whoever has set the server up goes on: to inviting others, if that is possible.
    pub fn first_page(self) -> Section {
        match self {
            Self::Closed => Section::people(),
            Self::Open | Self::ByInvitation => Section::invitations(),
        }
    }
}

/// One of a person's own sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    pub id: SessionId,
    /// The one that asked.
    pub is_current: bool,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub user_agent: String,
    pub address: String,
}
