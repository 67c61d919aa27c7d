//! What others see of me: the name, and what I am doing at the moment.

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{Row, Words, choice, fixed, heading, list, plain_field, submit, text_field};
use crate::client::session::Session;
use crate::components::form::TextKind;
use crate::protocol::Field;
use crate::protocol::settings::OwnProfile;

pub fn page(session: Session, profile: OwnProfile) -> Vec<AnyView> {
    let OwnProfile {
        me,
        created_at,
        emoji,
        status,
        status_until,
    } = profile;
    let zone = session.zone;
    let since: Words = Box::new(move || format!("Here since {}", zone.get().within(created_at)));
    let mut lasts: Vec<(&'static str, Words)> = vec![
        ("open", fixed("Until I change it".to_owned())),
        ("hour", fixed("For an hour".to_owned())),
        ("today", fixed("Today".to_owned())),
    ];
    if let Some(until) = status_until {
        let until: Words = Box::new(move || format!("Until {}", zone.get().within(until)));
        lasts.insert(0, ("before", until));
    }
    let name = me.name.to_string();
    let who = Row {
        title: format!("@{}", me.username),
        face: Some(me),
        lines: vec![since],
        is_over: false,
        acts: vec![],
    };
    vec![
        list(std::iter::once(who)),
        change_form(
            "profile",
            None,
            "",
            vec![
                text_field("Display name", "name", Field::Name, TextKind::OwnName, name),
                heading("Status"),
                view! {
                    <div class="status-fields">
                        {plain_field("Emoji", "emoji", emoji)}
                        {text_field(
                            "What you are doing",
                            "status",
                            Field::Status,
                            TextKind::Words,
                            status,
                        )}
                    </div>
                }
                .into_any(),
                choice("Shown", "lasts", lasts),
                submit("Save"),
            ],
        ),
    ]
}
