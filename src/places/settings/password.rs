//! Changing one's password: whoever else is signed in with the old one is out.

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{note, submit, text_field};
use crate::components::form::TextKind;
use crate::protocol::Field;

pub fn page() -> Vec<AnyView> {
    let field = |label, name, field, kind| text_field(label, name, field, kind, String::new());
    vec![
        note("Your other devices are signed out when you change it.".to_owned()),
        change_form(
            "password",
            None,
            "",
            vec![
                field(
                    "Old password",
                    "old",
                    Field::Password,
                    TextKind::CurrentPassword,
                ),
                field(
                    "New password",
                    "new",
                    Field::NewPassword,
                    TextKind::NewPassword,
                ),
                submit("Change password"),
            ],
        ),
    ]
}
