//! A dialog over the page: the browser holds the focus within it, closes it by Escape, and gives the
//! focus back.

use std::time::Duration;

use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::on_cleanup;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, MouseEvent};

/// Opens it, as soon as it is in the document.
pub fn open(dialog: &HtmlDialogElement) {
    let dialog = dialog.clone();
    leptos::prelude::request_animation_frame(move || {
        if !dialog.open() {
            let _ = dialog.show_modal();
        }
    });
}

/// Whether a click was beside the dialog: what is around it counts as the dialog itself.
pub fn is_outside(event: &MouseEvent) -> bool {
    let Some(dialog) = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlDialogElement>().ok())
    else {
        return false;
    };
    let place = dialog.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    !((place.left()..=place.right()).contains(&x) && (place.top()..=place.bottom()).contains(&y))
}

/// Calls a function so often, while somebody may be looking, as long as what asks for it is there.
pub fn every(time: Duration, call: impl Fn() + 'static) {
    let call = move || {
        if super::is_visible() {
            call();
        }
    };
    if let Ok(handle) = set_interval_with_handle(call, time) {
        on_cleanup(move || handle.clear());
    }
}
