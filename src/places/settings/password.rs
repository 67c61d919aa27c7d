//! Changing one's password: whoever else is signed in with the old one is out.

use leptos::prelude::*;

use super::form::{ChangeForm, Told};
use crate::components::form::{FormButton, TextField, TextKind};
use crate::protocol::Field;

#[component]
pub fn PasswordPage() -> impl IntoView {
    let state = expect_context::<Told>().state;
    view! {
        <p class="form-note">"Your other devices are signed out when you change it."</p>
        <ChangeForm change="password">
            <TextField
                label="Old password"
                name="old"
                field=Field::Password
                kind=TextKind::CurrentPassword
                value=String::new()
                state
            />
            <TextField
                label="New password"
                name="new"
                field=Field::NewPassword
                kind=TextKind::NewPassword
                value=String::new()
                state
            />
            <FormButton label="Change password" state />
        </ChangeForm>
    }
}
