//! What has happened that is for somebody: who mentions them, who answers them, who reacts to what they
//! wrote.
//!
//! It travels as text, because only the part that shows it reads it.

use serde::{Deserialize, Serialize};

use super::{Emoji, EntryId, Message, Thread, Timestamp, User};

/// A page of it, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityPage {
    pub happened: Vec<Happened>,
    /// Where the next page begins, if there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<EntryId>,
}

/// One thing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    pub id: EntryId,
    pub what: What,
    pub by: User,
    pub at: Timestamp,
    /// The message that is for me; of a reaction, mine.
    pub message: Message,
    pub thread: Thread,
    /// It was not there when I came to look the last time.
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub is_new: bool,
}

/// What somebody has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Mentioned,
    Answered,
    Reacted { emoji: Emoji },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_has_done_keeps_its_shape() {
        let emoji = Emoji::parse("🎉").unwrap();
        for (what, json) in [
            (What::Mentioned, r#""mentioned""#),
            (What::Answered, r#""answered""#),
            (What::Reacted { emoji }, r#"{"reacted":{"emoji":"🎉"}}"#),
        ] {
            assert_eq!(serde_json::to_string(&what).unwrap(), json);
            assert_eq!(serde_json::from_str::<What>(json).unwrap(), what);
        }
    }
}
