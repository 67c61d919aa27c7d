//! Keys that are pressed anywhere on the page, and where the focus is.

use leptos::ev;
use leptos::leptos_dom::helpers::{document, window_event_listener};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::client::keys::Press;

/// Calls back for each key that nothing else has taken: whether it is taken now. In the browser, once.
pub fn on_press(call: impl Fn(Press) -> bool + 'static) {
    let _ = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || super::is_composing(&event) {
            return;
        }
        let press = Press {
            key: &event.key(),
            has_command: event.ctrl_key() || event.meta_key(),
            has_alt: event.alt_key(),
            has_shift: event.shift_key(),
            is_in_text: is_in_text(),
        };
        if call(press) {
            event.prevent_default();
        }
    });
}

/// Whether what has the focus takes text, or is gone through by letters.
fn is_in_text() -> bool {
    const TAKES: &str = "input,textarea,select,[contenteditable],[role=menu]";
    let active = document().active_element();
    active.is_some_and(|active| active.matches(TAKES).unwrap_or(false))
}

/// What has the focus, to give it back.
#[derive(Clone)]
pub struct Focused(Option<HtmlElement>);

impl Focused {
    pub fn now() -> Self {
        Self(
            document()
                .active_element()
                .and_then(|it| it.dyn_into().ok()),
        )
    }

    /// Gives the focus back; to where one writes, if what had it is gone or was nothing.
    pub fn give_back(&self) {
        match &self.0 {
            Some(element) if element.is_connected() && !is_body(element) => {
                let _ = element.focus();
            }
            _ => super::focus("composer-field"),
        }
    }
}

/// Moves the focus to an element, by its id, if it is nowhere: what had it is gone.
pub fn focus_if_lost(id: &str) {
    let active = document().active_element();
    if active.is_none_or(|active| is_body(&active)) {
        super::focus(id);
    }
}

fn is_body(element: &Element) -> bool {
    element.tag_name() == "BODY"
}
