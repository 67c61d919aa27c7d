//! What a place shows: what all places share, and the content of one.
//!
//! The server gathers it for a page before anything is drawn, and gives the same by a call to a
//! browser that is there already.

use serde::{Deserialize, Serialize};

use super::thread::is_zero;
use super::{
    DirectoryPage, Folders, HistoryPage, MyThread, Preferences, PresenceNews, Quiet, Timestamp,
    User, UserId,
};

/// What one keeps as long as one is signed in, whatever the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    pub me: User,
    /// I may do what concerns everybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_administrator: bool,
    pub may: May,
    /// The threads I belong to, most recently active first.
    pub threads: Vec<MyThread>,
    /// Whom I have blocked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<UserId>,
    /// So many people wait to be a contact of mine.
    #[serde(default)]
    pub requests: i64,
    /// Tells this server from any other: what was not sent is kept under its name.
    pub origin: String,
    /// What people call this server.
    #[serde(default)]
    pub server_name: String,
    pub clock: ReadersClock,
    /// The largest file that one may upload, in MiB.
    #[serde(default)]
    pub file_mib: u32,
    /// So many reminders are due.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub due: i64,
    /// Something has happened that is for me, and that I have not seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_news: bool,
    /// So many reports wait for me to see to them, as an administrator.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reports: i64,
    /// How I want everything to look.
    #[serde(default)]
    pub preferences: Preferences,
    /// Sections of my own in my list.
    #[serde(default)]
    pub folders: Folders,
    /// Which of those I write to directly are there.
    #[serde(default, skip_serializing_if = "PresenceNews::is_empty")]
    pub peers: PresenceNews,
    /// When I am left in peace.
    #[serde(default)]
    pub quiet: Quiet,
}

/// What somebody may do here beyond talking in threads that they are in. (Bits: they are on every page.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct May(u32);

impl May {
    /// See which threads and which people there are.
    pub const LOOK_AROUND: Self = Self(1);
    pub const START_PUBLIC: Self = Self(2);
    pub const START_PRIVATE: Self = Self(4);
    pub const NOTHING: Self = Self(0);

    /// The same, and this too where that is so.
    #[must_use]
    pub fn and(self, more: Self, if_so: bool) -> Self {
        if if_so { Self(self.0 | more.0) } else { self }
    }

    /// Whether any of these is among it.
    pub fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    pub fn start_threads(self) -> bool {
        self.any(Self(Self::START_PUBLIC.0 | Self::START_PRIVATE.0))
    }

    /// What is not offered, as classes of the document: style does the rest.
    pub fn lacks(self) -> &'static str {
        match (self.any(Self::LOOK_AROUND), self.start_threads()) {
            (true, true) => "",
            (true, false) => "no-start",
            (false, true) => "no-browse",
            (false, false) => "no-browse no-start",
        }
    }
}
/// How times are shown until the browser says so itself: as it did the last time. The browser's
/// first drawing uses the same, so nothing but times can change when it takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadersClock {
    /// Minutes to add to UTC, where that is known.
    pub offset: Option<i64>,
    pub hours: Hours,
    /// When the page was made.
    pub now: Timestamp,
}

/// How the hours of a day are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hours {
    Twelve,
    #[default]
    TwentyFour,
}

/// What one place shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    Home,
    Thread {
        page: Box<HistoryPage>,
        /// Who belongs to it, if that is asked for.
        people: Option<Vec<User>>,
        /// Who of them is in charge of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        owners: Vec<UserId>,
        /// What the panel beside it shows, as JSON: see [`super::picked`].
        #[serde(default, skip_serializing_if = "String::is_empty")]
        packed: String,
    },
    Browse(DirectoryPage),
    /// A form that needs nothing.
    Form,
    /// As JSON, for the part of the page that reads it: a [`super::settings::Settings`], a
    /// [`super::search::SearchPage`], a [`super::saved::SavedPage`] …
    Packed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_may_not_do_is_named_for_the_style() {
        let may = |around, public, private| {
            May::NOTHING
                .and(May::LOOK_AROUND, around)
                .and(May::START_PUBLIC, public)
                .and(May::START_PRIVATE, private)
        };
        assert_eq!(may(true, true, true).lacks(), "");
        assert_eq!(may(true, false, true).lacks(), "");
        assert_eq!(may(true, false, false).lacks(), "no-start");
        assert_eq!(may(false, false, true).lacks(), "no-browse");
        assert_eq!(may(false, false, false).lacks(), "no-browse no-start");
        assert!(may(false, true, false).any(May::START_PUBLIC));
        assert!(!may(false, true, false).any(May::START_PRIVATE));
    }
}
