//! The numbers of the Centrifugo protocol: error codes and disconnect codes.

use serde::{Deserialize, Serialize};

/// The error of a reply. Codes below 400 belong to the protocol, ours are 400–1999.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyError {
    pub code: u32,
    pub message: String,
    /// The same command may succeed later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub temporary: bool,
}

impl ReplyError {
    pub fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            temporary: false,
        }
    }

    /// The error of the protocol with that code.
    pub fn of(code: ErrorCode) -> Self {
        Self {
            code: code as u32,
            message: code.message().to_owned(),
            temporary: code.is_temporary(),
        }
    }
}

/// Error codes the protocol defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ErrorCode {
    Internal = 100,
    UnknownChannel = 102,
    PermissionDenied = 103,
    AlreadySubscribed = 105,
    LimitExceeded = 106,
    BadRequest = 107,
    NotAvailable = 108,
    TooManyRequests = 111,
    UnrecoverablePosition = 112,
}

impl ErrorCode {
    pub fn message(self) -> &'static str {
        match self {
            Self::Internal => "internal server error",
            Self::UnknownChannel => "unknown channel",
            Self::PermissionDenied => "permission denied",
            Self::AlreadySubscribed => "already subscribed",
            Self::LimitExceeded => "limit exceeded",
            Self::BadRequest => "bad request",
            Self::NotAvailable => "not available",
            Self::TooManyRequests => "too many requests",
            Self::UnrecoverablePosition => "unrecoverable position",
        }
    }

    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Internal | Self::TooManyRequests)
    }
}

/// Why the server closes a connection: the code of the WebSocket close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum DisconnectCode {
    Shutdown = 3001,
    Internal = 3004,
    Slow = 3008,
    InsufficientState = 3010,
    NoPong = 3012,
    TooManyRequests = 3013,
    InvalidToken = 3500,
    BadRequest = 3501,
    Stale = 3502,
    ForceDisconnect = 3503,
    NotAvailable = 3508,
}

impl DisconnectCode {
    /// Sent in the close frame; less than 124 bytes.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Internal => "internal server error",
            Self::Slow => "slow",
            Self::InsufficientState => "insufficient state",
            Self::NoPong => "no pong",
            Self::TooManyRequests => "too many requests",
            Self::InvalidToken => "invalid token",
            Self::BadRequest => "bad request",
            Self::Stale => "stale",
            Self::ForceDisconnect => "force disconnect",
            Self::NotAvailable => "not available",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_omits_what_is_not_so() {
        let error = serde_json::to_string(&ReplyError::of(ErrorCode::PermissionDenied)).unwrap();
        assert_eq!(error, r#"{"code":103,"message":"permission denied"}"#);
        let error = serde_json::to_string(&ReplyError::of(ErrorCode::Internal)).unwrap();
        assert_eq!(
            error,
            r#"{"code":100,"message":"internal server error","temporary":true}"#
        );
    }
}
