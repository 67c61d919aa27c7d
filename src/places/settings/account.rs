//! Deleting one's account, with all that it means said before.

use leptos::prelude::*;

use super::form::{ChangeForm, Told};
use crate::components::form::{TextField, TextKind};
use crate::protocol::Field;

#[component]
pub fn AccountPage(username: String) -> impl IntoView {
    let state = expect_context::<Told>().state;
    view! {
        <p class="form-note">
            "What you wrote stays, by “Someone who left”. Your threads, your sessions and your tokens \
            go at once. Nobody else can be called @" {username} ", and this cannot be undone."
        </p>
        <ChangeForm change="leave">
            <TextField
                label="Your password"
                name="password"
                field=Field::Password
                kind=TextKind::CurrentPassword
                value=String::new()
                state
            />
            <button type="submit" class="button danger">
                "Delete my account"
            </button>
        </ChangeForm>
    }
}
