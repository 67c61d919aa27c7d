//! Where a menu is put, and moving through it by keys.

use leptos::leptos_dom::helpers::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlDivElement, HtmlElement};

use super::{is_touch, is_wide};

/// Puts a menu below the button that has opened it, within the window. (On a phone it is at the lower
/// edge, by style.)
pub fn put_beside(menu: &HtmlDivElement, button: &str) {
    const EDGE: f64 = 8.0;
    if is_touch() && !is_wide() {
        return;
    }
    let Some(button) = document().get_element_by_id(button) else {
        return;
    };
    let (beside, size) = (
        button.get_bounding_client_rect(),
        menu.get_bounding_client_rect(),
    );
    let inside = |at: f64, size: f64, all: f64| at.min(all - size - EDGE).max(EDGE);
    let of_window = |size: Result<JsValue, JsValue>| {
        size.ok().and_then(|size| size.as_f64()).unwrap_or_default()
    };
    let width = of_window(window().inner_width());
    let height = of_window(window().inner_height());
    let left = inside(beside.right() - size.width(), size.width(), width);
    let top = inside(beside.bottom() + 4.0, size.height(), height);
    let menu: &HtmlElement = menu;
    let style = HtmlElement::style(menu);
    // Whole pixels: what writes a broken number is larger than all of this file.
    #[allow(clippy::cast_possible_truncation)]
    let pixels = |at: f64| format!("{}px", at as i32);
    let _ = style.set_property("left", &pixels(left));
    let _ = style.set_property("top", &pixels(top));
}

/// Moves the focus by so many items, around the ends; to the first if there is none yet.
pub fn focus_item(menu: &HtmlDivElement, by: i32) {
    let items = items(menu);
    let count = i32::try_from(items.len()).unwrap_or(0);
    let active = document().active_element();
    let now = items
        .iter()
        .position(|item| Some(item.as_ref()) == active.as_ref());
    let now = now.and_then(|now| i32::try_from(now).ok());
    let next = now.map_or(0, |now| (now + by).rem_euclid(count.max(1)));
    focus_item_at(menu, usize::try_from(next).unwrap_or(0));
}

/// Moves the focus to an item: in place of one that has gone, for instance.
pub fn focus_item_at(menu: &HtmlDivElement, at: usize) {
    if let Some(item) = items(menu).get(at) {
        let _ = item.focus();
    }
}

/// What has the focus.
pub fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// The focus goes back to where it was, or to where one writes if that has gone.
pub fn focus_again(before: Option<&HtmlElement>) {
    let is_body = |element: &HtmlElement| document().body().as_ref() == Some(element);
    match before.filter(|element| element.is_connected() && !is_body(element)) {
        Some(element) => {
            let _ = element.focus();
        }
        None => super::focus("composer-field"),
    }
}

/// Says of the button of a menu whether that is open. (Of one that never was it says nothing.)
pub fn set_expanded(button: &str, is_open: bool) {
    if let Some(button) = document().get_element_by_id(button) {
        let _ = match is_open {
            true => button.set_attribute("aria-expanded", "true"),
            false => button.remove_attribute("aria-expanded"),
        };
    }
}

fn items(menu: &HtmlDivElement) -> Vec<HtmlElement> {
    let Ok(items) = menu.query_selector_all("[role^=menuitem]") else {
        return Vec::new();
    };
    (0..items.length())
        .filter_map(|at| items.item(at)?.dyn_into().ok())
        .collect()
}
