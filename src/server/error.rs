//! The server's one error type: its variants say what the caller can do about it.
//!
//! It becomes an HTTP response here, a reply on the socket in `chat::socket`, and a
//! [`ApiError`] for server functions. Whatever is `Internal` is logged once, at the boundary that
//! turns it into an answer, and never reaches a client.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use thiserror::Error;

use crate::protocol::codes::ReplyError;
use crate::protocol::error::{ApiError, Field, FieldError, Problem};
use crate::protocol::text::TextError;
use crate::server::db;
use crate::server::db::writer::QueueError;

#[derive(Debug, Error)]
pub enum Error {
    #[error("not signed in")]
    Unauthenticated,
    #[error("wrong username or password")]
    WrongCredentials,
    #[error("banned")]
    Banned,
    #[error("forbidden")]
    Forbidden,
    #[error("not found")]
    NotFound,
    #[error("invalid {field:?}")]
    Invalid { field: Field, error: TextError },
    #[error("several fields are invalid")]
    InvalidForm(ApiError),
    #[error("the username is taken")]
    UsernameTaken,
    #[error("the name is somebody else's, or looks like it")]
    NameTaken(Field),
    #[error("the thread is archived")]
    Archived,
    #[error("only owners and administrators post in the thread")]
    Announcements,
    #[error("muted in the thread")]
    Muted,
    #[error("slow mode")]
    TooSoon { seconds: u32 },
    #[error("too late")]
    TooLate,
    #[error("the message has too many different emoji")]
    TooManyEmoji,
    #[error("as many messages are pinned as can be")]
    TooManyPins,
    #[error("they keep as many messages as anybody may")]
    TooManySaved,
    #[error("not a time at which somebody can be reminded")]
    NotATime,
    #[error("no picture that can be shown")]
    NotAPicture,
    #[error("a file of more than {mib} MiB")]
    FileTooLarge { mib: u32 },
    #[error("their files take all the room that they may")]
    FilesAreFull,
    #[error("more files than a message takes")]
    TooManyFiles,
    #[error("what was being sent broke off")]
    CutOff,
    #[error("something it needs is away for the moment: {0}")]
    Unavailable(String),
    #[error("an invitation is needed")]
    InvitationNeeded,
    #[error("too many invitations that are still good")]
    TooManyInvitations,
    #[error("registration is closed")]
    RegistrationClosed,
    #[error("the server has nobody yet")]
    NotSetUp,
    #[error("nobody would be left to govern")]
    LastAdministrator,
    #[error("not the person's password")]
    WrongPassword,
    #[error("too many requests")]
    TooManyRequests { seconds: u32 },
    #[error("database failure")]
    Database(#[source] sqlx::Error),
    #[error("internal failure: {0}")]
    Internal(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Seconds after which it is worth asking again for what is away.
const AWAY: u32 = 2;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match db::is_away(&error) {
            true => Self::Unavailable(error.to_string()),
            false => Self::Database(error),
        }
    }
}

impl From<QueueError> for Error {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::ShareIsFull => Self::TooManyRequests { seconds: AWAY },
            QueueError::Ended(error) => error.into(),
        }
    }
}

impl Error {
    /// An internal failure, described for the log.
    pub fn internal(problem: impl std::fmt::Display) -> Self {
        Self::Internal(problem.to_string())
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated | Self::WrongCredentials => StatusCode::UNAUTHORIZED,
            Self::Banned
            | Self::Forbidden
            | Self::Announcements
            | Self::Muted
            | Self::InvitationNeeded
            | Self::RegistrationClosed
            | Self::NotSetUp => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid { .. }
            | Self::InvalidForm(_)
            | Self::TooManyEmoji
            | Self::TooManyPins
            | Self::TooManySaved
            | Self::NotATime
            | Self::TooManyFiles
            | Self::NotAPicture
            | Self::WrongPassword => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UsernameTaken
            | Self::NameTaken(_)
            | Self::Archived
            | Self::TooLate
            | Self::TooManyInvitations
            | Self::LastAdministrator => StatusCode::CONFLICT,
            Self::FileTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::FilesAreFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::CutOff => StatusCode::BAD_REQUEST,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyRequests { .. } | Self::TooSoon { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The same error on the socket: the codes of HTTP, and the protocol's own for the rest.
    pub fn to_reply(&self) -> ReplyError {
        let api = self.to_api();
        let temporary = api.is_temporary();
        let code = match self {
            Self::Database(_) | Self::Internal(_) | Self::Unavailable(_) => 100,
            Self::TooManyRequests { .. } | Self::TooSoon { .. } => 111,
            Self::Unauthenticated => 403,
            other => u32::from(other.status().as_u16()),
        };
        let message = match self {
            Self::NotFound => "Not found".to_owned(),
            Self::Unauthenticated | Self::Forbidden => "Forbidden".to_owned(),
            Self::Invalid { error, .. } => error.to_string(),
            _ => api.to_string(),
        };
        ReplyError {
            code,
            message,
            temporary,
        }
    }

    /// The same error without the server's insides.
    pub fn to_api(&self) -> ApiError {
        match self {
            Self::Unauthenticated => ApiError::Unauthenticated,
            Self::WrongCredentials => ApiError::WrongCredentials,
            Self::Banned => ApiError::Banned,
            Self::Forbidden => ApiError::Forbidden,
            Self::NotFound => ApiError::NotFound,
            Self::Archived => ApiError::Archived,
            Self::Announcements => ApiError::Announcements,
            Self::Muted => ApiError::Muted,
            Self::TooSoon { seconds } => ApiError::TooSoon { seconds: *seconds },
            Self::TooLate => ApiError::TooLate,
            Self::TooManyEmoji => ApiError::Invalid {
                fields: vec![FieldError {
                    field: Field::Emoji,
                    problem: Problem::TooMany,
                }],
            },
            Self::TooManyPins => ApiError::Invalid {
                fields: vec![FieldError {
                    field: Field::Pins,
                    problem: Problem::TooMany,
                }],
            },
            Self::TooManySaved => ApiError::Invalid {
                fields: vec![FieldError {
                    field: Field::Saved,
                    problem: Problem::TooMany,
                }],
            },
            Self::NotATime => ApiError::Invalid {
                fields: vec![FieldError {
                    field: Field::When,
                    problem: Problem::Wrong,
                }],
            },
            Self::Invalid { field, error } => ApiError::field(*field, error),
            Self::InvalidForm(error) => error.clone(),
            Self::UsernameTaken => ApiError::UsernameTaken,
            Self::NameTaken(field) => ApiError::Invalid {
                fields: vec![FieldError {
                    field: *field,
                    problem: Problem::Taken,
                }],
            },
            Self::TooManyFiles => ApiError::Invalid {
                fields: vec![FieldError {
                    field: Field::Files,
                    problem: Problem::TooMany,
                }],
            },
            Self::NotAPicture => ApiError::NotAPicture,
            Self::FileTooLarge { mib } => ApiError::FileTooLarge { mib: *mib },
            Self::FilesAreFull => ApiError::FilesAreFull,
            Self::Unavailable(_) => ApiError::Unavailable,
            Self::NotSetUp => ApiError::NotSetUp,
            Self::LastAdministrator => ApiError::LastAdministrator,
            Self::WrongPassword => ApiError::Invalid {
                fields: vec![FieldError {
                    field: Field::Password,
                    problem: Problem::Wrong,
                }],
            },
            Self::InvitationNeeded => ApiError::InvitationNeeded,
            Self::RegistrationClosed => ApiError::RegistrationClosed,
            Self::TooManyInvitations => ApiError::TooManyInvitations,
            Self::TooManyRequests { seconds } => ApiError::TooManyRequests { seconds: *seconds },
            Self::CutOff | Self::Database(_) | Self::Internal(_) => ApiError::Internal,
        }
    }

    /// Seconds after which the same request may succeed, where that can be said.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyRequests { seconds } | Self::TooSoon { seconds } => Some(*seconds),
            Self::Unavailable(_) => Some(AWAY),
            _ => None,
        }
    }

    /// Logs what nobody else will: called where the error becomes an answer.
    pub fn log(&self) {
        match self {
            Self::Database(source) => tracing::error!(error = %source, "database failure"),
            Self::Unavailable(problem) => tracing::warn!(%problem, "unavailable"),
            Self::Internal(problem) => tracing::error!(%problem, "internal failure"),
            other => tracing::debug!(error = %other, "refused"),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let mut response = (self.status(), Json(self.to_api())).into_response();
        if let Some(seconds) = self.retry_after() {
            response
                .headers_mut()
                .insert(http::header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
