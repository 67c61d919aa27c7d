//! What holds for any text: it is taken apart without a panic, in steps that its length bounds, into
//! a tree of bounded depth, in which nothing of the words is lost and nothing can be executed.

use proptest::prelude::*;

use super::super::{Block, Inline, Link, one_line, parse, steps};

/// Steps for each byte, however nasty the text.
const STEPS: usize = 200;
const DEPTH: usize = 32;

fn text_of(blocks: &[Block], depth: usize, out: &mut String) {
    assert!(depth < DEPTH, "bounded");
    for block in blocks {
        match block {
            Block::Text(content) | Block::Heading(content) => of_inlines(content, depth, out),
            Block::Quote(content) => text_of(content, depth + 1, out),
            Block::List { items, .. } => {
                for item in items {
                    text_of(item, depth + 1, out);
                }
            }
            Block::Code { text, .. } => out.push_str(text),
            Block::Table { head, rows, .. } => {
                for cell in head.iter().chain(rows.iter().flatten()) {
                    of_inlines(cell, depth, out);
                }
            }
        }
    }
}

fn of_inlines(all: &[Inline], depth: usize, out: &mut String) {
    assert!(depth < DEPTH, "bounded");
    for inline in all {
        match inline {
            Inline::Text(text) | Inline::Code(text) => {
                assert!(!text.is_empty(), "an empty text would be drawn as a space");
                out.push_str(text);
            }
            Inline::Mention(name) => {
                out.push('@');
                out.push_str(name);
            }
            Inline::Marked(_, content) => of_inlines(content, depth + 1, out),
            Inline::Link(link, content) => {
                let lower = link.as_str().to_ascii_lowercase();
                let is_known = ["http://", "https://", "mailto:"];
                assert!(
                    link.is_thread() || is_known.iter().any(|scheme| lower.starts_with(scheme)),
                    "{lower}"
                );
                assert_eq!(Link::parse(link.as_str()).as_ref(), Some(link));
                let before = out.len();
                of_inlines(content, depth + 1, out);
                if out[before..] != *link.as_str() {
                    out.push_str(link.as_str());
                }
            }
        }
    }
}

fn words(text: &str) -> String {
    let mut out = String::new();
    text_of(&parse(text), 0, &mut out);
    out
}

/// Looks at a text from all sides.
fn holds(text: &str) {
    let taken = steps::count(|| drop(parse(text)));
    assert!(
        taken <= STEPS * (text.len() + 1),
        "{taken} steps for {}",
        text.len()
    );
    let words = words(text);
    let line = one_line(text);
    assert!(!line.contains('\n'));
    // What is of no mark is there, in its order.
    let is_of_word = |c: &char| c.is_alphabetic() && !c.is_ascii();
    let before: String = text.chars().filter(is_of_word).collect();
    let after: String = words.chars().filter(is_of_word).collect();
    assert_eq!(before, after);
}

/// What a parser that looks back could be made to look at again and again.
const PATTERNS: [&str; 88] = [
    "[",
    "]",
    "*",
    "_",
    "~",
    "|",
    "`",
    ">",
    "#",
    "-",
    "+",
    "(",
    ")",
    "!",
    "\\",
    "<",
    "\n",
    " ",
    "\t",
    "||",
    "~~",
    "**",
    "* ",
    "- ",
    "> ",
    ">\n",
    "1. ",
    "# ",
    "[]",
    "[](",
    "](",
    "[a](",
    "[a](b",
    "**a ",
    "*a_",
    "@a",
    "@a.",
    "@a-",
    "a**b",
    "_a_ ",
    "a||",
    "||a ",
    "~~a",
    "`a",
    "``a`",
    "`a``",
    "```\n",
    "```a\n",
    "~~~\n",
    "|\n",
    "|-\n",
    "a|b\n-|-\n",
    "-|",
    "http://",
    "https://a(",
    "https://a.",
    "http://[",
    "mailto:",
    "mailto:a@",
    "h",
    "https://a|",
    "[a](<",
    "[a](<b\n",
    "[a](https://a.b)",
    "[#a](/t/1)",
    "[[a](https://a.b)",
    "![",
    "*[",
    "[*",
    "- a\n  ",
    " - a\n",
    "- a\n\n",
    "\n- a\n",
    "*_~~||",
    "||~~_*",
    "*a **b ",
    "**a *b ",
    "_a*b ",
    "***a**b*",
    "\\`",
    "\\[",
    "`\\",
    "a\n> ",
    "> - ",
    "- > ",
    "1) 1. ",
    "<h",
    "\u{3000}*",
];

#[test]
fn ten_thousand_of_any_sign_take_no_longer_than_as_many_letters() {
    for pattern in PATTERNS {
        for length in [10_000, 40_000] {
            holds(&pattern.repeat(length / pattern.len()));
        }
        let half = pattern.repeat(5_000 / pattern.len());
        holds(&format!(
            "{half}a{}",
            half.chars().rev().collect::<String>()
        ));
    }
    // Runs of all lengths, none of which has a partner.
    let ticks: String = (1..140).map(|n| "`".repeat(n) + "a").collect();
    holds(&ticks);
    let stars: String = (1..140).map(|n| "*".repeat(n) + "a").collect();
    holds(&stars);
    let deep: String = (0..140).map(|n| " ".repeat(n * 2) + "- a\n").collect();
    holds(&deep);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_taken_apart_and_nothing_of_it_is_lost(
        text in "([äßé日 \n\n]|[*_~|`>#\\[\\]()<!\\\\:.-]|\\*\\*|\\|\\||```\n?|1\\. |https?://|mailto:|/t/1|\t|a|b@c| ?@a| - |[\u{200b}\u{202e}]){0,80}"
    ) {
        holds(&text);
    }

    #[test]
    fn any_string_at_all_is_taken_apart(text in ".{0,200}") {
        let _ = words(&text);
        let _ = one_line(&text);
    }

    #[test]
    fn words_without_signs_stay_as_they_are(text in "[a-zäß日0-9 ,;?'\"&/%$=]{0,10}[a-zäß日](\n{1,3}[a-zäß日][a-zäß日 ,;?'\"&/%$=.]{0,10}[a-zäß日]){0,4}") {
        prop_assert_eq!(words(&text), text);
    }
}
