//! The error every server function answers with.
//!
//! It carries what the person can act on and nothing about the server's insides. Its text never
//! comes from a request, so nothing that a page says can be put into it by a crafted link.

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use super::codec::Plain;
use super::emoji::Emoji;
use super::file::FileInfo;
use super::folders::Folders;
use super::frame::{Raw, parse};
use super::keywords::Keywords;
use super::message::Message;
use super::text::{
    ClientId, Description, DisplayName, FolderName, MessageText, Password, ServerName, StatusText,
    TextError, ThreadName, Username,
};
use super::thread::{DIRECT_PEOPLE, NAMED_PEOPLE};

/// What went wrong, in terms of what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
pub enum ApiError {
    #[error("Please sign in.")]
    Unauthenticated,
    #[error("Invalid username or password!")]
    WrongCredentials,
    #[error("This account is closed. Ask whoever runs this server.")]
    Banned,
    #[error("You may not do that.")]
    Forbidden,
    /// What was written may be changed for a while only.
    #[error("It is too late for that.")]
    TooLate,
    /// Nobody writes in a thread that was put away.
    #[error("This thread is archived. Whoever owns it can bring it back.")]
    Archived,
    #[error("Only owners and administrators post in this thread.")]
    Announcements,
    #[error("You are muted in this thread. You can read it.")]
    Muted,
    #[error("Slow mode: you can post here again in {}.", wait(*seconds))]
    TooSoon { seconds: u32 },
    #[error("Not found. It may have been removed, or it may not be meant for you.")]
    NotFound,
    #[error("Please check what is marked.")]
    Invalid { fields: Vec<FieldError> },
    #[error("That name is taken.")]
    UsernameTaken,
    #[error("Accounts are made by invitation here. Ask for an invitation link.")]
    InvitationNeeded,
    #[error("You have too many invitations that are still good. Take some back first.")]
    TooManyInvitations,
    #[error("This server takes no new accounts.")]
    RegistrationClosed,
    #[error("This server is not set up yet. Whoever started it has the link.")]
    NotSetUp,
    #[error("You are the only administrator here. Make somebody else one first.")]
    LastAdministrator,
    #[error("That is no picture that can be shown here. Please take a JPEG, PNG, GIF or WebP.")]
    NotAPicture,
    #[error("A file may have {mib} MB at most.")]
    FileTooLarge { mib: u32 },
    #[error(
        "Your files take all the room that is yours. Delete messages with files that nobody needs."
    )]
    FilesAreFull,
    #[error("Too many attempts. Please try again in {}.", wait(*seconds))]
    TooManyRequests { seconds: u32 },
    #[error("The server cannot reach its data at the moment. Please try again soon.")]
    Unavailable,
    #[error("Something went wrong on the server. Please try again.")]
    Internal,
    #[error("The server cannot be reached. Please try again.")]
    Unreachable,
}

/// Those that say all with their names.
const BARE: [ApiError; 20] = [
    ApiError::Unauthenticated,
    ApiError::WrongCredentials,
    ApiError::Banned,
    ApiError::Forbidden,
    ApiError::TooLate,
    ApiError::Archived,
    ApiError::Announcements,
    ApiError::Muted,
    ApiError::NotFound,
    ApiError::UsernameTaken,
    ApiError::InvitationNeeded,
    ApiError::TooManyInvitations,
    ApiError::RegistrationClosed,
    ApiError::NotSetUp,
    ApiError::LastAdministrator,
    ApiError::NotAPicture,
    ApiError::FilesAreFull,
    ApiError::Unavailable,
    ApiError::Internal,
    ApiError::Unreachable,
];

/// What the others say beside.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Beside {
    seconds: u32,
    mib: u32,
    fields: Vec<FieldError>,
}

/// Read by its name, `"NotFound"` or `{"TooSoon":{"seconds":3}}`: what serde makes for an enum weighs
/// more in the download.
impl<'de> Deserialize<'de> for ApiError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Raw::deserialize(deserializer)?;
        Self::read(json.get()).ok_or_else(|| D::Error::custom("no such error"))
    }
}

impl ApiError {
    fn read(json: &str) -> Option<Self> {
        let (name, rest) = json.split_once('"')?.1.split_once('"')?;
        let beside = rest.trim_start().strip_prefix(':');
        let beside = beside.and_then(|beside| beside.trim_end().strip_suffix('}'));
        let Some(beside) = beside else {
            return BARE.into_iter().find(|error| error.name() == name);
        };
        let Beside {
            seconds,
            mib,
            fields,
        } = parse(beside).ok()?;
        Some(match name {
            "TooSoon" => Self::TooSoon { seconds },
            "TooManyRequests" => Self::TooManyRequests { seconds },
            "FileTooLarge" => Self::FileTooLarge { mib },
            "Invalid" => Self::Invalid { fields },
            _ => return None,
        })
    }

    /// What one that says all with it is called.
    fn name(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "Unauthenticated",
            Self::WrongCredentials => "WrongCredentials",
            Self::Banned => "Banned",
            Self::Forbidden => "Forbidden",
            Self::TooLate => "TooLate",
            Self::Archived => "Archived",
            Self::Announcements => "Announcements",
            Self::Muted => "Muted",
            Self::NotFound => "NotFound",
            Self::UsernameTaken => "UsernameTaken",
            Self::InvitationNeeded => "InvitationNeeded",
            Self::TooManyInvitations => "TooManyInvitations",
            Self::RegistrationClosed => "RegistrationClosed",
            Self::NotSetUp => "NotSetUp",
            Self::LastAdministrator => "LastAdministrator",
            Self::NotAPicture => "NotAPicture",
            Self::FilesAreFull => "FilesAreFull",
            Self::Unavailable => "Unavailable",
            Self::Internal => "Internal",
            Self::Unreachable => "Unreachable",
            Self::TooSoon { .. }
            | Self::TooManyRequests { .. }
            | Self::FileTooLarge { .. }
            | Self::Invalid { .. } => "",
        }
    }
}

/// One field of a form that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: Field,
    pub problem: Problem,
}

/// The fields our forms have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum Field {
    Username,
    Password,
    Name,
    NewPassword,
    Status,
    ServerName,
    ThreadName,
    Description,
    /// People by their usernames.
    People,
    Text,
    ClientId,
    Emoji,
    Files,
    TimeZone,
    Keywords,
    FolderName,
    /// Messages that are pinned.
    Pins,
    /// Messages that one keeps for oneself.
    Saved,
    /// When one wants to be reminded.
    When,
}

/// What is wrong with a field. The words are made here from the limits, never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum Problem {
    Empty,
    TooLong,
    TooShort,
    BadCharacters,
    BadEnd,
    /// Somebody else is called so, or looks the same.
    Taken,
    /// Nobody is called so.
    NotThere,
    /// More people than at once.
    TooMany,
    /// Not what it has to be.
    Wrong,
}

/// Fields and problems as they are sent: read by their names, too.
const FIELDS: [(&str, Field); 19] = [
    ("username", Field::Username),
    ("password", Field::Password),
    ("name", Field::Name),
    ("new_password", Field::NewPassword),
    ("status", Field::Status),
    ("server_name", Field::ServerName),
    ("thread_name", Field::ThreadName),
    ("description", Field::Description),
    ("people", Field::People),
    ("text", Field::Text),
    ("client_id", Field::ClientId),
    ("emoji", Field::Emoji),
    ("files", Field::Files),
    ("time_zone", Field::TimeZone),
    ("keywords", Field::Keywords),
    ("folder_name", Field::FolderName),
    ("pins", Field::Pins),
    ("saved", Field::Saved),
    ("when", Field::When),
];

const PROBLEMS: [(&str, Problem); 9] = [
    ("empty", Problem::Empty),
    ("too_long", Problem::TooLong),
    ("too_short", Problem::TooShort),
    ("bad_characters", Problem::BadCharacters),
    ("bad_end", Problem::BadEnd),
    ("taken", Problem::Taken),
    ("not_there", Problem::NotThere),
    ("too_many", Problem::TooMany),
    ("wrong", Problem::Wrong),
];

fn called<T: Copy>(all: &[(&str, T)], name: &str) -> Result<T, &'static str> {
    let found = all.iter().find(|(known, _)| *known == name);
    found.map(|(_, it)| *it).ok_or("no such name")
}

impl TryFrom<String> for Field {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        called(&FIELDS, &name)
    }
}

impl TryFrom<String> for Problem {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        called(&PROBLEMS, &name)
    }
}

impl ApiError {
    /// The error for one field.
    pub fn field(field: Field, error: &TextError) -> Self {
        Self::Invalid {
            fields: vec![FieldError::new(field, error)],
        }
    }

    /// What to say beside a field, if it was refused.
    pub fn for_field(&self, field: Field) -> Option<String> {
        match self {
            Self::Invalid { fields } => fields
                .iter()
                .find(|error| error.field == field)
                .map(FieldError::sentence),
            Self::UsernameTaken if field == Field::Username => Some(self.to_string()),
            _ => None,
        }
    }

    /// What to say where no field is marked.
    pub fn sentence(&self) -> String {
        match self {
            Self::Invalid { fields } if !fields.is_empty() => fields[0].sentence(),
            error => error.to_string(),
        }
    }

    /// The same request may succeed later without being changed.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::TooManyRequests { .. }
                | Self::TooSoon { .. }
                | Self::Unavailable
                | Self::Internal
                | Self::Unreachable
        )
    }
}

impl FieldError {
    pub fn new(field: Field, error: &TextError) -> Self {
        let problem = match error {
            TextError::Empty => Problem::Empty,
            TextError::TooLong { .. } => Problem::TooLong,
            TextError::TooShort { .. } => Problem::TooShort,
            TextError::NotAUsernamesEnd => Problem::BadEnd,
            TextError::NotAUsername
            | TextError::NotAClientId
            | TextError::NotAnEmoji
            | TextError::Unprintable => Problem::BadCharacters,
        };
        Self { field, problem }
    }

    /// The sentence to show beside the field.
    pub fn sentence(&self) -> String {
        match (self.problem, self.field) {
            (Problem::Empty, _) => TextError::Empty.to_string(),
            (Problem::TooLong, Field::People) => {
                format!("At most {} people, please, with you.", Field::People.max())
            }
            (Problem::TooMany, Field::Emoji) => {
                format!(
                    "A message has at most {} different emoji.",
                    Message::REACTIONS
                )
            }
            (Problem::TooMany, Field::Pins) => {
                format!(
                    "{} messages are pinned here already. Unpin one first.",
                    Message::PINS
                )
            }
            (Problem::TooMany, Field::Saved) => {
                "There is no room for more of these. Be done with some of them first.".to_owned()
            }
            (Problem::TooMany, Field::Files) => {
                format!("A message has at most {} files.", FileInfo::MOST)
            }
            (Problem::TooMany, Field::FolderName) => {
                format!("At most {} folders, please.", Folders::MOST)
            }
            (Problem::Taken, Field::FolderName) => "You have a folder of that name.".to_owned(),
            (Problem::TooMany, Field::Keywords) => {
                format!("At most {} words, please.", Keywords::MOST)
            }
            (Problem::TooMany, _) => format!("At most {NAMED_PEOPLE} people at once, please."),
            (Problem::TooLong, field) => format!("At most {} characters, please.", field.max()),
            (Problem::TooShort, Field::Keywords) => {
                "Each word has at least two characters, please.".to_owned()
            }
            (Problem::TooShort, _) => TextError::TooShort {
                min: Password::MIN_CHARS,
            }
            .to_string(),
            (Problem::BadEnd, _) => TextError::NotAUsernamesEnd.to_string(),
            (Problem::Taken, Field::ThreadName) => {
                "There is a thread of that name, or it looks the same.".to_owned()
            }
            (Problem::NotThere, Field::TimeZone) => {
                "There is no such time zone. Its name is like Europe/Berlin.".to_owned()
            }
            (Problem::NotThere, _) => {
                "Not everybody of these has an account here. Please check the usernames.".to_owned()
            }
            (Problem::Taken, _) => {
                "Somebody else is called that, or it looks the same. Please add something."
                    .to_owned()
            }
            (Problem::Wrong, Field::When) => {
                "Please choose a time to come, within a year.".to_owned()
            }
            (Problem::Wrong, _) => "That is not your password.".to_owned(),
            (Problem::BadCharacters, Field::Username | Field::People) => {
                TextError::NotAUsername.to_string()
            }
            (Problem::BadCharacters, Field::ClientId) => TextError::NotAClientId.to_string(),
            (Problem::BadCharacters, Field::Emoji) => TextError::NotAnEmoji.to_string(),
            (Problem::BadCharacters, Field::Keywords) => {
                "Only words of letters and digits, please, with spaces or commas between them."
                    .to_owned()
            }
            (Problem::BadCharacters, _) => TextError::Unprintable.to_string(),
        }
    }
}

impl Field {
    fn max(self) -> usize {
        match self {
            Self::Username => Username::MAX_CHARS,
            Self::Password | Self::NewPassword => Password::MAX_CHARS,
            Self::Status => StatusText::MAX_CHARS,
            Self::ServerName => ServerName::MAX_CHARS,
            Self::Name => DisplayName::MAX_CHARS,
            Self::ThreadName => ThreadName::MAX_CHARS,
            Self::Description => Description::MAX_CHARS,
            Self::People => DIRECT_PEOPLE,
            Self::Text => MessageText::MAX_CHARS,
            Self::ClientId => ClientId::MAX_CHARS,
            Self::Files => FileInfo::MOST,
            Self::Emoji => Emoji::MAX_CHARS,
            Self::TimeZone => 64,
            Self::Keywords => Keywords::MAX_CHARS,
            Self::FolderName => FolderName::MAX_CHARS,
            Self::Pins => Message::PINS,
            Self::Saved | Self::When => 0,
        }
    }
}

/// So long, in words.
pub fn wait(seconds: u32) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl FromServerFnError for ApiError {
    type Encoder = Plain;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Unreachable,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_has_a_sentence_of_its_own_and_the_others_have_none() {
        let error = ApiError::field(Field::Username, &TextError::Empty);
        assert_eq!(
            error.for_field(Field::Username).as_deref(),
            Some("Please fill this in.")
        );
        assert_eq!(error.for_field(Field::Password), None);
    }

    #[test]
    fn an_error_is_read_as_it_is_written_and_a_strange_one_is_not() {
        let fields = FIELDS.iter().zip(PROBLEMS.iter().cycle());
        let fields = fields.map(|((_, field), (_, problem))| FieldError {
            field: *field,
            problem: *problem,
        });
        let others = [
            ApiError::TooSoon { seconds: 3 },
            ApiError::TooManyRequests { seconds: 3 },
            ApiError::FileTooLarge { mib: 25 },
            ApiError::Invalid {
                fields: fields.collect(),
            },
            ApiError::Invalid { fields: Vec::new() },
        ];
        for error in BARE.into_iter().chain(others) {
            let json = serde_json::to_string(&error).unwrap();
            assert_eq!(parse::<ApiError>(&json).unwrap(), error, "{json}");
            assert_eq!(serde_json::from_str::<ApiError>(&json).unwrap(), error);
            let within = format!("[{json} , {json}]");
            assert_eq!(parse::<Vec<ApiError>>(&within).unwrap().len(), 2);
        }
        let spaced = r#" { "TooSoon" : { "seconds" : 3 } } "#;
        let read: ApiError = parse(spaced).unwrap();
        assert_eq!(read, ApiError::TooSoon { seconds: 3 });
        for strange in [
            "null",
            "\"\"",
            "\"Nothing\"",
            "{\"NotFound\":{}}",
            "{\"Invalid\":{\"fields\":[{\"field\":\"shoe\",\"problem\":\"wrong\"}]}}",
            "7",
        ] {
            assert!(parse::<ApiError>(strange).is_err(), "{strange}");
        }
    }

    #[test]
    fn waiting_times_are_words() {
        let error = |seconds| ApiError::TooManyRequests { seconds }.to_string();
        assert_eq!(
            error(12),
            "Too many attempts. Please try again in 12 seconds."
        );
        assert_eq!(
            error(300),
            "Too many attempts. Please try again in 5 minutes."
        );
    }
}
