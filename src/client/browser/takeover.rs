//! A view in the place of what the server has drawn, for what is not hydrated: what one does there
//! meanwhile stays done.

use leptos::leptos_dom::helpers::document;
use leptos::mount::mount_to;
use leptos::prelude::IntoView;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What can have the focus, and what can be scrolled or open, of what may be drawn anew.
const FOCUSABLE: &str = "a, button, summary";
const SCROLLED: &str = "div, ul";
const FOLDS: &str = "details";

/// Draws a view in an element, by its id, instead of what is there; for as long as the page lives.
pub fn take_over<N: IntoView + 'static>(id: &str, view: impl FnOnce() -> N + 'static) {
    let element = document().get_element_by_id(id);
    let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let focused = document().active_element();
    let focus = all(&element, FOCUSABLE)
        .iter()
        .position(|each| Some(each) == focused.as_ref());
    let scrolled = state(&element, SCROLLED, Element::scroll_top);
    let open = state(&element, FOLDS, |each| {
        i32::from(each.has_attribute("open"))
    });
    element.set_inner_html("");
    mount_to(element.clone(), view).forget();
    // For whoever drives the page, as the page itself says it.
    let _ = element.set_attribute("data-live", "");
    for (fold, was_open) in all(&element, FOLDS).iter().zip(open) {
        if fold.has_attribute("open") != (was_open == 1) {
            let _ = fold.toggle_attribute("open");
        }
    }
    for (each, scrolled) in all(&element, SCROLLED).iter().zip(scrolled) {
        each.set_scroll_top(scrolled);
    }
    let focus = focus.and_then(|at| all(&element, FOCUSABLE).into_iter().nth(at));
    if let Some(focus) = focus.and_then(|focus| focus.dyn_into::<HtmlElement>().ok()) {
        let _ = focus.focus();
    }
}

fn all(of: &Element, selector: &str) -> Vec<Element> {
    let found = of.query_selector_all(selector).ok();
    let found = found.iter().flat_map(|found| {
        let each = (0..found.length()).filter_map(|at| found.get(at));
        each.filter_map(|node| node.dyn_into().ok())
    });
    found.collect()
}

fn state(of: &Element, selector: &str, look: impl Fn(&Element) -> i32) -> Vec<i32> {
    all(of, selector).iter().map(look).collect()
}
