//! Texts as they are compared.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text as it is compared, and where each of its characters comes from.
#[derive(Debug)]
pub struct Folded {
    pub chars: Vec<char>,
    /// Places in the text that it was made of, in bytes.
    from: Vec<usize>,
    end: usize,
}

/// Folds a text.
pub fn fold(text: &str) -> Folded {
    let mut folded = Folded {
        chars: Vec::with_capacity(text.len()),
        from: Vec::with_capacity(text.len()),
        end: text.len(),
    };
    for (at, c) in text.char_indices() {
        for part in std::iter::once(c).nfkd() {
            if is_combining_mark(part) {
                continue;
            }
            for lower in part.to_lowercase() {
                folded.push(if lower.is_whitespace() { ' ' } else { lower }, at);
            }
        }
    }
    folded
}

impl Folded {
    /// Several spaces are one.
    fn push(&mut self, c: char, at: usize) {
        if c != ' ' || self.chars.last() != Some(&' ') {
            self.chars.push(c);
            self.from.push(at);
        }
    }

    pub fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// Where something folded is in the text, first and last place in bytes; nothing if it is not there.
    pub fn find(&self, wanted: &[char]) -> Option<(usize, usize)> {
        self.find_from(wanted, 0)
            .map(|(first, last, _)| (first, last))
    }

    /// All places where it is.
    pub fn find_all(&self, wanted: &[char]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some((first, last, next)) = self.find_from(wanted, from) {
            found.push((first, last));
            from = next;
        }
        found
    }

    fn find_from(&self, wanted: &[char], from: usize) -> Option<(usize, usize, usize)> {
        if wanted.is_empty() {
            return None;
        }
        let at = from + position(self.chars.get(from..)?, wanted)?;
        let next = at + wanted.len();
        let first = self.from[at];
        // What one character was taken apart into belongs together.
        let last = self.from[at + wanted.len() - 1];
        let end = self.from.iter().skip(next).find(|from| **from > last);
        Some((first, end.copied().unwrap_or(self.end), next))
    }
}

/// Where something begins, looked for in steps that the lengths bound (Knuth, Morris and Pratt): no text
/// can be written in which a word is hard to look for.
fn position(text: &[char], wanted: &[char]) -> Option<usize> {
    // How much of its beginning each part of it ends with.
    let mut ends = vec![0; wanted.len()];
    let mut known = 0;
    for at in 1..wanted.len() {
        while known > 0 && wanted[at] != wanted[known] {
            known = ends[known - 1];
        }
        known += usize::from(wanted[at] == wanted[known]);
        ends[at] = known;
    }
    known = 0;
    for (at, c) in text.iter().enumerate() {
        while known > 0 && *c != wanted[known] {
            known = ends[known - 1];
        }
        known += usize::from(*c == wanted[known]);
        if known == wanted.len() {
            return Some(at + 1 - known);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_capitals_make_no_difference() {
        for (one, other) in [
            ("Café", "cafe"),
            ("cafe\u{301}", "café"),
            ("ＴＥＡ", "tea"),
            ("Straße", "straße"),
            ("two \n  spaces", "two spaces"),
            ("ﬁne", "fine"),
        ] {
            assert_eq!(fold(one).text(), fold(other).text(), "{one}");
        }
        assert_ne!(fold("tea").text(), fold("ted").text());
    }

    #[test]
    fn what_is_found_is_a_place_in_the_text_as_it_is() {
        let text = "Ein Café\u{301} in Zürich, ZÜRICH";
        let folded = fold(text);
        let wanted = fold("zurich").chars;
        let found: Vec<&str> = folded
            .find_all(&wanted)
            .into_iter()
            .map(|(first, last)| &text[first..last])
            .collect();
        assert_eq!(found, ["Zürich", "ZÜRICH"]);
        let (first, last) = folded.find(&fold("cafe").chars).unwrap();
        assert_eq!(&text[first..last], "Café\u{301}");
        assert_eq!(folded.find(&fold("tea").chars), None);
        assert_eq!(folded.find(&[]), None);
    }
}
