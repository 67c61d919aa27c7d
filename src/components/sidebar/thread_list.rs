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
    let is_private = thread.kind != ThreadKind::Public;
    let icon = match is_private {
        false => Either::Left(view! { <HashIcon /> }),
        true => Either::Right(view! {
            <LockIcon />
            <span class="visually-hidden">"Private: "</span>
        }),
    };
    // Whether it is open, and how much of it is unread. (What is open is being read.)
    let state = Memo::new(move |_| {
        let is_current = session.place.with(Place::open_thread) == Some(id);
        let unread = session.mine.with(|mine| {
            let mine = mine.iter().find(|mine| mine.thread.id == id);
            mine.map_or(0, MyThread::unread)
        });
        (is_current, if is_current { 0 } else { unread })
    });
    let badge = move || {
        let (_, unread) = state.get();
        (unread > 0).then(|| {
            view! {
                <span class="badge">
                    <span aria-hidden="true">{words::badge(unread)}</span>
                    <span class="visually-hidden">
                        {format!(", {}", words::counted(unread, "unread", "unread"))}
                    </span>
                </span>
            }
        })
    };
    view! {
        <li>
            <a
                href=Place::thread(id).to_string()
                class:unread=move || { state.get().1 > 0 }
                aria-current=move || state.get().0.then_some("page")
            >
                {icon}
                <span class="thread-name" dir="auto">
                    {thread.name.to_string()}
                </span>
                {badge}
            </a>
        </li>
    }
}
