//! What people write, as a tree: the chat's own dialect of Markdown, for both sides.
//!
//! The tree is drawn by views, so there is no string of HTML anywhere, and the only addresses in it
//! are those that [`Link`] lets through. The dialect is `CommonMark` where that is what people in a
//! chat expect. It differs in that a line break is one, text stays as it was typed (also its blank
//! lines and its indentation), what is not closed is text, a quote and an item end with their lines,
//! and there are spoilers (`||…||`) and people (`@username`) but no HTML, no entities and no images. Every
//! step goes forward and nesting is bounded, so no text takes long: the tests count the steps.

mod blocks;
mod emoji;
mod emphasis;
mod highlight;
mod inlines;
mod links;
mod lists;
mod mentions;
mod plain;
mod steps;
mod tables;

#[cfg(test)]
mod tests;

pub use blocks::is_in_code;
pub use emoji::is_only_emoji;
pub use highlight::{Kind, highlight};
pub use links::Link;
pub use mentions::{is_of_word, name_at};
pub use plain::{one_line, words_of};

/// What stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Lines of text, with the breaks and blank lines between them as characters.
    Text(Vec<Inline>),
    Heading(Vec<Inline>),
    Quote(Vec<Block>),
    List {
        /// Of a numbered one.
        start: Option<u32>,
        items: Vec<Vec<Block>>,
    },
    Code {
        language: Option<String>,
        text: String,
    },
    Table {
        columns: Vec<Align>,
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
}

/// What stands in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Code(String),
    Marked(Mark, Vec<Inline>),
    Link(Link, Vec<Inline>),
    /// Somebody by their username, as it was typed, if there is such a person. (In a link it is a part of the words.)
    Mention(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Strong,
    Emphasis,
    Strike,
    Spoiler,
}

/// To which side a column of a table keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Start,
    Center,
    End,
}

/// Takes a text apart. There is no text that it refuses.
pub fn parse(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.split('\n').collect();
    blocks::blocks(&lines, 0)
}
