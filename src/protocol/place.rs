//! Every address there is, as a type: path, query and panel, parsed and written by one piece of code.
//!
//! The server's routes, the check whom a page is for, links, the browser's history and the way back
//! after signing in all use it, so they cannot disagree about what an address means. A place that is
//! added is added here; the compiler then names what else must know of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DeedId, DirectoryPosition, EntryId, MessageId, ReportId, Seq, ThreadId, UserId};

/// Where one is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Place {
    /// My threads; nothing is open.
    Home,
    Thread {
        id: ThreadId,
        /// The event whose message to go to; without it, the newest.
        message: Option<Seq>,
        panel: Option<Panel>,
    },
    /// The directory of everybody's threads, from a place in it on.
    Browse { after: Option<DirectoryPosition> },
    /// Everybody whose name contains something, after one of them by username.
    People { search: String, after: String },
    /// Somebody, by their username: with the script, a card over what one looks at.
    Person { username: String },
    /// Messages that say something, before one of those.
    Search {
        query: String,
        before: Option<MessageId>,
    },
    /// What I have saved, before something of it; and what I want to be reminded of.
    Saved { before: Option<EntryId> },
    /// What has happened that is for me, before something of it.
    Activity { before: Option<EntryId> },
    /// Where a thread is started.
    NewThread,
    /// Where one says whom to write to.
    NewDirect,
    SignIn {
        /// Where to go afterwards.
        next: Option<Box<Place>>,
        /// One was signed in, and it ended without having been asked for.
        has_ended: bool,
    },
    Register {
        /// The code of an invitation link; empty without one.
        invite: String,
    },
    /// What one can change about oneself, or about the server.
    Settings {
        section: Section,
        /// A form that was posted without JavaScript was taken, and led here.
        is_saved: bool,
    },
    /// Where a new server gets its administrator.
    Setup {
        /// What the server printed when it started.
        code: String,
    },
}

/// A page of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    Profile,
    /// How everything is to look.
    Preferences,
    /// When one is left in peace, and for which words one is told.
    Notifications,
    /// Sections of one's own in one's list.
    Folders,
    Password,
    Sessions,
    Invitations {
        /// Counted from zero.
        page: u32,
    },
    People {
        search: String,
        /// Everybody after that person.
        after: Option<UserId>,
    },
    /// Whom one has blocked.
    Blocked,
    Account,
    /// What people have reported, before one of those.
    Reports {
        before: Option<ReportId>,
    },
    /// What administrators and owners did, before one of those.
    Audit {
        before: Option<DeedId>,
    },
}

impl Section {
    /// Everybody, from the beginning.
    pub fn people() -> Self {
        Self::People {
            search: String::new(),
            after: None,
        }
    }

    /// Invitations, from the beginning.
    pub fn invitations() -> Self {
        Self::Invitations { page: 0 }
    }

    fn path(&self) -> &'static str {
        match self {
            Self::Profile => "/settings",
            Self::Preferences => "/settings/preferences",
            Self::Notifications => "/settings/notifications",
            Self::Folders => "/settings/folders",
            Self::Password => "/settings/password",
            Self::Sessions => "/settings/sessions",
            Self::Invitations { .. } => "/settings/invitations",
            Self::People { .. } => "/settings/people",
            Self::Blocked => "/settings/blocked",
            Self::Account => "/settings/account",
            Self::Reports { .. } => "/settings/reports",
            Self::Audit { .. } => "/settings/audit",
        }
    }

    fn parse(path: &str, query: &str) -> Option<Self> {
        Some(match path {
            "/settings" => Self::Profile,
            "/settings/preferences" => Self::Preferences,
            "/settings/notifications" => Self::Notifications,
            "/settings/folders" => Self::Folders,
            "/settings/password" => Self::Password,
            "/settings/sessions" => Self::Sessions,
            "/settings/invitations" => Self::Invitations {
                page: value(query, "page")
                    .and_then(|page| page.parse().ok())
                    .unwrap_or(0),
            },
            "/settings/people" => Self::People {
                search: value(query, "search").unwrap_or_default(),
                after: value(query, "after").and_then(|after| after.parse().ok()),
            },
            "/settings/blocked" => Self::Blocked,
            "/settings/account" => Self::Account,
            "/settings/reports" => Self::Reports {
                before: value(query, "before").and_then(|id| id.parse().ok()),
            },
            "/settings/audit" => Self::Audit {
                before: value(query, "before").and_then(|id| id.parse().ok()),
            },
            _ => return None,
        })
    }
}

/// What is open beside a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Panel {
    People,
    /// What it is called and for whom it is.
    Settings,
    /// What of it one wants to be told of.
    Notify,
    /// Where it stands among one's favourites.
    Favourite,
    /// What can be done with the message one is at, and what is told of it.
    Message,
    /// When one wants to be reminded of it.
    Remind,
    /// Where to pass it on to.
    Forward,
    /// What is pinned in the thread.
    Pins,
    /// The files in it.
    Files,
    /// Which day of it to go to.
    Date,
    /// What is to be posted in it later.
    Later,
}

impl Panel {
    fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Settings => "settings",
            Self::Notify => "notify",
            Self::Favourite => "favourite",
            Self::Message => "message",
            Self::Remind => "remind",
            Self::Forward => "forward",
            Self::Pins => "pins",
            Self::Files => "files",
            Self::Date => "date",
            Self::Later => "later",
        }
    }

    /// It is about the message that one is at, or about a page that begins there: that is no place to read
    /// at.
    pub fn is_about_one(self) -> bool {
        matches!(
            self,
            Self::Message | Self::Remind | Self::Forward | Self::Files
        )
    }

    /// The id of the link above the thread that opens it, which is what it is called; of the messages for
    /// what one of them has opened.
    pub fn opener(self) -> &'static str {
        match self {
            Self::People => "People",
            Self::Settings => "Thread settings",
            Self::Notify => "Notifications",
            Self::Favourite => "Favourite",
            Self::Message | Self::Remind | Self::Forward => "place-content",
            Self::Pins => "Pinned messages",
            Self::Files => "Files",
            Self::Date => "Jump to a date",
            Self::Later => "composer-field",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::People,
            Self::Settings,
            Self::Notify,
            Self::Favourite,
            Self::Message,
            Self::Remind,
            Self::Forward,
            Self::Pins,
            Self::Files,
            Self::Date,
            Self::Later,
        ];
        all.into_iter().find(|panel| panel.name() == name)
    }
}

impl Place {
    /// Routes of the pages, as the server's table wants them.
    pub const ROUTES: [&'static str; 25] = [
        "/",
        "/t/{id}",
        "/browse",
        "/people",
        "/people/{username}",
        "/search",
        "/saved",
        "/activity",
        "/new",
        "/new/direct",
        "/login",
        "/register",
        "/setup",
        "/settings",
        "/settings/preferences",
        "/settings/notifications",
        "/settings/folders",
        "/settings/password",
        "/settings/sessions",
        "/settings/invitations",
        "/settings/people",
        "/settings/blocked",
        "/settings/account",
        "/settings/reports",
        "/settings/audit",
    ];

    /// The newest messages of a thread.
    pub fn thread(id: ThreadId) -> Self {
        Self::Thread {
            id,
            message: None,
            panel: None,
        }
    }

    /// What is looked for, from the newest on.
    pub fn search(query: String) -> Self {
        Self::Search {
            query,
            before: None,
        }
    }

    /// Everybody, from the beginning.
    pub fn people() -> Self {
        Self::People {
            search: String::new(),
            after: String::new(),
        }
    }

    /// Somebody.
    pub fn person(username: &impl ToString) -> Self {
        Self::Person {
            username: username.to_string(),
        }
    }

    /// A page of the settings.
    pub fn settings(section: Section) -> Self {
        Self::Settings {
            section,
            is_saved: false,
        }
    }

    /// The place at an address within this site; nothing for any other address.
    pub fn parse(address: &str) -> Option<Self> {
        let address = address.split('#').next().unwrap_or_default();
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        match path {
            "/" => Some(Self::Home),
            "/browse" => Some(Self::Browse {
                after: value(query, "after").and_then(|after| after.parse().ok()),
            }),
            "/search" => Some(Self::Search {
                query: value(query, "q").unwrap_or_default(),
                before: value(query, "before").and_then(|id| id.parse().ok()),
            }),
            "/saved" => Some(Self::Saved {
                before: value(query, "before").and_then(|id| id.parse().ok()),
            }),
            "/activity" => Some(Self::Activity {
                before: value(query, "before").and_then(|id| id.parse().ok()),
            }),
            "/people" => Some(Self::People {
                search: value(query, "search").unwrap_or_default(),
                after: value(query, "after").unwrap_or_default(),
            }),
            "/new" => Some(Self::NewThread),
            "/new/direct" => Some(Self::NewDirect),
            "/login" => Some(Self::SignIn {
                next: value(query, "next")
                    .and_then(|next| Self::parse(&next))
                    .filter(Self::is_for_members)
                    .map(Box::new),
                has_ended: value(query, "ended").is_some(),
            }),
            "/register" => Some(Self::Register {
                invite: value(query, "invite").unwrap_or_default(),
            }),
            "/setup" => Some(Self::Setup {
                code: value(query, "code").unwrap_or_default(),
            }),
            _ if path.starts_with("/settings") => Some(Self::Settings {
                section: Section::parse(path, query)?,
                is_saved: value(query, "saved").is_some(),
            }),
            _ => {
                if let Some(username) = path.strip_prefix("/people/") {
                    return Some(Self::person(&decode(username)));
                }
                let id = path.strip_prefix("/t/")?;
                Some(Self::Thread {
                    // An id that is none belongs to no thread.
                    id: id.parse().unwrap_or_default(),
                    message: value(query, "m").and_then(|seq| seq.parse().ok()),
                    panel: value(query, "panel").and_then(|name| Panel::parse(&name)),
                })
            }
        }
    }

    /// Whether it is there only for whoever has signed in. The others are only for strangers.
    pub fn is_for_members(&self) -> bool {
        match self {
            Self::Home
            | Self::Thread { .. }
            | Self::Browse { .. }
            | Self::People { .. }
            | Self::Person { .. }
            | Self::Search { .. }
            | Self::Saved { .. }
            | Self::Activity { .. }
            | Self::NewThread
            | Self::NewDirect
            | Self::Settings { .. } => true,
            Self::SignIn { .. } | Self::Register { .. } | Self::Setup { .. } => false,
        }
    }

    /// The thread that is open here.
    pub fn open_thread(&self) -> Option<ThreadId> {
        match self {
            Self::Thread { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// What is open beside that thread.
    pub fn panel(&self) -> Option<Panel> {
        match self {
            Self::Thread { panel, .. } => *panel,
            _ => None,
        }
    }

    /// Whether both are the same of one thread, but for what is open beside it: whoever comes here from
    /// the other one is not moved. Some panels are about a message, which is not where one reads.
    pub fn differs_in_panel_only(&self, other: &Self) -> bool {
        let is_about_one = |panel: &Option<Panel>| panel.is_some_and(Panel::is_about_one);
        match (self, other) {
            (
                Self::Thread { id, message, panel },
                Self::Thread {
                    id: other_id,
                    message: other_message,
                    panel: other_panel,
                },
            ) => {
                let closes = is_about_one(other_panel) && message.is_none();
                let reads_on = message == other_message || is_about_one(panel) || closes;
                // Another page of the files.
                let turns = *panel == Some(Panel::Files) && panel == other_panel && self != other;
                id == other_id && (turns || (panel != other_panel && reads_on))
            }
            _ => false,
        }
    }

    /// Where to sign in to come here.
    #[must_use]
    pub fn behind_sign_in(self) -> Self {
        Self::SignIn {
            next: (self != Self::Home).then(|| Box::new(self)),
            has_ended: false,
        }
    }

    /// The same for somebody who was here until now.
    #[must_use]
    pub fn after_the_end(self) -> Self {
        let mut sign_in = self.behind_sign_in();
        if let Self::SignIn { has_ended, .. } = &mut sign_in {
            *has_ended = true;
        }
        sign_in
    }
}

/// The address.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = Query::default();
        match self {
            Self::Home => f.write_str("/")?,
            Self::Thread { id, message, panel } => {
                write!(f, "/t/{id}")?;
                query.add("m", message.as_ref());
                query.add("panel", panel.map(Panel::name).as_ref());
            }
            Self::Browse { after } => {
                f.write_str("/browse")?;
                query.add("after", after.as_ref());
            }
            Self::People { search, after } => {
                f.write_str("/people")?;
                query.add("search", (!search.is_empty()).then_some(search));
                query.add("after", (!after.is_empty()).then_some(after));
            }
            Self::Person { username } => {
                f.write_str("/people/")?;
                encode(username, &mut query.0);
            }
            Self::Search {
                query: wanted,
                before,
            } => {
                f.write_str("/search")?;
                query.add("q", (!wanted.is_empty()).then_some(wanted));
                query.add("before", before.as_ref());
            }
            Self::Saved { before } => {
                f.write_str("/saved")?;
                query.add("before", before.as_ref());
            }
            Self::Activity { before } => {
                f.write_str("/activity")?;
                query.add("before", before.as_ref());
            }
            Self::NewThread => f.write_str("/new")?,
            Self::NewDirect => f.write_str("/new/direct")?,
            Self::SignIn { next, has_ended } => {
                f.write_str("/login")?;
                query.add("next", next.as_ref());
                query.add("ended", has_ended.then_some(&1));
            }
            Self::Register { invite } => {
                f.write_str("/register")?;
                query.add("invite", (!invite.is_empty()).then_some(invite));
            }
            Self::Settings { section, is_saved } => {
                f.write_str(section.path())?;
                match section {
                    Section::People { search, after } => {
                        query.add("search", (!search.is_empty()).then_some(search));
                        query.add("after", after.as_ref());
                    }
                    Section::Invitations { page } => {
                        query.add("page", (*page > 0).then_some(page));
                    }
                    Section::Reports { before } => query.add("before", before.as_ref()),
                    Section::Audit { before } => query.add("before", before.as_ref()),
                    _ => {}
                }
                query.add("saved", is_saved.then_some(&1));
            }
            Self::Setup { code } => {
                f.write_str("/setup")?;
                query.add("code", (!code.is_empty()).then_some(code));
            }
        }
        f.write_str(&query.0)
    }
}

/// In JSON a place is its address.
impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

impl TryFrom<String> for Place {
    type Error = &'static str;

    fn try_from(address: String) -> Result<Self, Self::Error> {
        Self::parse(&address).ok_or("not an address here")
    }
}

/// What follows the path.
#[derive(Default)]
struct Query(String);

impl Query {
    fn add(&mut self, name: &str, value: Option<&impl ToString>) {
        let Some(value) = value else { return };
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(name);
        self.0.push('=');
        encode(&value.to_string(), &mut self.0);
    }
}

/// The decoded value of the first parameter with that name.
fn value(query: &str, name: &str) -> Option<String> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .map(decode)
}

fn encode(text: &str, into: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(DIGITS[usize::from(byte >> 4)]));
            into.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    while let Some(byte) = rest.next() {
        let pair = (digit(rest.clone().next()), digit(rest.clone().nth(1)));
        match (byte, pair) {
            (b'%', (Some(high), Some(low))) => {
                // Two hexadecimal digits are a byte.
                #[allow(clippy::cast_possible_truncation)]
                bytes.push((high * 16 + low) as u8);
                rest.nth(1);
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::Timestamp;

    fn place_of_members() -> impl Strategy<Value = Place> {
        let seq = || proptest::option::of(any::<i64>().prop_map(Seq));
        let panel = prop_oneof![
            Just(Panel::People),
            Just(Panel::Settings),
            Just(Panel::Notify),
            Just(Panel::Message),
            Just(Panel::Remind),
            Just(Panel::Later),
            Just(Panel::Forward),
            Just(Panel::Favourite),
            Just(Panel::Pins),
            Just(Panel::Files),
            Just(Panel::Date)
        ];
        let panel = proptest::option::of(panel);
        let after = proptest::option::of((0..i64::MAX, any::<i64>()).prop_map(|(at, id)| {
            DirectoryPosition {
                active_at: Timestamp(at),
                id: ThreadId(id),
            }
        }));
        prop_oneof![
            Just(Place::Home),
            Just(Place::NewThread),
            Just(Place::NewDirect),
            (any::<i64>(), seq(), panel).prop_map(|(id, message, panel)| Place::Thread {
                id: ThreadId(id),
                message,
                panel,
            }),
            after.prop_map(|after| Place::Browse { after }),
            (".{0,9}", "[a-z0-9_-]{0,9}")
                .prop_map(|(search, after)| Place::People { search, after }),
            ".{0,9}".prop_map(|username| Place::Person { username }),
            (
                "[ -~é]{0,20}",
                proptest::option::of(any::<i64>().prop_map(MessageId))
            )
                .prop_map(|(query, before)| Place::Search { query, before }),
            entry().prop_map(|before| Place::Saved { before }),
            entry().prop_map(|before| Place::Activity { before }),
            (section(), any::<bool>())
                .prop_map(|(section, is_saved)| Place::Settings { section, is_saved }),
        ]
    }

    fn entry() -> impl Strategy<Value = Option<EntryId>> {
        proptest::option::of(any::<i64>().prop_map(EntryId))
    }

    fn section() -> impl Strategy<Value = Section> {
        let after = proptest::option::of(any::<i64>().prop_map(UserId));
        prop_oneof![
            Just(Section::Profile),
            Just(Section::Password),
            Just(Section::Preferences),
            Just(Section::Notifications),
            Just(Section::Folders),
            Just(Section::Sessions),
            any::<u32>().prop_map(|page| Section::Invitations { page }),
            Just(Section::Blocked),
            Just(Section::Account),
            (".*", after).prop_map(|(search, after)| Section::People { search, after }),
        ]
    }

    fn place() -> impl Strategy<Value = Place> {
        prop_oneof![
            3 => place_of_members(),
            1 => (proptest::option::of(place_of_members()), any::<bool>())
                .prop_map(|(next, has_ended)| Place::SignIn { next: next.map(Box::new), has_ended }),
            1 => ".*".prop_map(|invite| Place::Register { invite }),
            1 => ".*".prop_map(|code| Place::Setup { code }),
        ]
    }

    proptest! {
        #[test]
        fn every_place_survives_its_address(place in place()) {
            let address = place.to_string();
            prop_assert!(address.is_ascii());
            prop_assert_eq!(Place::parse(&address), Some(place));
        }

        #[test]
        fn no_address_is_too_strange(address in ".*", query in ".*") {
            let _ = Place::parse(&address);
            let _ = Place::parse(&format!("/t/1?{query}"));
        }
    }

    #[test]
    fn addresses_are_what_people_know() {
        let message = Place::Thread {
            id: ThreadId(5),
            message: Some(Seq(812)),
            panel: None,
        };
        assert_eq!(message.to_string(), "/t/5?m=812");
        assert_eq!(
            Place::parse("/t/5?m=9#x").unwrap().open_thread(),
            Some(ThreadId(5))
        );
        assert_eq!(Place::parse("/t/twelve"), Some(Place::thread(ThreadId(0))));
        let sign_in = message.behind_sign_in();
        assert_eq!(sign_in.to_string(), "/login?next=/t/5%3Fm%3D812");
        assert_eq!(Place::Home.behind_sign_in().to_string(), "/login");
        assert_eq!(Place::Home.after_the_end().to_string(), "/login?ended=1");
    }

    #[test]
    fn a_panel_beside_a_thread_is_told_from_another_place_in_it() {
        let place = |address| Place::parse(address).unwrap();
        let differs = |one, other| place(one).differs_in_panel_only(&place(other));
        assert!(differs("/t/5", "/t/5?panel=people"));
        assert!(differs("/t/5?m=8&panel=people", "/t/5?m=8"));
        assert!(!differs("/t/5", "/t/5"));
        assert!(!differs("/t/5?m=8", "/t/5?panel=people"));
        assert!(differs("/t/5?m=8&panel=message", "/t/5"));
        assert!(differs("/t/5", "/t/5?m=8&panel=message"));
        assert!(!differs("/t/5?m=9", "/t/5?m=8&panel=files"));
        assert!(differs("/t/5?m=9&panel=files", "/t/5?panel=files"));
        assert!(!differs("/t/5?panel=files", "/t/5?panel=files"));
        assert!(!differs("/t/6?panel=people", "/t/5"));
        assert!(!differs("/", "/t/5"));
    }

    #[test]
    fn an_address_elsewhere_is_no_place_and_no_way_to_go_on() {
        for address in [
            "",
            "/nowhere",
            "//evil.example/",
            "https://evil.example/",
            "/t",
            "t/1",
        ] {
            assert_eq!(Place::parse(address), None, "{address}");
        }
        for next in [
            "//evil.example",
            "https://evil.example",
            "/login",
            "/register",
            "/setup",
        ] {
            let address = format!("/login?next={next}");
            assert_eq!(Place::parse(&address), Some(Place::Home.behind_sign_in()));
        }
    }
}
