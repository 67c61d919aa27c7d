//! What somebody wants to be told of, and the one rule that decides it, on both sides.
//!
//! A thread has a level for each of its members. What a message means for one of them follows from
//! the level and from what the message is to them, by [`attention`] and nowhere else.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::markdown::is_of_word;
use super::{Message, ThreadKind, User, Username};

/// What of a thread I want to be told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum NotifyLevel {
    #[default]
    Everything,
    /// What is for me: where I am mentioned or answered, and what is said in a direct thread.
    Mentions,
    /// Nothing: the thread is muted.
    Nothing,
}

impl NotifyLevel {
    pub const ALL: [Self; 3] = [Self::Everything, Self::Mentions, Self::Nothing];

    /// As it is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Mentions => "mentions",
            Self::Nothing => "nothing",
        }
    }

    /// The level of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// Whether what is unread in the thread adds to the count of the page.
    pub fn counts(self) -> bool {
        self != Self::Nothing
    }
}

/// Read by its name: what serde makes for an enum weighs more in the download.
impl TryFrom<String> for NotifyLevel {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("no such level")
    }
}

/// What a message is to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// They have written it.
    ByThem,
    /// Somebody whom they have blocked has written it, to whomever.
    ByBlocked,
    /// It mentions them, or answers what they wrote.
    ForThem,
    ForAll,
}

impl Meant {
    /// What this message is to that person, who may have blocked its author.
    pub fn of(message: &Message, who: &User, is_blocked: bool) -> Self {
        let answers = message.reply_to.as_ref();
        let answers = answers.is_some_and(|quote| quote.user.id == who.id);
        if message.user.id == who.id {
            Self::ByThem
        } else if is_blocked {
            Self::ByBlocked
        } else if answers || mentions(message.text.as_str(), &who.username) {
            Self::ForThem
        } else {
            Self::ForAll
        }
    }
}

/// What a message asks of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// It is there when they come.
    None,
    /// They are to be told at once, unless they see it anyway.
    Notify,
}

/// What a message asks of somebody, by their level for its thread.
pub fn attention(level: NotifyLevel, kind: ThreadKind, meant: Meant) -> Attention {
    let is_for_them = meant == Meant::ForThem || kind == ThreadKind::Direct;
    match (level, meant) {
        (_, Meant::ByThem | Meant::ByBlocked) | (NotifyLevel::Nothing, _) => Attention::None,
        (NotifyLevel::Everything, _) => Attention::Notify,
        (NotifyLevel::Mentions, _) if is_for_them => Attention::Notify,
        (NotifyLevel::Mentions, _) => Attention::None,
    }
}

/// Whether a text mentions somebody: `@` and their username, as a word of its own.
pub fn mentions(text: &str, who: &Username) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + 1..];
        let name = after.get(..who.as_str().len()).unwrap_or_default();
        let then = after.get(name.len()..).unwrap_or_default().chars().next();
        !before.is_some_and(is_of_word)
            && name.eq_ignore_ascii_case(who.as_str())
            && !then.is_some_and(is_of_word)
    })
}

/// Everything that a text may mention somebody by, as usernames are written: who has one of these
/// names is mentioned, and nobody else is. (`@bill.smith` mentions whoever is called that, and a bill.)
pub fn mentioned(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices('@') {
        let before = text[..at].chars().next_back();
        let after = &text[at + 1..];
        let end = after.find(|c| !is_of_word(c) && c != '.');
        let word = &after[..end.unwrap_or(after.len())];
        if before.is_some_and(is_of_word) || names.len() >= MOST {
            continue;
        }
        let dots = word.match_indices('.').map(|(dot, _)| dot);
        for end in dots.chain([word.len()]) {
            let name = word[..end].trim_end_matches(['.', '-']);
            names.insert(name.to_ascii_lowercase());
        }
    }
    names.remove("");
    names
}

/// Names that one message is looked through for, about.
const MOST: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::markdown::name_at;

    #[test]
    fn a_mention_is_drawn_where_it_may_be_somebody() {
        for text in [
            "john.",
            "a_b-c d",
            "j.s-",
            "x!",
            "é",
            "-",
            "",
            "joé",
            &"a".repeat(33),
        ] {
            let name = name_at(text);
            assert!(
                name.is_none_or(|name| Username::parse(name).is_ok()),
                "{text}"
            );
            let is_told = name.is_none_or(|name| mentioned(&format!("@{text}")).contains(name));
            assert!(is_told, "{text}");
        }
        assert_eq!(name_at("John.S, hi"), Some("John.S"));
    }

    #[test]
    fn what_somebody_blocked_writes_is_for_nobody_who_has_blocked_them() {
        let user =
            |id: i64, name: &str| serde_json::json!({ "id": id, "username": name, "name": name });
        let message = serde_json::json!({
            "id": 1, "thread_id": 1, "seq": 1, "user": user(2, "bill"), "text": "hello @john",
            "client_id": "c1", "created_at": 0,
        });
        let message: Message = serde_json::from_value(message).unwrap();
        let john: User = serde_json::from_value(user(1, "john")).unwrap();
        assert_eq!(Meant::of(&message, &john, false), Meant::ForThem);
        assert_eq!(Meant::of(&message, &john, true), Meant::ByBlocked);
        let bill = message.user.clone();
        assert_eq!(Meant::of(&message, &bill, true), Meant::ByThem);
    }

    #[test]
    fn who_is_told_of_what() {
        use Attention::{None, Notify};
        use Meant::{ByBlocked, ByThem, ForAll, ForThem};
        use NotifyLevel::{Everything, Mentions, Nothing};
        use ThreadKind::{Direct, Private, Public};
        for (level, meant, public, private, direct) in [
            (Everything, ForAll, Notify, Notify, Notify),
            (Everything, ForThem, Notify, Notify, Notify),
            (Everything, ByThem, None, None, None),
            (Everything, ByBlocked, None, None, None),
            (Mentions, ForAll, None, None, Notify),
            (Mentions, ForThem, Notify, Notify, Notify),
            (Mentions, ByThem, None, None, None),
            (Mentions, ByBlocked, None, None, None),
            (Nothing, ForAll, None, None, None),
            (Nothing, ForThem, None, None, None),
            (Nothing, ByThem, None, None, None),
            (Nothing, ByBlocked, None, None, None),
        ] {
            let told = [Public, Private, Direct].map(|kind| attention(level, kind, meant));
            assert_eq!(told, [public, private, direct], "{level:?} {meant:?}");
        }
        assert_eq!(
            NotifyLevel::ALL.map(NotifyLevel::counts),
            [true, true, false]
        );
    }

    #[test]
    fn a_level_keeps_its_name_everywhere() {
        for level in NotifyLevel::ALL {
            let json = serde_json::to_string(&level).unwrap();
            assert_eq!(json, format!("\"{}\"", level.name()));
            assert_eq!(NotifyLevel::parse(level.name()), Some(level));
        }
        assert_eq!(NotifyLevel::parse("all"), None);
    }

    #[test]
    fn whoever_is_mentioned_is_among_the_names_and_nobody_else() {
        let people = ["bill", "billy", "bill-2", "bill.smith", "bob", "b_b"];
        for text in [
            "@bill",
            "hi @Bill, and @bob.",
            "(@bill.smith) @b_b",
            "@bill.smith.",
            "me@bill @billy",
            "@bill-2@bob",
            "@ @@bob @bi\u{e9}",
            "nobody",
        ] {
            let names = mentioned(text);
            for person in people {
                let who = Username::parse(person).unwrap();
                assert_eq!(
                    names.contains(person),
                    mentions(text, &who),
                    "{text} {person}"
                );
            }
        }
        assert!(mentioned(&"@a1 @a2 @a3 ".repeat(1000)).len() == 3);
        let many = (0..1000).fold(String::new(), |all, n: i32| {
            all + "@p" + &n.to_string() + " "
        });
        assert!(mentioned(&many).len() <= MOST);
    }

    #[test]
    fn a_mention_is_a_word_of_its_own() {
        let bill = Username::parse("bill").unwrap();
        for text in ["@bill", "hi @Bill, look", "(@bill)", "@bob @bill"] {
            assert!(mentions(text, &bill), "{text}");
        }
        for text in [
            "bill",
            "me@bill",
            "@billy",
            "@bil",
            "@bill-2",
            "@",
            "@ bill",
            "@bi\u{e9}",
        ] {
            assert!(!mentions(text, &bill), "{text}");
        }
    }
}
