//! Numbers that must not be mixed up: each id is a type of its own.
//!
//! All are `i64`, because that is what both databases store and what a JavaScript client can hold
//! exactly (up to 2^53). `usize` never crosses the wire: the browser is 32-bit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

number!(
    /// A person's id.
    UserId
);
number!(
    /// A thread's id; part of its address and of its channel's name.
    ThreadId
);
number!(
    /// A message's id, unique over all threads.
    MessageId
);
number!(
    /// An uploaded file's id; part of its address.
    FileId
);
number!(
    /// The id of a picture of a person: a number that nobody can guess, and part of its address.
    AvatarId
);
number!(
    /// A session's id: one sign-in on one device.
    SessionId
);
number!(
    /// An invitation's id; its code is a secret.
    InvitationId
);
number!(
    /// The id of an entry in a list of one's own: of what one has saved, and of what has happened.
    EntryId
);
number!(
    /// The id of a message that waits for its time.
    ScheduledId
);
number!(
    /// The id of what somebody has reported of a message.
    ReportId
);
number!(
    /// The id of what was put on record.
    DeedId
);
number!(
    /// The place of an event in its thread's stream: 1 for the first, without gaps.
    /// Zero is the position before the first event.
    Seq
);
number!(
    /// Milliseconds since 1970-01-01 UTC.
    Timestamp
);

impl Seq {
    pub const START: Self = Self(0);

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    #[must_use]
    pub fn prev(self) -> Self {
        Self(self.0 - 1)
    }

    /// The same position as an offset of the wire protocol.
    pub fn offset(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    /// The sequence number behind an offset of the wire protocol.
    pub fn from_offset(offset: u64) -> Self {
        Self(i64::try_from(offset).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_survives_the_round_trip_and_never_wraps() {
        assert_eq!(Seq::from_offset(Seq(7).offset()), Seq(7));
        assert_eq!(Seq::from_offset(u64::MAX), Seq(i64::MAX));
        assert_eq!(Seq(-1).offset(), 0);
    }

    #[test]
    fn an_id_is_a_bare_number_in_json() {
        assert_eq!(serde_json::to_string(&ThreadId(3)).unwrap(), "3");
    }
}
