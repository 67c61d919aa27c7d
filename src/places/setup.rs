//! The first page of a new server, for whoever has the link that it printed: makes the administrator
//! and gives the server its name.

use leptos::prelude::*;

use crate::api;
use crate::app::FormData;
use crate::components::form::{
    FormButton, FormError, FormFrame, FormState, TextField, TextKind, value_of,
};
use crate::protocol::{Field, Place};

/// What the thread that everybody belongs to is called, if nothing better is typed.
const FIRST_THREAD: &str = "General";

/// The form. Without JavaScript it is posted as it is, and comes back with its error.
#[component]
pub fn SetupPage(form: FormData) -> impl IntoView {
    let first_thread = match form.error {
        None => FIRST_THREAD.to_owned(),
        Some(_) => form.thread_name,
    };
    let state = FormState::new(form.error);
    let next = Place::settings(form.policy.first_page()).to_string();
    let submit = state.on_submit(next, |form| {
        api::setup(
            value_of(form, "code"),
            value_of(form, "server_name"),
            value_of(form, "thread_name"),
            value_of(form, "username"),
            value_of(form, "name"),
            value_of(form, "password"),
        )
    });
    view! {
        <FormFrame title="Set up your server" server=String::new()>
            <p class="form-note">
                "Nobody is here yet. You will be its administrator; next, you invite the others."
            </p>
            <form method="post" action="/api/setup" on:submit=submit>
                <input type="hidden" name="code" value=form.invite />
                <FormError state />
                <TextField
                    label="Name of this place"
                    name="server_name"
                    field=Field::ServerName
                    kind=TextKind::Words
                    value=form.server_name
                    state
                />
                <TextField
                    label="First thread, for everybody"
                    name="thread_name"
                    field=Field::ThreadName
                    kind=TextKind::Words
                    value=first_thread
                    state
                />
                <TextField
                    label="Your username"
                    name="username"
                    field=Field::Username
                    kind=TextKind::Username
                    value=form.username
                    state
                />
                <TextField
                    label="Your display name"
                    name="name"
                    field=Field::Name
                    kind=TextKind::Name
                    value=form.name
                    state
                />
                <TextField
                    label="Password"
                    name="password"
                    field=Field::Password
                    kind=TextKind::NewPassword
                    value=String::new()
                    state
                />
                <FormButton label="Begin" state />
            </form>
        </FormFrame>
    }
}
