//! Addresses. A [`Link`] can only be made here, and only of an address that a person may be led to:
//! http, https or mailto, without anything in it that is not shown or that turns the text around; or of a
//! thread of this server, by its path.

use super::steps::step;

/// Bytes of an address.
const LONGEST: usize = 2048;
/// Brackets in one another in an address.
const DEEPEST: usize = 32;
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// An address that may be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// An address, if it is one to be led to.
    pub fn parse(address: &str) -> Option<Self> {
        if is_thread(address) {
            return Some(Self(address.to_owned()));
        }
        let rest = &address[scheme(address)?..];
        // A name must follow: no browser is left to guess one.
        let begins = rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '[' | '_'));
        let is_one = begins && address.len() <= LONGEST && address.chars().all(is_of_address);
        is_one.then(|| Self(address.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it leads to a thread of this server.
    pub fn is_thread(&self) -> bool {
        is_thread(&self.0)
    }

    /// Where it leads, if its words look like the address of somewhere else.
    pub fn host_unlike(&self, words: &str) -> Option<&str> {
        if self.is_thread() {
            return None;
        }
        let host = host(&self.0);
        let mut parts = words.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','));
        let misleads = |part: &str| {
            let said = host_said(part);
            said.is_some_and(|said| !said.eq_ignore_ascii_case(host))
        };
        parts.any(misleads).then_some(host)
    }
}

/// A thread by its id, or a message in it: `/t/5` or `/t/5?m=9`.
fn is_thread(address: &str) -> bool {
    let is_number = |text: &str| {
        let bytes = text.as_bytes();
        (1..=18).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit)
    };
    let Some(rest) = address.strip_prefix("/t/") else {
        return false;
    };
    let (id, message) = rest.split_once("?m=").unwrap_or((rest, "1"));
    is_number(id) && is_number(message)
}

/// The part of an address that says where it leads: behind scheme and name, before port and path.
fn host(address: &str) -> &str {
    let rest = &address[scheme(address).unwrap_or_default()..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let rest = &rest[..end];
    let rest = rest.rsplit('@').next().unwrap_or(rest);
    match rest.rfind(':') {
        Some(at) if rest[at + 1..].bytes().all(|b| b.is_ascii_digit()) => &rest[..at],
        _ => rest,
    }
}

/// Where a word seems to lead, if it looks like an address: with a scheme, or `name.tld` as names are.
fn host_said(word: &str) -> Option<&str> {
    if let Some(at) = word.find("://") {
        return Some(host_after(&word[at + 3..]));
    }
    let word = word.trim_end_matches(['.', ':', '!', '?', ';']);
    let host = host_after(word);
    let (name, top) = host.rsplit_once('.')?;
    let is_top = top.len() >= 2 && top.chars().all(char::is_alphabetic);
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    (is_top && !name.is_empty() && name.chars().all(is_name)).then_some(host)
}

fn host_after(rest: &str) -> &str {
    let end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    &rest[..end]
}

/// How long the scheme is that an address begins with.
fn scheme(address: &str) -> Option<usize> {
    let begins = |scheme: &str| {
        let begin = address.get(..scheme.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    };
    let found = SCHEMES.into_iter().find(|scheme| begins(scheme))?;
    Some(found.len())
}

/// No space, no quotes, no backslash (browsers take it for a slash), and nothing that is not shown or
/// turns the direction of the text.
fn is_of_address(c: char) -> bool {
    let is_hidden = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}'
    );
    let is_sign = matches!(c, '<' | '>' | '"' | '`' | '\\');
    !(c.is_whitespace() || c.is_control() || is_hidden || is_sign)
}

/// An address that a text begins with, and how long it is. Without a link it is not one to be led to,
/// and text as a whole.
pub fn bare(text: &str) -> Option<(Option<Link>, usize)> {
    let begin = scheme(text)?;
    let end = begin + extent(&text[begin..]);
    step(end);
    let address = &text[..end];
    // What ends a sentence, or a mark around it, is not of the address.
    let address =
        address.trim_end_matches(['?', '!', '.', ',', ':', ';', '*', '_', '~', '\'', '|']);
    match Link::parse(address) {
        Some(link) if is_mail(address) != Some(false) => Some((Some(link), address.len())),
        _ => Some((None, address.len().max(begin))),
    }
}

/// Whether it is a mail address as people have them; nothing for what is of the web.
fn is_mail(address: &str) -> Option<bool> {
    let scheme = address.get(..7)?;
    let is_mail = scheme.eq_ignore_ascii_case("mailto:");
    is_mail.then(|| address[7..].contains('@'))
}

/// How far an address reaches: to what cannot be in one, to a bracket that it has not opened, or to
/// the end of a spoiler.
fn extent(text: &str) -> usize {
    let mut open = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' if open.pop() != Some(c) => return at,
            '|' if before == '|' => return at - 1,
            _ if !is_of_address(c) => return at,
            _ => {}
        }
        before = c;
    }
    text.len()
}

/// Where a link leads, `(…)` behind its words, as it is written there, and how long that is.
pub fn target(text: &str) -> Option<(Link, &str, usize)> {
    let inner = text.strip_prefix('(')?;
    let (address, end) = if let Some(inner) = inner.strip_prefix('<') {
        let end = inner
            .bytes()
            .position(|b| matches!(b, b'<' | b'>' | b'\n'))?;
        step(end);
        (&inner[..end], end + 2)
    } else {
        let end = closing(inner)?;
        (&inner[..end], end)
    };
    inner[end..].starts_with(')').then_some(())?;
    Some((Link::parse(address)?, address, end + 2))
}

/// Where the address ends that begins after the bracket.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0;
    for (at, b) in text.bytes().enumerate().take(LONGEST + 1) {
        step(1);
        match b {
            b'(' if open == DEEPEST => return None,
            b'(' => open += 1,
            b')' if open == 0 => return Some(at),
            b')' => open -= 1,
            b if b.is_ascii_whitespace() => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_a_thread_and_nowhere_else() {
        for path in ["/t/5", "/t/5?m=12"] {
            assert!(Link::parse(path).unwrap().is_thread(), "{path}");
        }
        for path in [
            "/t/",
            "/t/5/",
            "/t/5?m=",
            "/t/5?m=1&panel=people",
            "/t/5#a",
            "/t/-5",
            "/t/5a",
            "//t/5",
            "/settings",
            "t/5",
            "/T/5",
            "/t/1234567890123456789",
            "/t/\u{665}",
            "javascript:/t/5",
        ] {
            assert_eq!(Link::parse(path), None, "{path}");
        }
        assert!(!Link::parse("https://example.org/t/5").unwrap().is_thread());
    }

    #[test]
    fn a_link_whose_words_are_another_address_says_where_it_leads() {
        let link = |address: &str| Link::parse(address).unwrap();
        let evil = link("https://me@evil.example:8080/path?q=bank.example");
        for words in [
            "https://bank.example",
            "bank.example",
            "www.bank.example/login",
            "see bank.example.",
            "HTTPS://BANK.EXAMPLE",
            "(bank.example)",
        ] {
            assert_eq!(evil.host_unlike(words), Some("evil.example"), "{words}");
        }
        for words in [
            "the bank",
            "evil.example/login",
            "Evil.Example",
            "1.5",
            "e.g.",
            "end.",
        ] {
            assert_eq!(evil.host_unlike(words), None, "{words}");
        }
        assert_eq!(
            link("mailto:ada@example.org").host_unlike("ada@example.org"),
            None
        );
    }
}
