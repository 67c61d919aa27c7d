//! What somebody is in the middle of typing, and what may be meant: `@jo` is a person, `:ta` an emoji, `#te`
//! a thread, and `/to` at the beginning a command.
//!
//! Positions are those of the browser, which counts in units of UTF-16.

use super::emoji::{Entry, entries};
use super::ordering::in_order;
use crate::protocol::notify::Called;
use crate::protocol::{Place, Thread, User};

/// What is being looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Person,
    Emoji,
    Thread,
    Command,
}

/// The word at the cursor, if it is the beginning of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub kind: Kind,
    /// Where it begins, with its sign; it ends at the cursor.
    pub from: u32,
    pub letters: String,
}

/// Something that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub text: String,
    pub title: String,
    pub about: String,
}

/// Offers that are shown at once.
const MOST: usize = 8;
/// Letters of an emoji's name before any are offered: a colon is mostly a colon.
const LETTERS: usize = 2;

/// What is being typed where the cursor is.
pub fn wanted(text: &str, cursor: u32) -> Option<Wanted> {
    let units: Vec<u16> = text.encode_utf16().take(cursor as usize).collect();
    let before = String::from_utf16_lossy(&units);
    if let Some(letters) = before.strip_prefix('/')
        && letters.chars().all(|c| c.is_ascii_lowercase())
    {
        return Some(Wanted {
            kind: Kind::Command,
            from: 0,
            letters: letters.to_owned(),
        });
    }
    let at = before.rfind(['@', ':', '#'])?;
    let letters = &before[at + 1..];
    let kind = match &before[at..=at] {
        "@" => Kind::Person,
        "#" => Kind::Thread,
        _ => Kind::Emoji,
    };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.');
    let is_apart = before[..at]
        .chars()
        .next_back()
        .is_none_or(|c| !c.is_alphanumeric());
    let is_enough = match kind {
        Kind::Person | Kind::Thread => !letters.is_empty(),
        _ => letters.chars().count() >= LETTERS,
    };
    if !is_apart || !is_enough || !letters.chars().all(is_name) {
        return None;
    }
    Some(Wanted {
        kind,
        from: u32::try_from(before[..at].encode_utf16().count()).ok()?,
        letters: letters.to_owned(),
    })
}

/// People as they are offered. Where somebody's whole username is there nothing is left to offer: Enter
/// sends the message.
pub fn people(found: Vec<User>, letters: &str) -> Vec<Offer> {
    let is_whole = |user: &User| user.username.as_str().eq_ignore_ascii_case(letters);
    if found.iter().any(is_whole) {
        return Vec::new();
    }
    let offer = |user: User| Offer {
        text: format!("@{} ", user.username),
        title: user.name.to_string(),
        about: format!("@{}", user.username),
    };
    found.into_iter().take(MOST).map(offer).collect()
}

/// What calls on all of a thread, for who may.
pub fn calls(letters: &str) -> impl Iterator<Item = Offer> {
    let letters = letters.to_lowercase();
    let about = ["Everybody in this thread", "Everybody who is there now"];
    let all = Called::NAMES.into_iter().zip(about);
    let meant = all.filter(move |(name, _)| name.starts_with(&letters) && *name != letters);
    meant.map(|(name, about)| Offer {
        text: format!("@{name} "),
        title: format!("@{name}"),
        about: about.to_owned(),
    })
}

/// Threads as they are offered: what is written leads to them whatever they are called later.
pub fn threads(found: Vec<Thread>) -> Vec<Offer> {
    let offer = |thread: Thread| {
        let (name, place) = (thread.name.as_str(), Place::thread(thread.id));
        Offer {
            text: format!("[#{}]({place}) ", escaped(name)),
            title: format!("#{name}"),
            about: thread.description.to_string(),
        }
    };
    found.into_iter().map(offer).collect()
}

/// A name within the words of a link, where nothing of it is a mark.
fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for c in name.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '~' | '|' | '[' | ']' | '@' | ':' | '<' | '!'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Emoji from a table of them, each on a line with its names: those whose name begins so, and then
/// those in whose names it is.
pub fn emoji(table: &str, letters: &str) -> Vec<Offer> {
    let letters = letters.to_lowercase();
    let (mut first, mut then) = (Vec::new(), Vec::new());
    for Entry { emoji, names, .. } in entries(table) {
        let begins = names.split(' ').find(|name| name.starts_with(&letters));
        let contains = || names.split(' ').find(|name| name.contains(&letters));
        let (into, name) = match begins {
            Some(name) => (&mut first, name),
            None => match contains() {
                Some(name) => (&mut then, name),
                None => continue,
            },
        };
        into.push(Offer {
            text: format!("{emoji} "),
            title: emoji.to_owned(),
            about: format!(":{name}:"),
        });
    }
    // A name that is all that was typed, then the shorter ones.
    in_order(&mut first, |offer| offer.about.len());
    first.append(&mut then);
    first.truncate(MOST);
    first
}

/// The emoji that is called exactly so.
pub fn emoji_called<'a>(table: &'a str, name: &str) -> Option<&'a str> {
    let found = entries(table).find(|entry| entry.names.split(' ').any(|known| known == name));
    found.map(|entry| entry.emoji)
}

/// A name with its colons that ends at the cursor: where it begins, and the name.
pub fn just_closed(text: &str, cursor: u32) -> Option<(u32, String)> {
    let units: Vec<u16> = text.encode_utf16().take(cursor as usize).collect();
    let before = String::from_utf16_lossy(&units);
    let open = before.strip_suffix(':')?;
    let length = u32::try_from(open.encode_utf16().count()).ok()?;
    let Wanted {
        kind,
        from,
        letters,
    } = wanted(open, length)?;
    (kind == Kind::Emoji).then_some((from, letters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::markdown::{Block, Inline, parse};

    const TABLE: &str =
        "🎉\ttada party_popper\n😀\tgrinning grinning_face\n👍\t+1 thumbsup\n🍵\ttea";

    fn at_the_end(text: &str) -> Option<(Kind, u32, String)> {
        let end = u32::try_from(text.encode_utf16().count()).unwrap();
        wanted(text, end).map(|it| (it.kind, it.from, it.letters))
    }

    #[test]
    fn a_word_that_begins_with_a_sign_is_the_beginning_of_something() {
        assert_eq!(
            at_the_end("hi @jo"),
            Some((Kind::Person, 3, "jo".to_owned()))
        );
        assert_eq!(
            at_the_end("👍 (@j.s"),
            Some((Kind::Person, 4, "j.s".to_owned()))
        );
        assert_eq!(
            at_the_end("see #te"),
            Some((Kind::Thread, 4, "te".to_owned()))
        );
        assert_eq!(at_the_end(":ta"), Some((Kind::Emoji, 0, "ta".to_owned())));
        assert_eq!(at_the_end(":+1"), Some((Kind::Emoji, 0, "+1".to_owned())));
        assert_eq!(wanted("@jo and more", 3).unwrap().letters, "jo");
        assert_eq!(at_the_end("/"), Some((Kind::Command, 0, String::new())));
        assert_eq!(at_the_end("/to"), Some((Kind::Command, 0, "to".to_owned())));
        assert_eq!(
            at_the_end("/invite @jo"),
            Some((Kind::Person, 8, "jo".to_owned()))
        );
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for text in [
            "", "@", ":", ":t", "a@jo", "10:30", "http://x", "@jo ", "@jo, ", "note: to", "#",
            "# te", "a#te", "#te a", "a:b", " /to", "/to ", "/etc/", "/To",
        ] {
            assert_eq!(at_the_end(text), None, "{text:?}");
        }
    }

    #[test]
    fn people_are_offered_until_a_username_is_whole() {
        let user = |name: &str| {
            let user = serde_json::json!({ "id": 1, "username": name, "name": name });
            serde_json::from_value::<User>(user).unwrap()
        };
        let found = || vec![user("bill"), user("billy")];
        let texts = |letters| {
            let offers = people(found(), letters);
            offers
                .into_iter()
                .map(|offer| offer.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(texts("bil"), ["@bill ", "@billy "]);
        assert_eq!(texts("Bill"), [""; 0]);
    }

    #[test]
    fn all_and_who_is_there_are_offered_until_they_are_whole() {
        let texts = |letters| {
            let offers = calls(letters).map(|offer| offer.text);
            offers.collect::<Vec<_>>()
        };
        assert_eq!(texts("a"), ["@all "]);
        assert_eq!(texts("HE"), ["@here "]);
        for letters in ["all", "here", "allan", "b"] {
            assert_eq!(texts(letters), [""; 0], "{letters}");
        }
    }

    #[test]
    fn a_thread_is_written_as_a_link_whatever_its_name_has() {
        for name in [
            "Tea",
            "a]b [c](d)",
            r"*b* _u_ ~~s~~ ||x|| \ `c`",
            "@john :tea: <b> http://x.y",
        ] {
            let thread = serde_json::json!({ "id": 5, "name": name, "kind": "public", "last_seq": 0,
                "active_at": 0 });
            let thread: Thread = serde_json::from_value(thread).unwrap();
            let offers = threads(vec![thread]);
            let [offer] = offers.as_slice() else {
                panic!("one offer");
            };
            let written = parse(&offer.text);
            let [Block::Text(inlines)] = written.as_slice() else {
                panic!("{written:?}");
            };
            let Some(Inline::Link(link, words)) = inlines.first() else {
                panic!("{inlines:?}");
            };
            assert_eq!(link.as_str(), "/t/5");
            assert_eq!(*words, [Inline::Text(format!("#{name}"))]);
        }
    }

    #[test]
    fn emoji_are_found_by_how_their_names_begin_and_then_by_parts_of_them() {
        let found = |letters| {
            let offers = emoji(TABLE, letters);
            offers
                .into_iter()
                .map(|offer| offer.about)
                .collect::<Vec<_>>()
        };
        assert_eq!(found("t"), [":tea:", ":tada:", ":thumbsup:"]);
        assert_eq!(found("popper"), [":party_popper:"]);
        assert_eq!(found("GRIN"), [":grinning:"]);
        assert_eq!(found("nothing"), [""; 0]);
        assert_eq!(emoji_called(TABLE, "+1"), Some("👍"));
        assert_eq!(emoji_called(TABLE, "+"), None);
    }

    #[test]
    fn a_name_is_closed_by_its_second_colon() {
        assert_eq!(just_closed("so :tada:", 9), Some((3, "tada".to_owned())));
        for text in ["so tada:", "10:30:", "::", ": tada:"] {
            let end = u32::try_from(text.len()).unwrap();
            assert_eq!(just_closed(text, end), None, "{text}");
        }
    }
}
