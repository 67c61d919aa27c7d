//! Writing to somebody: the direct thread of the people who are named here is opened, whether or not
//! it was there before.

use leptos::prelude::*;

use super::sheet::Sheet;
use crate::api;
use crate::client::session::Session;
use crate::components::form::people::PeopleField;
use crate::components::form::{FormState, value_of};
use crate::protocol::Role;

#[component]
pub fn NewDirectPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = crate::components::refused();
    let state = FormState::new(refused.as_ref().map(|refused| refused.error.clone()));
    let typed = refused.map_or_else(String::new, |refused| refused.field("people"));
    let submit = state.on_answer(
        move |form| api::open_direct(session.my_id(), value_of(form, "people")),
        move |thread, _| {
            state.leads_away();
            session.created(thread, Role::Member);
        },
    );
    view! {
        <Sheet title="Write to somebody" action="/api/open_direct" button="Open" state submit>
            <PeopleField label="To" id="place-content" value=typed state />
        </Sheet>
    }
}
