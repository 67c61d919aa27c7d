//! What we ask of the browser, one short function each. Called from effects and event handlers
//! only: on the server none of this may run.

use js_sys::{Date, Math};
use leptos::leptos_dom::helpers::{document, window, window_event_listener_untyped};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlTextAreaElement, MouseEvent};

use super::dates::Zone;
use crate::app::{DATA_ID, PageData};
use crate::protocol::frame::parse;
use crate::protocol::{ClientId, Timestamp};

/// What the server drew this page from.
pub fn page_data() -> Option<PageData> {
    let json = document().get_element_by_id(DATA_ID)?.text_content()?;
    parse(&json).ok()
}

/// The time of day.
pub fn now() -> Timestamp {
    // Milliseconds since 1970 fit an i64 for the next 292 million years.
    #[allow(clippy::cast_possible_truncation)]
    Timestamp(Date::now() as i64)
}

/// A number between 0 and 1, good enough for jitter.
pub fn random() -> f64 {
    Math::random()
}

/// A fresh id for a message. `crypto.randomUUID` would need https; random bytes do not.
pub fn client_id() -> ClientId {
    let mut bytes = [0; 16];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    ClientId::from_random(bytes)
}

/// The person's own time zone.
pub fn local_zone() -> Zone {
    Zone::new(offset_minutes, now())
}

fn offset_minutes(at: Timestamp) -> i64 {
    #[allow(clippy::cast_precision_loss)]
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    #[allow(clippy::cast_possible_truncation)]
    let behind = date.get_timezone_offset() as i64;
    -behind
}

/// Whether somebody may be looking at the page.
pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Where the socket is.
pub fn socket_url() -> String {
    let location = window().location();
    let secure = location
        .protocol()
        .is_ok_and(|protocol| protocol == "https:");
    let scheme = if secure { "wss" } else { "ws" };
    let host = location.host().unwrap_or_default();
    format!("{scheme}://{host}/connection/websocket")
}

/// Leaves for another page, with a full load.
pub fn go_to(path: &str) {
    let _ = window().location().assign(path);
}

/// Sets the title of the tab. The browser takes it as text, whatever is in it.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Calls a function whenever an event reaches the window, as long as the page lives.
pub fn on_window(event: &str, call: impl Fn() + 'static) {
    // Dropping the handle does not remove the listener.
    let _ = window_event_listener_untyped(event, move |_| call());
}

/// Whether an event is about a field of text.
pub fn is_text_field(event: &MouseEvent) -> bool {
    event
        .target()
        .is_some_and(|target| target.has_type::<HtmlTextAreaElement>())
}

/// Whether the page is being used on a device without a keyboard of its own.
pub fn is_touch() -> bool {
    window()
        .match_media("(pointer: coarse)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}
