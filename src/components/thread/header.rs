//! What stands above a thread: what it is called and about, and the ways to its panels.

use leptos::prelude::*;

use super::JOIN;
use crate::client::session::Session;
use crate::components::icons::{BackIcon, PeopleIcon, SettingsIcon};
use crate::components::sign::sign;
use crate::protocol::{Panel, Place, Seq, Thread, ThreadId, ThreadKind, Timestamp};

#[component]
pub fn ThreadHeader(id: ThreadId, panel: Memo<Option<Panel>>) -> impl IntoView {
    let session = expect_context::<Session>();
    // What is shown of the thread does not change with every message in it.
    let shown = Memo::new(move |_| {
        let is_mine = session.role(id).is_some();
        session.thread.with(|thread| {
            let thread = thread.as_ref().filter(|thread| thread.id == id)?;
            let thread = Thread {
                last_seq: Seq::START,
                message_count: 0,
                active_at: Timestamp(0),
                ..thread.clone()
            };
            Some((thread, is_mine))
        })
    });
    let me = session.my_id();
    move || {
        let open = panel.get();
        let (thread, is_mine) = shown.get()?;
        let (title, about) = (thread.title(me), thread.description.to_string());
        // A direct thread is its people: there is nothing to set.
        let is_direct = thread.kind == ThreadKind::Direct;
        Some(view! {
            <header class="thread-header">
                <a class="icon-button back" href="/">
                    <BackIcon />
                    <span class="visually-hidden">"My threads"</span>
                </a>
                {sign(thread, me)}
                <h1 dir="auto">{title}</h1>
                <p class="thread-about" dir="auto">
                    {about}
                </p>
                {(!is_mine).then(|| JOIN.show(id))}
                <a
                    class="icon-button"
                    href=to(id, Panel::People, open)
                    aria-expanded=is_open(Panel::People, open)
                    title="People"
                >
                    <PeopleIcon />
                    <span class="visually-hidden">"People"</span>
                </a>
                <a
                    class="icon-button"
                    href=to(id, Panel::Settings, open)
                    aria-expanded=is_open(Panel::Settings, open)
                    title="Settings"
                    hidden=is_direct
                >
                    <SettingsIcon />
                    <span class="visually-hidden">"Settings"</span>
                </a>
            </header>
        })
    }
}

/// The address with a panel, or without it where it is open.
fn to(id: ThreadId, wanted: Panel, open: Option<Panel>) -> String {
    Place::Thread {
        id,
        message: None,
        panel: (open != Some(wanted)).then_some(wanted),
    }
    .to_string()
}

fn is_open(wanted: Panel, open: Option<Panel>) -> &'static str {
    match open == Some(wanted) {
        true => "true",
        false => "false",
    }
}
