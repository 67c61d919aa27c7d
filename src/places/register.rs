//! Making an account, openly or with an invitation link.

use leptos::either::Either;
use leptos::prelude::*;

use crate::api;
use crate::app::FormData;
use crate::components::form::{
    FormButton, FormError, FormFrame, FormState, TextField, TextKind, value_of,
};
use crate::protocol::{Field, Place, RegistrationPolicy};

/// The form, or why there is none.
#[component]
pub fn RegisterPage(form: FormData) -> impl IntoView {
    let refusal = match form.policy {
        RegistrationPolicy::Closed => Some("This server takes no new accounts."),
        RegistrationPolicy::ByInvitation if form.invite.is_empty() => Some(
            "Accounts are made by invitation here. Ask somebody who runs this server for a link.",
        ),
        RegistrationPolicy::Open | RegistrationPolicy::ByInvitation => None,
    };
    let body = match refusal {
        Some(text) => Either::Left(view! { <p class="form-note">{text}</p> }),
        None => Either::Right(view! { <RegisterForm form /> }),
    };
    view! {
        <FormFrame title="Create an account">
            {body} <p class="form-aside">"Have an account? " <a href="/login">"Sign in"</a></p>
        </FormFrame>
    }
}

#[component]
fn RegisterForm(form: FormData) -> impl IntoView {
    let state = FormState::new(form.error);
    let submit = state.on_submit(Place::Home.to_string(), |form| {
        api::register(
            value_of(form, "username"),
            value_of(form, "name"),
            value_of(form, "password"),
            value_of(form, "invite"),
        )
    });
    view! {
        <form method="post" action="/api/register" on:submit=submit>
            <input type="hidden" name="invite" value=form.invite />
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
                label="Display name"
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
            <FormButton label="Create account" state />
        </form>
    }
}
