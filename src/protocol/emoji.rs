//! One emoji, as somebody reacts with it.
//!
//! What counts as one is told by its shape: a picture with what may follow it (a skin tone, the wish
//! for colour), several joined by the invisible joiner, two letters of a flag, or a key. No table of
//! all emoji is needed, and new ones are taken as they come; a picture that a device cannot draw is
//! no worse than one that does not exist.

use serde::{Deserialize, Serialize};

use super::text::{Stored, TextError};

/// A single emoji. By wire it comes only from who has parsed it: what is asked for is a string still.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Emoji(String);

/// The tones that skin comes in.
pub const TONES: [&str; 5] = ["🏻", "🏼", "🏽", "🏾", "🏿"];

/// Shows what comes before in colour, or without.
const COLOUR: char = '\u{fe0f}';
const JOINER: char = '\u{200d}';
const KEY: char = '\u{20e3}';

impl Emoji {
    /// Characters at most: a family of four with skin tones has eleven, a flag of a part of a country
    /// seven.
    pub const MAX_CHARS: usize = 16;

    /// # Errors
    /// It is empty, or not one emoji.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let chars: Vec<char> = text.chars().take(Self::MAX_CHARS + 1).collect();
        match chars.len() <= Self::MAX_CHARS && is_one(&chars) {
            true => Ok(Self(text.to_owned())),
            false => Err(TextError::NotAnEmoji),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An emoji of one person in a tone of skin, which takes the place of the wish for colour.
pub fn in_tone(emoji: &str, tone: &str) -> String {
    let mut chars = emoji.chars();
    let first = chars.next().map(String::from).unwrap_or_default();
    let rest = chars.as_str();
    first + tone + rest.strip_prefix(COLOUR).unwrap_or(rest)
}

impl Stored for Emoji {
    fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Display for Emoji {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Debug for Emoji {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

fn is_one(chars: &[char]) -> bool {
    match chars {
        [a, b] if is_flag_letter(*a) && is_flag_letter(*b) => true,
        ['0'..='9' | '#' | '*', rest @ ..] => matches!(rest, [KEY] | [COLOUR, KEY]),
        _ => chars.split(|c| *c == JOINER).all(is_picture),
    }
}

/// A picture with what may follow it: a sign that asks for colour, a tint of the skin, or, behind a
/// black flag, the name of a region.
fn is_picture(chars: &[char]) -> bool {
    let [first, rest @ ..] = chars else {
        return false;
    };
    let has_colour = rest.first() == Some(&COLOUR);
    is_pictographic(*first, has_colour)
        && match rest {
            [] | [COLOUR | '\u{1f3fb}'..='\u{1f3ff}'] => true,
            [name @ .., '\u{e007f}'] if *first == '\u{1f3f4}' => {
                (2..=6).contains(&name.len()) && name.iter().all(|c| is_of_a_region(*c))
            }
            _ => false,
        }
}

fn is_of_a_region(c: char) -> bool {
    matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')
}

fn is_flag_letter(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Signs that are also text count where colour is asked for.
fn is_pictographic(c: char, has_colour: bool) -> bool {
    match c {
        '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f3fb}'..='\u{1f3ff}' => false,
        '\u{1f000}'..='\u{1faff}'
        | '\u{231a}'..='\u{23ff}'
        | '\u{25fd}'..='\u{25fe}'
        | '\u{2600}'..='\u{27bf}'
        | '\u{2b05}'..='\u{2b55}' => true,
        '\u{a9}'
        | '\u{ae}'
        | '\u{203c}'
        | '\u{2049}'
        | '\u{2122}'
        | '\u{2139}'
        | '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{2319}'
        | '\u{24c2}'
        | '\u{25a0}'..='\u{25ff}'
        | '\u{2900}'..='\u{2b04}'
        | '\u{3030}'
        | '\u{303d}'
        | '\u{3297}'
        | '\u{3299}' => has_colour,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_one_however_many_characters_it_has() {
        for one in [
            "👍",
            "👍🏽",
            "❤️",
            "❤",
            "👨‍👩‍👧‍👦",
            "👩🏽‍🚀",
            "🏳️‍🌈",
            "🇩🇪",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "1️⃣",
            "#️⃣",
            "™️",
            "⭐",
            "🫡",
            "⌚",
            "✅",
        ] {
            assert_eq!(Emoji::parse(one).unwrap().as_str(), one);
        }
        assert_eq!(Emoji::parse(" 👍 ").unwrap().as_str(), "👍");
    }

    #[test]
    fn two_emoji_a_word_or_half_of_one_are_none() {
        for none in [
            "👍👍",
            "👍 👍",
            "a",
            "lol",
            "1",
            "🏽",
            "🇩",
            "🇩🇪🇫🇷",
            "\u{200d}",
            "👍\u{200d}",
            "\u{fe0f}",
            "™",
            "<b>",
            "👍\n",
            "👍\u{202e}",
            // Nothing to see, or more than is seen.
            "\u{202e}\u{fe0f}",
            "\u{200b}\u{fe0f}",
            "\u{2066}\u{fe0f}",
            "👍\u{fe0f}\u{fe0f}",
            "👍\u{e0061}\u{e0062}\u{e007f}",
            "🏴\u{e0061}\u{e0062}",
            "é",
        ] {
            let is_trimmed = none.trim() != none;
            assert!(is_trimmed || Emoji::parse(none).is_err(), "{none:?}");
        }
        assert!(matches!(Emoji::parse("  "), Err(TextError::Empty)));
        assert!(Emoji::parse(&"🏽".repeat(1000)).is_err());
        let joined = ["👍"; 20].join("\u{200d}");
        assert!(Emoji::parse(&joined).is_err());
    }
}
