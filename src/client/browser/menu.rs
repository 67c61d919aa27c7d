//! Where a menu is put, and moving through it by keys.

use leptos::leptos_dom::helpers::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlDivElement, HtmlElement};

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
    let Ok(items) = menu.query_selector_all("[role^=menuitem]") else {
        return;
    };
    let count = i32::try_from(items.length()).unwrap_or(0);
    let active = document().active_element();
    let item =
        |at: i32| -> Option<HtmlElement> { items.item(u32::try_from(at).ok()?)?.dyn_into().ok() };
    let now = (0..count).find(|at| {
        let element = item(*at).map(Element::from);
        element.is_some() && element == active
    });
    let next = now.map_or(0, |now| (now + by).rem_euclid(count.max(1)));
    if let Some(item) = item(next) {
        let _ = item.focus();
    }
}
