//! A place that cannot be shown, and what to do about it.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::protocol::ApiError;
use crate::words;

#[component]
pub fn FailurePlace() -> impl IntoView {
    let session = expect_context::<Session>();
    move || {
        let error = session.failure.get().unwrap_or(ApiError::NotFound);
        let (title, text) = session
            .place
            .with_untracked(|place| words::failure(&error, place));
        let again = error.is_temporary().then(|| {
            let again = move |_| session.go(session.place.get_untracked());
            view! {
                <button type="button" class="button primary" on:click=again>
                    "Try again"
                </button>
            }
        });
        view! {
            <div class="empty" role="alert" id="place-content" tabindex="-1">
                <h1>{title}</h1>
                <p>{text}</p>
                {again}
                <a class="button" href="/">
                    "My threads"
                </a>
            </div>
        }
    }
}
