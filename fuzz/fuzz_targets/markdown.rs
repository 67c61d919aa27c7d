//! Whatever somebody writes: taken apart without a panic and in bounded time, and no address comes out
//! that leads anywhere but to the web or to a mail.
//!
//! The parser's own files are compiled in, as for the frames.

#![no_main]

#[allow(dead_code, unused_imports)]
#[path = "../../src/protocol"]
mod protocol {
    pub mod markdown;
}

use libfuzzer_sys::fuzz_target;
use protocol::markdown::{
    Block, Inline, Link, is_in_code, is_only_emoji, name_at, one_line, parse,
};

/// Deeper trees could not be drawn on a small stack.
const DEPTH: usize = 32;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    blocks(&parse(text), 0);
    assert!(!one_line(text).contains('\n'));
    let _ = is_only_emoji(text);
    let _ = is_in_code(text);
});

fn blocks(all: &[Block], depth: usize) {
    assert!(depth < DEPTH, "nesting is bounded");
    for block in all {
        match block {
            Block::Text(content) | Block::Heading(content) => inlines(content, depth),
            Block::Quote(content) => blocks(content, depth + 1),
            Block::List { items, .. } => items.iter().for_each(|item| blocks(item, depth + 1)),
            Block::Code { language, .. } => {
                let name = language.as_deref().unwrap_or("none");
                assert!(name.bytes().all(|b| b.is_ascii_graphic() && b != b'"'));
            }
            Block::Table { head, rows, .. } => {
                for cell in head.iter().chain(rows.iter().flatten()) {
                    inlines(cell, depth);
                }
            }
        }
    }
}

fn inlines(all: &[Inline], depth: usize) {
    assert!(depth < DEPTH, "nesting is bounded");
    for inline in all {
        match inline {
            Inline::Text(text) | Inline::Code(text) => assert!(!text.is_empty()),
            Inline::Mention(name) => assert_eq!(name_at(name), Some(name.as_str())),
            Inline::Marked(_, content) => inlines(content, depth + 1),
            Inline::Link(link, content) => {
                leads_somewhere(link);
                inlines(content, depth + 1);
            }
        }
    }
}

fn leads_somewhere(link: &Link) {
    let address = link.as_str();
    let lower = address.to_ascii_lowercase();
    let schemes = ["http://", "https://", "mailto:"];
    assert!(
        link.is_thread() || schemes.iter().any(|scheme| lower.starts_with(scheme)),
        "{address}"
    );
    let is_strange =
        |c: char| c.is_control() || c.is_whitespace() || "<>\"\\`\u{202e}\u{200b}".contains(c);
    assert!(!address.contains(is_strange), "{address:?}");
}
