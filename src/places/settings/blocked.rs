//! Whom one has blocked, and the way back.

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{Row, button, fixed, list, note};
use crate::protocol::User;

pub fn page(blocked: Vec<User>) -> Vec<AnyView> {
    let what = note(
        "Nothing that they write to you tells you of itself, and what they write elsewhere is folded. \
         You cannot write to each other. They are not told."
            .to_owned(),
    );
    match blocked.is_empty() {
        true => vec![note(
            "You have blocked nobody. That is done on somebody\u{2019}s card.".to_owned(),
        )],
        false => vec![what, list(blocked.into_iter().map(person))],
    }
}

fn person(user: User) -> Row {
    let (id, name) = (user.id.0, user.name.to_string());
    let whole = format!("Unblock {name}");
    let act = change_form(
        "unblock",
        Some(id),
        "",
        vec![button("Unblock", whole, "button")],
    );
    Row {
        title: name,
        lines: vec![fixed(format!("@{}", user.username))],
        face: Some(user),
        is_over: false,
        acts: vec![act],
    }
}
