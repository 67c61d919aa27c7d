//! Languages that are made of words, strings, numbers and comments: nearly all.

use super::languages::Language;
use super::{Kind, Taken, line, through, word};

pub(super) fn read(language: &Language, taken: &mut Taken) {
    while let Some(next) = taken.rest().chars().next() {
        let what = comment(language, taken)
            .map(|bytes| (Kind::Comment, bytes))
            .or_else(|| {
                string(language, taken.rest()).map(|bytes| string_or_key(language, taken, bytes))
            });
        match what {
            Some((kind, bytes)) => taken.take(kind, bytes),
            None if next.is_ascii_digit() => {
                let bytes = number(taken.rest());
                taken.take(Kind::Number, bytes);
            }
            None if next.is_alphabetic() || next == '_' => a_word(language, taken),
            None => taken.pass(next.len_utf8()),
        }
    }
}

fn comment(language: &Language, taken: &Taken) -> Option<usize> {
    let rest = taken.rest();
    if let Some((begin, end)) = language.block
        && let Some(inside) = rest.strip_prefix(begin)
    {
        return Some(begin.len() + through(inside, end));
    }
    let begins = language.line.iter().any(|mark| rest.starts_with(mark));
    // In `$#` and `a#b` it is none.
    let stands = !rest.starts_with('#') || taken.before().is_none_or(char::is_whitespace);
    (begins && stands).then(|| line(rest))
}

/// As long as a character can be that is written by its number, with its quotes.
const CHARACTER: usize = 14;

/// A string in quotes, however it ends.
fn string(language: &Language, rest: &str) -> Option<usize> {
    let quote = rest
        .chars()
        .next()
        .filter(|c| language.quotes.contains(*c))?;
    let triple: String = [quote; 3].iter().collect();
    if language.has_triples
        && let Some(inside) = rest.strip_prefix(&triple)
    {
        return Some(3 + through(inside, &triple));
    }
    let ends_with_line = quote != '`' && !language.has_long_strings;
    if quote == '\'' && language.has_characters {
        // A lifetime is no character, and no character is long.
        let most = rest
            .char_indices()
            .nth(CHARACTER)
            .map_or(rest.len(), |(at, _)| at);
        let inside = &rest[1..most];
        let end = closing(inside, quote, true);
        return is_character(inside, end).then_some(1 + end);
    }
    Some(1 + closing(&rest[1..], quote, ends_with_line))
}

/// Bytes up to and with the quote that ends a string, or to where it ends without one.
fn closing(inside: &str, quote: char, ends_with_line: bool) -> usize {
    let mut is_escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '\n' if ends_with_line => return at,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    inside.len()
}

fn is_character(inside: &str, end: usize) -> bool {
    let inside = &inside[..end];
    let content = inside.strip_suffix('\'');
    content.is_some_and(|content| content.starts_with('\\') || content.chars().count() == 1)
}

/// In JSON what has a colon behind it is what something is given for.
fn string_or_key(language: &Language, taken: &Taken, bytes: usize) -> (Kind, usize) {
    let is_key = is_key(language, &taken.rest()[bytes..]);
    (if is_key { Kind::Name } else { Kind::Text }, bytes)
}

fn is_key(language: &Language, then: &str) -> bool {
    let then = then.trim_start_matches(' ');
    let next = then.chars().next();
    next.is_some_and(|next| language.keys.contains(next))
        && !then.starts_with("::")
        && !then.starts_with("==")
}

fn number(rest: &str) -> usize {
    let whole = word(rest, "");
    let fraction = rest[whole..]
        .strip_prefix('.')
        .filter(|then| then.starts_with(|c: char| c.is_ascii_digit()));
    match fraction {
        Some(fraction) => whole + 1 + word(fraction, ""),
        None => whole,
    }
}

fn a_word(language: &Language, taken: &mut Taken) {
    let rest = taken.rest();
    let bytes = word(rest, language.also_of_words);
    let (word, then) = rest.split_at(bytes);
    let kind = if language.is_keyword(word) {
        Kind::Keyword
    } else if is_key(language, then) || then.starts_with('(') {
        Kind::Name
    } else if language.has_types && word.starts_with(char::is_uppercase) {
        Kind::Type
    } else {
        return taken.pass(bytes);
    };
    taken.take(kind, bytes);
}
