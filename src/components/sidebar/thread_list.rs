//! My threads, most recently active first, with how much of each is unread.

use leptos::either::Either;
use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::icons::{HashIcon, LockIcon};
use crate::protocol::{MyThread, Place, ThreadKind};
use crate::words;

#[component]
pub fn ThreadList() -> impl IntoView {
    let session = expect_context::<Session>();
    // What does not change while it is listed is what a row is known by: activity moves it, and
    // what is unread changes in it.
    let key = |mine: &MyThread| (mine.thread.id, mine.thread.name.clone(), mine.thread.kind);
    view! {
        <div class="threads">
            <ul>
                <For each=move || session.mine.get() key let:mine>
                    <ThreadLink mine />
                </For>
            </ul>
            {move || {
                session
                    .mine
                    .with(Vec::is_empty)
                    .then(|| {
                        view! { <p class="threads-empty">"You are not in any thread yet."</p> }
                    })
            }}
        </div>
    }
}

#[component]
fn ThreadLink(mine: MyThread) -> impl IntoView {
    let session = expect_context::<Session>();
    let thread = mine.thread;
    let id = thread.id;
    let current = Memo::new(move |_| session.place.get().open_thread() == Some(id));
    let unread = Memo::new(move |_| {
        session.mine.with(|mine| {
            let mine = mine.iter().find(|mine| mine.thread.id == id);
            mine.map_or(0, MyThread::unread)
        })
    });
    // What is open is being read.
    let shown = move || unread.get() > 0 && !current.get();
    let icon = match thread.kind {
        ThreadKind::Public => Either::Left(view! { <HashIcon /> }),
        ThreadKind::Private | ThreadKind::Direct => Either::Right(view! {
            <LockIcon />
            <span class="visually-hidden">"Private: "</span>
        }),
    };
    view! {
        <li>
            <a
                href=Place::thread(id).to_string()
                class:unread=shown
                aria-current=move || current.get().then_some("page")
            >
                {icon}
                <span class="thread-name" dir="auto">
                    {thread.name.to_string()}
                </span>
                {move || {
                    shown()
                        .then(|| {
                            let count = words::counted(unread.get(), "unread", "unread");
                            view! {
                                <span class="badge">
                                    <span aria-hidden="true">{words::badge(unread.get())}</span>
                                    <span class="visually-hidden">", " {count}</span>
                                </span>
                            }
                        })
                }}
            </a>
        </li>
    }
}
