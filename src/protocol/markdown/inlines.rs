//! A paragraph into what stands in it: one pass that finds code, links and runs of signs, pairs the
//! runs, and builds the tree from where they begin and end.
//!
//! Code is stronger than links, links are stronger than marks, and there is no link in a link. So
//! an address in a link's text is the link, and nobody reads one and is led to another.

use super::emphasis::{Run, pair};
use super::links::{self, Link};
use super::mentions::{is_of_word, name_at};
use super::steps::step;
use super::{Inline, Mark};

/// So many marks in one another; further ones are left out.
const DEEPEST: usize = 12;

/// A paragraph's content.
pub fn inlines(text: &str) -> Vec<Inline> {
    let mut done = Vec::new();
    append(&mut done, text);
    done
}

/// Puts a paragraph's content behind what is there.
pub fn append(done: &mut Vec<Inline>, text: &str) {
    let mut scanner = Scanner {
        text,
        at: 0,
        text_from: 0,
        pieces: Vec::new(),
        runs: Vec::new(),
        brackets: Vec::new(),
        dead: 0,
        ticks: ticks(text),
    };
    scanner.scan();
    build(done, scanner.pieces, &scanner.runs);
}

/// Puts text behind what is there; two texts in a row are one.
pub fn push_text(done: &mut Vec<Inline>, text: &str) {
    match done.last_mut() {
        _ if text.is_empty() => {}
        Some(Inline::Text(last)) => last.push_str(text),
        _ => done.push(Inline::Text(text.to_owned())),
    }
}

enum Piece<'a> {
    Text(&'a str),
    Code(&'a str),
    Run(usize),
    LinkBegins(Link),
    LinkEnds,
    Mention(&'a str),
}

/// A bracket that may turn out to begin a link.
struct Bracket {
    piece: usize,
    /// The first run behind it, and the first byte.
    run: usize,
    from: usize,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// What is only text begins here.
    text_from: usize,
    pieces: Vec<Piece<'a>>,
    runs: Vec<Run>,
    brackets: Vec<Bracket>,
    /// So many of them, from the outermost, have a link behind them, and so begin none.
    dead: usize,
    /// Where runs of backticks are, by their length, the last first.
    ticks: Vec<Vec<usize>>,
}

impl<'a> Scanner<'a> {
    fn scan(&mut self) {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            step(1);
            match byte {
                b'\\' => self.escape(),
                b'`' => self.code(),
                b'*' | b'_' | b'~' | b'|' => self.run(*byte),
                b'[' => self.bracket(),
                b']' => self.closing_bracket(),
                b'h' | b'H' | b'm' | b'M' => self.address(),
                b'@' => self.mention(),
                _ => self.at += 1,
            }
        }
        self.flush();
        pair(&mut self.runs);
    }

    /// What comes next, after so many bytes of it.
    fn after(&self, bytes: usize) -> Option<char> {
        self.text[self.at + bytes..].chars().next()
    }

    fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    fn flush(&mut self) {
        if self.text_from < self.at {
            let text = &self.text[self.text_from..self.at];
            self.pieces.push(Piece::Text(text));
        }
        self.text_from = self.at;
    }

    /// The text so far, this piece, and on after so many bytes.
    fn push(&mut self, piece: Piece<'a>, taken: usize) {
        self.flush();
        self.pieces.push(piece);
        self.at += taken;
        self.text_from = self.at;
    }

    /// How long the run of a sign is that begins here.
    fn long(&self, sign: u8) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        rest.iter().take_while(|byte| **byte == sign).count()
    }

    fn escape(&mut self) {
        match self.after(1) {
            Some(c) if c.is_ascii_punctuation() => {
                self.flush();
                // The sign is the first of the text that follows.
                self.text_from = self.at + 1;
                self.at += 2;
            }
            _ => self.at += 1,
        }
    }

    fn code(&mut self) {
        let long = self.long(b'`');
        step(long);
        let from = self.at + long;
        let positions = self.ticks.get_mut(long);
        let mut end = None;
        if let Some(positions) = positions {
            // Those that are behind us serve nobody any more.
            while positions.pop_if(|position| *position < from).is_some() {
                step(1);
            }
            end = positions.last().copied();
        }
        match end {
            Some(end) => {
                let code = &self.text[from..end];
                step(code.len());
                self.push(Piece::Code(without_padding(code)), end + long - self.at);
            }
            None => self.at = from,
        }
    }

    fn run(&mut self, sign: u8) {
        let long = self.long(sign);
        step(long);
        let run = Run::new(sign, long, self.before(), self.after(long));
        let number = self.runs.len();
        self.runs.push(run);
        self.push(Piece::Run(number), long);
    }

    fn bracket(&mut self) {
        self.push(Piece::Text("["), 1);
        self.brackets.push(Bracket {
            piece: self.pieces.len() - 1,
            run: self.runs.len(),
            from: self.at,
        });
    }

    fn closing_bracket(&mut self) {
        let bracket = self.brackets.pop();
        let is_dead = self.brackets.len() < self.dead;
        self.dead = self.dead.min(self.brackets.len());
        let target = match &bracket {
            Some(_) if !is_dead => links::target(&self.text[self.at + 1..]),
            _ => None,
        };
        let Some((bracket, (link, address, taken))) = bracket.zip(target) else {
            self.at += 1;
            return;
        };
        // Without words it is its address.
        if self.text[bracket.from..self.at].trim().is_empty() {
            self.flush();
            self.pieces.truncate(bracket.piece + 1);
            self.pieces.push(Piece::Text(address));
        }
        pair(&mut self.runs[bracket.run..]);
        self.pieces[bracket.piece] = Piece::LinkBegins(link);
        self.push(Piece::LinkEnds, 1 + taken);
        self.dead = self.brackets.len();
    }

    /// A person, if a username stands here as a word of its own.
    fn mention(&mut self) {
        let name = match self.before().is_some_and(is_of_word) {
            true => None,
            false => name_at(&self.text[self.at + 1..]),
        };
        match name {
            Some(name) => {
                let taken = 1 + name.len();
                step(taken);
                self.push(Piece::Mention(name), taken);
            }
            None => self.at += 1,
        }
    }

    /// An address by itself, if one begins here.
    fn address(&mut self) {
        if self.before().is_some_and(|c| c.is_ascii_alphanumeric()) {
            self.at += 1;
            return;
        }
        let Some((link, taken)) = links::bare(&self.text[self.at..]) else {
            self.at += 1;
            return;
        };
        // What only looks like one is text as a whole.
        match link {
            Some(link) => {
                let address = &self.text[self.at..self.at + taken];
                self.push(Piece::LinkBegins(link), taken);
                self.pieces.push(Piece::Text(address));
                self.pieces.push(Piece::LinkEnds);
                self.dead = self.brackets.len();
            }
            None => self.at += taken,
        }
    }
}

/// Code that begins or ends with a backtick is written with spaces around it.
fn without_padding(code: &str) -> &str {
    let inner = code
        .strip_prefix(' ')
        .and_then(|code| code.strip_suffix(' '));
    inner
        .filter(|inner| !inner.trim().is_empty())
        .unwrap_or(code)
}

/// Where runs of backticks are, by their length, the last first.
fn ticks(text: &str) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    while end > 0 {
        step(1);
        let run = bytes[..end].iter().rev().take_while(|byte| **byte == b'`');
        let long = run.count();
        if long > 0 {
            if found.len() <= long {
                found.resize(long + 1, Vec::new());
            }
            found[long].push(end - long);
        }
        end -= long.max(1);
    }
    found
}

/// What is open while the tree is built, with what was there before it.
enum Open {
    Mark(Mark, Vec<Inline>),
    Link(Link, Vec<Inline>),
    TooDeep,
}

fn build(done: &mut Vec<Inline>, pieces: Vec<Piece<'_>>, runs: &[Run]) {
    let mut open = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => push_text(done, text),
            Piece::Code(code) => done.push(Inline::Code(code.to_owned())),
            Piece::LinkBegins(link) => open.push(Open::Link(link, std::mem::take(done))),
            Piece::LinkEnds => close(done, &mut open),
            Piece::Mention(name) => {
                let is_in_a_link = open.iter().any(|open| matches!(open, Open::Link(..)));
                match is_in_a_link {
                    true => push_text(done, &format!("@{name}")),
                    false => done.push(Inline::Mention(name.to_owned())),
                }
            }
            Piece::Run(number) => {
                let run = &runs[number];
                for _ in 0..run.closes {
                    close(done, &mut open);
                }
                let left = [run.sign].repeat(run.left);
                push_text(done, str::from_utf8(&left).unwrap_or_default());
                for mark in run.opens.iter().rev() {
                    open.push(match open.len() < DEEPEST {
                        true => Open::Mark(*mark, std::mem::take(done)),
                        false => Open::TooDeep,
                    });
                }
            }
        }
    }
}

fn close(done: &mut Vec<Inline>, open: &mut Vec<Open>) {
    match open.pop() {
        Some(Open::Mark(mark, before)) => {
            let content = std::mem::replace(done, before);
            done.push(Inline::Marked(mark, content));
        }
        Some(Open::Link(link, before)) => {
            let content = std::mem::replace(done, before);
            done.push(Inline::Link(link, content));
        }
        Some(Open::TooDeep) | None => {}
    }
}
