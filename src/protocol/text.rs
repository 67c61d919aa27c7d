//! Strings that have been looked at: parse, don't validate.
//!
//! Each type can only be made by its parser, and the parser is the same in the browser (to say so
//! before sending) and on the server (to be sure). Deserialising runs the parser too, so no
//! unchecked value can arrive by wire. Errors are sentences for the person at the form.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
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
    #[error("This is not a message id.")]
    NotAClientId,
    #[error("This contains characters that cannot be shown.")]
    Unprintable,
}

macro_rules! parsed {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
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
    /// The name one signs in with: 1–32 of `a–z 0–9 . _ -`, case-insensitive, kept in lower case.
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
        Ok(Self(text))
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
    /// What somebody says: 1–10,000 characters, trimmed at the end, line breaks as `\n`.
    MessageText
);
secret!(MessageText);

impl MessageText {
    pub const MAX_CHARS: usize = 10_000;

    /// # Errors
    /// Nothing but white space, too long, or with a NUL character.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        // Every message that is read from the database comes by here too: most have nothing to mend.
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
    if text.chars().any(is_unprintable) {
        return Err(TextError::Unprintable);
    }
    if text.chars().all(is_invisible) {
        return Err(TextError::Empty);
    }
    Ok(text)
}

/// Space of any kind, and characters that take none: a text of nothing else shows nothing.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{ffa0}'
        )
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
