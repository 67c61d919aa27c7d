//! Starting a thread: a card with its name, what it is about, who may see it and who is in it.
//!
//! A plain form without the script. Whoever comes here is where the name goes; Escape goes back.

use leptos::prelude::*;

use super::sheet::Sheet;
use crate::api;
use crate::client::session::Session;
use crate::components::form::people::PeopleField;
use crate::components::form::visibility::{PRIVATE, Visibility};
use crate::components::form::{FormState, TextField, TextKind, is_checked, value_of};
use crate::protocol::{Field, May, NewThread, Role};

#[component]
pub fn NewThreadPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = crate::components::refused();
    let state = FormState::new(refused.as_ref().map(|refused| refused.error.clone()));
    let typed = |name: &str| {
        refused
            .as_ref()
            .map_or_else(String::new, |refused| refused.field(name))
    };
    let submit = state.on_answer(
        move |form| {
            let new = NewThread {
                name: value_of(form, "name"),
                description: value_of(form, "description"),
                private: is_checked(form, PRIVATE),
                people: value_of(form, "people"),
            };
            api::create_thread(session.my_id(), new)
        },
        move |thread, _| {
            state.leads_away();
            session.created(thread, Role::Owner);
        },
    );
    let (name, about, people) = (typed("name"), typed("description"), typed("people"));
    let is_private = !typed("private").is_empty() || !session.may.any(May::START_PUBLIC);
    view! {
        <Sheet title="Start a thread" action="/api/create_thread" button="Start" state submit>
            <TextField
                label="Name"
                name="name"
                id="place-content"
                field=Field::ThreadName
                kind=TextKind::Plain
                value=name
                state
            />
            <TextField
                label="What it is about"
                name="description"
                field=Field::Description
                kind=TextKind::Plain
                value=about
                state
            />
            <Visibility is_private />
            <PeopleField label="People to add" value=people state />
        </Sheet>
    }
}
