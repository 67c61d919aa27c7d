//! A page that has only something to say: nothing at this address, or a failure.

use leptos::prelude::*;

use crate::app::MessageKind;
use crate::components::form::FormFrame;

#[component]
pub fn NoticePage(kind: MessageKind) -> impl IntoView {
    let (title, text, way_out) = match kind {
        MessageKind::NotFound => (
            "Nothing here",
            "This address leads nowhere. It may have been removed, or mistyped.",
            "Go to the chat",
        ),
        MessageKind::NotSetUp => (
            "Not set up yet",
            "Nobody is here yet. Whoever started this server finds a link in what it printed when it \
             started: it leads to the page that sets it up.",
            "Try again",
        ),
        MessageKind::Failed => (
            "This did not work",
            "Something went wrong on the server. Nothing is lost; please try again.",
            "Try again",
        ),
    };
    view! {
        <FormFrame title server=String::new()>
            <p class="form-note">{text}</p>
            <a class="button primary" href="/">
                {way_out}
            </a>
        </FormFrame>
    }
}
