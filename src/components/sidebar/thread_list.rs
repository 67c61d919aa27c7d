//! The list of threads, most recently active first.

use leptos::either::Either;
use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::icons::{HashIcon, LockIcon};
use crate::protocol::{Thread, ThreadId, ThreadKind};

#[component]
pub fn ThreadList(current: Memo<Option<ThreadId>>) -> impl IntoView {
    let session = expect_context::<Session>();
    // What a row shows is what it is known by: activity moves it and redraws nothing.
    let key = |thread: &Thread| (thread.id, thread.name.clone());
    view! {
        <nav class="threads" aria-label="Threads">
            <ul>
                <For each=move || session.threads.get() key let:thread>
                    <ThreadLink thread current />
                </For>
            </ul>
            {move || {
                session
                    .threads
                    .with(Vec::is_empty)
                    .then(|| {
                        view! { <p class="threads-empty">"Nobody has started a thread yet."</p> }
                    })
            }}
        </nav>
    }
}

#[component]
fn ThreadLink(thread: Thread, current: Memo<Option<ThreadId>>) -> impl IntoView {
    let id = thread.id;
    let is_current = move || (current.get() == Some(id)).then_some("page");
    let icon = match thread.kind {
        ThreadKind::Public => Either::Left(view! { <HashIcon /> }),
        ThreadKind::Private | ThreadKind::Direct => Either::Right(view! {
            <LockIcon />
            <span class="visually-hidden">"Private: "</span>
        }),
    };
    view! {
        <li>
            <a href=format!("/t/{id}") aria-current=is_current>
                {icon}
                <span class="thread-name" dir="auto">
                    {thread.name.to_string()}
                </span>
            </a>
        </li>
    }
}
