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
use self::timeline::TimelineView;
use super::icons::{BackIcon, HashIcon, LockIcon, PeopleIcon};
use crate::client::session::Session;
use crate::parts::part;
use crate::protocol::{Panel, Place, ThreadId, ThreadKind};

part!(
    /// Who is in it.
    pub PEOPLE in people: |id: ThreadId| people::PeoplePanel(people::PeoplePanelProps { id })
);

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
            {move || has_panel.get().then(|| PEOPLE.show(id))}
        </div>
    }
}

#[component]
fn ThreadHeader(id: ThreadId, has_panel: Memo<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    // What is shown of the thread does not change with every message in it.
    let shown = Memo::new(move |_| {
        session.thread.with(|thread| {
            let thread = thread.as_ref().filter(|thread| thread.id == id)?;
            Some((thread.name.to_string(), thread.kind))
        })
    });
    move || {
        let (name, kind) = shown.get().unwrap_or((String::new(), ThreadKind::Public));
        let is_open = has_panel.get();
        let people = Place::Thread {
            id,
            message: None,
            panel: (!is_open).then_some(Panel::People),
        };
        let icon = match kind {
            ThreadKind::Public => Either::Left(view! { <HashIcon /> }),
            ThreadKind::Private | ThreadKind::Direct => Either::Right(view! { <LockIcon /> }),
        };
        view! {
            <header class="thread-header">
                <a class="icon-button back" href="/">
                    <BackIcon />
                    <span class="visually-hidden">"My threads"</span>
                </a>
                {icon}
                <h1 dir="auto">{name}</h1>
                <a
                    class="icon-button people-link"
                    href=people.to_string()
                    aria-expanded=is_open.to_string()
                    title="People"
                >
                    <PeopleIcon />
                    <span class="visually-hidden">"People"</span>
                </a>
            </header>
        }
    }
}
