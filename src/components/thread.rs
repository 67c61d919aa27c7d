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
use super::icons::{BackIcon, BellIcon, HashIcon, LockIcon, PeopleIcon};
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
            Some((thread.name.to_string(), thread.kind))
        })
    });
    let is_muted = Memo::new(move |_| {
        session.mine.with(|mine| {
            let mut mine = mine.iter().filter(|mine| mine.thread.id == id);
            mine.any(|mine| mine.notify == NotifyLevel::Nothing)
        })
    });
    move || {
        let (name, kind) = shown.get().unwrap_or((String::new(), ThreadKind::Public));
        let open = panel.get();
        let link = |wanted| Place::Thread {
            id,
            message: None,
            panel: Some(wanted).filter(|wanted| open != Some(*wanted)),
        };
        let is_open = |wanted| (open == Some(wanted)).to_string();
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
                    class="icon-button bell"
                    id="bell"
                    href=link(Panel::Notify).to_string()
                    aria-expanded=is_open(Panel::Notify)
                    title="Notifications"
                >
                    <BellIcon is_muted=is_muted.get() />
                    <span class="visually-hidden">"Notifications"</span>
                </a>
                <a
                    class="icon-button people-link"
                    href=link(Panel::People).to_string()
                    aria-expanded=is_open(Panel::People)
                    title="People"
                >
                    <PeopleIcon />
                    <span class="visually-hidden">"People"</span>
                </a>
            </header>
        }
    }
}
