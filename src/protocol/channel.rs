//! The names of channels, parsed and printed in one place.

use std::fmt;

use super::{ThreadId, UserId};

/// A channel this product knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelName {
    /// `thread:{id}`: the durable stream of one thread.
    Thread(ThreadId),
    /// `user:{id}`: what concerns one person, on all their devices.
    User(UserId),
    /// `threads`: public threads as they are created.
    Threads,
    /// `presence:{id}`: which of a thread's people come and go, for whoever looks at them.
    Presence(ThreadId),
    /// `peers:{id}`: which of those one writes to directly come and go, for one person.
    Peers(UserId),
    /// `chat`: every message of every public thread, for programs.
    Chat,
}

impl ChannelName {
    /// The channel behind a name, or nothing for a name no rule matches.
    pub fn parse(name: &str) -> Option<Self> {
        match name.split_once(':') {
            None if name == "chat" => Some(Self::Chat),
            None if name == "threads" => Some(Self::Threads),
            Some(("thread", id)) => positive(id).map(|id| Self::Thread(ThreadId(id))),
            Some(("presence", id)) => positive(id).map(|id| Self::Presence(ThreadId(id))),
            Some(("peers", id)) => positive(id).map(|id| Self::Peers(UserId(id))),
            Some(("user", id)) => positive(id).map(|id| Self::User(UserId(id))),
            _ => None,
        }
    }
}

/// One spelling per channel: `thread:07` or `thread:+7` would be a second name for `thread:7`.
fn positive(digits: &str) -> Option<i64> {
    let id: i64 = digits.parse().ok()?;
    (id > 0 && id.to_string() == digits).then_some(id)
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thread(id) => write!(f, "thread:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Threads => f.write_str("threads"),
            Self::Presence(id) => write!(f, "presence:{id}"),
            Self::Peers(id) => write!(f, "peers:{id}"),
            Self::Chat => f.write_str("chat"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_survives_the_round_trip() {
        for channel in [
            ChannelName::Thread(ThreadId(7)),
            ChannelName::User(UserId(2)),
            ChannelName::Threads,
            ChannelName::Presence(ThreadId(7)),
            ChannelName::Peers(UserId(7)),
            ChannelName::Chat,
        ] {
            assert_eq!(ChannelName::parse(&channel.to_string()), Some(channel));
        }
    }

    #[test]
    fn a_channel_has_one_spelling() {
        for name in [
            "thread:",
            "thread:07",
            "thread:+7",
            "thread:-1",
            "thread:0",
            "thread: 7",
            "chats",
            "",
        ] {
            assert_eq!(ChannelName::parse(name), None, "{name:?}");
        }
    }
}
