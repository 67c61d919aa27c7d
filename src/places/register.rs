//! Making an account, openly or with an invitation link.

use leptos::either::Either;
use leptos::prelude::*;

use crate::api;
use crate::app::FormData;
use crate::components::form::{
    FormButton, FormError, FormFrame, FormState, TextField, TextKind, value_of,
};
use crate::protocol::settings::InvitationState;
use crate::protocol::{Field, Place, RegistrationPolicy};
use crate::words;

/// The form, or why there is none.
#[component]
pub fn RegisterPage(form: FormData) -> impl IntoView {
    let refusal = match form.policy {
        RegistrationPolicy::Closed => Some("This server takes no new accounts."),
        RegistrationPolicy::ByInvitation => match form.invitation {
            Some(InvitationState::Live) => None,
            Some(state) => Some(of_invitation(state)),
            None => Some(
                "Accounts are made by invitation here. Ask somebody who runs this server for a link.",
            ),
        },
        RegistrationPolicy::Open => None,
    };
    // Where anybody may come, one that lets nobody in is only worth a word.
    let note = match form.invitation {
        _ if refusal.is_some() => None,
        None => None,
        Some(InvitationState::Live) => form.invited_by.clone().map(|maker| {
            format!(
                "{maker} invites you to {}.",
                words::server(&form.server_name)
            )
        }),
        Some(state) => Some(of_invitation(state).to_owned()),
    };
    let note = note.map(|note| view! { <p class="form-note" dir="auto">{note}</p> });
    let server = form.server_name.clone();
    let body = match refusal {
        Some(text) => Either::Left(view! { <p class="form-note">{text}</p> }),
        None => Either::Right(view! { <RegisterForm form /> }),
    };
    view! {
        <FormFrame title="Create an account" server>
            {note} {body} <p class="form-aside">"Have an account? " <a href="/login">"Sign in"</a></p>
        </FormFrame>
    }
}

fn of_invitation(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Live => "",
        InvitationState::Expired => "This invitation has expired. Ask for a new link.",
        InvitationState::UsedUp => "This invitation has been used up. Ask for a new link.",
        InvitationState::Revoked => "This invitation has been taken back. Ask for a new link.",
        InvitationState::Unknown => {
            "There is no such invitation. The link may have been cut off; ask for a new one."
        }
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
