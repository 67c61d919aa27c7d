//! Messages that are to be posted later, by the server.
//!
//! Nobody but their author knows of them until then. They are told as a list, which is asked for again when
//! something about it is different; it travels as text, because only the parts that show it read it.

use serde::{Deserialize, Serialize};

use super::moment::{Ahead, When, local};
use super::{ApiError, FileId, FileInfo, ScheduledId, Seq, Thread, Timestamp};

/// Messages of one person that wait, at most.
pub const SCHEDULED: i64 = 100;

/// A message that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    pub id: ScheduledId,
    /// Where it is to be posted; nothing if its author may not read that any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Thread>,
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
    pub at: Timestamp,
    /// Its time has come, and why it could not be posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<ApiError>,
}

/// A message for later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForLater {
    #[serde(default)]
    pub message: String,
    pub at: Timestamp,
    /// Makes a retry harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileId>,
}

/// What is to be done with messages for later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    Add(ForLater),
    /// At once, after all.
    Now {
        id: ScheduledId,
    },
    Cancel {
        id: ScheduledId,
    },
}

impl Schedule {
    /// Reads what a form wants: `now` or `cancel` with the message's id, or else `text` with `when` of what
    /// is offered, or `at`, a time of one's own.
    pub fn read(field: &dyn Fn(&str) -> String, now: Timestamp, ahead: Ahead) -> Self {
        let id = |name| field(name).parse().ok();
        match (id("now"), id("cancel")) {
            (Some(id), _) => Self::Now { id },
            (_, Some(id)) => Self::Cancel { id },
            (None, None) => Self::Add(ForLater {
                message: field("text"),
                at: match When::parse(&field("when")) {
                    Some(when) => when.from(now, ahead),
                    // What is no time is one that is over, and is refused as such.
                    None => local(&field("at"), ahead).unwrap_or_default(),
                },
                ..ForLater::default()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Schedule {
        let field = |name: &str| {
            let found = fields.iter().find(|(known, _)| *known == name);
            found.map_or_else(String::new, |(_, value)| (*value).to_owned())
        };
        Schedule::read(&field, Timestamp(1_795_183_380_000), &|_| 60)
    }

    #[test]
    fn a_form_is_a_message_for_later_or_about_one() {
        let id = ScheduledId(7);
        assert_eq!(read(&[("now", "7")]), Schedule::Now { id });
        assert_eq!(read(&[("cancel", "7")]), Schedule::Cancel { id });
        for (field, value, at) in [
            ("when", "20m", 1_795_184_580_000),
            ("at", "2026-11-20T15:33", 1_795_185_180_000),
            ("at", "soon", 0),
        ] {
            let Schedule::Add(later) = read(&[("text", "tea"), (field, value)]) else {
                panic!("{value}");
            };
            assert_eq!((later.message.as_str(), later.at.0), ("tea", at));
        }
    }

    #[test]
    fn what_is_wanted_keeps_its_shape() {
        for json in [
            r#"{"add":{"message":"tea","at":7}}"#,
            r#"{"add":{"message":"","at":7,"client_id":"c","reply_to":2,"files":[3]}}"#,
            r#"{"now":{"id":7}}"#,
            r#"{"cancel":{"id":7}}"#,
        ] {
            let read: Schedule = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
    }
}
