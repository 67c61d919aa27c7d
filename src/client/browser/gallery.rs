//! Pictures at their full size, one after the other: opened by a click on one in a message.
//!
//! A dialog of the browser's own, which keeps the focus and gives it back, made when it is first wanted.
//! Arrows go on to the pictures before and after it as far as they are on the page; a click shows it in
//! all its pixels, and one more as a whole again.

use leptos::ev;
use leptos::leptos_dom::helpers::{document, window_event_listener};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, HtmlAnchorElement, HtmlDialogElement, HtmlImageElement, KeyboardEvent, MouseEvent,
};

use crate::words;

/// Opens pictures that are clicked. In the browser, once.
pub fn listen() {
    let _ = window_event_listener(ev::click, |event| {
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.shift_key());
        let element = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let link = element.and_then(|it| it.closest("a.picture").ok().flatten());
        if let (true, Some(link)) = (is_plain, link) {
            // If it cannot be shown here, the link leads to it.
            if open(&link).is_ok() {
                event.prevent_default();
            }
        }
    });
}

fn open(link: &Element) -> Result<(), JsValue> {
    let gallery = match document().get_element_by_id("gallery") {
        Some(known) => known.dyn_into::<HtmlDialogElement>()?,
        None => make()?,
    };
    show(&gallery, link)?;
    match gallery.open() {
        true => Ok(()),
        false => gallery.show_modal(),
    }
}

/// The dialog, empty.
fn make() -> Result<HtmlDialogElement, JsValue> {
    let dialog: HtmlDialogElement = document().create_element("dialog")?.dyn_into()?;
    dialog.set_id("gallery");
    dialog.set_attribute("aria-label", words::PICTURE)?;
    let image = document().create_element("img")?;
    dialog.append_child(&image)?;
    let save = document().create_element("a")?;
    save.set_class_name("button");
    save.set_text_content(Some(words::SAVE_FILE));
    let close = document().create_element("button")?;
    close.set_class_name("button");
    close.set_text_content(Some(words::CLOSE));
    let bar = document().create_element("div")?;
    bar.set_class_name("gallery-bar");
    let place = document().create_element("span")?;
    place.set_class_name("gallery-place");
    for part in [&place, &save, &close] {
        bar.append_child(part)?;
    }
    dialog.append_child(&bar)?;
    let clicked = {
        let dialog = dialog.clone();
        Closure::<dyn FnMut(MouseEvent)>::new(move |event: MouseEvent| {
            let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
            match target.as_ref().map(Element::tag_name).as_deref() {
                Some("IMG") => {
                    let _ = dialog.class_list().toggle("in-full");
                }
                Some("A") => {}
                _ => dialog.close(),
            }
        })
    };
    dialog.add_event_listener_with_callback("click", clicked.into_js_value().unchecked_ref())?;
    let pressed = {
        let dialog = dialog.clone();
        Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowRight" | "ArrowDown" => 1,
                "ArrowLeft" | "ArrowUp" => -1,
                _ => return,
            };
            event.prevent_default();
            let _ = go_on(&dialog, step);
        })
    };
    dialog.add_event_listener_with_callback("keydown", pressed.into_js_value().unchecked_ref())?;
    document()
        .body()
        .ok_or(JsValue::NULL)?
        .append_child(&dialog)?;
    Ok(dialog)
}

/// Shows the picture of a link.
fn show(gallery: &HtmlDialogElement, link: &Element) -> Result<(), JsValue> {
    let address = link.get_attribute("href").unwrap_or_default();
    let name = link.query_selector("img:not(.preview)")?;
    let name = name
        .and_then(|image| image.get_attribute("alt"))
        .unwrap_or_default();
    gallery.class_list().remove_1("in-full")?;
    if let Some(image) = gallery.query_selector("img")? {
        let image: HtmlImageElement = image.dyn_into()?;
        image.set_alt(&name);
        image.set_src(&address);
    }
    if let Some(save) = gallery.query_selector("a")? {
        let save: HtmlAnchorElement = save.dyn_into()?;
        save.set_href(&address);
        save.set_download(&name);
    }
    if let Some(place) = gallery.query_selector(".gallery-place")? {
        place.set_text_content(Some(&name));
    }
    Ok(())
}

/// Goes on to a picture before or after the one that is shown.
fn go_on(gallery: &HtmlDialogElement, step: i32) -> Result<(), JsValue> {
    let shown = gallery.query_selector("a")?;
    let shown = shown.and_then(|link| link.get_attribute("href"));
    let all = document().query_selector_all("a.picture")?;
    let links = (0..all.length()).filter_map(|at| all.get(at)?.dyn_into::<Element>().ok());
    let links: Vec<Element> = links.collect();
    let here = links
        .iter()
        .position(|link| link.get_attribute("href") == shown);
    let next = here.and_then(|at| at.checked_add_signed(step as isize));
    match next.and_then(|at| links.get(at)) {
        Some(link) => show(gallery, link),
        None => Ok(()),
    }
}
