//! A person in a circle: their picture, or initials on a hue of their own.
//!
//! The initials are there in any case and the picture lies over them, so nothing moves when it comes,
//! and whoever does not get it sees who it is.

use leptos::prelude::*;

use crate::protocol::{AvatarId, User, UserId};

const HUES: i64 = 12;

/// Decoration: the name always stands beside it.
#[allow(clippy::needless_pass_by_value)]
#[component]
pub fn Avatar(user: User) -> impl IntoView {
    face(&user, user.avatar.map(AvatarId::address))
}

/// The same where it is drawn large.
#[allow(clippy::needless_pass_by_value)]
#[component]
pub fn LargeAvatar(user: User) -> impl IntoView {
    face(&user, user.avatar.map(AvatarId::large_address))
}

/// With the picture at that address, if there is one. (A view without a type of its own: each view
/// around it would bring a copy of it along.)
fn face(user: &User, address: Option<String>) -> AnyView {
    let class = format!("avatar hue-{}", hue(user.id));
    let picture = address.map(|address| view! { <img src=address alt="" loading="lazy" /> });
    view! {
        <span class=class aria-hidden="true">
            {initials(user.name.as_str())}
            {picture}
        </span>
    }
    .into_any()
}

fn hue(id: UserId) -> i64 {
    // A step that has no factor in common with the number of hues: neighbours differ.
    (id.0 * 5).rem_euclid(HUES)
}

/// What the first and the last word begin with; a picture alone, where the name begins with one.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().map(first_grapheme).unwrap_or_default();
    let is_letter = first.chars().next().is_some_and(char::is_alphanumeric);
    let last = words.next_back().map(first_grapheme).filter(|_| is_letter);
    let both = first.chars().chain(last.unwrap_or_default().chars());
    both.flat_map(char::to_uppercase).collect()
}

/// What a reader takes for the first character: with the marks on it, and an emoji with all that it
/// is made of. Without the tables of Unicode, which would weigh more than all of this page: what
/// joins is known by where it stands, which is right for what names are made of.
fn first_grapheme(word: &str) -> &str {
    let mut characters = word.char_indices().peekable();
    let Some((_, first)) = characters.next() else {
        return "";
    };
    let mut is_flag = is_regional(first);
    let mut is_joined = false;
    for (at, c) in characters {
        let goes_on = is_joined || extends(c) || (is_flag && is_regional(c));
        if !goes_on {
            return &word[..at];
        }
        // Two letters make a flag.
        is_flag = false;
        is_joined = c == '\u{200d}';
    }
    word
}

fn is_regional(c: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&c)
}

/// Whether a character belongs to the one before it.
fn extends(c: char) -> bool {
    match c {
        // Marks of the European scripts, symbols, Hebrew, Arabic.
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5bd}'
        | '\u{5bf}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6dc}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}'
        // Thai, Lao; marks of Japanese.
        | '\u{e31}'
        | '\u{e33}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}'
        | '\u{eb1}'
        | '\u{eb3}'..='\u{ebc}'
        | '\u{ec8}'..='\u{ece}'
        | '\u{3099}'..='\u{309a}'
        // What joins, selects a form, tints a skin, or spells the name of a region.
        | '\u{200c}'
        | '\u{200d}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0020}'..='\u{e007f}'
        | '\u{e0100}'..='\u{e01ef}' => true,
        // The scripts of India are laid out alike, 128 to a script.
        '\u{900}'..='\u{dff}' => matches!(
            u32::from(c) & 0x7f,
            0x00..=0x03 | 0x3a..=0x3c | 0x3e..=0x4f | 0x51..=0x57 | 0x62..=0x63
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    #[test]
    fn initials_are_the_first_letters_of_the_first_and_the_last_word() {
        assert_eq!(initials("john"), "J");
        assert_eq!(initials("Ada King Lovelace"), "AL");
        assert_eq!(initials("élodie ümit"), "ÉÜ");
        assert_eq!(initials("e\u{301}lodie"), "E\u{301}");
    }

    #[test]
    fn a_picture_is_whole_and_alone() {
        assert_eq!(initials("🦀 crab"), "🦀");
        assert_eq!(initials("🇩🇪 Team"), "🇩🇪");
        assert_eq!(initials("👨‍👩‍👧‍👦 Family"), "👨‍👩‍👧‍👦");
    }

    #[test]
    fn a_grapheme_is_what_unicode_says_for_what_names_are_made_of() {
        for word in [
            "john",
            "e\u{301}a",
            "🇩🇪🇫🇷",
            "👨‍👩‍👧‍👦x",
            "🏴\u{e0067}\u{e0062}\u{e007f}x",
            "👍🏽👍",
            "❤️a",
            "1\u{fe0f}\u{20e3}2",
            "नमस्ते",
            "கி",
            "เกม",
            "\u{62d}\u{64f}\u{628}",
            "שָׁלוֹם",
            "が",
            "가나",
            "李雷",
        ] {
            let right = word.graphemes(true).next().unwrap();
            assert_eq!(first_grapheme(word), right, "{word}");
        }
    }
}
