//! Fingers on messages: which message, where, and moving it along.

use leptos::prelude::window_event_listener;
use leptos::{ev, leptos_dom::helpers::document};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent};

use super::completion::on;
use crate::client::gestures::Point;

/// A message that a finger was put on.
#[derive(Clone)]
pub struct Touched {
    message: HtmlElement,
    pointer: i32,
}

/// Calls for each finger on the page: put down, moved, let go, or taken over by the browser, to scroll.
/// In the browser, once.
pub fn on_fingers(
    put: impl Fn(&PointerEvent) + 'static,
    moved: impl Fn(&PointerEvent) + 'static,
    let_go: impl Fn(&PointerEvent) + 'static,
    taken: impl Fn() + 'static,
) {
    let _ = window_event_listener(ev::pointerdown, move |event| put(&event));
    let _ = window_event_listener(ev::pointermove, move |event| moved(&event));
    let _ = window_event_listener(ev::pointerup, move |event| let_go(&event));
    let _ = window_event_listener(ev::pointercancel, move |_| taken());
}

/// Asks of each click whether it is one: letting go of what has opened a menu by staying is none, whatever
/// lies under the finger by then. In the browser, once.
pub fn on_clicks(is_none: impl Fn() -> bool + 'static) {
    on("click", move |event| {
        if is_none() {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    });
}

/// The message under a finger. What plays, scrolls sideways, leads elsewhere or is pressed has touches of
/// its own.
pub fn touched(event: &PointerEvent) -> Option<Touched> {
    const OWN: &str = "a, button, label, input, pre, table, audio, video";
    let is_finger = event.pointer_type() == "touch" && event.is_primary();
    let under: Element = event.target().filter(|_| is_finger)?.dyn_into().ok()?;
    let message = under.closest("article.message").ok()??;
    match under.closest(OWN) {
        Ok(None) => Some(Touched {
            message: message.dyn_into().ok()?,
            pointer: event.pointer_id(),
        }),
        _ => None,
    }
}

pub fn point(event: &PointerEvent) -> Point {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

impl Touched {
    /// The id of the message's element.
    pub fn id(&self) -> String {
        self.message.id()
    }

    pub fn is_by(&self, event: &PointerEvent) -> bool {
        self.pointer == event.pointer_id()
    }

    /// Moves the message so far to the left; back, for nothing.
    pub fn pull(&self, left: f64) {
        let style = self.message.style();
        // Whole pixels: what writes a broken number is larger than all of this file.
        #[allow(clippy::cast_possible_truncation)]
        let _ = match left as i32 {
            0 => style.remove_property("transform").map(drop),
            left => style.set_property("transform", &format!("translateX(-{left}px)")),
        };
    }
}

/// What was marked by accident is not.
pub fn unmark() {
    if let Some(selection) = document().get_selection().ok().flatten() {
        let _ = selection.remove_all_ranges();
    }
}
