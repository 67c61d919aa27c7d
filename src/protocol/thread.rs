//! Threads: the places where people talk.

use serde::{Deserialize, Serialize};

use super::{Description, NotifyLevel, Seq, ThreadId, ThreadName, Timestamp, User, UserId, text};

/// Who may see a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadKind {
    /// Everybody on this server may read and write.
    Public,
    /// Its members only; others cannot tell that it exists.
    Private,
    /// A conversation between its members, without a name of its own.
    Direct,
}

/// A thread, as it appears in the list and above its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub id: ThreadId,
    /// Empty for a direct one, which is called by its people.
    #[serde(deserialize_with = "text::stored")]
    pub name: ThreadName,
    /// What it is about.
    #[serde(
        default,
        skip_serializing_if = "Description::is_empty",
        deserialize_with = "text::stored"
    )]
    pub description: Description,
    pub kind: ThreadKind,
    /// The number of the newest event in its stream.
    pub last_seq: Seq,
    /// How many messages were ever posted in it.
    #[serde(default)]
    pub message_count: i64,
    /// When it last changed; the list is ordered by this.
    pub active_at: Timestamp,
    /// Since when it is put away: nobody writes in it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Timestamp>,
    /// Who is in a direct one; nobody for the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<User>,
    /// Whoever comes to the server belongs to it from their first day, as long as it is public.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_everybody: bool,
    /// Only its owners and administrators post; everybody else reads and reacts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub announcements: bool,
    /// Slow mode: so long everybody but those in charge waits between two messages.
    #[serde(default, skip_serializing_if = "Pause::is_none")]
    pub slow_seconds: Pause,
}

/// Seconds between two messages of one person in a thread; none if there is no slow mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u32")]
pub struct Pause(u32);

impl Pause {
    pub const LONGEST: u32 = 3600;
    /// Those that are offered.
    pub const CHOICES: [u32; 6] = [10, 30, 60, 300, 900, Self::LONGEST];

    pub fn seconds(self) -> u32 {
        self.0
    }

    pub fn millis(self) -> i64 {
        i64::from(self.0) * 1000
    }

    // Serde asks with a reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn is_none(&self) -> bool {
        self.0 == 0
    }
}

/// What is longer than the longest is that.
impl From<u32> for Pause {
    fn from(seconds: u32) -> Self {
        Self(seconds.min(Self::LONGEST))
    }
}

impl Thread {
    /// What one of its people calls it.
    pub fn title(&self, me: UserId) -> String {
        if self.kind != ThreadKind::Direct {
            return self.name.to_string();
        }
        let mut title = String::new();
        for user in self.people.iter().filter(|user| user.id != me) {
            if !title.is_empty() {
                title.push_str(", ");
            }
            title.push_str(user.name.as_str());
        }
        title
    }

    /// The first of its people beside me: whose picture stands for it.
    pub fn into_other(self, me: UserId) -> Option<User> {
        self.people.into_iter().find(|user| user.id != me)
    }

    /// The other one of a direct thread of two.
    pub fn peer(&self, me: UserId) -> Option<UserId> {
        let is_of_two = self.kind == ThreadKind::Direct && self.people.len() == 2;
        let mut others = self.people.iter().filter(|user| user.id != me);
        others.next().filter(|_| is_of_two).map(|user| user.id)
    }

    /// Whether it stands among those that go on.
    pub fn is_active(&self) -> bool {
        self.archived_at.is_none()
    }

    /// How long somebody who is that in it waits between two messages. Owners, and who governs the
    /// server, do not.
    pub fn pause_of(&self, role: Option<Role>, governs: bool) -> Pause {
        match governs || role == Some(Role::Owner) {
            true => Pause::default(),
            false => self.slow_seconds,
        }
    }

    /// Whether somebody who is that in it posts here: who governs the server does so in every thread for
    /// announcements that they may read.
    pub fn takes_posts_of(&self, role: Option<Role>, governs: bool) -> bool {
        self.is_active() && (!self.announcements || governs || role == Some(Role::Owner))
    }
}

/// People in one direct thread, at most.
pub const DIRECT_PEOPLE: usize = 8;

/// People who can be named at once, to be added to a thread.
pub const NAMED_PEOPLE: usize = 100;

/// A thread to be started, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewThread {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub private: bool,
    /// The usernames of those who belong to it from the start.
    #[serde(default)]
    pub people: String,
}

/// What is to be different about a thread, as it was typed; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// For administrators to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_everybody: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcements: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_seconds: Option<Pause>,
}

/// Something that a person does about a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manage {
    Join,
    Leave,
    /// By their usernames.
    Add {
        people: String,
    },
    Remove {
        user: UserId,
    },
    MakeOwner {
        user: UserId,
    },
    /// They read, and say nothing; until it is lifted, if no end is named.
    Mute {
        user: UserId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<u32>,
    },
    Unmute {
        user: UserId,
    },
    Change(ThreadChange),
}

/// What somebody is in a thread they belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Made it, or was put in charge of it: may change it and take others out.
    Owner,
    #[default]
    Member,
}

impl Role {
    // Serde asks with a reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn is_member(&self) -> bool {
        *self == Self::Member
    }
}

/// How far somebody has read: an event, and how many messages there were up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPosition {
    pub seq: Seq,
    pub number: i64,
}

/// A thread I belong to, and what I am in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyThread {
    pub thread: Thread,
    pub role: Role,
    pub read: ReadPosition,
    /// What of it I want to be told of.
    #[serde(default)]
    pub notify: NotifyLevel,
    /// The number of the newest message that mentions me or answers me.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub for_me: i64,
    /// Where it stands among my favourites, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourite: Option<i64>,
    /// I am muted in it until then, and say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// The place of the folder that it is in, if it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<i64>,
}

// Serde asks with a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(super) fn is_zero(n: &i64) -> bool {
    *n == 0
}

impl MyThread {
    /// Muted until it is lifted: the year 9999 ends then.
    pub const FOR_GOOD: Timestamp = Timestamp(253_402_300_799_000);

    /// Whether it stands in my list: it goes on, and if it is a direct one, something was said in it.
    pub fn is_listed(&self) -> bool {
        let is_direct = self.thread.kind == ThreadKind::Direct;
        self.thread.is_active() && (self.thread.message_count > 0 || !is_direct)
    }

    /// Messages I have not read.
    pub fn unread(&self) -> i64 {
        (self.thread.message_count - self.read.number).max(0)
    }

    /// Whether something that I have not read is for me: a mention, an answer, or whatever is said in a
    /// direct thread.
    pub fn is_for_me(&self) -> bool {
        let is_direct = self.thread.kind == ThreadKind::Direct;
        self.unread() > 0 && (is_direct || self.for_me > self.read.number)
    }

    /// The event to begin reading at: the one after the last that I have read. Nothing if there is
    /// nothing unread.
    pub fn first_unread(&self) -> Option<Seq> {
        (self.unread() > 0).then(|| self.read.seq.next())
    }
}

/// A page of the directory: public threads, most recently active first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryPage {
    pub threads: Vec<Listed>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DirectoryPosition>,
}

/// A thread of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub thread: Thread,
    /// Whether whoever asks belongs to it.
    pub joined: bool,
}

/// A place in the directory: before this thread in its order. Written `time-id` in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DirectoryPosition {
    pub active_at: Timestamp,
    pub id: ThreadId,
}

impl std::fmt::Display for DirectoryPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.active_at, self.id)
    }
}

impl std::str::FromStr for DirectoryPosition {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (active_at, id) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self {
            active_at: active_at.parse()?,
            id: id.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_at_most_an_hour_and_not_for_those_in_charge() {
        let json = r#"{"id":1,"name":"Tea","kind":"public","last_seq":0,"active_at":0,"slow_seconds":9999}"#;
        let thread: Thread = serde_json::from_str(json).unwrap();
        assert_eq!(thread.slow_seconds.seconds(), 3600);
        assert!(
            serde_json::to_string(&thread)
                .unwrap()
                .ends_with(r#""slow_seconds":3600}"#)
        );
        for (role, governs, waits) in [
            (None, false, true),
            (Some(Role::Member), false, true),
            (Some(Role::Owner), false, false),
            (None, true, false),
        ] {
            assert_eq!(
                !thread.pause_of(role, governs).is_none(),
                waits,
                "{role:?} {governs}"
            );
        }
    }

    #[test]
    fn owners_and_administrators_post_in_a_thread_for_announcements_and_nobody_in_an_archived_one()
    {
        let json = r#"{"id":1,"name":"Tea","kind":"public","last_seq":0,"active_at":0}"#;
        let mut thread: Thread = serde_json::from_str(json).unwrap();
        let all = [None, Some(Role::Member), Some(Role::Owner)];
        let posts = |thread: &Thread, governs| all.map(|role| thread.takes_posts_of(role, governs));
        assert_eq!(posts(&thread, false), [true; 3]);
        thread.announcements = true;
        assert_eq!(posts(&thread, false), [false, false, true]);
        assert_eq!(posts(&thread, true), [true; 3]);
        thread.archived_at = Some(Timestamp(1));
        assert_eq!(
            (posts(&thread, false), posts(&thread, true)),
            ([false; 3], [false; 3])
        );
    }
}
