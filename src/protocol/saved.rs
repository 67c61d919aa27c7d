//! Messages of one's own: what one has saved, and what one wants to be reminded of.
//!
//! Both are facts about a message that nobody else learns of, and so no events of its thread. They are
//! told as what they are then, so all of it may be asked for twice. The page of them travels as text,
//! because only the part that shows it reads it.

use serde::{Deserialize, Serialize};

use super::moment::{Ahead, When, local};
use super::scheduled::Scheduled;
use super::{EntryId, Message, Thread, Timestamp};

/// Messages that one saves, at most.
pub const SAVED: i64 = 10_000;
/// And that one wants to be reminded of at a time.
pub const REMINDERS: i64 = 100;

/// What is to be done with a message for oneself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    Save,
    Unsave,
    /// Once, at that time; a later word replaces an earlier one.
    Remind {
        at: Timestamp,
    },
    /// Never mind, or done with.
    Done,
}

/// How it stands with a message, for whoever asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub is_saved: bool,
    /// When they want to be reminded, or were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Timestamp>,
}

/// A message of one's own, where it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMessage {
    pub message: Message,
    pub thread: Thread,
    /// When it was saved; of a reminder, when it is due.
    pub at: Timestamp,
    /// It is a reminder whose time has come.
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub is_due: bool,
}

/// A page of what is saved, the last that was first; with the first page, all reminders, and
/// all that is to be posted later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPage {
    /// What is to be posted later, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scheduled: Vec<Scheduled>,
    /// The earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<KeptMessage>,
    pub saved: Vec<KeptMessage>,
    /// Where the next page begins, if there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<EntryId>,
}

impl Keep {
    /// Reads what a form wants: `what`, and for a reminder `when` of what is offered, or `at`, a time of
    /// one's own.
    pub fn read(field: &dyn Fn(&str) -> String, now: Timestamp, ahead: Ahead) -> Option<Self> {
        Some(match field("what").as_str() {
            "save" => Self::Save,
            "unsave" => Self::Unsave,
            "done" => Self::Done,
            "remind" => {
                let at = match When::parse(&field("when")) {
                    Some(when) => when.from(now, ahead),
                    // What is no time is one that is over, and is refused as such.
                    None => local(&field("at"), ahead).unwrap_or_default(),
                };
                Self::Remind { at }
            }
            _ => return None,
        })
    }

    /// As forms send it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Unsave => "unsave",
            Self::Remind { .. } => "remind",
            Self::Done => "done",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20 14:03 UTC.
    const NOW: Timestamp = Timestamp(1_795_183_380_000);

    fn read(fields: &[(&str, &str)]) -> Option<Keep> {
        let field = |name: &str| {
            let found = fields.iter().find(|(known, _)| *known == name);
            found.map_or_else(String::new, |(_, value)| (*value).to_owned())
        };
        Keep::read(&field, NOW, &|_| 60)
    }

    #[test]
    fn a_form_is_one_wish_and_a_strange_one_is_none() {
        for keep in [Keep::Save, Keep::Unsave, Keep::Done] {
            assert_eq!(read(&[("what", keep.name())]), Some(keep));
        }
        assert_eq!(read(&[("what", "burn")]), None);
        assert_eq!(read(&[]), None);
        let remind = |at| Some(Keep::Remind { at: Timestamp(at) });
        let offered = read(&[("what", "remind"), ("when", "20m"), ("at", "")]);
        assert_eq!(offered, remind(NOW.0 + 1_200_000));
        let own = read(&[("what", "remind"), ("at", "2026-11-20T15:33")]);
        assert_eq!(own, remind(NOW.0 + 1_800_000));
        assert_eq!(read(&[("what", "remind"), ("at", "soon")]), remind(0));
    }

    #[test]
    fn what_is_wanted_and_how_it_stands_keep_their_shapes() {
        let remind = Keep::Remind { at: Timestamp(7) };
        for (keep, json) in [
            (Keep::Save, r#""save""#),
            (Keep::Unsave, r#""unsave""#),
            (remind, r#"{"remind":{"at":7}}"#),
            (Keep::Done, r#""done""#),
        ] {
            assert_eq!(serde_json::to_string(&keep).unwrap(), json);
            assert_eq!(serde_json::from_str::<Keep>(json).unwrap(), keep);
        }
        assert_eq!(serde_json::to_string(&Kept::default()).unwrap(), "{}");
        let kept = Kept {
            is_saved: true,
            remind_at: Some(Timestamp(7)),
        };
        let json = r#"{"is_saved":true,"remind_at":7}"#;
        assert_eq!(serde_json::to_string(&kept).unwrap(), json);
    }
}
