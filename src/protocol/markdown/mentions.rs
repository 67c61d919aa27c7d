//! Somebody by their username: where one stands in a text, and how far it reaches.

/// Characters of a username at most.
const LONGEST: usize = 32;

/// What is of a word: a username is one of its own.
pub fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// The username that a text begins with: without the dot or the dash that ends a sentence.
pub fn name_at(text: &str) -> Option<&str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let reach = text.bytes().take(LONGEST + 1);
    let long = reach.take_while(|byte| is_of_name(char::from(*byte)));
    let name = text[..long.count()].trim_end_matches(['.', '-']);
    let is_one = !name.is_empty() && name.len() <= LONGEST;
    let is_over = !text[name.len()..].starts_with(char::is_alphanumeric);
    (is_one && is_over).then_some(name)
}
