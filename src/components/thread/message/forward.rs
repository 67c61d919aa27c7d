//! Passing a message on: a sheet over the thread, with the threads one may post in, a field for people, and
//! what one says to it.
//!
//! A place of its own (`/t/5?m=9&panel=forward`), so it is a plain form without the script. With it, what is
//! typed finds threads.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::super::composer::as_content;
use crate::api;
use crate::client::browser;
use crate::client::rows::Row;
use crate::client::session::{RowSignal, Session};
use crate::components::form::people::PeopleField;
use crate::components::form::{FormButton, FormState, choice_of, value_of};
use crate::components::icons::CloseIcon;
use crate::components::markdown::one_line;
use crate::components::refused;
use crate::protocol::forward::Forward;
use crate::protocol::{MessageText, Place, Role, Seq, ThreadId};

const SHEET_ID: &str = "forward-sheet";

#[component]
pub fn ForwardPanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let seq = Memo::new(move |_| {
        session.place.with(|place| match place {
            Place::Thread { message, .. } => *message,
            _ => None,
        })
    });
    // What else happens in the thread leaves the form, and what was chosen in it, as it is.
    let row = Memo::new(move |_| {
        let is_it = |row: &RowSignal| row.with_untracked(|row| Some(row.seq) == seq.get());
        let row = session
            .rows
            .with(|rows| rows.iter().find(|row| is_it(row)).cloned())?;
        Some(row.with_untracked(Row::clone)).filter(|row| row.seq > Seq::START && !row.is_deleted)
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !browser::is_composing(&event) {
            event.prevent_default();
            session.go(Place::thread(id));
            browser::focus("place-content");
        }
    };
    Effect::new(move || browser::focus(SHEET_ID));
    let form = move || match row.get() {
        Some(row) => view! { <ForwardForm id row /> }.into_any(),
        None => view! { <p class="popover-note">"This message is not there."</p> }.into_any(),
    };
    view! {
        <aside
            class="popover message-panel"
            id=SHEET_ID
            tabindex="-1"
            aria-label="Forward"
            on:keydown=on_key
        >
            <a class="icon-button message-close" href=Place::thread(id).to_string() aria-label="Close">
                <CloseIcon />
            </a>
            <h2>"Forward"</h2>
            {form}
        </aside>
    }
}

#[component]
fn ForwardForm(id: ThreadId, row: Row) -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = refused();
    let (error, typed) = refused
        .map(|refused| (refused.error, refused.fields))
        .unzip();
    let typed = move |name: &str| {
        let mut fields = typed.iter().flatten();
        let found = fields.find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let state = FormState::new(error);
    let seq = row.seq;
    // A second press is the same message: it is known by this.
    let client_id = StoredValue::new(None::<String>);
    let submit = move |event| {
        let call = |form: &_| {
            let known = client_id.try_get_value().flatten();
            let known = known.unwrap_or_else(|| browser::client_id().to_string());
            client_id.set_value(Some(known.clone()));
            let what = Forward {
                to: choice_of(form, "to").parse().ok(),
                people: value_of(form, "people"),
                message: choice_of(form, "text"),
                client_id: Some(known),
            };
            let me = session.my_id();
            Some(async move { api::forward_message(me, id, seq, what).await.flatten() })
        };
        state.send(&event, call, move |thread| {
            session.created(thread, Role::Member);
        });
    };
    let problem = move || {
        let error = state.error()?;
        Some(view! { <p class="form-error" role="alert">{error.sentence()}</p> })
    };
    let wanted = RwSignal::new(String::new());
    let chosen = typed("to");
    let all = session.mine.with_untracked(|mine| {
        let postable = mine.iter().map(|mine| &mine.thread);
        let postable = postable.filter(|thread| thread.is_active() && session.posts_in(thread));
        postable
            .map(|thread| (thread.id, thread.title(session.my_id())))
            .collect::<Vec<_>>()
    });
    let choice = move |(to, title): (ThreadId, String)| {
        let folded = title.to_lowercase();
        let is_away = move || wanted.with(|wanted| !folded.contains(wanted.as_str()));
        let is_chosen = chosen == to.to_string();
        view! {
            <label class="choice" hidden=is_away>
                <input type="radio" name="to" value=to.to_string() checked=is_chosen />
                <span dir="auto">{title}</span>
            </label>
        }
    };
    let said = one_line(row.said());
    view! {
        <form class="panel-form" method="post" action="/api/forward_message" on:submit=submit>
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="seq" value=seq.to_string() />
            {problem}
            <p class="forward-text" dir="auto">
                <strong>{row.author.name.to_string()}</strong>
                " "
                {said}
            </p>
            <label class="field with-script">
                <span>"Find a thread"</span>
                <input
                    type="search"
                    autocomplete="off"
                    on:input:target=move |event| wanted.set(event.target().value().to_lowercase())
                />
            </label>
            <fieldset class="choices forward-to">
                <legend>"To a thread"</legend>
                {all.into_iter().map(choice).collect_view()}
            </fieldset>
            <PeopleField label="Or to people" value=typed("people") state />
            <label class="field">
                <span>"Add a message"</span>
                <textarea
                    name="text"
                    rows="2"
                    maxlength=MessageText::MAX_CHARS
                    inner_html=as_content(&typed("text"))
                ></textarea>
            </label>
            <FormButton label="Forward" state />
        </form>
    }
}
