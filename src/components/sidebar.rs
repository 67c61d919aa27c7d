//! The left side: my threads in sections, everybody's, and who one is here.
//!
//! It is links and forms, which work as the server has drawn them. What keeps it true comes a moment
//! after the page ([`take_over`]), and draws it anew in its place: so none of it is in the first
//! download, whatever there is in it.

mod account;
mod thread_list;

use leptos::prelude::*;

use self::account::Account;
use self::thread_list::ThreadList;
use super::Page;
use super::icons::{BrowseIcon, Icon, Logo, PeopleIcon};
use crate::client::browser::takeover;
use crate::client::session::Session;
use crate::parts::drawn_by_the_server;
use crate::protocol::Place;
use crate::words;

/// Something waits there.
fn badge(text: String, what: &'static str) -> impl IntoView {
    view! {
        <span class="badge for-me" title=what>
            {text}
        </span>
    }
}

/// The element that it is in.
const ID: &str = "sidebar";

#[component]
pub fn Sidebar() -> impl IntoView {
    let drawn = drawn_by_the_server(Content);
    view! { <nav id=ID class="sidebar" aria-label="Threads" inner_html=drawn></nav> }
}

/// Keeps it true from now on. In the browser, once.
pub fn take_over(session: Session, page: Page) {
    takeover::take_over(ID, move || {
        provide_context(session);
        provide_context(page);
        Content()
    });
}

#[component]
fn Content() -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let server = move || words::server(&session.server_name.get()).to_owned();
    let is_browsing = move || {
        let place = session.place.get();
        matches!(place, Place::Browse { .. }).then_some("page")
    };
    let requests = move || {
        let waiting = session.requests.get();
        (!waiting.is_empty()).then(|| {
            view! {
                <span class="badge for-me">
                    {waiting} <span class="visually-hidden">" waiting"</span>
                </span>
            }
        })
    };
    view! {
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
        <a class="browse-link" href="/activity">
            <Icon d="M12 20a8 8 0 1 1 8-8v1.5a2.5 2.5 0 0 1-5 0V12a3 3 0 1 0-3 3" />
            "Activity"
            {move || {
                let has_news = session.aside.with(|aside| aside.has_news);
                has_news.then(|| badge("new".to_owned(), "Something for you is new"))
            }}
        </a>
        <a class="browse-link" href="/saved">
            <Icon d="M7 4h10v16l-5-4-5 4z" />
            "Saved"
            {move || {
                let due = session.aside.with(|aside| aside.due.clone());
                (!due.is_empty()).then(|| badge(due, "Reminders are due"))
            }}
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
            {requests}
        </a>
        <Account />
    }
}
