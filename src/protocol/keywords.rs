//! Words of one's own: whoever writes one of them has written something for whoever chose it.
//!
//! What a text has of them is asked in one place, on the server, in the transaction that writes the
//! message (`db/writer/batch`): a browser hears of it and asks nothing itself. So both agree by
//! construction, and nobody downloads the letters of all languages for it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::{Field, FieldError, Problem};
use super::markdown::is_of_word;

/// Words of one person, in the order of the alphabet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keywords(BTreeSet<String>);

impl Keywords {
    pub const MOST: usize = 20;
    pub const MAX_CHARS: usize = 40;
    const MIN_CHARS: usize = 2;

    /// Reads them as they are typed, with spaces or commas between them.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let refused = |problem| FieldError {
            field: Field::Keywords,
            problem,
        };
        let mut words = BTreeSet::new();
        let typed = typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
        for word in typed.filter(|word| !word.is_empty()) {
            let word = word.to_lowercase();
            let chars = word.chars().count();
            if !is_one(&word) {
                return Err(refused(Problem::BadCharacters));
            }
            if chars < Self::MIN_CHARS {
                return Err(refused(Problem::TooShort));
            }
            if chars > Self::MAX_CHARS {
                return Err(refused(Problem::TooLong));
            }
            words.insert(word);
            if words.len() > Self::MOST {
                return Err(refused(Problem::TooMany));
            }
        }
        Ok(Self(words))
    }

    /// As they were stored.
    pub fn from_stored(words: impl IntoIterator<Item = String>) -> Self {
        Self(words.into_iter().collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// As one would type them.
impl std::fmt::Display for Keywords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, word) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{word}")?;
        }
        Ok(())
    }
}

/// Whether it is a word that a text can have.
fn is_one(word: &str) -> bool {
    word.chars().all(is_of_word) && !word.starts_with('-') && !word.ends_with('-')
}

/// The words of a text, each once, in small letters; what is joined by dashes as a whole and in its
/// parts.
pub fn words_of(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for run in text.split(|c| !is_of_word(c)) {
        let run = run.trim_matches('-');
        let parts = run.split('-').filter(|_| run.contains('-'));
        for word in parts.chain([run]) {
            // Nobody has a longer one.
            if !word.is_empty() && word.len() <= Keywords::MAX_CHARS * 4 && words.len() < MOST {
                words.insert(word.to_lowercase());
            }
        }
    }
    words
}

/// Different words that one message is looked through for, about.
const MOST: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(typed: &str) -> Result<String, Problem> {
        let parsed = Keywords::parse(typed).map(|words| words.to_string());
        parsed.map_err(|error| error.problem)
    }

    #[test]
    fn they_are_read_as_they_are_typed_each_once() {
        assert_eq!(
            parse("Tea, BISCUITS  tea\nрелиз"),
            Ok("biscuits, tea, релиз".to_owned())
        );
        assert_eq!(parse(" ,, "), Ok(String::new()));
        assert_eq!(
            parse("release-notes x_1"),
            Ok("release-notes, x_1".to_owned())
        );
    }

    #[test]
    fn what_no_text_could_have_is_refused_and_so_are_too_many() {
        assert_eq!(parse("a"), Err(Problem::TooShort));
        assert_eq!(parse("c++"), Err(Problem::BadCharacters));
        assert_eq!(parse("@bill"), Err(Problem::BadCharacters));
        assert_eq!(parse("-v"), Err(Problem::BadCharacters));
        assert_eq!(parse(&"é".repeat(41)), Err(Problem::TooLong));
        assert!(parse(&"é".repeat(40)).is_ok());
        let many = |count: usize| {
            let words = (0..count).map(|n| format!("word{n}"));
            parse(&words.collect::<Vec<_>>().join(" "))
        };
        assert!(many(Keywords::MOST).is_ok());
        assert_eq!(many(Keywords::MOST + 1), Err(Problem::TooMany));
    }

    #[test]
    fn a_text_has_whole_words_in_small_letters() {
        let has = |text: &str, word: &str| words_of(text).contains(word);
        for text in [
            "tea",
            "TEA!",
            "(Tea)",
            "**tea**",
            "green-tea",
            "-tea-",
            "a\ntea.",
        ] {
            assert!(has(text, "tea"), "{text}");
        }
        for text in ["team", "steam", "te a", "tea_time", "téa"] {
            assert!(!has(text, "tea"), "{text}");
        }
        assert!(has("the Release-Notes are out", "release-notes"));
        assert!(has("НОВЫЙ РЕЛИЗ", "релиз"));
        assert!(words_of("--- - !").is_empty());
        let many: Vec<String> = (0..5000).map(|n| format!("w{n}")).collect();
        assert!(words_of(&many.join(" ")).len() <= MOST);
    }

    #[test]
    fn what_is_a_keyword_is_a_word_of_its_own_text() {
        for typed in ["tea", "release-notes", "x_1", "релиз", "茶会"] {
            let words = Keywords::parse(typed).unwrap();
            for word in words.iter() {
                assert!(words_of(&format!("so, {word}!")).contains(word), "{word}");
            }
        }
    }
}
