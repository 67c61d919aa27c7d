//! People written down by their usernames, one after the other: which one is being typed, and the text
//! once one was chosen for it.

/// What stands between two usernames.
fn is_between(c: char) -> bool {
    matches!(c, ',' | ';') || c.is_whitespace()
}

/// The name that is being typed: what comes after the last one.
pub fn being_typed(text: &str) -> &str {
    text.rsplit(is_between).next().unwrap_or_default()
}

/// The text with a username in place of what is being typed, ready for the next.
pub fn completed(text: &str, username: &str) -> String {
    let before = &text[..text.len() - being_typed(text).len()];
    let mut text = before.to_owned();
    text.push_str(username);
    text.push_str(", ");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_name_is_the_one_that_is_typed_and_completed() {
        assert_eq!(being_typed("ann, bi"), "bi");
        assert_eq!(completed("ann, bi", "bill"), "ann, bill, ");
        assert_eq!(completed("@b", "bill"), "bill, ");
    }

    #[test]
    fn after_a_comma_nothing_is_typed_yet() {
        assert_eq!(being_typed("ann, "), "");
        assert_eq!(being_typed(""), "");
        assert_eq!(completed("ann, ", "bill"), "ann, bill, ");
    }
}
