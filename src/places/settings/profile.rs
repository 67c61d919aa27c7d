//! What others see of me: the name, and what I am doing at the moment.

use leptos::prelude::*;

use super::form::change_form;
use super::picture;
use super::pieces::{Words, button, choice, fixed, heading, note, plain_field, submit, text_field};
use crate::client::browser;
use crate::client::session::Session;
use crate::components::form::TextKind;
use crate::protocol::Field;
use crate::protocol::settings::{Change, OwnProfile, StatusLasts};

/// With what was typed, if that was refused.
pub fn page(session: Session, profile: OwnProfile, typed: Option<Change>) -> Vec<AnyView> {
    let OwnProfile {
        me,
        created_at,
        emoji,
        status,
        status_until,
        time_zone,
    } = profile;
    let zone = session.zone;
    let since: Words = Box::new(move || format!("Here since {}", zone.get().within(created_at)));
    let mut options: Vec<(String, Words)> = vec![
        ("open".to_owned(), fixed("Until I change it".to_owned())),
        ("hour".to_owned(), fixed("For an hour".to_owned())),
        ("today".to_owned(), fixed("Today".to_owned())),
    ];
    if let Some(until) = status_until {
        let words: Words = Box::new(move || format!("Until {}", zone.get().within(until)));
        options.insert(0, (until.0.to_string(), words));
    }
    let time_zone = match &typed {
        Some(Change::TimeZone { zone }) => zone.clone(),
        _ => time_zone,
    };
    let (name, emoji, status, chosen) = match typed {
        Some(Change::Profile {
            name,
            emoji,
            status,
            lasts,
        }) => (name, emoji, status, value(lasts)),
        _ => (me.name.to_string(), emoji, status, String::new()),
    };
    let handle = format!("@{}", me.username);
    vec![
        picture::section(session, handle, since),
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
                choice("Shown", "lasts", options, &chosen),
                submit("Save"),
            ],
        ),
        heading("Time zone"),
        note(
            "Others see on your card what time it is for you. Leave it empty if you would rather not say."
                .to_owned(),
        ),
        change_form(
            "time_zone",
            None,
            "settings-row-form",
            vec![
                text_field(
                    "Name of the zone",
                    "zone",
                    Field::TimeZone,
                    TextKind::Plain,
                    time_zone,
                ),
                button("Set", "Set the time zone".to_owned(), "button"),
                proposal(),
            ],
        ),
    ]
}

/// What this device says of where it is, for whoever wants to say that: it goes into the field.
fn proposal() -> AnyView {
    let own = RwSignal::new(String::new());
    Effect::new(move || own.set(browser::time_zone()));
    let offer = move || {
        let zone = own.get();
        (!zone.is_empty()).then(|| {
            let label = format!("Use {zone}");
            let fill = move |_| browser::fill("zone", &zone);
            view! {
                <button type="button" class="link-button" on:click=fill>
                    {label}
                </button>
            }
            .into_any()
        })
    };
    view! { <p class="settings-proposal">{offer}</p> }.into_any()
}

/// What stands for it in the form.
fn value(lasts: StatusLasts) -> String {
    match lasts {
        StatusLasts::UntilChanged => "open".to_owned(),
        StatusLasts::AnHour => "hour".to_owned(),
        StatusLasts::Today => "today".to_owned(),
        StatusLasts::Until(until) => until.0.to_string(),
    }
}
