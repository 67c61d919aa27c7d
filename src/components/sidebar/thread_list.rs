//! My threads, most recently active first, with how much of each is unread.

use leptos::either::Either;
use leptos::ev::SubmitEvent;
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
            <Heading />
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

/// Above the list: marking all as read, and taking that back for a moment.
#[component]
fn Heading() -> impl IntoView {
    let session = expect_context::<Session>();
    let press = move |event: SubmitEvent| {
        event.prevent_default();
        match session.can_undo.get_untracked() {
            true => session.undo_read_all(),
            false => session.read_all(),
        }
    };
    move || {
        let can_undo = session.can_undo.get();
        let has_unread = session
            .mine
            .with(|mine| mine.iter().any(|mine| mine.unread() > 0));
        let (title, button) = match can_undo {
            true => ("All marked as read", "Undo"),
            false => ("Threads", "Mark all as read"),
        };
        view! {
            <form
                class="threads-heading"
                method="post"
                action="/api/mark_all_read"
                on:submit=press
            >
                <h2 role="status">{title}</h2>
                <button type="submit" class="link-button" hidden=!has_unread && !can_undo>
                    {button}
                </button>
            </form>
        }
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
    // Whether it is open, how much of it is unread, and whether it is muted.
    let state = Memo::new(move |_| {
        let is_current = session.place.with(Place::open_thread) == Some(id);
        let (unread, is_muted) = session.mine.with(|mine| {
            let mine = mine.iter().find(|mine| mine.thread.id == id);
            mine.map_or((0, false), |mine| (mine.unread(), !mine.notify.counts()))
        });
        (is_current, unread, is_muted)
    });
    let class = move || match state.get() {
        (_, _, true) => "muted",
        (_, 0, _) => "",
        _ => "unread",
    };
    let badge = move || {
        let (_, unread, _) = state.get();
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
                class=class
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
