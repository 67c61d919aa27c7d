//! A message on one line, without its marks: for notices, for lists and to be read out. What is behind
//! a spoiler stays behind it.

use super::{Block, Inline, Mark, parse};

const SPOILER: &str = "[spoiler]";

/// A text as one line of plain words.
pub fn one_line(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    blocks(&mut words, &parse(text));
    let mut line = String::with_capacity(words.len());
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The words of a link, for whoever wants to know what they say.
pub fn words_of(content: &[Inline]) -> String {
    let mut words = String::new();
    inlines(&mut words, content);
    words
}

fn blocks(out: &mut String, all: &[Block]) {
    for block in all {
        match block {
            Block::Text(content) | Block::Heading(content) => inlines(out, content),
            Block::Quote(content) => blocks(out, content),
            Block::List { items, .. } => items.iter().for_each(|item| blocks(out, item)),
            Block::Code { text, .. } => out.push_str(text),
            Block::Table { head, rows, .. } => {
                for cell in head.iter().chain(rows.iter().flatten()) {
                    inlines(out, cell);
                    out.push(' ');
                }
            }
        }
        out.push('\n');
    }
}

fn inlines(out: &mut String, all: &[Inline]) {
    for inline in all {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Mention(name) => {
                out.push('@');
                out.push_str(name);
            }
            Inline::Marked(Mark::Spoiler, _) => out.push_str(SPOILER),
            Inline::Marked(_, content) | Inline::Link(_, content) => inlines(out, content),
        }
    }
}
