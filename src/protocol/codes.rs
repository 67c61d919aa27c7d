//! The numbers of the Centrifugo protocol: error codes, unsubscribe codes and disconnect codes.
//!
//! They are named in full, also those that only an application's own handler would use.

use std::borrow::Cow;

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
    Unauthorized = 101,
    UnknownChannel = 102,
    PermissionDenied = 103,
    MethodNotFound = 104,
    AlreadySubscribed = 105,
    LimitExceeded = 106,
    BadRequest = 107,
    NotAvailable = 108,
    TokenExpired = 109,
    Expired = 110,
    TooManyRequests = 111,
    UnrecoverablePosition = 112,
    ConcurrentPagination = 113,
}

impl ErrorCode {
    pub fn message(self) -> &'static str {
        match self {
            Self::Internal => "internal server error",
            Self::Unauthorized => "unauthorized",
            Self::UnknownChannel => "unknown channel",
            Self::PermissionDenied => "permission denied",
            Self::MethodNotFound => "method not found",
            Self::AlreadySubscribed => "already subscribed",
            Self::LimitExceeded => "limit exceeded",
            Self::BadRequest => "bad request",
            Self::NotAvailable => "not available",
            Self::TokenExpired => "token expired",
            Self::Expired => "expired",
            Self::TooManyRequests => "too many requests",
            Self::UnrecoverablePosition => "unrecoverable position",
            Self::ConcurrentPagination => "concurrent pagination",
        }
    }

    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::Internal | Self::TooManyRequests | Self::ConcurrentPagination
        )
    }
}

/// Why the server ended a subscription. From 2500 on, the client subscribes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(serde::Serialize, serde::Deserialize))]
#[repr(u32)]
pub enum UnsubscribeCode {
    Server = 2000,
    InsufficientState = 2500,
    Expired = 2501,
    StateInvalidated = 2502,
}

impl UnsubscribeCode {
    pub fn reason(self) -> &'static str {
        match self {
            Self::Server => "server unsubscribe",
            Self::InsufficientState => "insufficient state",
            Self::Expired => "subscription expired",
            Self::StateInvalidated => "state invalidated",
        }
    }
}

/// Why the server closes a connection: the code and reason of the WebSocket close frame. Clients
/// come back after 3000–3499 and 4000–4499, and stay away after 3500–3999 and 4500–4999.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(serde::Serialize, serde::Deserialize))]
pub struct Disconnect {
    pub code: u16,
    /// Less than 124 bytes.
    pub reason: Cow<'static, str>,
}

impl Disconnect {
    /// A code of the application's own; a reason that is too long is cut.
    pub fn new(code: u16, reason: &str) -> Self {
        let mut end = reason.len().min(LONGEST_REASON);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            code,
            reason: Cow::Owned(reason[..end].to_owned()),
        }
    }
}

/// What fits a close frame beside the code.
const LONGEST_REASON: usize = 123;

impl From<DisconnectCode> for Disconnect {
    fn from(code: DisconnectCode) -> Self {
        Self {
            code: code as u16,
            reason: Cow::Borrowed(code.reason()),
        }
    }
}

/// Disconnect codes the protocol defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum DisconnectCode {
    ConnectionClosed = 3000,
    Shutdown = 3001,
    Internal = 3004,
    ConnectionExpired = 3005,
    SubscriptionExpired = 3006,
    Slow = 3008,
    WriteError = 3009,
    InsufficientState = 3010,
    ForceReconnect = 3011,
    NoPong = 3012,
    TooManyRequests = 3013,
    StateInvalidated = 3014,
    InvalidToken = 3500,
    BadRequest = 3501,
    Stale = 3502,
    ForceDisconnect = 3503,
    ConnectionLimit = 3504,
    ChannelLimit = 3505,
    InappropriateProtocol = 3506,
    PermissionDenied = 3507,
    NotAvailable = 3508,
    TooManyErrors = 3509,
}

impl DisconnectCode {
    pub fn reason(self) -> &'static str {
        match self {
            Self::ConnectionClosed => "connection closed",
            Self::Shutdown => "shutdown",
            Self::Internal => "internal server error",
            Self::ConnectionExpired => "connection expired",
            Self::SubscriptionExpired => "subscription expired",
            Self::Slow => "slow",
            Self::WriteError => "write error",
            Self::InsufficientState => "insufficient state",
            Self::ForceReconnect => "force reconnect",
            Self::NoPong => "no pong",
            Self::TooManyRequests => "too many requests",
            Self::StateInvalidated => "state invalidated",
            Self::InvalidToken => "invalid token",
            Self::BadRequest => "bad request",
            Self::Stale => "stale",
            Self::ForceDisconnect => "force disconnect",
            Self::ConnectionLimit => "connection limit",
            Self::ChannelLimit => "channel limit",
            Self::InappropriateProtocol => "inappropriate protocol",
            Self::PermissionDenied => "permission denied",
            Self::NotAvailable => "not available",
            Self::TooManyErrors => "too many errors",
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

    #[test]
    fn a_reason_that_is_too_long_is_cut_between_characters() {
        let disconnect = Disconnect::new(4001, &"é".repeat(100));
        assert_eq!(disconnect.reason.len(), 122);
        assert_eq!(Disconnect::new(4001, "bye").reason, "bye");
    }
}
