//! Passing a message on to another thread.

use serde::{Deserialize, Serialize};

use super::ThreadId;

/// Where to, and what is said to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// To this thread; or, if people are named, to the direct one with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ThreadId>,
    /// By their usernames, with commas between them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub people: String,
    /// It may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Makes a retry harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

impl Forward {
    /// Reads what a form wants.
    pub fn read(field: &dyn Fn(&str) -> String) -> Self {
        Self {
            to: field("to").parse().ok(),
            people: field("people"),
            message: field("text"),
            client_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_where_to_and_what() {
        let read = |to: &'static str, people: &'static str| {
            Forward::read(&move |name| match name {
                "to" => to.to_owned(),
                "people" => people.to_owned(),
                _ => "look".to_owned(),
            })
        };
        let there = read("5", "");
        assert_eq!(
            (there.to, there.message.as_str()),
            (Some(ThreadId(5)), "look")
        );
        assert_eq!(read("", "bill").to, None);
        assert_eq!(read("nowhere", "bill").people, "bill");
    }
}
