//! Nothing is open: beside the list of threads, what to do next, and what was not sent.

use leptos::either::Either;
use leptos::prelude::*;

use crate::client::session::Session;
use crate::client::stores::outbox::{Entry, EntryState};
use crate::components::icons::BrowseIcon;
use crate::protocol::Place;
use crate::words;

#[component]
pub fn HomePlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let has_threads = Memo::new(move |_| session.mine.with(|mine| !mine.is_empty()));
    view! {
        <div class="empty" id="place-content" tabindex="-1">
            {move || match has_threads.get() {
                true => Either::Left(view! { <h1>"Pick a thread to read"</h1> }),
                false => Either::Right(view! { <h1>"You are not in any thread yet"</h1> }),
            }} <a class="button primary" href=Place::Browse { after: None }.to_string()>
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
        session.unsent.with(|unsent| !unsent.is_empty()).then(|| {
            view! {
                <section class="unsent" aria-label="Not sent">
                    <h2>"Not sent"</h2>
                    <ul>
                        <For
                            each=move || session.unsent.get()
                            key=|entry| entry.client_id.clone()
                            let:entry
                        >
                            <UnsentMessage entry />
                        </For>
                    </ul>
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
