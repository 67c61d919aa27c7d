//! What is pasted into the composer: with its form, where it has one; and as a file, where it is too long
//! for a message. What is pasted without its form (Ctrl+Shift+V) comes without it.

use leptos::ev;
use leptos::leptos_dom::helpers::window_event_listener;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DomParser, Element, File, HtmlElement, Node, SupportedType};

use super::field::{self, Area};
use super::upload;
use crate::client::pasting::{DEPTH, PIECES, Piece, markdown};
use crate::client::session::Session;
use crate::protocol::MessageText;

/// In the browser, once.
pub fn listen(session: Session) {
    let _ = window_event_listener(ev::paste, move |event| {
        let field = event.target().and_then(|it| it.dyn_into::<Area>().ok());
        let field = field.filter(|field| field.id() == "composer-field");
        if field.is_some_and(|field| takes(session, &field, &event)) {
            event.prevent_default();
        }
    });
}

/// Whether it was taken in another way than the browser's own.
fn takes(session: Session, field: &Area, event: &ClipboardEvent) -> bool {
    let Some(data) = event.clipboard_data() else {
        return false;
    };
    let of_kind = |kind: &str| data.get_data(kind).unwrap_or_default();
    let (plain, html) = (of_kind("text/plain"), of_kind("text/html"));
    if plain.chars().count() > MessageText::MAX_CHARS {
        return as_file(session, &plain);
    }
    if html.is_empty() || field::is_in_code(field) {
        return false;
    }
    let Some(text) = pieces(&html).and_then(|pieces| markdown(&pieces)) else {
        return false;
    };
    let (from, to) = field::selection(field);
    field::replace(field, from, to, &text);
    true
}

/// A text that no message holds goes with one.
fn as_file(session: Session, text: &str) -> bool {
    let content = js_sys::Array::of1(&text.into());
    let Ok(file) = File::new_with_str_sequence(&content, "pasted.txt") else {
        return false;
    };
    let is_taken = upload::add(session, vec![file]);
    if is_taken {
        let said = "That is too long for a message, so it is attached as a file.";
        session.say(said.to_owned(), None);
    }
    is_taken
}

/// The document in pieces: nothing of it is shown or loaded. None if it is too much.
fn pieces(html: &str) -> Option<Vec<Piece>> {
    let parser = DomParser::new().ok()?;
    let document = parser
        .parse_from_string(html, SupportedType::TextHtml)
        .ok()?;
    let body: HtmlElement = document.body()?;
    let mut left = PIECES;
    children(&body, DEPTH, &mut left)
}

fn children(node: &Node, depth: usize, left: &mut usize) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut next = node.first_child();
    while let Some(child) = next {
        *left = left.checked_sub(1)?;
        match child.node_type() {
            Node::TEXT_NODE => {
                let text = child.node_value().unwrap_or_default();
                pieces.push(Piece::Text(text));
            }
            Node::ELEMENT_NODE => {
                let element = child.dyn_ref::<Element>()?;
                let attribute = |name: &str| element.get_attribute(name).unwrap_or_default();
                let style = attribute("style").to_lowercase().replace(' ', "");
                pieces.push(Piece::Element {
                    tag: element.tag_name().to_lowercase(),
                    href: attribute("href"),
                    style,
                    children: children(&child, depth.checked_sub(1)?, left)?,
                });
            }
            _ => {}
        }
        next = child.next_sibling();
    }
    Some(pieces)
}
