//! What somebody looks for, as they type it: words that all must be there, `"several together"`,
//! `-not this`, and where and when: `from:ada in:12 has:link before:2026-11-01 after:… on:…`.
//!
//! What is not understood is a word like any other: nobody is told off for typing a colon.

use super::{fold, tokens};
use crate::protocol::{ThreadId, Timestamp, Username, moment};

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// All of them, folded.
    pub wanted: Vec<Vec<char>>,
    /// None of them.
    pub unwanted: Vec<Vec<char>>,
    pub from: Option<Username>,
    pub thread: Option<ThreadId>,
    pub has: Vec<Has>,
    /// Not before, and before.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// What a message may have beside words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    Link,
    Reaction,
    File,
    Image,
}

impl Query {
    /// Characters that are looked at; nobody types more.
    const MAX_CHARS: usize = 500;
    /// Characters of a word that count, folded: one that is typed may become many.
    const WORD_CHARS: usize = 100;
    /// Words that count. What more of them would narrow down is not worth their work.
    const WORDS: usize = 16;
    /// Pairs of letters that the index is asked for: a few of many find the same, since the text is
    /// looked at anyway.
    const TOKENS: usize = 32;

    /// Takes apart what was typed. Days are those of whoever asks, so many minutes ahead of UTC.
    pub fn parse(text: &str, ahead: i64) -> Self {
        let mut query = Self::default();
        let end = text.char_indices().nth(Self::MAX_CHARS);
        let text = &text[..end.map_or(text.len(), |(at, _)| at)];
        for (word, is_quoted) in words(text) {
            let (word, is_wanted) = match word.strip_prefix('-') {
                Some(rest) if !is_quoted && !rest.is_empty() => (rest, false),
                _ => (word, true),
            };
            let word = word.trim_matches('"');
            if is_quoted || !is_wanted || query.filter(word, ahead).is_none() {
                let mut folded = fold(word.trim());
                folded.chars.truncate(Self::WORD_CHARS);
                let into = match is_wanted {
                    true => &mut query.wanted,
                    false => &mut query.unwanted,
                };
                if !folded.chars.is_empty() && into.len() < Self::WORDS {
                    into.push(folded.chars);
                }
            }
        }
        query
    }

    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        let has_filter = self.from.is_some() || self.thread.is_some() || !self.has.is_empty();
        let has_day = self.since.is_some() || self.until.is_some();
        self.wanted.is_empty() && self.unwanted.is_empty() && !has_filter && !has_day
    }

    /// What the index is asked for.
    pub fn tokens(&self) -> Vec<String> {
        let of_each = self.wanted.iter().flat_map(|word| tokens::of_wanted(word));
        let all: std::collections::BTreeSet<String> = of_each.collect();
        all.into_iter().take(Self::TOKENS).collect()
    }

    /// Whether a text is one that is looked for.
    pub fn matches(&self, text: &str) -> bool {
        let folded = fold(text);
        let contains = |word: &Vec<char>| folded.find(word).is_some();
        self.wanted.iter().all(contains)
            && !self.unwanted.iter().any(contains)
            && (!self.has.contains(&Has::Link) || has_link(text))
    }

    /// Where in a text what is looked for is, in order.
    pub fn marks(&self, text: &str) -> Vec<(usize, usize)> {
        let folded = fold(text);
        let mut marks: Vec<(usize, usize)> = self
            .wanted
            .iter()
            .flat_map(|word| folded.find_all(word))
            .collect();
        marks.sort_unstable();
        let mut end = 0;
        marks.retain(|(first, last)| {
            let is_apart = *first >= end;
            if is_apart {
                end = *last;
            }
            is_apart
        });
        marks
    }

    fn filter(&mut self, word: &str, ahead: i64) -> Option<()> {
        let (name, value) = word.split_once(':')?;
        match name {
            "from" => {
                self.from = Some(Username::parse(value.trim_start_matches('@')).ok()?);
            }
            "in" => self.thread = Some(value.parse().ok()?),
            "has" => self.has.push(match value {
                "link" => Has::Link,
                "reaction" => Has::Reaction,
                "file" => Has::File,
                "image" => Has::Image,
                _ => return None,
            }),
            "after" => self.since = Some(day(value, ahead, 1)?),
            "before" => self.until = Some(day(value, ahead, 0)?),
            "on" => {
                self.since = Some(day(value, ahead, 0)?);
                self.until = Some(day(value, ahead, 1)?);
            }
            _ => return None,
        }
        Some(())
    }
}

fn has_link(text: &str) -> bool {
    text.contains("https://") || text.contains("http://")
}

/// When a day, or one so many days later, begins: `2026-11-27`.
fn day(text: &str, ahead: i64, later: i64) -> Option<Timestamp> {
    let day = moment::day(text)?;
    Some(moment::beginning(day + later, &|_| ahead))
}

/// Words, and what stands in quotes as one, with whether it does.
fn words(text: &str) -> Vec<(&str, bool)> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let minus = usize::from(rest.starts_with("-\""));
        let quoted = rest[minus..].strip_prefix('"');
        let closed = quoted.and_then(|quoted| quoted.find('"'));
        let len = match closed {
            Some(len) => minus + len + 2,
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(len);
        words.push((word, closed.is_some() && minus == 0));
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn text(word: &[char]) -> String {
        word.iter().collect()
    }

    fn texts(words: &[Vec<char>]) -> Vec<String> {
        words.iter().map(|word| text(word)).collect()
    }

    #[test]
    fn words_quotes_and_what_is_not_wanted() {
        let query = Query::parse(r#"Tea "with  milk" -sugar -"a lemon" 10:30 x:y"#, 0);
        assert_eq!(texts(&query.wanted), ["tea", "with milk", "10:30", "x:y"]);
        assert_eq!(texts(&query.unwanted), ["sugar", "a lemon"]);
        assert!(query.matches("10:30 TEA with\nmilk, x:y"));
        assert!(!query.matches("10:30 tea with milk, x:y, a lemon"));
        assert!(!query.matches("10:30 milk with tea x:y"));
        assert_eq!(texts(&Query::parse("-", 0).wanted), ["-"]);
        assert_eq!(texts(&Query::parse("\"open", 0).wanted), ["open"]);
        assert!(Query::parse("  \"\" ", 0).is_empty());
    }

    #[test]
    fn filters_say_who_where_and_when() {
        let query = Query::parse(
            "from:@Ada in:12 has:link after:2026-11-01 before:2026-11-27",
            0,
        );
        assert_eq!(query.from.as_ref().map(Username::as_str), Some("ada"));
        assert_eq!(query.thread, Some(ThreadId(12)));
        assert_eq!(query.has, [Has::Link]);
        assert_eq!(
            query.since,
            Some(Timestamp(1_793_577_600_000)),
            "the day after"
        );
        assert_eq!(query.until, Some(Timestamp(1_795_737_600_000)));
        assert!(!query.is_empty());
        assert!(query.matches("see https://example.org"));
        assert!(!query.matches("see example.org"));
        // Days begin where one is: two hours ahead, earlier.
        let on = Query::parse("on:1970-01-02", 120);
        assert_eq!(on.since, Some(Timestamp(DAY - 7_200_000)));
        assert_eq!(on.until, Some(Timestamp(2 * DAY - 7_200_000)));
        // A leap day, and what is no day.
        assert_eq!(
            Query::parse("on:2024-02-29", 0).since,
            Some(Timestamp(1_709_164_800_000))
        );
        for none in ["on:2024-13-01", "on:soon", "in:tea", "from:", "has:fun"] {
            assert_eq!(texts(&Query::parse(none, 0).wanted), [none]);
        }
    }

    #[test]
    fn whoever_pastes_a_book_looks_for_its_beginning() {
        let book = (0..5_000).fold(String::new(), |book, n| format!("{book}word{n} "));
        let query = Query::parse(&book, 0);
        assert_eq!(query.wanted.len(), Query::WORDS);
        assert!(query.tokens().len() <= Query::TOKENS);
        let long = Query::parse(&"äbcdefghijklmnopqrstuvwxyz".repeat(100), 0);
        assert_eq!(long.wanted[0].len(), Query::WORD_CHARS);
        assert!(long.tokens().len() <= Query::TOKENS);
    }

    #[test]
    fn what_was_found_is_marked() {
        let query = Query::parse("tea eat", 0);
        let text = "Eat, TEA, tEAt";
        let marks = query.marks(text);
        let marked: Vec<&str> = marks.iter().map(|(a, b)| &text[*a..*b]).collect();
        assert_eq!(marked, ["Eat", "TEA", "tEA"]);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_taken_and_marks_are_places_in_the_text(
            typed in "\\PC{0,60}", text in "\\PC{0,60}"
        ) {
            let query = Query::parse(&typed, 60);
            let mut end = 0;
            for (first, last) in query.marks(&text) {
                prop_assert!(end <= first && first < last);
                prop_assert!(text.get(first..last).is_some());
                end = last;
            }
        }
    }
}
