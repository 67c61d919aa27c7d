//! Commands in the composer: what begins with a slash is done when it would be sent.
//!
//! It listens from outside, before the composer hears of a key or of its button, because all of it comes
//! after the page has begun. What cannot be done stays in the field, and why is said.

use leptos::ev::SubmitEvent;
use leptos::leptos_dom::helpers::document;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent};

use super::completion::on;
use super::field::{self, Area};
use crate::api;
use crate::client::commands::{Act, Meant, read};
use crate::client::session::Session;
use crate::protocol::{ApiError, Field, Manage, Panel, Place, ThreadChange, ThreadId};

const FIELD: &str = "composer-field";

/// In the browser, once.
pub fn listen(session: Session) {
    on("keydown", move |event| {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let is_plain = !(key.shift_key() || key.alt_key() || key.meta_key());
        let is_enter = key.key() == "Enter" && is_plain && !super::is_composing(key);
        let is_here = event.target().is_some_and(|it| is_field(&it));
        if is_enter && is_here && !super::is_touch() {
            meant(session, &event);
        }
    });
    on("submit", move |event| {
        let Some(submit) = event.dyn_ref::<SubmitEvent>() else {
            return;
        };
        let is_composer = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
            // A field called "id" would stand in the place of the form's own.
            .and_then(|form| form.get_attribute("id"))
            .is_some_and(|id| id == "composer");
        // The emoji below messages belong to the same form.
        let sends = submit
            .submitter()
            .is_none_or(|button| !button.has_attribute("value"));
        if is_composer && sends {
            meant(session, &event);
        }
    });
}

fn is_field(target: &web_sys::EventTarget) -> bool {
    target
        .dyn_ref::<Area>()
        .is_some_and(|field| field.id() == FIELD)
}

pub fn composer() -> Option<Area> {
    document().get_element_by_id(FIELD)?.dyn_into().ok()
}

/// What is in the field is done, or said otherwise, if it is a command.
fn meant(session: Session, event: &Event) {
    let edits = session
        .doing
        .with_untracked(|doing| doing.writing.edited().is_some());
    let open = session.place.with_untracked(Place::open_thread);
    let (Some(field), Some(thread), false) = (composer(), open, edits) else {
        return;
    };
    let text = field.value();
    let Some(meant) = read(text.trim_end()) else {
        return;
    };
    if let Meant::Said(said) = meant {
        // The composer sends it, if it can: a text that stays would be another one the next time.
        if can_send() {
            put(&field, &said);
        }
        return;
    }
    event.prevent_default();
    event.stop_immediate_propagation();
    match meant {
        Meant::Do(act) => carry_out(session, thread, act, text),
        Meant::Lacks(command) => {
            let sentence = format!("It is /{} {}.", command.name, command.takes);
            session.say(sentence, None);
        }
        Meant::StandsAlone(command) => {
            let sentence = format!(
                "/{} stands alone: it is about this thread and you.",
                command.name
            );
            session.say(sentence, None);
        }
        Meant::Unknown(name) => {
            let sentence =
                format!("There is no command /{name}. To say that, begin with two slashes.");
            session.say(sentence, None);
        }
        Meant::Said(_) => {}
    }
}

fn can_send() -> bool {
    let button = document().query_selector("#composer .send:enabled");
    button.is_ok_and(|button| button.is_some())
}

/// Empties the composer if it still has that, which was sent otherwise; whoever writes has the focus there.
pub fn clear_composer(text: &str) {
    if let Some(field) = composer() {
        let _ = field.focus();
        if field.value() == text {
            put(&field, "");
        }
    }
}

/// Puts a text in the place of all that is there.
fn put(field: &Area, text: &str) {
    let length = field.value().encode_utf16().count();
    field::replace(field, 0, u32::try_from(length).unwrap_or(u32::MAX), text);
}

fn carry_out(session: Session, thread: ThreadId, act: Act, typed: String) {
    let manage = match act {
        Act::Notify(level) => {
            session.choose(thread, level);
            session.say(format!("Notifications here: {}.", level.name()), None);
            return clear(&typed);
        }
        Act::Search(query) => {
            clear(&typed);
            return session.go(Place::search(query));
        }
        Act::Topic(about) => Manage::Change(ThreadChange {
            description: Some(about),
            ..ThreadChange::default()
        }),
        Act::Invite(people) => Manage::Add { people },
        // What is asked first is asked there.
        Act::Leave => {
            clear(&typed);
            return session.go(Place::Thread {
                id: thread,
                message: None,
                panel: Some(Panel::Settings),
            });
        }
    };
    spawn_local(async move {
        let done = api::manage_thread(session.my_id(), thread, manage).await;
        match done.and_then(|told| told) {
            Ok(()) => {
                clear(&typed);
                session.say("Done.".to_owned(), None);
            }
            Err(error) => session.say(sentence(&error), None),
        }
    });
}

/// What was done is no longer in the field, unless something else is there by now.
fn clear(typed: &str) {
    if let Some(field) = composer().filter(|field| field.value() == typed) {
        put(&field, "");
    }
}

fn sentence(error: &ApiError) -> String {
    let of_field = error
        .for_field(Field::People)
        .or_else(|| error.for_field(Field::Description));
    of_field.unwrap_or_else(|| error.to_string())
}
