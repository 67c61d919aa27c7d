//! What somebody wants to be told of, and the one rule that decides it, on both sides.
//!
//! A thread has a level for each of its members, and each person has times at which they are left in
//! peace. What a message asks of one of them follows from both, from what the message is to them and
//! from whether they see it anyway, by [`Policy::attention`] and nowhere else. What is unread, and what
//! of it is for somebody, is counted whatever the time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::markdown::is_of_word;
use super::{Message, Quiet, ThreadKind, Timestamp, User, Username};

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
    /// It mentions them, answers what they wrote, or has one of their keywords.
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

/// What decides, beside what a message is to somebody, whether they are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Their level for its thread.
    pub level: NotifyLevel,
    pub kind: ThreadKind,
    /// When they are left in peace.
    pub quiet: Quiet,
    /// The thread is on a visible screen, where its end is.
    pub is_seen: bool,
}

impl Policy {
    /// What a message that comes now asks of them. `offset` are the minutes to add to UTC where they
    /// are, should they say no zone.
    pub fn attention(self, meant: Meant, now: Timestamp, offset: i64) -> Attention {
        let is_told = self.is_wanted(meant) && !self.is_seen && !self.quiet.is_now(now, offset);
        match is_told {
            true => Attention::Notify,
            false => Attention::None,
        }
    }

    fn is_wanted(self, meant: Meant) -> bool {
        let is_for_them = meant == Meant::ForThem || self.kind == ThreadKind::Direct;
        match (self.level, meant) {
            (_, Meant::ByThem | Meant::ByBlocked) | (NotifyLevel::Nothing, _) => false,
            (NotifyLevel::Everything, _) => true,
            (NotifyLevel::Mentions, _) => is_for_them,
        }
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
        let ends = dots.chain([word.len()]);
        for end in ends.take_while(|end| *end <= LONGEST).take(MOST) {
            let name = word[..end].trim_end_matches(['.', '-']);
            names.insert(name.to_ascii_lowercase());
        }
    }
    names.remove("");
    names
}

/// Whom a message calls on beside those whom it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// Everybody in the thread.
    All,
    /// Those of them who are there.
    Here,
}

impl Called {
    /// What is written behind the `@`, and nobody is called.
    pub const NAMES: [&str; 2] = ["all", "here"];
}

/// Whom a text calls on, if whoever writes it may.
pub fn called(text: &str) -> Option<Called> {
    let names = mentioned(text);
    let [all, here] = Called::NAMES.map(|name| names.contains(name));
    match (all, here) {
        (true, _) => Some(Called::All),
        (false, true) => Some(Called::Here),
        (false, false) => None,
    }
}

/// Names that one message is looked through for, about.
const MOST: usize = 50;
/// Nobody has a longer name: what goes on behind it is no part of one.
const LONGEST: usize = Username::MAX_CHARS + 1;

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

    /// Times at which somebody is left in peace, or not: none are said, a pause goes on, it is over,
    /// hours hold, hours of another day, both.
    const QUIET: [(&str, bool); 6] = [
        ("", false),
        ("until=1001", true),
        ("until=1000", false),
        ("hours=0/60/8", true),
        ("hours=0/60/16", false),
        ("until=1001 hours=0/60/8", true),
    ];

    #[test]
    fn who_is_told_of_what() {
        use Meant::{ByBlocked, ByThem, ForAll, ForThem};
        use NotifyLevel::{Everything, Mentions, Nothing};
        use ThreadKind::{Direct, Private, Public};
        // A Thursday, in the first minute of its first hour.
        let now = Timestamp(1000);
        for (level, meant, public, private, direct) in [
            (Everything, ForAll, true, true, true),
            (Everything, ForThem, true, true, true),
            (Everything, ByThem, false, false, false),
            (Everything, ByBlocked, false, false, false),
            (Mentions, ForAll, false, false, true),
            (Mentions, ForThem, true, true, true),
            (Mentions, ByThem, false, false, false),
            (Mentions, ByBlocked, false, false, false),
            (Nothing, ForAll, false, false, false),
            (Nothing, ForThem, false, false, false),
            (Nothing, ByThem, false, false, false),
            (Nothing, ByBlocked, false, false, false),
        ] {
            for (kind, is_wanted) in [(Public, public), (Private, private), (Direct, direct)] {
                for (words, is_quiet) in QUIET {
                    for is_seen in [false, true] {
                        let policy = Policy {
                            level,
                            kind,
                            quiet: Quiet::read(words),
                            is_seen,
                        };
                        let expected = match is_wanted && !is_quiet && !is_seen {
                            true => Attention::Notify,
                            false => Attention::None,
                        };
                        let told = policy.attention(meant, now, 0);
                        assert_eq!(told, expected, "{policy:?} {meant:?}");
                    }
                }
            }
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
    fn a_text_calls_on_all_or_on_who_is_there() {
        for (text, whom) in [
            ("@all: tea", Some(Called::All)),
            ("(@Here)", Some(Called::Here)),
            ("@here and @all", Some(Called::All)),
            ("@allan @hereby me@all all", None),
        ] {
            assert_eq!(called(text), whom, "{text}");
        }
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
