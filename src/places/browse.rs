//! The directory: everybody's threads, most recently active first, page by page.

use leptos::either::Either;
use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::icons::{BackIcon, HashIcon};
use crate::protocol::{Listed, Place};
use crate::words;

#[component]
pub fn BrowsePlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let threads = move || {
        let page = session.directory.get();
        page.map(|page| page.threads).unwrap_or_default()
    };
    let next = move || session.directory.with(|page| page.as_ref()?.next);
    let is_empty = Memo::new(move |_| {
        session
            .directory
            .with(|page| page.as_ref().is_some_and(|page| page.threads.is_empty()))
    });
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/">
                <BackIcon />
                <span class="visually-hidden">"My threads"</span>
            </a>
            <h1 id="place-content" tabindex="-1">
                "Browse threads"
            </h1>
        </header>
        <div class="browse">
            {move || match is_empty.get() {
                true => Either::Left(view! { <p class="empty">"Nobody has started a thread yet."</p> }),
                false => {
                    Either::Right(
                        view! {
                            <ul>
                                <For
                                    each=threads
                                    key=|listed| (listed.thread.id, listed.joined)
                                    let:listed
                                >
                                    <ListedThread listed />
                                </For>
                            </ul>
                        },
                    )
                }
            }}
            {move || {
                next()
                    .map(|next| {
                        let place = Place::Browse { after: Some(next) };
                        view! {
                            <a class="button" href=place.to_string()>
                                "More threads"
                            </a>
                        }
                    })
            }}
        </div>
    }
}

#[component]
fn ListedThread(listed: Listed) -> impl IntoView {
    let Listed { thread, joined } = listed;
    let count = words::counted(thread.message_count, "message", "messages");
    view! {
        <li>
            <a href=Place::thread(thread.id).to_string()>
                <HashIcon />
                <span class="thread-name" dir="auto">
                    {thread.name.to_string()}
                </span>
                <span class="thread-aside">
                    {joined.then_some("Joined · ")} {count}
                </span>
            </a>
        </li>
    }
}
