//! How names and passwords are written: one spelling of what looks the same.
//!
//! The tables for this are large, so it is done on the server only, after the shared parser. A
//! display name is composed (NFC). Two names look alike if their skeletons do (Unicode UTS #39), in
//! lower case and without spaces and what shows nothing: "J0hn" and "Јоhn" with Cyrillic letters are
//! John. Passwords are composed too, because another keyboard sends the same letters decomposed.

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use crate::protocol::notify::Called;
use crate::protocol::text::{TextError, is_ignorable};
use crate::protocol::{DisplayName, Username};
use crate::server::search::fold;

/// A display name in its one spelling.
///
/// # Errors
/// As for [`DisplayName::parse`].
pub fn display_name(text: &str) -> Result<DisplayName, TextError> {
    let composed: String = text.nfc().collect();
    DisplayName::parse(&composed)
}

/// Whether nobody may be called that: whoever writes `@all` calls on everybody.
pub fn is_reserved(username: &Username) -> bool {
    Called::NAMES.contains(&username.as_str())
}

/// The same for all names that look alike.
pub fn look_alike_key(name: &str) -> String {
    let seen = |text: &str| -> String {
        let text: String = text.nfkc().collect();
        let lower = text.to_lowercase();
        skeleton(&lower).collect::<String>()
    };
    // What is lower case may look like something else than what was upper case: both, until it
    // settles.
    let once = seen(name);
    let twice = seen(&once);
    twice
        .chars()
        .filter(|c| !c.is_whitespace() && !is_ignorable(*c))
        .collect()
}

/// Text as it is searched for and found: in lower case and without the marks on letters.
pub fn searched(text: &str) -> String {
    fold(text).text()
}

/// A password as it is hashed from now on: composed, and every space a plain one. (RFC 8265,
/// `OpaqueString`.)
pub fn password(typed: &str) -> String {
    let space = |c: char| match c.is_whitespace() && !c.is_control() {
        true => ' ',
        false => c,
    };
    typed.chars().map(space).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_have_one_key() {
        for (one, other) in [
            ("John", "john"),
            ("John", "J0hn"),
            ("John", "\u{408}\u{43e}hn"),
            ("Bill", "Bi11"),
            ("Jose\u{301}", "Jos\u{e9}"),
            ("Ada Lovelace", "AdaLovelace"),
            ("paypal", "p\u{430}ypal"),
            ("\u{ff2a}ohn", "John"),
        ] {
            assert_eq!(look_alike_key(one), look_alike_key(other), "{one} {other}");
        }
    }

    #[test]
    fn names_that_differ_to_the_eye_have_different_keys() {
        for (one, other) in [("John", "Joan"), ("Jos\u{e9}", "Jose"), ("Li", "Lee")] {
            assert_ne!(look_alike_key(one), look_alike_key(other), "{one} {other}");
        }
    }

    #[test]
    fn a_name_is_composed() {
        assert_eq!(display_name("Jose\u{301}").unwrap().as_str(), "Jos\u{e9}");
    }

    #[test]
    fn a_password_is_the_same_from_any_keyboard() {
        assert_eq!(password("cafe\u{301}"), password("caf\u{e9}"));
        assert_eq!(password("a\u{a0}b"), "a b");
        assert_ne!(password("Secret"), password("secret"));
    }
}
