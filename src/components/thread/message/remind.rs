//! When one wants to be reminded of a message: a sheet over the thread, with what is offered and a time of
//! one's own.
//!
//! A place of its own (`/t/5?m=9&panel=remind`), so all of it is plain forms without the script, and the
//! server counts in the zone it knows. With the script the browser does, which knows its own better.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

use super::keeping::keep;
use crate::client::browser;
use crate::client::session::Session;
use crate::components::form::{Form, form_of, value_of};
use crate::components::icons::{CloseIcon, Icon};
use crate::components::refused;
use crate::protocol::frame::parse;
use crate::protocol::moment::When;
use crate::protocol::{Keep, Kept, Place, Seq, ThreadId};

const SHEET_ID: &str = "remind-sheet";

#[component]
pub fn RemindPanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let kept = Memo::new(move |_| parse::<Kept>(&session.packed.get()).ok());
    let close = move || {
        session.go(Place::thread(id));
        browser::focus("place-content");
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close();
        }
    };
    Effect::new(move || browser::focus(SHEET_ID));
    let problem = refused().map(|refused| {
        view! { <p class="form-error" role="alert">{refused.error.sentence()}</p> }
    });
    let forms = move || match (kept.get(), session.place.with(message_of)) {
        (Some(kept), Some(seq)) => view! { <Forms id seq kept /> }.into_any(),
        _ => view! { <p class="popover-note">"This message is not there."</p> }.into_any(),
    };
    view! {
        <aside
            class="popover message-panel"
            id=SHEET_ID
            tabindex="-1"
            aria-label="Remind me"
            on:keydown=on_key
        >
            <a class="icon-button message-close" href=Place::thread(id).to_string() aria-label="Close">
                <CloseIcon />
            </a>
            <h2>"Remind me of this"</h2>
            {problem}
            {forms}
        </aside>
    }
}

fn message_of(place: &Place) -> Option<Seq> {
    match place {
        Place::Thread { message, .. } => *message,
        _ => None,
    }
}

#[component]
fn Forms(id: ThreadId, seq: Seq, kept: Kept) -> impl IntoView {
    let session = expect_context::<Session>();
    // What a form wants, by the browser's clock and in its zone.
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let zone = session.zone.get_untracked();
        let ahead = |at| zone.ahead(at);
        let wanted = form_of(&event)
            .and_then(|form| Keep::read(&|name| field(&form, name), browser::now(), &ahead));
        let Some(what) = wanted else { return };
        let said = match what {
            Keep::Remind { at } => format!("You will be reminded {}.", zone.within(at)),
            _ => "You will not be reminded.".to_owned(),
        };
        keep(session, id, seq, what, said);
        session.go(Place::thread(id));
        browser::focus("place-content");
    };
    let hidden = move || {
        view! {
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="seq" value=seq.to_string() />
        }
    };
    let offered = When::ALL.map(|when| {
        view! {
            <form method="post" action="/api/keep_message" on:submit=submit>
                {hidden()}
                <input type="hidden" name="what" value="remind" />
                <input type="hidden" name="when" value=when.name() />
                <button type="submit" class="level">
                    <span class="level-mark">
                        <Icon d="M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16zM12 8v4l3 2" />
                    </span>
                    {when.label()}
                </button>
            </form>
        }
    });
    let known = kept.remind_at.map(|at| {
        let when = move || session.zone.with(|zone| zone.within(at));
        view! {
            <form class="panel-acts popover-note" method="post" action="/api/keep_message" on:submit=submit>
                {hidden()}
                <input type="hidden" name="what" value=Keep::Done.name() />
                <span>"You chose " {when} "."</span>
                <button type="submit" class="button small">
                    "Never mind"
                </button>
            </form>
        }
    });
    view! {
        {offered.collect_view()}
        <form class="panel-form" method="post" action="/api/keep_message" on:submit=submit>
            {hidden()}
            <input type="hidden" name="what" value="remind" />
            <label class="field">
                <span>"At a time of your own"</span>
                <input type="datetime-local" name="at" required />
            </label>
            <button type="submit" class="button small">
                "Remind me then"
            </button>
        </form>
        {known}
    }
}

/// What is in a field; forms have those that they need.
fn field(form: &Form, name: &str) -> String {
    value_of(form, name)
}
