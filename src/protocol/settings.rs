//! What the pages of settings show, and what can be changed there.
//!
//! Only a part of the page reads this (see [`crate::parts`]), so it travels as text inside of what is
//! always loaded: whoever never opens the settings does not download what takes them apart. A change
//! is read from the fields of a form, by the same code in the browser and for a form that was posted
//! without JavaScript.

use serde::{Deserialize, Serialize};

use super::folders::{FolderAct, Folders};
use super::quiet::{PauseLasts, Quiet, QuietHours};
use super::{
    ApiError, DeedId, InvitationId, Keywords, Preferences, ReportId, SessionId, SessionInfo,
    ThreadId, ThreadName, Timestamp, User, UserId, text,
};

/// What somebody may do on this server, beyond talking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Administrator,
    #[default]
    Member,
    /// Sees nothing but the threads they were put into.
    Guest,
}

/// Who may do something on this server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Guests too.
    Everybody,
    #[default]
    Members,
    Administrators,
}

impl Who {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Members => "members",
            Self::Administrators => "administrators",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Everybody, Self::Members, Self::Administrators];
        all.into_iter().find(|who| who.as_str() == word)
    }

    /// Whether somebody of that standing is among them.
    pub fn has(self, standing: Standing) -> bool {
        match standing {
            Standing::Administrator => true,
            Standing::Member => self != Self::Administrators,
            Standing::Guest => self == Self::Everybody,
        }
    }
}

/// Who may do what, set by administrators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Never guests: they do not see such threads.
    pub start_public: Who,
    pub start_private: Who,
    /// Never guests.
    pub invite: Who,
}

impl Policy {
    /// From the words of a form, or of the record; nothing if that is none.
    pub fn read(words: [&str; 3]) -> Option<Self> {
        let [start_public, start_private, invite] = words.map(Who::parse);
        let policy = Self {
            start_public: start_public?,
            start_private: start_private?,
            invite: invite?,
        };
        let for_members = [policy.start_public, policy.invite];
        (!for_members.contains(&Who::Everybody)).then_some(policy)
    }
}

/// A page of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub rights: Rights,
    pub page: SettingsPage,
    /// What came of the form that led here, posted without JavaScript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Result<Changed, ApiError>>,
    /// What was typed into that form, if it was refused; no passwords.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Change>,
}

/// Which pages there are for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    pub may_invite: bool,
    pub may_govern: bool,
}

/// What one page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsPage {
    Profile(OwnProfile),
    Preferences(Preferences),
    Notifications(NotificationsPage),
    Folders(Folders),
    Password,
    Sessions(Vec<SessionInfo>),
    /// As JSON, for a part of its own: an [`InvitationsPage`], a [`PeoplePage`], a
    /// [`super::reports::ReportsPage`], and an [`AuditPage`].
    Invitations(String),
    People(String),
    Reports(String),
    Audit(String),
    Blocked(Vec<User>),
    Account {
        username: String,
    },
}

/// What I say of myself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnProfile {
    pub me: User,
    pub created_at: Timestamp,
    pub emoji: String,
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_until: Option<Timestamp>,
    /// The name of the time zone that I say to be in; empty if I do not.
    #[serde(default)]
    pub time_zone: String,
}

/// When I am left in peace, and the words for which a message is for me.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationsPage {
    pub quiet: Quiet,
    /// The name of the time zone that I say to be in; empty if I do not.
    pub time_zone: String,
    pub keywords: Keywords,
}

/// An invitation, to whoever may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: InvitationId,
    /// Nobody if it was made on the command line.
    pub made_by: Option<User>,
    pub created_at: Timestamp,
    /// None: never.
    pub expires_at: Option<Timestamp>,
    /// None: without limit.
    pub uses_left: Option<i64>,
    pub state: InvitationState,
    /// Whoever comes by it is a guest.
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub for_guests: bool,
    /// In which threads: those that whoever looks may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leads_into: Vec<ThreadName>,
    /// Who came by it first, and how many did in all.
    pub came: Vec<User>,
    pub came_in_all: i64,
}

/// A page of invitations: those that still let somebody in come first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationsPage {
    pub invitations: Vec<Invitation>,
    /// Threads that whoever looks may invite guests into.
    #[serde(default)]
    pub guest_in: Vec<LeadsInto>,
    /// Which page this is, counted from zero.
    pub page: u32,
    pub has_more: bool,
}

/// A thread that an invitation can lead into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadsInto {
    pub id: ThreadId,
    #[serde(deserialize_with = "text::stored")]
    pub name: ThreadName,
}

/// Whether an invitation still lets anybody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    Live,
    Expired,
    UsedUp,
    Revoked,
    /// There is none with that code.
    Unknown,
}

/// A page of everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    pub server_name: String,
    pub policy: Policy,
    pub search: String,
    /// Whom this page begins after.
    pub after: Option<UserId>,
    pub people: Vec<ListedPerson>,
    /// Where the next page begins, if there is one.
    pub next: Option<UserId>,
}

/// What was put on record, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub deeds: Vec<Deed>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<DeedId>,
}

/// A person as administrators see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPerson {
    pub user: User,
    pub standing: Standing,
    pub since: Timestamp,
    pub is_banned: bool,
    /// The one who asks.
    pub is_me: bool,
}

/// What an administrator did, or the owner of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    pub id: DeedId,
    pub done_at: Timestamp,
    pub done_by: Option<User>,
    pub act: Act,
    pub about: Option<User>,
    /// The name of the thread that it was done in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    pub detail: String,
}

/// The kinds of things that are put on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Ban,
    Unban,
    Promote,
    Demote,
    MakeGuest,
    /// A guest is a member from then on.
    Admit,
    NameServer,
    DeleteMessage,
    Mute,
    Unmute,
    SlowMode,
    CloseReport,
    SetPolicy,
    /// Of a kind this program does not know.
    Other,
}

/// How long a status is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusLasts {
    AnHour,
    Today,
    UntilChanged,
    /// As it was before.
    Until(Timestamp),
}

/// How long an invitation lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationLasts {
    Days(u32),
    Forever,
}

/// Something that somebody wants to be otherwise, as it was typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    Profile {
        name: String,
        emoji: String,
        status: String,
        lasts: StatusLasts,
    },
    /// Initials again.
    RemovePicture,
    /// By its name; empty: nobody is told.
    TimeZone {
        zone: String,
    },
    Preferences(Preferences),
    Pause(PauseLasts),
    QuietHours(QuietHours),
    Keywords {
        words: String,
    },
    /// Something is done with one of my folders, by its name.
    Folder {
        name: String,
        act: FolderAct,
    },
    Password {
        old: String,
        new: String,
    },
    EndSession(SessionId),
    EndOtherSessions,
    Invite {
        lasts: InvitationLasts,
        /// None: without limit.
        uses: Option<u32>,
        /// As a guest in these threads; as a member, where there are none.
        guest_in: Vec<ThreadId>,
    },
    Revoke(InvitationId),
    Leave {
        password: String,
    },
    NameServer {
        name: String,
    },
    Policy(Policy),
    Ban(UserId),
    Unban(UserId),
    Promote(UserId),
    Demote(UserId),
    MakeGuest(UserId),
    Admit(UserId),
    Block(UserId),
    Unblock(UserId),
    /// Deletes the message that a report is about, or lets it be.
    DeleteReported(ReportId),
    DismissReport(ReportId),
    /// Asks somebody to be a contact, or says yes to who has asked.
    Contact(UserId),
    /// Says no to who has asked, takes it back, or ends it.
    EndContact(UserId),
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    Done,
    /// The link, which nobody can be shown again.
    Invited {
        link: String,
    },
    /// The account is gone, and so is the session.
    Left,
}

/// It may hold a password.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Change(…)")
    }
}

impl Change {
    /// The same for a form that is shown again, unless there is a password in it.
    pub fn to_show_again(&self) -> Option<Self> {
        match self {
            Self::Password { .. } | Self::Leave { .. } => None,
            change => Some(change.clone()),
        }
    }

    /// Reads a change from the fields of its form.
    pub fn read(field: &dyn Fn(&str) -> String) -> Option<Self> {
        let id = || field("id").parse::<i64>().ok();
        Some(match field("change").as_str() {
            "profile" => Self::Profile {
                name: field("name"),
                emoji: field("emoji"),
                status: field("status"),
                lasts: match field("lasts").as_str() {
                    "hour" => StatusLasts::AnHour,
                    "today" => StatusLasts::Today,
                    until => match until.parse() {
                        Ok(until) => StatusLasts::Until(Timestamp(until)),
                        Err(_) => StatusLasts::UntilChanged,
                    },
                },
            },
            "remove_picture" => Self::RemovePicture,
            "time_zone" => Self::TimeZone {
                zone: field("zone"),
            },
            "preferences" => {
                let [theme, density, hours, motion] =
                    ["theme", "density", "hours", "motion"].map(field);
                let words = format!("{theme} {density} {hours} {motion}");
                Self::Preferences(Preferences::read(&words))
            }
            "pause" => Self::Pause(PauseLasts::parse(&field("lasts"))?),
            "quiet_hours" => Self::QuietHours(QuietHours::of_form(field)?),
            "keywords" => Self::Keywords {
                words: field("words"),
            },
            "folder" => {
                let (name, act) = FolderAct::of_form(field)?;
                Self::Folder { name, act }
            }
            "password" => Self::Password {
                old: field("old"),
                new: field("new"),
            },
            "end_session" => Self::EndSession(SessionId(id()?)),
            "end_others" => Self::EndOtherSessions,
            "invite" => Self::Invite {
                lasts: match field("lasts").as_str() {
                    "day" => InvitationLasts::Days(1),
                    "never" => InvitationLasts::Forever,
                    _ => InvitationLasts::Days(7),
                },
                uses: match field("uses").as_str() {
                    "any" => None,
                    "10" => Some(10),
                    _ => Some(1),
                },
                guest_in: threads(&field("guest_in"))?,
            },
            "revoke" => Self::Revoke(InvitationId(id()?)),
            "leave" => Self::Leave {
                password: field("password"),
            },
            "name_server" => Self::NameServer {
                name: field("name"),
            },
            "policy" => {
                let words = ["start_public", "start_private", "invite"].map(field);
                Self::Policy(Policy::read(words.each_ref().map(String::as_str))?)
            }
            "ban" => Self::Ban(UserId(id()?)),
            "unban" => Self::Unban(UserId(id()?)),
            "promote" => Self::Promote(UserId(id()?)),
            "demote" => Self::Demote(UserId(id()?)),
            "make_guest" => Self::MakeGuest(UserId(id()?)),
            "admit" => Self::Admit(UserId(id()?)),
            "block" => Self::Block(UserId(id()?)),
            "unblock" => Self::Unblock(UserId(id()?)),
            "delete_reported" => Self::DeleteReported(ReportId(id()?)),
            "dismiss_report" => Self::DismissReport(ReportId(id()?)),
            "contact" => Self::Contact(UserId(id()?)),
            "end_contact" => Self::EndContact(UserId(id()?)),
            _ => return None,
        })
    }
}

/// Threads by their numbers; one that is none is a strange form, and must not invite a member.
fn threads(typed: &str) -> Option<Vec<ThreadId>> {
    let numbers = typed.split(',').map(str::trim).filter(|id| !id.is_empty());
    numbers.map(|id| id.parse().ok().map(ThreadId)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Option<Change> {
        Change::read(&|name| {
            let found = fields.iter().find(|(known, _)| *known == name);
            found.map_or_else(String::new, |(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_form_is_one_change_and_a_strange_one_is_none() {
        let end = read(&[("change", "end_session"), ("id", "7")]);
        assert_eq!(end, Some(Change::EndSession(SessionId(7))));
        assert_eq!(read(&[("change", "end_session"), ("id", "x")]), None);
        assert_eq!(read(&[("change", "explode")]), None);
        assert_eq!(read(&[]), None);
        let pause = read(&[("change", "pause"), ("lasts", "an_hour")]);
        assert_eq!(pause, Some(Change::Pause(PauseLasts::AnHour)));
        assert_eq!(read(&[("change", "pause"), ("lasts", "a_year")]), None);
        assert_eq!(read(&[("change", "quiet_hours"), ("from", "x")]), None);
        let invite = read(&[("change", "invite"), ("lasts", "never"), ("uses", "any")]);
        let forever = Change::Invite {
            lasts: InvitationLasts::Forever,
            uses: None,
            guest_in: Vec::new(),
        };
        assert_eq!(invite, Some(forever));
        let guest = read(&[("change", "invite"), ("guest_in", "3, 4")]);
        let Some(Change::Invite { guest_in, .. }) = guest else {
            panic!("it is one");
        };
        assert_eq!(guest_in, [ThreadId(3), ThreadId(4)]);
        let strange = read(&[("change", "invite"), ("guest_in", "3,tea")]);
        assert_eq!(strange, None, "it invites nobody, and no member above all");
    }

    #[test]
    fn who_may_do_what_is_a_table() {
        use Standing::{Administrator, Guest, Member};
        let may = |who: Who| [Administrator, Member, Guest].map(|standing| who.has(standing));
        assert_eq!(may(Who::Everybody), [true, true, true]);
        assert_eq!(may(Who::Members), [true, true, false]);
        assert_eq!(may(Who::Administrators), [true, false, false]);
    }

    #[test]
    fn guests_start_no_public_thread_and_invite_nobody_whatever_a_form_says() {
        let fields = |public, private, invite| {
            read(&[
                ("change", "policy"),
                ("start_public", public),
                ("start_private", private),
                ("invite", invite),
            ])
        };
        let policy = Policy {
            start_public: Who::Administrators,
            start_private: Who::Everybody,
            invite: Who::Members,
        };
        let form = fields("administrators", "everybody", "members");
        assert_eq!(form, Some(Change::Policy(policy)));
        assert_eq!(fields("everybody", "members", "members"), None);
        assert_eq!(fields("members", "members", "everybody"), None);
        assert_eq!(fields("members", "", "members"), None);
    }

    #[test]
    fn no_password_is_shown_again_and_a_name_is() {
        let leave = Change::Leave {
            password: "hunter22".to_owned(),
        };
        assert_eq!(leave.to_show_again(), None);
        let fields = [
            ("change", "profile"),
            ("name", "Ada"),
            ("lasts", "1795000000000"),
        ];
        let change = read(&fields).unwrap();
        let Some(Change::Profile { name, lasts, .. }) = change.to_show_again() else {
            panic!("{change:?}");
        };
        let until = StatusLasts::Until(Timestamp(1_795_000_000_000));
        assert_eq!((name.as_str(), lasts), ("Ada", until));
    }

    #[test]
    fn a_change_does_not_show_its_password() {
        let change = Change::Leave {
            password: "hunter22".to_owned(),
        };
        assert!(!format!("{change:?}").contains("hunter22"));
    }

    #[test]
    fn what_a_page_says_keeps_its_shape() {
        let settings = Settings {
            rights: Rights {
                may_invite: true,
                may_govern: false,
            },
            page: SettingsPage::Password,
            outcome: Some(Ok(Changed::Done)),
            refused: None,
        };
        let json = r#"{"rights":{"may_invite":true,"may_govern":false},"page":"password","outcome":{"Ok":"done"}}"#;
        assert_eq!(serde_json::to_string(&settings).unwrap(), json);
        assert_eq!(serde_json::from_str::<Settings>(json).unwrap(), settings);
    }
}
