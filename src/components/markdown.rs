//! What somebody wrote, with its marks: the tree of [`crate::protocol::markdown`] as elements.
//!
//! Elements are made by the name of their tag and hold a list of views, so all of the kinds are one
//! type: for the download each type of its own would be a copy of all that builds, hydrates and
//! compares it. Nothing here listens: a spoiler is opened by style alone, as long texts are, and the
//! buttons of code have one listener for all of the page (`client/browser/clicks`).

use leptos::html;
use leptos::prelude::*;
use leptos::tachys::html::element::custom;

use crate::protocol::markdown::{Align, Block, Inline, Link, Mark, is_only_emoji, parse};
use crate::words;

/// A message's text.
pub fn written(text: &str) -> impl IntoView + use<> {
    let class = match is_only_emoji(text) {
        true => "text large",
        false => "text",
    };
    view! {
        <div class=class dir="auto">
            {blocks(&parse(text))}
        </div>
    }
}

/// An element of any name.
fn element(tag: &'static str, class: Option<&'static str>, content: Vec<AnyView>) -> AnyView {
    custom(tag).class(class).child(content).into_any()
}

/// Text that stands alone needs no paragraph.
fn blocks(all: &[Block]) -> Vec<AnyView> {
    match all {
        [Block::Text(content)] => inlines(content),
        all => all.iter().map(block).collect(),
    }
}

fn block(block: &Block) -> AnyView {
    match block {
        Block::Text(content) => element("p", None, inlines(content)),
        Block::Heading(content) => element("strong", Some("heading"), inlines(content)),
        Block::Quote(content) => element("blockquote", None, blocks(content)),
        Block::List { start, items } => {
            let items = items.iter().map(|item| element("li", None, blocks(item)));
            let items = items.collect();
            match start {
                None => element("ul", None, items),
                Some(start) => numbered(*start, items),
            }
        }
        Block::Code { language, text } => code_block(language.clone(), text.clone()),
        Block::Table {
            columns,
            head,
            rows,
        } => table(columns, head, rows),
    }
}

fn numbered(start: u32, items: Vec<AnyView>) -> AnyView {
    let class = (start > 99).then_some("far");
    html::ol()
        .class(class)
        .start(start.to_string())
        .child(items)
        .into_any()
}

/// The button comes after the code: whoever listens to it has heard what it copies.
fn code_block(language: Option<String>, text: String) -> AnyView {
    view! {
        <div class="code" dir="ltr">
            <pre tabindex="0">
                <code data-language=language>{text}</code>
            </pre>
            <button type="button" class="copy-code" aria-label=words::COPY_CODE></button>
        </div>
    }
    .into_any()
}

fn table(columns: &[Align], head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> AnyView {
    let row = |tag: &'static str, cells: &[Vec<Inline>]| {
        let cells = cells.iter().enumerate().map(|(at, cell)| {
            let class = match columns.get(at) {
                Some(Align::Center) => Some("center"),
                Some(Align::End) => Some("end"),
                _ => None,
            };
            element(tag, class, inlines(cell))
        });
        element("tr", None, cells.collect())
    };
    let head = element("thead", None, vec![row("th", head)]);
    let body = rows.iter().map(|cells| row("td", cells)).collect();
    let body = element("tbody", None, body);
    let table = element("table", None, vec![head, body]);
    element("div", Some("table"), vec![table])
}

fn inlines(all: &[Inline]) -> Vec<AnyView> {
    all.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> AnyView {
    match inline {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Code(text) => element("code", None, vec![text.clone().into_any()]),
        Inline::Link(link, content) => anchor(link, content),
        Inline::Marked(mark, content) => {
            let tag = match mark {
                Mark::Strong => "strong",
                Mark::Emphasis => "em",
                Mark::Strike => "s",
                Mark::Spoiler => return spoiler(inlines(content)),
            };
            element(tag, None, inlines(content))
        }
    }
}

/// Where it leads is said where the words do not say it.
fn anchor(link: &Link, content: &[Inline]) -> AnyView {
    let address = link.as_str().to_owned();
    let says_it = matches!(content, [Inline::Text(text)] if *text == address);
    let title = (!says_it).then(|| address.clone());
    view! {
        <a href=address title=title rel="noopener noreferrer nofollow" target="_blank">
            {inlines(content)}
        </a>
    }
    .into_any()
}

/// What is behind it is not drawn until it is opened, so it is not read out either.
fn spoiler(content: Vec<AnyView>) -> AnyView {
    view! {
        <label class="spoiler">
            <input type="checkbox" class="visually-hidden" aria-label=words::SPOILER />
            <span>{content}</span>
        </label>
    }
    .into_any()
}
