//! Who is asking: passwords, tokens, sessions, and the limits on guessing them.
//!
//! The result is an [`Identity`], a plain value that each request or connection carries. There is
//! no ambient current user anywhere, so nobody can be served as somebody else by accident.

pub mod names;
pub mod pace;
pub mod password;
pub mod session;
pub mod throttle;
pub mod token;

use crate::protocol::settings::{Policy, Standing};
use crate::protocol::{Folders, Preferences, Quiet, Timestamp, User};
use crate::server::error::{Error, Result};

/// A person and how they proved who they are.
#[derive(Clone, Debug)]
pub struct Identity {
    pub user: User,
    pub standing: Standing,
    /// Who may do what here, as it was when they were asked who they are.
    pub policy: Policy,
    /// What they are doing.
    pub status: Option<String>,
    pub status_until: Option<Timestamp>,
    /// How they want everything to look.
    pub preferences: Preferences,
    /// When they are left in peace, and in which time zone they say to be; both unknown to a program.
    pub quiet: Quiet,
    pub time_zone: Option<String>,
    /// Sections of their own in their list; unknown to a program.
    pub folders: Folders,
    pub credential: Credential,
    /// When the credential was made.
    pub since: Timestamp,
    /// When the credential ends, whatever its use.
    pub expires_at: Option<Timestamp>,
    /// Whether the credential may do what only the server's own backend should: the server API,
    /// banning people.
    pub may_serve: bool,
}

impl Identity {
    /// The person with what they are doing.
    pub fn shown(&self) -> User {
        User {
            status: self.status.clone(),
            status_until: self.status_until,
            ..self.user.clone()
        }
    }

    /// The session of a person who is here themselves: a program need not know, or change, what
    /// concerns its owner alone.
    ///
    /// # Errors
    /// `Forbidden` with an API token.
    pub fn in_person(&self) -> Result<i64> {
        match self.credential {
            Credential::Session(id) => Ok(id),
            Credential::ApiToken(_) => Err(Error::Forbidden),
        }
    }
}

/// What a person showed: it is what gets revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    Session(i64),
    ApiToken(i64),
}

impl Credential {
    /// The label under which sockets opened with this credential can be closed.
    pub fn label(self) -> String {
        match self {
            Self::Session(id) => format!("session:{id}"),
            Self::ApiToken(id) => format!("token:{id}"),
        }
    }

    /// The credential behind a label.
    pub fn parse(label: &str) -> Option<Self> {
        let (kind, id) = label.split_once(':')?;
        let id = id.parse().ok()?;
        match kind {
            "session" => Some(Self::Session(id)),
            "token" => Some(Self::ApiToken(id)),
            _ => None,
        }
    }
}

/// Where a request came from, for the list of sessions and for the limits.
#[derive(Clone, Debug)]
pub struct RequestSource {
    pub address: std::net::IpAddr,
    pub user_agent: String,
}
