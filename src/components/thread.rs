//! A thread: its header, its timeline, the composer, and who is in it.

mod composer;
mod connection_bar;
mod message;
mod people;
mod timeline;

use leptos::either::Either;
use leptos::prelude::*;

use self::composer::Composer;
use self::connection_bar::ConnectionBar;
use self::people::PeoplePanel;
use self::timeline::TimelineView;
use super::icons::{BackIcon, HashIcon, LockIcon, PeopleIcon};
use crate::client::session::Session;
use crate::protocol::{Panel, Place, ThreadId, ThreadKind};

#[component]
pub fn ThreadPane(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let has_panel = Memo::new(move |_| {
        let place = session.place.get();
        matches!(
            place,
            Place::Thread {
                panel: Some(Panel::People),
                ..
            }
        )
    });
    view! {
        <ThreadHeader id has_panel />
        <ConnectionBar />
        <div class="thread-body">
            <div class="thread-main">
                <TimelineView id />
                <Composer id />
            </div>
            {move || has_panel.get().then(|| view! { <PeoplePanel id /> })}
        </div>
    }
}

#[component]
fn ThreadHeader(id: ThreadId, has_panel: Memo<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let thread = move || session.thread.get().filter(|thread| thread.id == id);
    let name = Memo::new(move |_| thread().map(|thread| thread.name.to_string()));
    let is_public =
        Memo::new(move |_| thread().is_none_or(|thread| thread.kind == ThreadKind::Public));
    let people = move || {
        let panel = (!has_panel.get()).then_some(Panel::People);
        Place::Thread {
            id,
            message: None,
            panel,
        }
        .to_string()
    };
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/">
                <BackIcon />
                <span class="visually-hidden">"My threads"</span>
            </a>
            {move || match is_public.get() {
                true => Either::Left(view! { <HashIcon /> }),
                false => Either::Right(view! { <LockIcon /> }),
            }}
            <h1 dir="auto">{name}</h1>
            <a
                class="icon-button people-link"
                href=people
                aria-expanded=move || has_panel.get().to_string()
                title="People"
            >
                <PeopleIcon />
                <span class="visually-hidden">"People"</span>
            </a>
        </header>
    }
}
