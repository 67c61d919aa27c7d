//! Where in the chat one is, and the addresses of places.
//!
//! The chat has two kinds of addresses, so this takes the place of a router, which would weigh a
//! quarter of the download. Links are real links: without the script they load pages.

use leptos::ev;
use leptos::leptos_dom::helpers::{window, window_event_listener};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

use crate::protocol::ThreadId;

/// A place in the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The list of threads, with the most recently active one beside it where there is room.
    Home,
    Thread(ThreadId),
}

impl Place {
    /// The place at an address; nothing for addresses outside of the chat.
    pub fn of(path: &str) -> Option<Self> {
        match path.strip_prefix("/t/") {
            // An id that is none belongs to no thread.
            Some(id) => Some(Self::Thread(id.parse().unwrap_or_default())),
            None => (path == "/").then_some(Self::Home),
        }
    }

    /// The address of a place.
    pub fn path(self) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::Thread(id) => format!("/t/{id}"),
        }
    }
}

/// Follows links within the chat, and back and forward. In the browser, once.
pub fn follow_links(place: RwSignal<Place>) {
    let clicks = window_event_listener(ev::click, move |event| {
        if let Some(target) = link_target(&event) {
            event.prevent_default();
            go(place, target);
        }
    });
    let moves = window_event_listener(ev::popstate, move |_| {
        let path = window().location().pathname().unwrap_or_default();
        if let Some(there) = Place::of(&path) {
            place.set(there);
        }
    });
    on_cleanup(move || {
        clicks.remove();
        moves.remove();
    });
}

/// Goes to a place and puts it into the history.
pub fn go(place: RwSignal<Place>, target: Place) {
    if place.get_untracked() == target {
        return;
    }
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&target.path()));
    }
    place.set(target);
}

/// Where a plain click on a link leads, if that is within the chat.
fn link_target(event: &MouseEvent) -> Option<Place> {
    let is_plain = event.button() == 0
        && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
    if !is_plain || event.default_prevented() {
        return None;
    }
    let element: Element = event.target()?.dyn_into().ok()?;
    let link = element.closest("a[href]").ok().flatten()?;
    if link.has_attribute("target") || link.has_attribute("download") {
        return None;
    }
    Place::of(&link.get_attribute("href")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_an_address_and_other_addresses_are_none() {
        for place in [Place::Home, Place::Thread(ThreadId(12))] {
            assert_eq!(Place::of(&place.path()), Some(place));
        }
        assert_eq!(Place::of("/t/twelve"), Some(Place::Thread(ThreadId(0))));
        assert_eq!(Place::of("/login"), None);
        assert_eq!(Place::of("https://elsewhere.example/"), None);
    }
}
