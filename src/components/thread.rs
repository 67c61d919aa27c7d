//! A thread: its header, its timeline, the composer.

mod composer;
mod connection_bar;
mod message;
mod rows;
mod timeline;

use leptos::either::Either;
use leptos::prelude::*;

use self::composer::Composer;
use self::connection_bar::ConnectionBar;
use self::timeline::TimelineView;
use super::icons::BackIcon;
use crate::client::session::Session;
use crate::protocol::{ApiError, ThreadId};

#[component]
pub fn ThreadPane(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    Effect::new(move || session.open(id));
    let failure = Memo::new(move |_| session.failures.with(|all| all.get(&id).cloned()));
    let is_gone = Memo::new(move |_| {
        matches!(
            failure.get(),
            Some(ApiError::NotFound | ApiError::Forbidden)
        )
    });
    move || match is_gone.get() {
        true => Either::Left(view! { <NoSuchThread /> }),
        false => Either::Right(view! {
            <ThreadHeader id />
            <ConnectionBar />
            <TimelineView id />
            <Composer id />
        }),
    }
}

#[component]
fn ThreadHeader(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let name = Memo::new(move |_| session.thread(id).map(|thread| thread.name.to_string()));
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/">
                <BackIcon />
                <span class="visually-hidden">"All threads"</span>
            </a>
            <h1 dir="auto">{name}</h1>
        </header>
    }
}

#[component]
fn NoSuchThread() -> impl IntoView {
    view! {
        <div class="empty">
            <h1>"No such thread"</h1>
            <p>"It may have been removed, or it may not be meant for you."</p>
            <a class="button" href="/">
                "All threads"
            </a>
        </div>
    }
}
