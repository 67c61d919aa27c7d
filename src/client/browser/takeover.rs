//! A view in the place of what the server has drawn, for what is not hydrated: the focus stays on the link
//! that it is on, and what is scrolled where it is.

use leptos::leptos_dom::helpers::document;
use leptos::mount::mount_to;
use leptos::prelude::IntoView;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What can be scrolled, of what may be drawn anew.
const SCROLLED: &str = "div, ul";

/// Draws a view in an element, by its id, instead of what is there; for as long as the page lives.
pub fn take_over<N: IntoView + 'static>(id: &str, view: impl FnOnce() -> N + 'static) {
    let element = document().get_element_by_id(id);
    let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let focused = document()
        .active_element()
        .filter(|focused| element.contains(Some(focused)))
        .and_then(|focused| focused.get_attribute("href"));
    let scrolled: Vec<i32> = all(&element, SCROLLED)
        .iter()
        .map(Element::scroll_top)
        .collect();
    element.set_inner_html("");
    mount_to(element.clone(), view).forget();
    // For whoever drives the page, as the page itself says it.
    let _ = element.set_attribute("data-live", "");
    for (each, scrolled) in all(&element, SCROLLED).iter().zip(scrolled) {
        each.set_scroll_top(scrolled);
    }
    let mut links = all(&element, "a").into_iter();
    let link = focused
        .and_then(|href| links.find(|link| link.get_attribute("href") == Some(href.clone())));
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        let _ = link.focus();
    }
}

/// Where the link leads that has the focus, if the server has drawn it and something is about to take its
/// place.
pub fn focused_early() -> Option<String> {
    let focused = document().active_element()?;
    let is_early = focused.closest(".early").ok()?.is_some();
    is_early.then(|| focused.get_attribute("href"))?
}

/// Gives the focus to the link that leads there.
pub fn focus_link(href: &str) {
    let mut links = document()
        .body()
        .map(|body| all(&body, "a"))
        .unwrap_or_default()
        .into_iter();
    let link = links.find(|link| link.get_attribute("href").as_deref() == Some(href));
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        let _ = link.focus();
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
