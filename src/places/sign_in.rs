//! Signing in.

use leptos::prelude::*;

use crate::api;
use crate::app::FormData;
use crate::client::browser;
use crate::components::form::{
    FormButton, FormError, FormFrame, FormState, TextField, TextKind, value_of,
};
use crate::protocol::{Field, Place, RegistrationPolicy};
use crate::words;

/// The form. Without JavaScript it is posted as it is, and comes back with its error.
#[component]
pub fn SignInPage(form: FormData) -> impl IntoView {
    let state = FormState::new(form.error);
    let next = form.next.unwrap_or(Place::Home).to_string();
    let submit = state.on_submit(next.clone(), |form| {
        let (username, password) = (value_of(form, "username"), value_of(form, "password"));
        api::login(username, password)
    });
    Effect::new(|| {
        browser::begin_at("username");
        // Nobody is signed in: nothing is unread.
        browser::set_badge(0);
    });
    let may_register = form.policy == RegistrationPolicy::Open;
    view! {
        <FormFrame title="Sign in" server=form.server_name>
            <form method="post" action="/api/login" on:submit=submit>
                <input type="hidden" name="next" value=next />
                {form.has_ended.then(|| view! { <p class="form-note" role="status">{words::ENDED}</p> })}
                <FormError state />
                <TextField
                    label="Username"
                    name="username"
                    field=Field::Username
                    kind=TextKind::Username
                    value=form.username
                    state
                />
                <TextField
                    label="Password"
                    name="password"
                    field=Field::Password
                    kind=TextKind::CurrentPassword
                    value=String::new()
                    state
                />
                <FormButton label="Sign in" state />
            </form>
            {may_register
                .then(|| {
                    view! {
                        <p class="form-aside">
                            "New here? " <a href="/register">"Create an account"</a>
                        </p>
                    }
                })}
        </FormFrame>
    }
}
