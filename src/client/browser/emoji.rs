//! All emoji in this browser: their table, fetched when it is first wanted, which were picked last, in
//! which tone, and moving through them by keys.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::ev;
use leptos::leptos_dom::helpers::{document, window, window_event_listener};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlDivElement, HtmlElement, Response};

use super::field::{Area, replace, selection};
use super::storage::{found, put};
use crate::client::doing::Picking;
use crate::client::emoji::picked;
use crate::client::session::Session;

/// Where the server has the names of all emoji.
const TABLE: &str = "/emoji.txt?groups";
const RECENT: &str = "hubbub.emoji";
const TONE: &str = "hubbub.tone";

thread_local! {
    static KNOWN: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
}

const FIELD: &str = "composer-field";
/// Emoji in a row, as the style has it.
const COLUMNS: usize = 8;
/// The button beside the text.
const BUTTON: &str = "#emoji-button";

/// Opens what an emoji is picked from, when its button is pressed. In the browser, once.
pub fn listen(session: Session) {
    let _ = window_event_listener(ev::click, move |event| {
        let element = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if element.is_some_and(|it| matches!(it.closest(BUTTON), Ok(Some(_)))) {
            session.change(|doing| doing.picking = Some(Picking::Text));
        }
    });
}

/// The names of all emoji; nothing if they cannot be had.
pub async fn table() -> Option<Rc<str>> {
    if let Some(known) = KNOWN.with_borrow(Clone::clone) {
        return Some(known);
    }
    let answer = JsFuture::from(window().fetch_with_str(TABLE)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    let text = JsFuture::from(answer.text().ok()?).await.ok()?;
    let table: Rc<str> = text.as_string().filter(|_| answer.ok())?.into();
    KNOWN.set(Some(table.clone()));
    Some(table)
}

/// Those that were picked last, between spaces.
pub fn recent() -> String {
    found(RECENT)
}

/// One more was picked.
pub fn remember(emoji: &str) {
    put(RECENT, &picked(&found(RECENT), emoji));
}

/// The tone that was chosen last; empty for none.
pub fn tone() -> String {
    found(TONE)
}

pub fn remember_tone(tone: &str) {
    put(TONE, tone);
}

/// Puts an emoji where the cursor is.
pub fn write(emoji: &str) {
    let found = document().get_element_by_id(FIELD);
    if let Some(area) = found.and_then(|found| found.dyn_into::<Area>().ok()) {
        let (from, to) = selection(&area);
        replace(&area, from, to, emoji);
    }
}

/// Moves the focus through what is shown. Whether the key is for that.
pub fn step(dialog: &HtmlDivElement, key: &str) -> bool {
    let Ok(all) = dialog.query_selector_all(".emoji-grid button") else {
        return false;
    };
    let buttons = (0..all.length()).filter_map(|at| all.item(at)?.dyn_into::<HtmlElement>().ok());
    let buttons: Vec<HtmlElement> = buttons.collect();
    let active = document().active_element();
    let now = buttons
        .iter()
        .position(|button| Some(button.as_ref()) == active.as_ref());
    let field = dialog.query_selector("input").ok().flatten();
    if now.is_none() && active != field {
        return false;
    }
    let to = match (now, key) {
        (None, "ArrowDown" | "Enter") => Some(0),
        (Some(now), "ArrowRight") => Some(now + 1),
        (Some(now), "ArrowLeft") => now.checked_sub(1),
        (Some(now), "ArrowDown") => Some(now + COLUMNS),
        (Some(now), "ArrowUp") => now.checked_sub(COLUMNS),
        _ => return false,
    };
    let field = field.and_then(|field| field.dyn_into::<HtmlElement>().ok());
    let focus = match to {
        None => field.as_ref(),
        Some(to) => buttons.get(to).or(buttons.last()),
    };
    if let Some(focus) = focus {
        let _ = focus.focus();
        // What was found is mostly the first.
        if now.is_none() && key == "Enter" {
            focus.click();
        }
    }
    true
}
