//! What of a text is put into the index: pairs of neighbouring letters, written so that no engine
//! sees a word in them.

use std::collections::BTreeSet;

use super::fold;

/// The tokens of a text, each once, with a space between them.
pub fn of_text(text: &str) -> String {
    let folded = fold(text);
    let mut tokens = BTreeSet::new();
    for run in runs(&folded.chars) {
        for pair in run.windows(2) {
            tokens.insert(token(pair));
        }
        for one in run {
            if run.len() == 1 || stands_alone(*one) {
                tokens.insert(token(&[*one]));
            }
        }
    }
    join(tokens)
}

/// The tokens that a text has if it contains this, folded. None if it has no letters.
pub fn of_wanted(wanted: &[char]) -> BTreeSet<String> {
    let mut tokens = BTreeSet::new();
    for run in runs(wanted) {
        match run {
            [one] if stands_alone(*one) => {
                tokens.insert(token(&[*one]));
            }
            // A single letter of a word may be a part of any word: no token says so.
            [_] => {}
            run => tokens.extend(run.windows(2).map(token)),
        }
    }
    tokens
}

fn join(tokens: BTreeSet<String>) -> String {
    tokens.into_iter().collect::<Vec<_>>().join(" ")
}

/// Letters and digits that follow each other.
fn runs(chars: &[char]) -> impl Iterator<Item = &[char]> {
    chars
        .split(|c| !c.is_alphanumeric())
        .filter(|run| !run.is_empty())
}

/// Written with nothing but digits and small letters.
fn token(chars: &[char]) -> String {
    use std::fmt::Write;
    let mut token = String::new();
    for c in chars {
        if !token.is_empty() {
            token.push('z');
        }
        let _ = write!(token, "{:x}", u32::from(*c));
    }
    token
}

/// Whether one character can be all that somebody looks for: a word of its own in Chinese, Japanese
/// and Korean.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fdf}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_pairs_and_chinese_is_single_characters_too() {
        assert_eq!(of_text("tea"), "65z61 74z65");
        assert_eq!(of_text("TEA, tea!"), "65z61 74z65");
        assert_eq!(of_text("a b"), "61 62");
        assert_eq!(of_text("茶"), "8336");
        assert_eq!(of_text("喝茶"), "559d 559dz8336 8336");
        assert_eq!(of_text("?! …"), "");
        assert!(of_wanted(&['?']).is_empty());
        assert!(of_wanted(&['a']).is_empty());
    }

    proptest! {
        #[test]
        fn a_text_has_all_tokens_of_what_it_contains(text in "\\PC{0,40}", from in 0..20usize, len in 0..20usize) {
            let folded = fold(&text);
            let part: Vec<char> = folded.chars.iter().copied().skip(from).take(len).collect();
            let all = of_text(&text);
            let all: BTreeSet<&str> = all.split(' ').collect();
            for token in of_wanted(&part) {
                // Half of a syllable that was taken apart is a letter, but no whole text.
                prop_assert!(all.contains(token.as_str()), "{token} of {part:?} in {text:?}");
            }
        }
    }
}
