//! What stands above a thread: what it is called and about, and the ways to its panels.

use leptos::prelude::*;

use super::JOIN;
use crate::client::session::Session;
use crate::components::icons::{BackIcon, Icon};
use crate::components::sign::sign;
use crate::protocol::{NotifyLevel, Panel, Place, Seq, Thread, ThreadId, ThreadKind, Timestamp};

#[component]
pub fn ThreadHeader(id: ThreadId, panel: Memo<Option<Panel>>) -> impl IntoView {
    let session = expect_context::<Session>();
    // What is shown of the thread does not change with every message in it.
    let shown = Memo::new(move |_| {
        let is_mine = session.role(id).is_some();
        let (is_muted, is_favourite) = session.mine.with(|mine| {
            let mine = mine.iter().find(|mine| mine.thread.id == id);
            mine.map_or((false, false), |mine| {
                let is_muted = mine.notify == NotifyLevel::Nothing;
                (is_muted, mine.favourite.is_some())
            })
        });
        session.thread.with(|thread| {
            let thread = thread.as_ref().filter(|thread| thread.id == id)?;
            let thread = Thread {
                last_seq: Seq::START,
                message_count: 0,
                active_at: Timestamp(0),
                ..thread.clone()
            };
            Some((thread, is_mine, is_muted, is_favourite))
        })
    });
    let me = session.my_id();
    move || {
        let open = panel.get();
        let (thread, is_mine, is_muted, is_favourite) = shown.get()?;
        let (title, about) = (thread.title(me), thread.description.to_string());
        // A direct thread is its people: there is nothing to set.
        let is_direct = thread.kind == ThreadKind::Direct;
        let bell = if is_muted { MUTED } else { BELL };
        let star = if is_favourite { STARRED } else { STAR };
        let links = [
            (is_mine, Panel::Favourite, star),
            (is_mine, Panel::Notify, bell),
            (true, Panel::Pins, PIN),
            (true, Panel::Files, CLIP),
            (true, Panel::Date, CALENDAR),
            (true, Panel::People, PEOPLE),
            (!is_direct, Panel::Settings, SETTINGS),
        ]
        .map(|(is_there, panel, icon)| panel_link(id, open, is_there, panel, icon));
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
                {links}
            </header>
        })
    }
}

const PIN: &str = "M9 4h6l-1 6 4 4H6l4-4zM12 14v6";
const CLIP: &str = "M20 11.5l-8.2 8.2a5 5 0 0 1-7-7l8.4-8.4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6";
const CALENDAR: &str = "M5 6h14v14H5zM5 10h14M9 3v4M15 3v4";
const STAR: &str = "M12 4l2.5 5.1 5.6.8-4 4 .9 5.6-5-2.7-5 2.7.9-5.6-4-4 5.6-.8z";
// Filled: a smaller one within it.
const STARRED: &str = "M12 4l2.5 5.1 5.6.8-4 4 .9 5.6-5-2.7-5 2.7.9-5.6-4-4 5.6-.8zM12 8.5l1.2 2.4 2.7.4-1.9 1.9.4 2.7-2.4-1.3-2.4 1.3.4-2.7-1.9-1.9 2.7-.4z";
const BELL: &str = "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4";
const MUTED: &str = "M6 16V11a6 6 0 0 1 9-5.2M18 11v5l2 2H8M10 21h4M4 4l16 16";
const PEOPLE: &str = "M9 11a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6M18 14a6.5 6.5 0 0 1 3.5 6";
const SETTINGS: &str = "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5";

/// Opens what is beside a thread, and closes it again.
fn panel_link(
    id: ThreadId,
    open: Option<Panel>,
    is_there: bool,
    panel: Panel,
    icon: &'static str,
) -> impl IntoView {
    let name = panel.opener();
    let is_open = open == Some(panel);
    let place = Place::Thread {
        id,
        message: None,
        panel: (!is_open).then_some(panel),
    };
    view! {
        <a
            class="icon-button"
            id=name
            href=place.to_string()
            aria-expanded=is_open.to_string()
            title=name
            hidden=!is_there
        >
            <Icon d=icon />
            <span class="visually-hidden">{name}</span>
        </a>
    }
}
