//! Below a message that was not sent: why, and what to do about it.

use leptos::prelude::*;

use crate::client::browser;
use crate::client::rows::Delivery;
use crate::client::session::Session;
use crate::protocol::ClientId;
use crate::words;

pub fn not_sent(delivery: &Delivery, client_id: ClientId) -> impl IntoView + use<> {
    let why = match delivery {
        Delivery::Failed(error) => words::not_sent(error),
        _ => words::HELD.to_owned(),
    };
    view! {
        <p class="not-sent" role="alert">
            <span>{why}</span>
            <Decide client_id />
        </p>
    }
}

/// The button that was pressed goes away: the focus goes to where one writes.
#[component]
fn Decide(client_id: ClientId) -> impl IntoView {
    let session = expect_context::<Session>();
    let gone = client_id.clone();
    let retry = move |_| {
        session.retry(client_id.clone());
        browser::focus("composer-field");
    };
    let discard = move |_| {
        session.discard(gone.clone());
        browser::focus("composer-field");
    };
    view! {
        <button type="button" class="link-button" on:click=retry>
            "Retry"
        </button>
        <button type="button" class="link-button" on:click=discard>
            "Discard"
        </button>
    }
}
