//! What somebody wrote, with its marks: the tree of [`crate::protocol::markdown`] as elements.
//!
//! Which elements is said here, once for both sides; [`written`] makes them. Nothing here listens: a
//! spoiler is opened by style alone, as long texts are, and the buttons of code have one listener for
//! all of the page (`client/browser/clicks`).
//!
//! All that knows the marks is a part that is fetched when the page has begun: what the server has
//! drawn is taken over without it. Until it is there, what arrives is shown as it was typed.

mod files;
mod written;

pub use written::Written;

use std::borrow::Cow;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::{GetUntracked, NodeRef, Set, request_animation_frame};
use leptos::task::spawn_local;

use super::Page;
use super::thread::HEADER;
use crate::client::browser::field::{self, Area};
use crate::client::browser::{
    clicks, commands, completion, drafts, emoji, gallery, paste, takeover, upload,
};
use crate::client::session::Session;
use crate::parts::part;
use crate::places::{HOME, SEARCH};
use crate::protocol::markdown::{
    self, Align, Block, Inline, Kind, Link, Mark, is_only_emoji, parse,
};
use crate::protocol::notify::Called;
use crate::protocol::{FileInfo, Place};
use crate::words;

/// What can be done with marks, for those who do not bring the parser along.
#[derive(Clone, Copy)]
pub struct Marks {
    draw: fn(&str, &[FileInfo]) -> Node,
    one_line: fn(&str) -> String,
    format: fn(&Area, &KeyboardEvent) -> bool,
    is_in_code: fn(&Area) -> bool,
    begin: fn(Page, Session),
}

part!(MARKS in soon: |_none: ()| -> Marks {
    Marks {
        draw: message,
        one_line: markdown::one_line,
        format: field::format,
        is_in_code: field::is_in_code,
        begin,
    }
});

/// What comes soon takes the places of what the server has drawn; the focus stays on the link that it is on.
fn begin(page: Page, session: Session) {
    listen(session);
    // They are in the same file: so nothing is empty for a moment when they take their places.
    spawn_local(async move {
        let _ = HEADER.load().await;
        let _ = HOME.load().await;
        let focused = takeover::focused_early();
        page.has_soon.set(true);
        if let Some(focused) = focused {
            request_animation_frame(move || takeover::focus_link(&focused));
        }
    });
}

/// What is listened for from then on: it is not needed before.
fn listen(session: Session) {
    clicks::listen();
    gallery::listen();
    // What has a form is taken with it; else what is pasted may be files.
    paste::listen(session);
    upload::listen(session);
    // Enter chooses what is offered, before it does or sends anything.
    completion::listen(session);
    commands::listen(session);
    drafts::listen(session);
    emoji::listen(session);
    // One writes into a search at once: what draws it is there by then.
    clicks::on_way_to("a[href='/search']", || {
        spawn_local(async {
            let _ = SEARCH.load().await;
        });
    });
}

fn marks() -> Option<Marks> {
    MARKS.get().map(|make| make(()))
}

/// Fetches what knows the marks; what was shown as it was typed is drawn anew then. In the browser,
/// once.
pub fn fetch(page: Page, session: Session) {
    MARKS.insist(move |make| (make(()).begin)(page, session));
}

/// A text as one line of plain words. What may be a spoiler is not given away.
pub fn one_line(text: &str) -> String {
    match marks() {
        Some(marks) => (marks.one_line)(text),
        None if text.contains("||") => words::HIDDEN.to_owned(),
        None => text.to_owned(),
    }
}

/// Marks what is selected in a field, if that is what a key press asks for. Whether it was.
pub fn format(field: NodeRef<html::Textarea>, event: &KeyboardEvent) -> bool {
    let there = marks().zip(field.get_untracked());
    there.is_some_and(|(marks, field)| (marks.format)(&field, event))
}

/// Whether code is being written in a field, where Enter begins a line. (With Ctrl it is sent from
/// inside, too.)
pub fn is_in_code(field: NodeRef<html::Textarea>, event: &KeyboardEvent) -> bool {
    let there = marks().zip(field.get_untracked());
    !event.ctrl_key() && there.is_some_and(|(marks, field)| (marks.is_in_code)(&field))
}

/// What stands in an element.
pub enum Node {
    Text(String),
    Element {
        tag: &'static str,
        attributes: Vec<(&'static str, Cow<'static, str>)>,
        content: Vec<Node>,
    },
}

/// A message as it is drawn: its text, and its files below.
fn message(text: &str, files: &[FileInfo]) -> Node {
    match (text, files) {
        (text, []) => written(text),
        ("", files) => files::all(files),
        (text, all) => element("div", vec![written(text), files::all(all)]),
    }
}

fn written(text: &str) -> Node {
    let class = match is_only_emoji(text) {
        true => "text large",
        false => "text",
    };
    root(class, blocks(&parse(text)))
}

fn root(class: &'static str, content: Vec<Node>) -> Node {
    element("div", content)
        .with("class", class)
        .with("dir", "auto")
}

fn element(tag: &'static str, content: Vec<Node>) -> Node {
    Node::Element {
        tag,
        attributes: Vec::new(),
        content,
    }
}

impl Node {
    /// A text as it was typed.
    fn plain(text: &str) -> Self {
        root("text", vec![Self::Text(text.to_owned())])
    }

    fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        if let Self::Element { attributes, .. } = &mut self {
            attributes.push((name, value.into()));
        }
        self
    }
}

/// Text that stands alone needs no paragraph.
fn blocks(all: &[Block]) -> Vec<Node> {
    match all {
        [Block::Text(content)] => inlines(content),
        all => all.iter().map(block).collect(),
    }
}

fn block(block: &Block) -> Node {
    match block {
        Block::Text(content) => element("p", inlines(content)),
        Block::Heading(content) => element("strong", inlines(content)).with("class", "heading"),
        Block::Quote(content) => element("blockquote", blocks(content)),
        Block::List { start, items } => {
            let items = items.iter().map(|item| element("li", blocks(item)));
            list(*start, items.collect())
        }
        Block::Code { language, text } => code(language.as_deref(), text),
        Block::Table {
            columns,
            head,
            rows,
        } => table(columns, head, rows),
    }
}

fn list(start: Option<u32>, items: Vec<Node>) -> Node {
    let Some(start) = start else {
        return element("ul", items);
    };
    let list = element("ol", items).with("start", start.to_string());
    match start {
        0..100 => list,
        _ => list.with("class", "far"),
    }
}

/// The button comes after the code: whoever listens to it has heard what it copies.
fn code(language: Option<&str>, text: &str) -> Node {
    let language = language.unwrap_or_default();
    let stretches = markdown::highlight(language, text).into_iter();
    let mut code = element("code", stretches.map(stretch).collect());
    if !language.is_empty() {
        code = code.with("data-language", language.to_owned());
    }
    let pre = element("pre", vec![code]).with("tabindex", "0");
    let copy = element("button", Vec::new())
        .with("type", "button")
        .with("class", "copy-code")
        .with("aria-label", words::COPY_CODE);
    element("div", vec![pre, copy])
        .with("class", "code")
        .with("dir", "ltr")
}

/// A stretch of code in the colour of what it is.
fn stretch((kind, text): (Kind, &str)) -> Node {
    let text = Node::Text(text.to_owned());
    let class = match kind {
        Kind::Plain => return text,
        Kind::Keyword => "code-keyword",
        Kind::Text => "code-text",
        Kind::Number => "code-number",
        Kind::Comment => "code-comment",
        Kind::Name => "code-name",
        Kind::Type => "code-type",
        Kind::Added => "code-added",
        Kind::Removed => "code-removed",
    };
    element("span", vec![text]).with("class", class)
}

fn table(columns: &[Align], head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> Node {
    let row = |tag: &'static str, cells: &[Vec<Inline>]| {
        let cells = cells.iter().enumerate().map(|(at, cell)| {
            let cell = element(tag, inlines(cell));
            match columns.get(at) {
                Some(Align::Center) => cell.with("class", "center"),
                Some(Align::End) => cell.with("class", "end"),
                _ => cell,
            }
        });
        element("tr", cells.collect())
    };
    let head = element("thead", vec![row("th", head)]);
    let rows = rows.iter().map(|cells| row("td", cells)).collect();
    let table = element("table", vec![head, element("tbody", rows)]);
    element("div", vec![table]).with("class", "table")
}

fn inlines(all: &[Inline]) -> Vec<Node> {
    all.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> Node {
    match inline {
        Inline::Text(text) => Node::Text(text.clone()),
        Inline::Code(text) => element("code", vec![Node::Text(text.clone())]),
        Inline::Link(link, content) => anchor(link, content),
        Inline::Mention(name) => mention(name),
        Inline::Marked(mark, content) => {
            let tag = match mark {
                Mark::Strong => "strong",
                Mark::Emphasis => "em",
                Mark::Strike => "s",
                Mark::Spoiler => return spoiler(inlines(content)),
            };
            element(tag, inlines(content))
        }
    }
}

/// A person by their username: their card. What calls on all of a thread is no person.
fn mention(name: &str) -> Node {
    if Called::NAMES.contains(&name.to_ascii_lowercase().as_str()) {
        return element("span", vec![Node::Text(format!("@{name}"))]).with("class", "call");
    }
    let place = Place::Person {
        username: name.to_ascii_lowercase(),
    };
    element("a", vec![Node::Text(format!("@{name}"))])
        .with("class", "mention")
        .with("href", place.to_string())
}

/// Where it leads is said where the words do not say it.
fn anchor(link: &Link, content: &[Inline]) -> Node {
    let address = link.as_str().to_owned();
    let says_it = matches!(content, [Inline::Text(text)] if *text == address);
    let mut words = inlines(content);
    if link.is_thread() {
        return element("a", words)
            .with("class", "mention")
            .with("href", address);
    }
    if let Some(host) = link.host_unlike(&markdown::words_of(content)) {
        // Whoever reads one address is not led to another without a word.
        words.push(Node::Text(format!(" ({host})")));
    }
    let link = element("a", words)
        .with("href", address.clone())
        .with("rel", "noopener noreferrer nofollow")
        .with("target", "_blank");
    match says_it {
        true => link,
        false => link.with("title", address),
    }
}

/// What is behind it is not drawn until it is opened, so it is not read out either.
fn spoiler(content: Vec<Node>) -> Node {
    let opener = element("input", Vec::new())
        .with("type", "checkbox")
        .with("class", "visually-hidden")
        .with("aria-label", words::SPOILER);
    element("label", vec![opener, element("span", content)]).with("class", "spoiler")
}
