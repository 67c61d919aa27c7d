//! How everything is to look, on all my devices.

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{choices, note, submit};
use crate::protocol::Preferences;

pub fn page(preferences: Preferences) -> Vec<AnyView> {
    let [theme, density, hours, motion] = preferences.words();
    vec![
        note("They hold on all your devices, at once.".to_owned()),
        change_form(
            "preferences",
            None,
            "",
            vec![
                choices(
                    "Colours",
                    "theme",
                    &[
                        ("", "As the system has them"),
                        ("light", "Light"),
                        ("dark", "Dark"),
                    ],
                    theme,
                ),
                choices(
                    "Messages",
                    "density",
                    &[
                        ("", "Bubbles"),
                        ("compact", "Compact rows: more fits on the screen"),
                    ],
                    density,
                ),
                choices(
                    "Times",
                    "hours",
                    &[
                        ("", "As the browser has them"),
                        ("hours-24", "24 hours (14:03)"),
                        ("hours-12", "12 hours (2:03 PM)"),
                    ],
                    hours,
                ),
                choices(
                    "Motion",
                    "motion",
                    &[("", "As the system has it"), ("still", "Nothing moves")],
                    motion,
                ),
                submit("Save"),
            ],
        ),
    ]
}
