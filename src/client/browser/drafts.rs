//! Drafts of several tabs: one that sends what it has takes the draft of the thread away, which is another
//! one in another tab. So whoever leaves a page with something written leaves it as the draft.

use super::commands::composer;
use super::completion::on;
use super::storage::Kept;
use crate::client::session::Session;
use crate::protocol::Place;

/// In the browser, once.
pub fn listen(session: Session) {
    on("pagehide", move |_| {
        let is_draft = session
            .doing
            .with_untracked(|doing| doing.writing.edited().is_none());
        let open = session.place.get_untracked();
        let text = composer().map(|field| field.value());
        if let (Some(thread), Some(text)) = (Place::open_thread(&open), text)
            && is_draft
            && !text.is_empty()
        {
            Kept::of(&session.origin(), session.my_id()).keep_draft(thread, &text);
        }
    });
}
