//! What one has saved, what one wants to be reminded of, and what is to be posted later. Each leads to where
//! it was said, or is to be.
//!
//! All that can be done here is plain forms; with the script they are calls, and the page is shown anew by
//! the event that follows, as on one's other devices.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::api;
use crate::client::session::Session;
use crate::components::Page;
use crate::components::form::FormState;
use crate::components::icons::BackIcon;
use crate::components::markdown::Written;
use crate::components::sign::sign;
use crate::components::thread::later::waits;
use crate::protocol::frame::parse;
use crate::protocol::saved::{KeptMessage, SavedPage};
use crate::protocol::{Keep, Message, Panel, Place, Thread, ThreadKind, Timestamp};
use crate::words;

#[component]
pub fn SavedPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let marks = expect_context::<Page>().has_soon;
    let state = FormState::new(crate::components::refused().map(|refused| refused.error));
    let page = Memo::new(move |_| parse::<SavedPage>(&session.packed.get()).unwrap_or_default());
    let reminders = move || {
        marks.track();
        page.with(|page| {
            let all = page.reminders.iter();
            let all = all.map(|kept| reminder(kept, session, state)).collect();
            section("reminders", "Reminders", all)
        })
    };
    let waiting = move || {
        marks.track();
        page.with(|page| {
            let all = page.scheduled.iter();
            let all = all.map(|one| waits(one, true, session, state)).collect();
            section("later", "To be sent later", all)
        })
    };
    let saved = move || {
        marks.track();
        page.with(|page| {
            let all = page.saved.iter();
            let all = all.map(|kept| saved(kept, session, state)).collect();
            section("saved", "Saved messages", all)
        })
    };
    let none = move || {
        let is_empty = page.with(|page| {
            page.saved.is_empty() && page.reminders.is_empty() && page.scheduled.is_empty()
        });
        is_empty.then(|| {
            view! {
                <p class="empty">
                    "Nothing is saved. Whatever you save for yourself, in the menu of a message, stands here."
                </p>
            }
        })
    };
    let older = move || {
        page.with(|page| page.next).map(|before| {
            let place = Place::Saved {
                before: Some(before),
            };
            view! {
                <a class="button" href=place.to_string()>
                    "Older"
                </a>
            }
        })
    };
    let problem = move || {
        let error = state.error()?;
        Some(view! { <p class="form-error" role="alert">{error.sentence()}</p> })
    };
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/">
                <BackIcon />
                <span class="visually-hidden">"My threads"</span>
            </a>
            <h1 id="place-content" tabindex="-1">
                "Saved"
            </h1>
        </header>
        <div class="browse">
            {problem} {waiting} {reminders} {saved} {none} {older}
        </div>
    }
}

/// A list with its heading, if there is anything in it.
fn section<T: IntoView + 'static>(
    id: &'static str,
    heading: &'static str,
    all: Vec<T>,
) -> impl IntoView {
    (!all.is_empty()).then(|| {
        view! {
            <section aria-labelledby=id>
                <h2 class="kept-heading" id=id>
                    {heading}
                </h2>
                <ul class="kept">{all}</ul>
            </section>
        }
    })
}

fn reminder(kept: &KeptMessage, session: Session, state: FormState) -> impl IntoView + use<> {
    let when = session.zone.with(|zone| zone.within(kept.at));
    let (said, class) = match kept.is_due {
        true => (format!("Due {when}"), "kept-when due"),
        false => (format!("Due {when}"), "kept-when"),
    };
    let later = Place::Thread {
        id: kept.thread.id,
        message: Some(kept.message.seq),
        panel: Some(Panel::Remind),
    };
    view! {
        <li>
            <p class=class>{said}</p>
            {in_context(&kept.message, &kept.thread, kept.message.created_at, session)}
            <div class="kept-acts">
                {act(kept, Keep::Done, "Done", session, state)}
                <a class="button small" href=later.to_string()>
                    "Later"
                </a>
            </div>
        </li>
    }
}

fn saved(kept: &KeptMessage, session: Session, state: FormState) -> impl IntoView + use<> {
    view! {
        <li>
            {in_context(&kept.message, &kept.thread, kept.message.created_at, session)}
            <div class="kept-acts">{act(kept, Keep::Unsave, "Remove", session, state)}</div>
        </li>
    }
}

/// A message where it was said: who, in which thread, when, and what.
pub fn in_context(
    message: &Message,
    thread: &Thread,
    at: Timestamp,
    session: Session,
) -> impl IntoView + use<> {
    let place = Place::Thread {
        id: thread.id,
        message: Some(message.seq),
        panel: None,
    };
    let (me, title) = (session.my_id(), thread.title(session.my_id()));
    // A direct one is named by its people.
    let is_direct = thread.kind == ThreadKind::Direct;
    let sign = (!is_direct).then(|| sign(thread.clone(), me));
    let author = message.user.name.to_string();
    let when = session.zone.with(|zone| zone.moment(at));
    let is_blocked = session
        .blocked
        .with(|blocked| blocked.contains(&message.user.id));
    let (text, files) = match is_blocked {
        true => (words::BLOCKED_SHORT.to_owned(), Vec::new()),
        false => (message.said().to_owned(), message.files.clone()),
    };
    view! {
        <a class="hit-about kept-about" href=place.to_string()>
            <strong dir="auto">{author}</strong>
            <span class="hit-thread" dir="auto">
                {sign}
                {title}
            </span>
            <time>{when}</time>
        </a>
        <div class="kept-text">{Written(text, files)}</div>
    }
}

/// A button that does something with what is kept.
fn act(
    kept: &KeptMessage,
    what: Keep,
    label: &'static str,
    session: Session,
    state: FormState,
) -> impl IntoView + use<> {
    let (thread, seq) = (kept.thread.id, kept.message.seq);
    let submit = move |event: SubmitEvent| {
        let me = session.my_id();
        let call =
            |_: &_| Some(async move { api::keep_message(me, thread, seq, what).await.flatten() });
        // What it is then comes as an event.
        state.send(&event, call, |_| {});
    };
    view! {
        <form method="post" action="/api/keep_message" on:submit=submit>
            <input type="hidden" name="list" value="saved" />
            <input type="hidden" name="thread" value=thread.to_string() />
            <input type="hidden" name="seq" value=seq.to_string() />
            <button type="submit" class="button small" name="what" value=what.name()>
                {label}
            </button>
        </form>
    }
}
