//! The messages of a thread, in a box that scrolls from its end.
//!
//! The box is laid out in reverse (`column-reverse`), so that it starts at the newest message before
//! any script runs. What is drawn is the view's business; here it is said where the box is scrolled
//! to, and [`ScrollBox`] keeps what is read in its place.
//!
//! The log itself is silent to screen readers: older messages would be read out when they are put
//! in, and one's own twice. What is new at the end is said once, politely, by a line of its own.

use std::time::Duration;

use leptos::either::Either;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;

use super::message::MessageView;
use crate::client::browser::scroll::{ScrollBox, asked_for};
use crate::client::browser::{self, links};
use crate::client::chat::{Reveal, Scroll};
use crate::client::rows::Row;
use crate::client::session::Session;
use crate::components::icons::DownIcon;
use crate::components::markdown::one_line;
use crate::protocol::{MyThread, Place, Seq, ThreadId};
use crate::words;

/// So long after the last movement a box that was scrolled counts as being at rest.
const REST: Duration = Duration::from_millis(150);

#[component]
pub fn TimelineView(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let scroll_box = ScrollBox::new();
    let is_at_end = RwSignal::new(!session.edges.with_untracked(|edges| edges.has_newer));
    let look = move || {
        let Some(place) = scroll_box.place() else {
            return;
        };
        let edges = session.edges.get_untracked();
        let at_end = place.at_end && !edges.has_newer;
        if is_at_end.try_get_untracked() == Some(!at_end) {
            is_at_end.set(at_end);
        }
        session.scrolled(id, Scroll::At { end: place.at_end });
        if place.near_top && edges.has_older {
            session.scrolled(id, Scroll::NearTop);
        }
        if place.near_bottom && edges.has_newer {
            session.scrolled(id, Scroll::NearBottom);
        }
        if at_end && browser::is_visible() {
            session.scrolled(id, Scroll::HasRead);
        }
    };
    // Once the scrolling rests: browsers take only so many changes of their history. Whoever has gone
    // on meanwhile is at another entry of it.
    let mut keep_position = debounce(REST, move |scrolled: Option<Place>| {
        let here = links::here();
        let is_open = here.as_ref().and_then(Place::open_thread) == Some(id);
        if is_open && here == scrolled && !session.is_going.get_untracked() {
            let has_newer = session.edges.with_untracked(|edges| edges.has_newer);
            links::keep_scrolled_to(scroll_box.position(has_newer));
        }
    });
    let prepare = Callback::new(move |reveal: Option<Reveal>| {
        let is_live = !session.edges.with_untracked(|edges| edges.has_newer);
        scroll_box.prepare(reveal.as_ref(), is_live);
    });
    session.before_drawing.set_value(Some(prepare));
    on_cleanup(move || {
        session.before_drawing.try_set_value(None);
    });
    // What this thread was opened for.
    Effect::new(move || {
        if let Some(reveal) = session.take_reveal() {
            prepare.try_run(Some(reveal));
        }
    });
    // Looked at again when something else is drawn: an edge may be in sight still.
    Effect::new(move || {
        session.rows.track();
        session.edges.track();
        request_animation_frame(look);
    });
    Effect::new(move || browser::on_window("focus", look));
    let go_to_end = move |()| {
        session.scrolled(id, Scroll::ToEnd);
        // The button that was pressed goes away: the focus goes to what it led to.
        scroll_box.focus();
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowUp" | "ArrowDown" if !event.alt_key() => {
            event.prevent_default();
            scroll_box.step(event.key() == "ArrowDown");
        }
        "End" => session.scrolled(id, Scroll::ToEnd),
        "u" | "U" if !(event.ctrl_key() || event.meta_key() || event.alt_key()) => {
            if let Some(seq) = scroll_box.focused() {
                event.prevent_default();
                session.mark_unread(id, seq);
            }
        }
        _ => {}
    };
    view! {
        <div class="timeline-frame">
            <div
                class="timeline"
                id="place-content"
                role="log"
                aria-live="off"
                aria-label="Messages"
                tabindex="0"
                node_ref=scroll_box.node
                on:scroll=move |_| {
                    look();
                    keep_position(links::here());
                }
                on:keydown=on_key
                on:click=move |event| open_menu(session, &event)
            >
                <div class="timeline-rows">
                    <Beginning />
                    <For each=move || session.rows.get() key=|row| row.key.clone() let:row>
                        <MessageView row />
                    </For>
                </div>
            </div>
            <ToEnd id is_at_end go_to_end=Callback::new(go_to_end) />
            <Announcer id is_at_end />
        </div>
    }
}

/// The button of a message opens its menu instead of leading to a page.
fn open_menu(session: Session, event: &MouseEvent) {
    if let Some(row) = asked_for(event) {
        event.prevent_default();
        let key = session.rows.with_untracked(|rows| {
            let mut keys = rows.iter().map(|row| &row.key);
            keys.find(|key| key.element_id() == row).cloned()
        });
        session.open_menu(key);
    }
}

/// What stands above the first message.
#[component]
fn Beginning() -> impl IntoView {
    let session = expect_context::<Session>();
    let is_empty = Memo::new(move |_| session.rows.with(Vec::is_empty));
    move || {
        let edges = session.edges.get();
        let text = match edges.has_older {
            true => "Older messages…",
            false if is_empty.get() => "Nobody has said anything here yet. Be the first.",
            false => "This is where it began.",
        };
        match edges.is_loaded {
            false => Either::Left(view! { <Loading /> }),
            true => Either::Right(view! { <p class="beginning">{text}</p> }),
        }
    }
}

/// The shape of what is coming; shown only if it takes a while (in the style).
#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="skeleton" aria-label="Loading messages">
            <span></span>
            <span></span>
            <span></span>
        </div>
    }
}

/// The way down, and how much is new there.
#[component]
fn ToEnd(id: ThreadId, is_at_end: RwSignal<bool>, go_to_end: Callback<()>) -> impl IntoView {
    let session = expect_context::<Session>();
    // How much there was when one went away from the end.
    let count = move || {
        let mine = session.mine.with(|mine| {
            let mine = mine.iter().find(|mine| mine.thread.id == id);
            mine.map(MyThread::unread)
        });
        mine.unwrap_or_default()
    };
    // Without the script it leads to the page of the newest.
    let newest = move || Place::Thread {
        id,
        message: session
            .thread
            .with_untracked(|thread| thread.as_ref().map(|thread| thread.last_seq)),
        panel: None,
    };
    let press = move |event: MouseEvent| {
        event.prevent_default();
        go_to_end.try_run(());
    };
    move || {
        (!is_at_end.get()).then(|| {
            let (class, label) = match count() {
                0 => ("to-end quiet", "To the newest".to_owned()),
                n => ("to-end", words::counted(n, "new message", "new messages")),
            };
            view! {
                <a class=class role="button" href=newest().to_string() on:click=press>
                    <DownIcon />
                    <span>{label}</span>
                </a>
            }
        })
    }
}

/// Says what is new, once, to who cannot see it; only at the end, where one would see it arrive.
#[component]
fn Announcer(id: ThreadId, is_at_end: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let said = StoredValue::new(None::<Seq>);
    let text = RwSignal::new(String::new());
    Effect::new(move || {
        let newest: Option<Row> = session.rows.with(|rows| {
            rows.iter()
                .rev()
                .map(|row| row.with_untracked(Row::clone))
                .find(is_delivered)
        });
        let Some(row) = newest else { return };
        let before = said.try_get_value().flatten();
        said.set_value(Some(row.seq));
        let is_news = before.is_some_and(|before| before < row.seq);
        if is_news && !row.is_mine && is_at_end.get_untracked() {
            text.set(format!("{}: {}", row.author.name, one_line(&row.text)));
        }
    });
    view! {
        <p class="visually-hidden" role="status" data-thread=id.to_string()>
            {text}
        </p>
    }
}

fn is_delivered(row: &Row) -> bool {
    row.seq > Seq::START
}
