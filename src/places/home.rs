//! Nothing is open: beside the list of threads, what to do next, and what was not sent.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::client::stores::outbox::{Entry, EntryState};
use crate::components::icons::BrowseIcon;
use crate::protocol::Place;
use crate::words;

#[component]
pub fn HomePlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let title = move || match session.mine.with(Vec::is_empty) {
        true => "You are not in any thread yet",
        false => "Pick a thread to read",
    };
    view! {
        <div class="empty" id="place-content" tabindex="-1">
            <h1>{title}</h1>
            <a class="button primary" href=Place::Browse { after: None }.to_string()>
                <BrowseIcon />
                "Browse threads"
            </a>
            <Unsent />
        </div>
    }
}

/// Messages that were refused or held: also those of threads one cannot open any more.
#[component]
fn Unsent() -> impl IntoView {
    let session = expect_context::<Session>();
    move || {
        let unsent = session.unsent.get();
        (!unsent.is_empty()).then(|| {
            let messages: Vec<_> = unsent
                .into_iter()
                .map(|entry| view! { <UnsentMessage entry /> })
                .collect();
            view! {
                <section class="unsent" aria-label="Not sent">
                    <h2>"Not sent"</h2>
                    <ul>{messages}</ul>
                </section>
            }
        })
    }
}

#[component]
fn UnsentMessage(entry: Entry) -> impl IntoView {
    let session = expect_context::<Session>();
    let (again, gone) = (entry.client_id.clone(), entry.client_id);
    let why = match &entry.state {
        EntryState::Refused(error) => words::not_sent(error),
        _ => words::HELD.to_owned(),
    };
    view! {
        <li>
            <p class="text" dir="auto">
                {entry.text.as_str().to_owned()}
            </p>
            <p class="not-sent">
                <span>{why}</span>
                <button
                    type="button"
                    class="link-button"
                    on:click=move |_| session.retry(again.clone())
                >
                    "Send"
                </button>
                <button
                    type="button"
                    class="link-button"
                    on:click=move |_| session.discard(gone.clone())
                >
                    "Discard"
                </button>
            </p>
        </li>
    }
}
