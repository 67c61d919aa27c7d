//! The chat: one page for all threads.
//!
//! It is drawn from its data once; from then on the [`Session`] keeps it true, and switching
//! threads fetches only what is missing. The address alone decides which thread is open, so links,
//! back and forward work. At `/` it is the most recently active one (on a phone, the list).

use leptos::either::Either;
use leptos::prelude::*;

use crate::app::ChatData;
use crate::client::browser;
use crate::client::place::{self, Place};
use crate::client::session::Session;
use crate::components::Page;
use crate::components::sidebar::Sidebar;
use crate::components::thread::ThreadPane;

#[component]
pub fn ChatPage(chat: ChatData) -> impl IntoView {
    let first = chat.threads.first().map(|thread| thread.id);
    let session = Session::new(chat.me, chat.threads);
    if let Some((id, page)) = chat.open {
        session.preload(id, page);
    }
    let page = Page::new(chat.place, chat.error);
    provide_context(session);
    provide_context(page);
    Effect::new(move || {
        page.is_live.set(true);
        page.zone.set(browser::local_zone());
        place::follow_links(page.place);
        session.start();
    });
    let current = Memo::new(move |_| match page.place.get() {
        Place::Thread(id) => Some(id),
        Place::Home => first.or_else(|| session.threads.with(|all| Some(all.first()?.id))),
    });
    Effect::new(move || {
        let thread = current.get().and_then(|id| session.thread(id));
        let title = thread.map(|thread| format!("{} · Hubbub", thread.name));
        browser::set_title(title.as_deref().unwrap_or("Hubbub"));
    });
    view! {
        <div class="chat" class:at-home=move || page.place.get() == Place::Home>
            <Sidebar current />
            <main class="pane">
                {move || match current.get() {
                    Some(id) => Either::Left(view! { <ThreadPane id /> }),
                    None => Either::Right(view! { <NobodyHere /> }),
                }}
            </main>
        </div>
    }
}

#[component]
fn NobodyHere() -> impl IntoView {
    view! {
        <div class="empty">
            <h1>"Nothing here yet"</h1>
            <p>"Start the first thread: give it a name at the left, and say something."</p>
        </div>
    }
}
