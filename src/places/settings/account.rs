//! Deleting one's account, with all that it means said before.

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{button, note, text_field};
use crate::components::form::TextKind;
use crate::protocol::Field;

pub fn page(username: &str) -> Vec<AnyView> {
    let label = "Delete my account";
    let password = text_field(
        "Your password",
        "password",
        Field::Password,
        TextKind::CurrentPassword,
        String::new(),
    );
    vec![
        note(format!(
            "What you wrote stays, by “Someone who left”. Your threads, your sessions and your \
             tokens go at once. Nobody else can be called @{username}, and this cannot be undone."
        )),
        change_form(
            "leave",
            None,
            "",
            vec![password, button(label, label.to_owned(), "button danger")],
        ),
    ]
}
