//! A thread: its header, its timeline, the composer, and who is in it.

mod composer;
mod connection_bar;
mod message;
mod notify;
mod people;
mod timeline;

use leptos::either::Either;
use leptos::prelude::*;

use self::composer::Composer;
use self::connection_bar::ConnectionBar;
use self::timeline::TimelineView;
use super::icons::{BackIcon, HashIcon, Icon, LockIcon};
use crate::client::session::Session;
use crate::parts::part;
use crate::protocol::{NotifyLevel, Panel, Place, ThreadId, ThreadKind};

part!(
    /// Who is in it.
    pub PEOPLE in people: |id: ThreadId| people::PeoplePanel(people::PeoplePanelProps { id })
);

part!(
    /// What of it one wants to be told of.
    pub NOTIFY in notices: |id: ThreadId| notify::NotifyPanel(notify::NotifyPanelProps { id })
);

#[component]
pub fn ThreadPane(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let panel = Memo::new(move |_| match session.place.get() {
        Place::Thread { panel, .. } => panel,
        _ => None,
    });
    view! {
        <ThreadHeader id panel />
        <ConnectionBar />
        <div class="thread-body">
            <div class="thread-main">
                <TimelineView id />
                // A line that is always there. Nobody is interrupted by it: a screen reader finds it
                // before the composer.
                <p class="typing">{move || session.typing.get()}</p>
                <Composer id />
            </div>
            {move || match panel.get()? {
                Panel::People => Some(PEOPLE.show(id)),
                Panel::Notify => Some(NOTIFY.show(id)),
            }}
        </div>
    }
}

#[component]
fn ThreadHeader(id: ThreadId, panel: Memo<Option<Panel>>) -> impl IntoView {
    let session = expect_context::<Session>();
    // What is shown of the thread does not change with every message in it.
    let shown = Memo::new(move |_| {
        session.thread.with(|thread| {
            let thread = thread.as_ref().filter(|thread| thread.id == id)?;
            let is_muted = session.mine.with(|mine| {
                let mut mine = mine.iter().filter(|mine| mine.thread.id == id);
                mine.any(|mine| mine.notify == NotifyLevel::Nothing)
            });
            Some((thread.name.to_string(), thread.kind, is_muted))
        })
    });
    move || {
        let nothing = (String::new(), ThreadKind::Public, false);
        let (name, kind, is_muted) = shown.get().unwrap_or(nothing);
        let open = panel.get();
        let bell = if is_muted { MUTED } else { BELL };
        let links = [
            panel_link(id, open, Panel::Notify, "Notifications", bell),
            panel_link(id, open, Panel::People, "People", PEOPLE_ICON),
        ];
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
                {links}
            </header>
        }
    }
}

const BELL: &str = "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4";
const MUTED: &str = "M6 16V11a6 6 0 0 1 9-5.2M18 11v5l2 2H8M10 21h4M4 4l16 16";
const PEOPLE_ICON: &str = "M9 11a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6M18 14a6.5 6.5 0 0 1 3.5 6";

/// Opens what is beside a thread, and closes it again.
fn panel_link(
    id: ThreadId,
    open: Option<Panel>,
    panel: Panel,
    name: &'static str,
    icon: &'static str,
) -> impl IntoView {
    let is_open = open == Some(panel);
    let place = Place::Thread {
        id,
        message: None,
        panel: (!is_open).then_some(panel),
    };
    view! {
        <a
            class="icon-button panel-link"
            id=name
            href=place.to_string()
            aria-expanded=is_open.to_string()
            title=name
        >
            <Icon d=icon />
            <span class="visually-hidden">{name}</span>
        </a>
    }
}
