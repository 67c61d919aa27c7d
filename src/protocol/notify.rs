//! What somebody wants to be told of, and the one rule that decides it, on both sides.
//!
//! A thread has a level for each of its members. What a message means for one of them follows from
//! the level and from what the message is to them, by [`attention`] and nowhere else.

use serde::{Deserialize, Serialize};

use super::{ThreadKind, Username};

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
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
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

#[cfg(test)]
mod tests {
    use super::*;

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
