//! Everybody in a list, and somebody on a card.
//!
//! Only parts of the page read this, so it travels as text inside of what is always loaded (see
//! [`super::content::Content::Packed`]), like the pages of the settings.

use serde::{Deserialize, Serialize};

use super::{Presence, PresenceNews, ThreadId, ThreadKind, ThreadName, Timestamp, User, text};

/// What somebody is to whoever looks, as a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    #[default]
    None,
    /// They were asked, and have not answered.
    Asked,
    /// They have asked, and wait for an answer.
    Waits,
    Contact,
}

impl Tie {
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// Somebody with whom one has to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub user: User,
    pub tie: Tie,
}

/// One's contacts, and who of them is there: those who wait for an answer first, and behind all those
/// who were asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacts {
    pub contacts: Vec<Contact>,
    pub presence: PresenceNews,
}

/// A page of everybody, in the order of their usernames.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EverybodyPage {
    /// What their names contain.
    pub search: String,
    pub people: Vec<User>,
    /// One's own contacts, on the first page, where nobody is looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// The username after which the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Who of them is there.
    pub presence: PresenceNews,
}

/// Somebody, as others may see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub user: User,
    pub presence: PresenceNews,
    /// Since when they are here.
    pub since: Timestamp,
    /// What they say of where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<PersonsClock>,
    /// They are told of nothing at the moment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_quiet: bool,
    #[serde(default, skip_serializing_if = "Tie::is_none")]
    pub tie: Tie,
    /// Threads with names that both they and whoever asks belong to, the most recently active first.
    pub common: Vec<CommonThread>,
}

/// What time it is for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonsClock {
    /// The name of their zone, as IANA has it.
    pub zone: String,
    /// Minutes to add to UTC there, as of now: summer and winter are known to the server.
    pub offset: i64,
    pub now: Timestamp,
}

/// A thread that two people belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommonThread {
    pub id: ThreadId,
    #[serde(deserialize_with = "text::stored")]
    pub name: ThreadName,
    pub kind: ThreadKind,
}

/// Whether somebody is there, by what was said of those who are.
pub fn presence_in(news: &PresenceNews, user: &User) -> Presence {
    news.of(user.id).unwrap_or_default()
}
