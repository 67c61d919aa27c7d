//! Strings that have been looked at: parse, don't validate.
//!
//! Each type can only be made by its parser, and the parser is the same in the browser (to say so
//! before sending) and on the server (to be sure). Deserialising runs the parser too, so no
//! unchecked value can arrive by wire. Errors are sentences for the person at the form.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// Why a string was refused, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    #[error("Please fill this in.")]
    Empty,
    #[error("At most {max} characters, please; this has {actual}.")]
    TooLong { max: usize, actual: usize },
    #[error("At least {min} characters, please.")]
    TooShort { min: usize },
    #[error("Only letters a–z, digits, dot, dash and underscore, please.")]
    NotAUsername,
    #[error("A username ends in a letter, a digit or an underscore.")]
    NotAUsernamesEnd,
    #[error("This is not a message id.")]
    NotAClientId,
    #[error("This is not one emoji.")]
    NotAnEmoji,
    #[error("This contains characters that cannot be shown.")]
    Unprintable,
}

/// A value that its parser let through when it was written, perhaps an older one: it is taken as it
/// is, so that a rule made later never makes old pages unreadable.
pub trait Stored: Sized {
    fn from_stored(text: String) -> Self;
}

/// For serde: a field that comes from what was stored.
///
/// # Errors
/// It is not a string.
pub fn stored<'de, D: Deserializer<'de>, T: Stored>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer).map(T::from_stored)
}

macro_rules! parsed {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }

        impl Stored for $name {
            fn from_stored(text: String) -> Self {
                Self(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

macro_rules! shown {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! secret {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(…)", stringify!($name))
            }
        }
    };
}

parsed!(
    /// The name one signs in with: 1–32 of `a–z 0–9 . _ -`, not ending in a dot or a dash (a mention
    /// at the end of a sentence must not swallow them), case-insensitive, kept in lower case.
    Username
);
shown!(Username);

impl Username {
    pub const MAX_CHARS: usize = 32;

    /// # Errors
    /// Empty, too long, or with characters a username does not have.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim().to_ascii_lowercase();
        within(&text, Self::MAX_CHARS)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !text.chars().all(allowed) {
            return Err(TextError::NotAUsername);
        }
        if text.ends_with(['.', '-']) {
            return Err(TextError::NotAUsernamesEnd);
        }
        Ok(Self(text))
    }

    /// A name to sign in with: as it was stored, under whatever rules there were then. Nothing for
    /// what cannot be anybody's.
    pub fn to_look_up(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        within(&text, Self::MAX_CHARS).ok().map(|()| Self(text))
    }
}

parsed!(
    /// What the server is called: 1–64 characters on one line.
    ServerName
);
shown!(ServerName);

impl ServerName {
    pub const MAX_CHARS: usize = 64;

    /// # Errors
    /// Empty, too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        one_line(text, Self::MAX_CHARS).map(Self)
    }
}

parsed!(
    /// What a folder in somebody's list is called: 1–40 characters on one line.
    FolderName
);
shown!(FolderName);

impl FolderName {
    pub const MAX_CHARS: usize = 40;

    /// # Errors
    /// Empty, too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        one_line(text, Self::MAX_CHARS).map(Self)
    }
}

parsed!(
    /// What somebody is doing, or an emoji that says so: 1–80 characters on one line.
    StatusText
);
shown!(StatusText);

impl StatusText {
    pub const MAX_CHARS: usize = 80;

    /// # Errors
    /// Empty, too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        one_line(text, Self::MAX_CHARS).map(Self)
    }
}

parsed!(
    /// The name others see: 1–64 characters on one line.
    DisplayName
);
shown!(DisplayName);

impl DisplayName {
    pub const MAX_CHARS: usize = 64;

    /// # Errors
    /// Empty, too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        one_line(text, Self::MAX_CHARS).map(Self)
    }
}

parsed!(
    /// What a thread is called: 1–80 characters on one line.
    ThreadName
);
shown!(ThreadName);

impl ThreadName {
    pub const MAX_CHARS: usize = 80;

    /// # Errors
    /// Empty, too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        one_line(text, Self::MAX_CHARS).map(Self)
    }
}

parsed!(
    /// What a thread is about: up to 250 characters on one line, or nothing.
    #[derive(Default)]
    Description
);
shown!(Description);

impl Description {
    pub const MAX_CHARS: usize = 250;

    /// # Errors
    /// Too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match one_line(text, Self::MAX_CHARS) {
            Err(TextError::Empty) => Ok(Self::default()),
            outcome => outcome.map(Self),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

parsed!(
    /// What somebody says: 1–10,000 characters, trimmed at the end, line breaks as `\n`.
    MessageText
);
secret!(MessageText);

impl MessageText {
    pub const MAX_CHARS: usize = 10_000;

    /// # Errors
    /// Nothing but white space, too long, or with a NUL character.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = match text.contains('\r') {
            true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
            false => Cow::Borrowed(text),
        };
        let text = text.trim_start_matches('\n').trim_end();
        within(text, Self::MAX_CHARS)?;
        if text.chars().all(is_invisible) {
            return Err(TextError::Empty);
        }
        if text.contains('\0') {
            return Err(TextError::Unprintable);
        }
        Ok(Self(text.to_owned()))
    }

    /// What is said beside files: perhaps nothing.
    ///
    /// # Errors
    /// Too long, or with a NUL character.
    pub fn caption(text: &str) -> Result<Self, TextError> {
        match Self::parse(text) {
            Err(TextError::Empty) => Ok(Self(String::new())),
            parsed => parsed,
        }
    }
}

parsed!(
    /// A new password: 6–256 characters, taken as typed. The upper limit is checked before any
    /// hashing, so that nobody can make the server hash a megabyte.
    Password
);
secret!(Password);

impl Password {
    pub const MIN_CHARS: usize = 6;
    pub const MAX_CHARS: usize = 256;

    /// # Errors
    /// Empty, too short or too long.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        within(text, Self::MAX_CHARS)?;
        if text.chars().count() < Self::MIN_CHARS {
            return Err(TextError::TooShort {
                min: Self::MIN_CHARS,
            });
        }
        Ok(Self(text.to_owned()))
    }
}

parsed!(
    /// The id a client gives to what it posts: 1–64 of `A–Z a–z 0–9 _ -`, unique per author.
    /// It makes a retry harmless and is the key under which the message is drawn.
    ClientId
);
shown!(ClientId);

impl ClientId {
    pub const MAX_CHARS: usize = 64;

    /// # Errors
    /// Empty, too long, or with other characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if text.is_empty() || text.len() > Self::MAX_CHARS || !text.chars().all(allowed) {
            return Err(TextError::NotAClientId);
        }
        Ok(Self(text.to_owned()))
    }

    /// An id made of random bytes, as 32 hexadecimal digits.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        use fmt::Write;
        Self(bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }
}

/// The people that somebody has written down by their usernames, each once.
///
/// # Errors
/// One of them cannot be anybody's.
pub fn usernames(text: &str) -> Result<Vec<Username>, TextError> {
    let mut names = Vec::new();
    for word in text.split([',', ';', ' ', '\n', '\t']) {
        let word = word.trim().trim_start_matches('@');
        if !word.is_empty() {
            names.push(Username::to_look_up(word).ok_or(TextError::NotAUsername)?);
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn within(text: &str, max: usize) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    let actual = text.chars().count();
    if actual > max {
        return Err(TextError::TooLong { max, actual });
    }
    Ok(())
}

fn one_line(text: &str, max: usize) -> Result<String, TextError> {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let text = line;
    within(&text, max)?;
    if text.chars().all(is_invisible) {
        return Err(TextError::Empty);
    }
    let before = std::iter::once(None).chain(text.chars().map(Some));
    if text
        .chars()
        .zip(before)
        .any(|(c, before)| is_unprintable(c) || is_ignorable(c) && !belongs_after(c, before))
    {
        return Err(TextError::Unprintable);
    }
    Ok(text)
}

/// Space of any kind, and characters that take none or show none: a text of nothing else shows
/// nothing.
fn is_invisible(c: char) -> bool {
    // The braille pattern without dots, and a note without a head, are printed as nothing.
    c.is_whitespace() || c.is_control() || is_ignorable(c) || matches!(c, '\u{2800}' | '\u{1d159}')
}

/// Unicode's property `Default_Ignorable_Code_Point` (17.0): what shows nothing by itself. It covers
/// whole blocks, with what may be assigned there in future.
pub fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether something that shows nothing does something after that character: joins emoji and
/// letters of scripts that join, selects a form, or fills a syllable.
fn belongs_after(c: char, before: Option<char>) -> bool {
    let Some(before) = before else {
        // An old syllable may lack its first letter.
        return matches!(c, '\u{115f}');
    };
    let is_symbol = !before.is_alphanumeric() && !before.is_whitespace();
    let joins_letters = ('\u{600}'..'\u{2000}').contains(&before);
    match c {
        '\u{200d}' => joins_letters || (is_symbol && !before.is_ascii()),
        '\u{200c}' | '\u{180b}'..='\u{180f}' => joins_letters,
        // Digits, # and * become keys with it.
        '\u{fe0e}' | '\u{fe0f}' => is_symbol || before.is_ascii_digit(),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => !before.is_ascii(),
        '\u{e0020}'..='\u{e007f}' => {
            before == '\u{1f3f4}' || ('\u{e0020}'..='\u{e007e}').contains(&before)
        }
        '\u{115f}' => true,
        '\u{1160}' => ('\u{1100}'..='\u{115f}').contains(&before),
        _ => false,
    }
}

/// Control characters, and the marks that would turn the direction of all text after them.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_trimmed_and_lower_case() {
        assert_eq!(Username::parse("  John ").unwrap().as_str(), "john");
    }

    #[test]
    fn a_username_is_refused_when_empty_long_or_strange() {
        assert_eq!(Username::parse("  "), Err(TextError::Empty));
        assert!(matches!(
            Username::parse(&"x".repeat(33)),
            Err(TextError::TooLong {
                max: 32,
                actual: 33
            })
        ));
        assert_eq!(Username::parse("</title>"), Err(TextError::NotAUsername));
    }

    #[test]
    fn names_are_folded_to_one_line_and_may_contain_markup() {
        let name = ThreadName::parse(" a\n </title><script> ").unwrap();
        assert_eq!(name.as_str(), "a </title><script>");
    }

    #[test]
    fn a_description_may_be_empty_and_is_one_line() {
        assert!(Description::parse(" \n ").unwrap().is_empty());
        assert_eq!(Description::parse("a\n b").unwrap().as_str(), "a b");
        assert!(Description::parse(&"x".repeat(251)).is_err());
    }

    #[test]
    fn usernames_are_found_however_they_are_written_down() {
        let found = |text| -> Vec<String> {
            let names = usernames(text).unwrap();
            names.iter().map(ToString::to_string).collect()
        };
        assert_eq!(found("@Bill, ann  john,bill;"), ["ann", "bill", "john"]);
        assert_eq!(found(" , "), [""; 0]);
        assert!(usernames(&"x".repeat(40)).is_err());
    }

    #[test]
    fn names_may_not_turn_the_text_around_them() {
        assert_eq!(
            DisplayName::parse("evil\u{202e}txt"),
            Err(TextError::Unprintable)
        );
    }

    #[test]
    fn a_message_keeps_its_inner_space_and_loses_its_outer_one() {
        let text = MessageText::parse("\r\n  one\r\ntwo \n").unwrap();
        assert_eq!(text.as_str(), "  one\ntwo");
    }

    #[test]
    fn a_message_of_white_space_is_empty() {
        assert_eq!(MessageText::parse(" \n\t "), Err(TextError::Empty));
        let zero_width = "\u{200b}\u{200b} \u{feff}";
        assert_eq!(MessageText::parse(zero_width), Err(TextError::Empty));
        assert_eq!(ThreadName::parse(zero_width), Err(TextError::Empty));
        assert!(MessageText::parse("\u{1f468}\u{200d}\u{1f469}").is_ok());
    }

    #[test]
    fn what_shows_nothing_is_empty_whatever_it_is_made_of() {
        for text in [
            "\u{115f}",
            "\u{1160}\u{17b4}",
            "\u{e0020}\u{e0067}\u{e007f}",
            "\u{fe0f}\u{e0100}",
            "\u{3164}",
            "\u{2800}\u{2800}",
            "\u{180f}",
            "\u{1d173}",
            "\u{fff3}",
            "\u{200d}\n\u{200c}",
        ] {
            assert_eq!(MessageText::parse(text), Err(TextError::Empty), "{text:?}");
            assert_eq!(DisplayName::parse(text), Err(TextError::Empty), "{text:?}");
            assert_eq!(ThreadName::parse(text), Err(TextError::Empty), "{text:?}");
        }
    }

    #[test]
    fn what_shows_something_may_be_made_with_what_does_not() {
        for text in [
            "\u{115f}\u{1161}",
            "\u{1112}\u{1161}\u{11ab}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} Family",
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
            "1\u{fe0f}\u{20e3}",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{915}\u{94d}\u{200d}\u{937}",
        ] {
            assert!(MessageText::parse(text).is_ok(), "{text:?}");
            assert!(DisplayName::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn names_hide_nothing_inside() {
        for name in [
            "John\u{200d}",
            "Jo\u{200b}hn",
            "\u{200e}John",
            "John\u{fe0f}",
            "J\u{ad}ohn",
            "John\u{e0041}",
            "John\u{115f}\u{1160}\u{1160}",
        ] {
            assert_eq!(
                DisplayName::parse(name),
                Err(TextError::Unprintable),
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_username_does_not_end_in_punctuation_but_old_ones_still_sign_in() {
        for name in ["john.", "john-", "-", "a.b."] {
            assert_eq!(
                Username::parse(name),
                Err(TextError::NotAUsernamesEnd),
                "{name}"
            );
            assert_eq!(Username::to_look_up(name).unwrap().as_str(), name);
        }
        assert!(Username::parse("j.o-h_n_").is_ok());
        assert_eq!(Username::to_look_up(" "), None);
    }

    #[test]
    fn what_was_stored_is_read_whatever_the_rules_are_now() {
        let user: crate::protocol::User =
            serde_json::from_str(r#"{"id":1,"username":"old.","name":"\u200bOld"}"#).unwrap();
        assert_eq!(user.username.as_str(), "old.");
        assert!(serde_json::from_str::<Username>("\"old.\"").is_err());
    }

    #[test]
    fn a_message_may_have_ten_thousand_characters_and_not_one_more() {
        assert!(MessageText::parse(&"ä".repeat(10_000)).is_ok());
        assert!(MessageText::parse(&"ä".repeat(10_001)).is_err());
    }

    #[test]
    fn a_message_with_a_nul_is_refused_because_no_database_keeps_it() {
        assert_eq!(MessageText::parse("a\0b"), Err(TextError::Unprintable));
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let text = MessageText::parse("private").unwrap();
        let password = Password::parse("hunter22").unwrap();
        assert!(!format!("{text:?}{password:?}").contains("private"));
        assert!(!format!("{text:?}{password:?}").contains("hunter22"));
    }

    #[test]
    fn deserialising_runs_the_parser() {
        assert!(serde_json::from_str::<ClientId>("\"a b\"").is_err());
        assert!(serde_json::from_str::<ClientId>("\"a-b\"").is_ok());
    }
}
