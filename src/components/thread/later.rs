//! Sending later: a sheet over the thread, with what is to be said, when, and what waits already.
//!
//! A place of its own (`/t/5?panel=later`), so all of it is plain forms without the script, and the server
//! counts in the zone it knows. With the script it begins with what the composer has, takes its files and
//! what it answers along, and the browser counts, which knows its own zone better.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;

use super::composer::as_content;
use crate::api;
use crate::client::browser;
use crate::client::browser::commands::clear_composer;
use crate::client::browser::storage::Kept;
use crate::client::doing::Writing;
use crate::client::session::Session;
use crate::components::form::{FormState, choice_of};
use crate::components::icons::{CloseIcon, Icon};
use crate::components::markdown::Written;
use crate::components::refused;
use crate::protocol::frame::parse;
use crate::protocol::moment::When;
use crate::protocol::scheduled::{ForLater, Schedule, Scheduled};
use crate::protocol::{MessageText, Place, ThreadId};
use crate::words;

const SHEET_ID: &str = "later-sheet";

#[component]
pub fn LaterPanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let waiting =
        Memo::new(move |_| parse::<Vec<Scheduled>>(&session.packed.get()).unwrap_or_default());
    let text = NodeRef::<html::Textarea>::new();
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !browser::is_composing(&event) {
            event.prevent_default();
            session.go(Place::thread(id));
            browser::focus("composer-field");
        }
    };
    Effect::new(move || browser::focus(SHEET_ID));
    let refused = refused();
    let state = FormState::new(refused.as_ref().map(|refused| refused.error.clone()));
    let list = move || {
        waiting.with(|all| {
            let one = |scheduled: &Scheduled| waits(scheduled, false, session, state);
            let all = all.iter().map(one).collect_view();
            waiting.with(|all| !all.is_empty()).then(|| {
                view! {
                    <h3 class="kept-heading">"Waiting"</h3>
                    <ul class="kept">{all}</ul>
                }
            })
        })
    };
    let typed = refused.and_then(|refused| {
        let mut fields = refused.fields.into_iter();
        fields.find(|(name, _)| name == "text")
    });
    let typed = typed.map(|(_, text)| text).unwrap_or_default();
    view! {
        <aside
            class="popover message-panel later-sheet"
            id=SHEET_ID
            tabindex="-1"
            aria-label=words::SEND_LATER
            on:keydown=on_key
        >
            <a class="icon-button message-close" href=Place::thread(id).to_string() aria-label="Close">
                <CloseIcon />
            </a>
            <h2>{words::SEND_LATER}</h2>
            <LaterForm id text typed state />
            {list}
        </aside>
    }
}

#[component]
fn LaterForm(
    id: ThreadId,
    text: NodeRef<html::Textarea>,
    typed: String,
    state: FormState,
) -> impl IntoView {
    let session = expect_context::<Session>();
    // It begins with what was being written.
    let draft = move || Kept::of(&session.origin(), session.my_id()).draft(id);
    Effect::new(move || {
        if let Some(field) = text.get()
            && field.value().is_empty()
        {
            field.set_value(&draft());
        }
    });
    let files = move || session.tray.with(|tray| tray.files(id));
    let is_busy = move || session.tray.with(|tray| tray.is_busy(id));
    let answers = move || session.doing.with(|doing| doing.writing.quote());
    // A second press is the same message, if nothing of it has changed: it is known by this.
    let client_id = StoredValue::new(None::<(String, String)>);
    let submit = move |event: SubmitEvent| {
        let pressed = event
            .submitter()
            .and_then(|button| button.get_attribute("value"));
        let begun_with = draft();
        let zone = session.zone.get_untracked();
        let call = |form: &_| {
            let field = |name: &str| match name {
                "when" => pressed.clone().unwrap_or_default(),
                "text" | "at" => choice_of(form, name),
                _ => String::new(),
            };
            let Schedule::Add(later) = Schedule::read(&field, browser::now(), &|at| zone.ahead(at))
            else {
                return None;
            };
            let meant = format!("{pressed:?} {} {}", choice_of(form, "at"), later.message);
            let known = client_id.try_get_value().flatten();
            let known = known.filter(|(before, _)| *before == meant);
            let known = known.map_or_else(|| browser::client_id().to_string(), |(_, id)| id);
            client_id.set_value(Some((meant, known.clone())));
            let at = later.at;
            let files = session.tray.with_untracked(|tray| tray.files(id));
            let what = Schedule::Add(ForLater {
                client_id: Some(known),
                reply_to: session
                    .doing
                    .with_untracked(|doing| doing.writing.quote())
                    .map(|quote| quote.seq),
                files: files.iter().map(|file| file.id).collect(),
                ..later
            });
            let me = session.my_id();
            Some(async move {
                let done = api::schedule_message(me, id, what).await.flatten();
                done.map(|()| at)
            })
        };
        let zone = session.zone.get_untracked();
        state.send(&event, call, move |at| {
            session.tray.change(|tray| tray.take(id));
            session.write_as(Writing::New);
            session.say(format!("It will be sent {}.", zone.within(at)), None);
            session.go(Place::thread(id));
            clear_composer(&begun_with);
        });
    };
    let problem = move || {
        let error = state.error()?;
        Some(view! { <p class="form-error" role="alert">{error.sentence()}</p> })
    };
    let along = move || {
        let (files, answered) = (files().len(), answers());
        let said = match files {
            0 => String::new(),
            1 => "With a file. ".to_owned(),
            files => format!("With {files} files. "),
        };
        let answered = answered.map(|quote| format!("In answer to {}.", quote.user.name));
        let said = said + &answered.unwrap_or_default();
        (!said.is_empty()).then(|| view! { <p class="popover-note">{said}</p> })
    };
    let offered = When::ALL.map(|when| {
        view! {
            <button type="submit" class="level" name="when" value=when.name() disabled=is_busy>
                <span class="level-mark">
                    <Icon d="M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16zM12 8v4l3 2" />
                </span>
                {when.label()}
            </button>
        }
    });
    view! {
        <form class="panel-form later-form" method="post" action="/api/schedule_message" on:submit=submit>
            <input type="hidden" name="thread" value=id.to_string() />
            {problem}
            <label class="field">
                <span>"What to send"</span>
                <textarea
                    name="text"
                    rows="3"
                    maxlength=MessageText::MAX_CHARS
                    dir="auto"
                    node_ref=text
                    inner_html=as_content(&typed)
                ></textarea>
            </label>
            {along}
            // First of all buttons: it is what Enter presses in a field.
            <label class="field">
                <span>"At a time of your own"</span>
                <input type="datetime-local" name="at" />
            </label>
            <button type="submit" class="button small" disabled=is_busy>
                "Send then"
            </button>
            <div class="later-times">{offered.collect_view()}</div>
        </form>
    }
}

/// A message that waits, and what can be done with it; in a list of all, with where it goes.
pub fn waits(
    scheduled: &Scheduled,
    in_list: bool,
    session: Session,
    state: FormState,
) -> impl IntoView + use<> {
    let id = scheduled.id;
    let thread = scheduled.thread.as_ref();
    let title = thread.filter(|_| in_list).map(|thread| {
        let place = Place::thread(thread.id).to_string();
        view! {
            <a class="hit-about kept-about" href=place>
                <span class="hit-thread" dir="auto">{thread.title(session.my_id())}</span>
            </a>
        }
    });
    let when = session.zone.with(|zone| zone.within(scheduled.at));
    let (said, class) = match (&scheduled.refused, thread) {
        (None, Some(_)) => (format!("To be sent {when}"), "kept-when"),
        (Some(why), Some(_)) => (format!("Not sent: {}", why.sentence()), "kept-when due"),
        (_, None) => (words::NOT_READABLE.to_owned(), "kept-when due"),
    };
    let files = scheduled.files.clone();
    let submit = move |event: SubmitEvent| {
        let pressed = event
            .submitter()
            .and_then(|button| button.get_attribute("name"));
        let call = |_: &_| {
            let what = match pressed.as_deref() {
                Some("now") => Schedule::Now { id },
                _ => Schedule::Cancel { id },
            };
            let me = session.my_id();
            Some(async move {
                api::schedule_message(me, ThreadId::default(), what)
                    .await
                    .flatten()
            })
        };
        // What waits then comes as an event.
        state.send(&event, call, |()| {});
    };
    let thread = thread.map(|thread| thread.id).unwrap_or_default();
    let list = in_list.then(|| view! { <input type="hidden" name="list" value="saved" /> });
    view! {
        <li>
            <p class=class>{said}</p>
            {title}
            <div class="kept-text">{Written(scheduled.text.clone(), files)}</div>
            <form class="kept-acts" method="post" action="/api/schedule_message" on:submit=submit>
                <input type="hidden" name="thread" value=thread.to_string() />
                {list}
                <button type="submit" class="button small" name="now" value=id.to_string()>
                    "Send now"
                </button>
                <button type="submit" class="button small" name="cancel" value=id.to_string()>
                    "Delete"
                </button>
            </form>
        </li>
    }
}
