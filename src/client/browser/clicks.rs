//! Buttons that stand in what people wrote. One listener serves all of them: a message has none of
//! its own.

use leptos::ev;
use leptos::leptos_dom::helpers::{document, set_timeout, window, window_event_listener};
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::words;

/// So long a button says that it has copied.
const SAID: Duration = Duration::from_secs(2);

/// Listens for all of them. In the browser, once.
pub fn listen() {
    copy_code();
    press_by_space();
}

/// Calls back when a pointer comes to a link: a moment before it is pressed.
pub fn on_way_to(link: &'static str, call: impl Fn() + 'static) {
    let _ = window_event_listener(ev::pointerover, move |event| {
        let element = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if element.is_some_and(|it| matches!(it.closest(link), Ok(Some(_)))) {
            call();
        }
    });
}

/// What is a button to a screen reader is one to the space bar too, though without the script it is a
/// link.
fn press_by_space() {
    let _ = window_event_listener(ev::keydown, |event| {
        if event.key() != " " || event.default_prevented() {
            return;
        }
        let element = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let link = element.and_then(|it| it.closest("a[role=button]").ok().flatten());
        if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
            event.prevent_default();
            link.click();
        }
    });
}

/// Copies code whose button is pressed.
fn copy_code() {
    let _ = window_event_listener(ev::click, |event| {
        let element = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let button = element.and_then(|it| it.closest(".copy-code").ok().flatten());
        let code = button.as_ref().and_then(Element::previous_element_sibling);
        if let (Some(button), Some(code)) = (button, code) {
            spawn_local(async move {
                let text = code.text_content().unwrap_or_default();
                if super::write_to_clipboard(&text).await || copy_marked(&code) {
                    let _ = button.set_attribute("aria-label", words::COPIED);
                    set_timeout(
                        move || {
                            let _ = button.set_attribute("aria-label", words::COPY_CODE);
                        },
                        SAID,
                    );
                }
            });
        }
    });
}

/// Pages that did not come by https have this only. If it fails too, the code is marked at least.
fn copy_marked(element: &Element) -> bool {
    let Ok(Some(selection)) = window().get_selection() else {
        return false;
    };
    let _ = selection.select_all_children(element);
    let document = document().dyn_into::<web_sys::HtmlDocument>();
    document.is_ok_and(|document| document.exec_command("copy").unwrap_or(false))
}
