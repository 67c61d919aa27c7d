//! The field that one writes in: its keys that mark words, and where its cursor is.

use leptos::leptos_dom::helpers::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

use crate::client::formatting::{sign, toggle};
use crate::protocol::markdown;

/// A field of several lines.
pub type Area = HtmlTextAreaElement;

/// Marks what is selected, if that is what a key press asks for. Whether it was.
pub fn format(field: &Area, event: &KeyboardEvent) -> bool {
    if !(event.ctrl_key() || event.meta_key()) || event.alt_key() {
        return false;
    }
    let Some(sign) = sign(&event.key(), event.shift_key()) else {
        return false;
    };
    let (from, to) = selection(field);
    let change = toggle(&field.value(), from, to, sign);
    replace(field, change.from, change.to, &change.text);
    let _ = field.set_selection_range(change.select.0, change.select.1);
    true
}

/// Puts a text in the place of a part of what is there, as if it were typed: it can be undone, and
/// whoever listens to the field hears it.
pub fn replace(field: &Area, from: u32, to: u32, text: &str) {
    let _ = field.set_selection_range(from, to);
    // Writing nothing is taking away, and where there is nothing to take, only the cursor moves.
    let command = match text {
        "" if from == to => return,
        "" => "delete",
        _ => "insertText",
    };
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        let _ = document.exec_command_with_show_ui_and_value(command, false, text);
    }
}

/// Whether the cursor is in code between fences, where Enter begins a line.
pub fn is_in_code(field: &Area) -> bool {
    let before = selection(field).0 as usize;
    let units: Vec<u16> = field.value().encode_utf16().take(before).collect();
    markdown::is_in_code(&String::from_utf16_lossy(&units))
}

/// Where the cursor is, or what is selected.
pub fn selection(field: &Area) -> (u32, u32) {
    let from = field.selection_start().ok().flatten().unwrap_or_default();
    let to = field.selection_end().ok().flatten().unwrap_or_default();
    (from, to)
}
