//! A picture of oneself: where it comes from, what the browser knows of it, and sending it.
//!
//! The browser shows what was chosen from its own memory, so nothing is sent before it is decided which
//! part is meant; and what is sent is the file itself, since a browser that keeps its person apart from
//! the crowd blurs what a script draws.

use leptos::ev;
use leptos::leptos_dom::helpers::window_event_listener;
use leptos::prelude::on_cleanup;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
pub use web_sys::File;
use web_sys::{
    DragEvent, Element, Event, EventTarget, FileList, HtmlImageElement, HtmlInputElement,
    PointerEvent, Url, WheelEvent,
};

use super::upload::{self, Answered};
use crate::protocol::Crop;

/// A picture that was chosen, as long as it may be sent.
#[derive(Debug)]
pub struct Chosen {
    file: SendWrapper<File>,
    /// Where the browser has it.
    pub address: String,
    pub width: u32,
    pub height: u32,
}

impl Drop for Chosen {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.address);
    }
}

/// Bytes that are about to be looked at.
pub fn bytes(file: &File) -> u64 {
    // Sizes of files are far below where numbers lose their last digit.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bytes = file.size() as u64;
    bytes
}

/// The file that a field has. It may be chosen once more.
pub fn chosen(event: &Event) -> Option<File> {
    let field: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let file = first(field.files());
    field.set_value("");
    file
}

/// The file that was dropped.
pub fn dropped(event: &DragEvent) -> Option<File> {
    first(event.data_transfer()?.files())
}

fn first(files: Option<FileList>) -> Option<File> {
    files?.get(0)
}

/// Hears of files that are pasted, as long as the owner lives.
pub fn on_paste(call: impl Fn(File) + 'static) {
    let handle = window_event_listener(ev::paste, move |event| {
        let data = event.clipboard_data();
        if let Some(file) = data.and_then(|data| first(data.files())) {
            event.prevent_default();
            call(file);
        }
    });
    on_cleanup(move || handle.remove());
}

/// Looks at a picture; nothing if the browser cannot show it.
pub async fn look(file: File) -> Option<Chosen> {
    let address = Url::create_object_url_with_blob(&file).ok()?;
    let mut chosen = Chosen {
        file: SendWrapper::new(file),
        address,
        width: 0,
        height: 0,
    };
    let image = HtmlImageElement::new().ok()?;
    image.set_src(&chosen.address);
    JsFuture::from(image.decode()).await.ok()?;
    chosen.width = image.natural_width();
    chosen.height = image.natural_height();
    (chosen.width > 0 && chosen.height > 0).then_some(chosen)
}

/// Sends it, and says how far that is, and what came of it: the reason if it was refused. False if it
/// cannot even be begun.
pub fn send(
    chosen: &Chosen,
    crop: Crop,
    progressed: impl Fn(u8) + 'static,
    ended: impl FnOnce(Result<(), String>) + 'static,
) -> bool {
    let ended = move |answer: Answered| ended(answer.well(200).map(drop));
    let address = format!("/avatar?{crop}");
    let (progressed, ended) = (Box::new(progressed), Box::new(ended));
    upload::post(&address, &chosen.file, progressed, ended).is_ok()
}

/// Where on the element a pointer is, in parts of its side. It is followed until it is let go.
pub fn place(event: &PointerEvent) -> Option<(i32, (f64, f64))> {
    let element = element(event.current_target())?;
    let place = within(&element, event.client_x(), event.client_y());
    Some((event.pointer_id(), place))
}

/// The pointer belongs to the element until it is let go, wherever it goes.
pub fn hold(event: &PointerEvent) {
    if let Some(element) = element(event.current_target()) {
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Where a wheel was turned, and how much closer that brings things.
pub fn turned(event: &WheelEvent) -> Option<(f64, (f64, f64))> {
    let element = element(event.current_target())?;
    let place = within(&element, event.client_x(), event.client_y());
    let closer = if event.delta_y() < 0.0 {
        1.1
    } else {
        1.0 / 1.1
    };
    Some((closer, place))
}

fn element(target: Option<EventTarget>) -> Option<Element> {
    target?.dyn_into().ok()
}

fn within(element: &Element, x: i32, y: i32) -> (f64, f64) {
    let there = element.get_bounding_client_rect();
    let side = there.width().max(1.0);
    (
        (f64::from(x) - there.left()) / side,
        (f64::from(y) - there.top()) / side,
    )
}
