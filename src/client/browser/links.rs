//! Links within the chat, and the browser's history: a click on a link is a move, as far as the
//! browser would have made one itself. Without the script they load pages.

use leptos::ev;
use leptos::leptos_dom::helpers::{window, window_event_listener};
use leptos::prelude::on_cleanup;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

use crate::client::chat::ScrollPosition;
use crate::protocol::Place;

/// Calls back for clicks on links within the chat, and for back and forward. In the browser, once. As long
/// as the page is not ready, links load pages.
pub fn follow(
    is_ready: impl Fn() -> bool + 'static,
    on_click: impl Fn(Place) + 'static,
    on_move: impl Fn(Place, Option<ScrollPosition>) + 'static,
) {
    let clicks = window_event_listener(ev::click, move |event| {
        if let Some(target) = target(&event).filter(|_| is_ready()) {
            event.prevent_default();
            on_click(target);
        }
    });
    let moves = window_event_listener(ev::popstate, move |_| {
        if let Some(there) = here() {
            on_move(there, scrolled_to());
        }
    });
    on_cleanup(move || {
        clicks.remove();
        moves.remove();
    });
}

/// The place at the address of the page.
pub fn here() -> Option<Place> {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    Place::parse(&format!("{path}{query}"))
}

/// Where the page's entry in the history was scrolled to.
pub fn scrolled_to() -> Option<ScrollPosition> {
    let state = window().history().ok()?.state().ok()?;
    state.as_string()?.parse().ok()
}

/// Keeps with the page's entry in the history where it is scrolled to; nothing means at the end.
pub fn keep_scrolled_to(position: Option<ScrollPosition>) {
    let state = position.map_or(JsValue::NULL, |position| position.to_string().into());
    if let Ok(history) = window().history() {
        let _ = history.replace_state(&state, "");
    }
}

/// Puts a place into the history.
pub fn push(place: &Place) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&place.to_string()));
    }
}

/// Puts a place in the history in place of the one that is there.
pub fn replace(place: &Place) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&place.to_string()));
    }
}

/// Goes back to where one was.
pub fn back() {
    let _ = window().history().and_then(|history| history.back());
}

/// Where a plain click on a link leads, if that is within the chat.
fn target(event: &MouseEvent) -> Option<Place> {
    let is_plain = event.button() == 0
        && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
    if !is_plain || event.default_prevented() {
        return None;
    }
    let element: Element = event.target()?.dyn_into().ok()?;
    let link = element.closest("a[href]").ok().flatten()?;
    let address = link.get_attribute("href")?;
    // In what people write, addresses are whole: one of a place here stays here.
    let origin = window().location().origin().ok()?;
    if let Some(path) = address.strip_prefix(&origin) {
        return Place::parse(path).filter(Place::is_for_members);
    }
    if link.has_attribute("target") || link.has_attribute("download") {
        return None;
    }
    Place::parse(&address)
}
