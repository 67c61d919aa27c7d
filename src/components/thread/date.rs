//! Going to a day of a thread: a small sheet below the header, with a date.
//!
//! A place of its own (`/t/5?panel=date`), so it is a plain form without the script, and the server counts
//! in the zone it knows. With the script the browser says when the day begins, and the server only which
//! message is the first since then.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

use crate::api;
use crate::client::browser;
use crate::client::session::Session;
use crate::components::form::{FormError, FormState, value_of};
use crate::components::refused;
use crate::protocol::{Panel, Place, ThreadId, moment};

const SHEET_ID: &str = "date-sheet";

#[component]
pub fn DatePanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = FormState::new(refused().map(|refused| refused.error));
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            session.go(Place::thread(id));
            browser::focus(Panel::Date.opener());
        }
    };
    Effect::new(move || browser::focus(SHEET_ID));
    let submit = move |event: SubmitEvent| {
        let call = |form: &_| {
            let zone = session.zone.get_untracked();
            let day = moment::day(&value_of(form, "date"))?;
            let since = moment::beginning(day, &|at| zone.ahead(at));
            let me = session.my_id();
            Some(async move { api::first_message(me, id, since).await.flatten() })
        };
        state.send(&event, call, move |message| {
            session.go(Place::Thread {
                id,
                message,
                panel: None,
            });
        });
    };
    view! {
        <aside
            class="popover"
            id=SHEET_ID
            tabindex="-1"
            aria-label=Panel::Date.opener()
            on:keydown=on_key
        >
            <form class="panel-form" method="post" action="/api/go_to_date" on:submit=submit>
                <input type="hidden" name="thread" value=id.to_string() />
                <FormError state />
                <label class="field">
                    <span>"The first message of a day, or after it"</span>
                    <input type="date" name="date" required />
                </label>
                <button type="submit" class="button small">
                    "Go there"
                </button>
            </form>
        </aside>
    }
}
