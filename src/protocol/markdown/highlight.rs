//! Code in colours: what each stretch of it is, by a table of languages.
//!
//! A reader of words, strings, comments and numbers that knows no grammar: it is a few kilobytes where
//! a real parser for each language would be megabytes, both sides have it, and it cannot fail. What it
//! does not know stays plain. The stretches one after the other are the code, whatever it is: tests
//! throw anything at it. Every step goes forward, so no code takes long.

mod languages;
mod lines;
mod markup;
mod words;

use languages::{Syntax, find};

/// What a stretch of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Keyword,
    Text,
    Number,
    Comment,
    /// What is called, or what something is given for.
    Name,
    Type,
    Added,
    Removed,
}

/// A stretch of code, and what it is.
pub type Stretch<'a> = (Kind, &'a str);

/// Code, taken apart; one plain stretch if its language is not known.
pub fn highlight<'a>(language: &str, code: &'a str) -> Vec<Stretch<'a>> {
    let mut taken = Taken {
        code,
        from: 0,
        at: 0,
        stretches: Vec::new(),
    };
    match find(language) {
        Some(Syntax::Words(language)) => words::read(language, &mut taken),
        Some(Syntax::Markup) => markup::read(&mut taken),
        Some(Syntax::Changes) => lines::read(&mut taken),
        None => taken.at = code.len(),
    }
    taken.flush();
    taken.stretches
}

/// Code that is gone through, and what is known of it so far.
struct Taken<'a> {
    code: &'a str,
    /// Where what is plain, and not yet among the stretches, begins.
    from: usize,
    at: usize,
    stretches: Vec<Stretch<'a>>,
}

impl<'a> Taken<'a> {
    fn rest(&self) -> &'a str {
        &self.code[self.at..]
    }

    fn before(&self) -> Option<char> {
        self.code[..self.at].chars().next_back()
    }

    /// Nothing is said of so many bytes.
    fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// So many bytes are that.
    fn take(&mut self, kind: Kind, bytes: usize) {
        self.flush();
        let end = self.at + bytes;
        if bytes > 0 {
            self.stretches.push((kind, &self.code[self.at..end]));
        }
        self.at = end;
        self.from = end;
    }

    fn flush(&mut self) {
        if self.from < self.at {
            self.stretches
                .push((Kind::Plain, &self.code[self.from..self.at]));
        }
        self.from = self.at;
    }
}

/// Bytes up to and with that, or all there are.
fn through(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

/// Bytes up to the end of the line.
fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Bytes of what a word is made of.
fn word(text: &str, also: &str) -> usize {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_' || also.contains(c);
    text.find(|c| !is_of_word(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
