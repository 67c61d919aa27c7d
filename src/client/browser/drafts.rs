//! Drafts of several tabs: one that sends what it has takes the draft of the thread away, which is another
//! one in another tab. So whoever leaves a page on which they have written leaves that as the draft, if
//! there is none by then.

use std::cell::Cell;
use std::rc::Rc;

use super::commands::composer;
use super::completion::on;
use super::storage::Kept;
use crate::client::session::Session;
use crate::protocol::{Place, ThreadId};

/// In the browser, once.
pub fn listen(session: Session) {
    let open = move || session.place.with_untracked(Place::open_thread);
    // Where something was typed here: what was only found here is not this page's to keep.
    let typed_in = Rc::new(Cell::new(None::<ThreadId>));
    let typing = typed_in.clone();
    on("input", move |event| {
        let target = event.target().map(wasm_bindgen::JsValue::from);
        if target == composer().map(wasm_bindgen::JsValue::from) {
            typing.set(open());
        }
    });
    on("pagehide", move |_| {
        let is_draft = session
            .doing
            .with_untracked(|doing| doing.writing.edited().is_none());
        let text = composer().map(|field| field.value());
        if let (Some(thread), Some(text)) = (open(), text)
            && is_draft
            && typed_in.get() == Some(thread)
        {
            let kept = Kept::of(&session.origin(), session.my_id());
            if kept.draft(thread).is_empty() {
                kept.keep_draft(thread, &text);
            }
        }
    });
}
