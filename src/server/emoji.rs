//! The names of all emoji, for browsers that offer them while somebody types: one text, made once.

use std::fmt::Write;
use std::sync::LazyLock;

/// An emoji on each line, with the names that people know it by, the usual one first.
pub static TABLE: LazyLock<String> = LazyLock::new(|| {
    let mut table = String::new();
    for emoji in emojis::iter() {
        let _ = write!(table, "{}\t", emoji.as_str());
        let words = emoji.name().replace([' ', ':'], "_").to_lowercase();
        let mut names: Vec<&str> = emoji.shortcodes().collect();
        if !names.contains(&words.as_str()) {
            names.push(&words);
        }
        let _ = writeln!(table, "{}", names.join(" "));
    }
    table
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::completing::emoji_called;
    use crate::protocol::Emoji;

    #[test]
    fn emoji_are_known_by_the_names_that_people_use_and_each_can_be_given() {
        assert_eq!(emoji_called(&TABLE, "tada"), Some("🎉"));
        assert_eq!(emoji_called(&TABLE, "+1"), Some("👍"));
        assert_eq!(emoji_called(&TABLE, "grinning_face"), Some("😀"));
        for line in TABLE.lines() {
            let (emoji, names) = line.split_once('\t').unwrap();
            assert!(Emoji::parse(emoji).is_ok(), "{line}");
            assert!(!names.is_empty() && !names.contains(':'), "{line}");
        }
    }
}
