//! The directory: everybody's threads, most recently active first, page by page.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::icons::{BackIcon, HashIcon};
use crate::protocol::{Listed, Place};
use crate::words;

#[component]
pub fn BrowsePlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let list = move || {
        let page = session.directory.get()?;
        let next = page.next.map(|next| {
            let place = Place::Browse { after: Some(next) };
            view! {
                <a class="button" href=place.to_string()>
                    "More threads"
                </a>
            }
        });
        let none = page.threads.is_empty();
        let none = none.then(|| view! { <p class="empty">"Nobody has started a thread yet."</p> });
        let threads: Vec<_> = page
            .threads
            .into_iter()
            .map(|listed| view! { <ListedThread listed /> })
            .collect();
        Some(view! {
            <ul>{threads}</ul>
            {none}
            {next}
        })
    };
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
        <div class="browse">{list}</div>
    }
}

#[component]
fn ListedThread(listed: Listed) -> impl IntoView {
    let Listed { thread, joined } = listed;
    let count = words::counted(thread.message_count, "message", "messages");
    let aside = match joined {
        true => format!("Joined · {count}"),
        false => count,
    };
    view! {
        <li>
            <a href=Place::thread(thread.id).to_string()>
                <HashIcon />
                <span class="thread-name" dir="auto">
                    {thread.name.to_string()}
                </span>
                <span class="thread-aside">{aside}</span>
            </a>
        </li>
    }
}
