//! The left side: my threads in sections, everybody's, and who one is here.

mod account;
mod thread_list;

use leptos::prelude::*;

use self::account::Account;
use self::thread_list::ThreadList;
use super::Page;
use super::icons::{BrowseIcon, Icon, Logo, PeopleIcon};
use crate::client::session::Session;
use crate::protocol::Place;
use crate::words;

#[component]
pub fn Sidebar() -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let server = move || words::server(&session.server_name.get()).to_owned();
    let is_browsing = move || {
        let place = session.place.get();
        matches!(place, Place::Browse { .. }).then_some("page")
    };
    view! {
        <nav class="sidebar" aria-label="Threads">
            <div class="brand">
                <Logo />
                <span dir="auto">{server}</span>
                <button
                    type="button"
                    class="link-button jump-button"
                    title="Jump to… (Ctrl+K)"
                    aria-label="Jump to…"
                    on:click=move |_| page.is_jumping.set(true)
                >
                    "Jump"
                </button>
            </div>
            <ThreadList />
            <a class="browse-link" href="/search">
                <Icon d="M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20" />
                "Search"
            </a>
            <a
                class="browse-link"
                href=Place::Browse { after: None }.to_string()
                aria-current=is_browsing
            >
                <BrowseIcon />
                "Browse threads"
            </a>
            <a class="browse-link" href="/people">
                <PeopleIcon />
                "Everybody"
            </a>
            <Account />
        </nav>
    }
}
