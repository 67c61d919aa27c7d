//! When I am left in peace, and for which words I am told: what holds in all threads and on all my
//! devices. (What of one thread one is told of is chosen beside it.)

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{
    Words, button, choices, fixed, heading, hidden, note, submit, text, text_field,
};
use crate::client::session::Session;
use crate::components::form::TextKind;
use crate::protocol::quiet::{Days, PauseLasts, Quiet, QuietHours};
use crate::protocol::settings::{Change, NotificationsPage};
use crate::protocol::{Field, Keywords, Timestamp};

/// Quiet hours that are proposed to who has none: every night.
const PROPOSED: QuietHours = QuietHours {
    from: 22 * 60,
    to: 7 * 60,
    days: Days::ALL,
};
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// With what was typed, if that was refused.
pub fn page(session: Session, page: NotificationsPage, typed: Option<Change>) -> Vec<AnyView> {
    let NotificationsPage {
        quiet,
        time_zone,
        keywords,
    } = page;
    let mut all = vec![heading("Pause notifications")];
    all.extend(pause(session, quiet.until));
    all.extend(hours(quiet.hours, &time_zone));
    all.extend(words(&keywords, typed));
    all
}

fn pause(session: Session, paused: Option<Timestamp>) -> Vec<AnyView> {
    let Some(until) = paused else {
        let lasts = choices(
            "For how long",
            "lasts",
            &[
                (PauseLasts::HalfAnHour.name(), "30 minutes"),
                (PauseLasts::AnHour.name(), "1 hour"),
                (
                    PauseLasts::Tomorrow.name(),
                    "Until tomorrow, 9 in the morning",
                ),
                (PauseLasts::UntilEnded.name(), "Until I turn them on again"),
            ],
            "",
        );
        let press = button("Pause", "Pause notifications".to_owned(), "button");
        return vec![
            note("Nothing is shown on any of your devices. What is unread is counted as ever, and others see on your card that you are not told.".to_owned()),
            change_form("pause", None, "settings-row-form", vec![lasts, press]),
        ];
    };
    let said: Words = match until {
        Quiet::NO_END => fixed("Paused until you turn them on again.".to_owned()),
        until => Box::new(move || format!("Paused until {}.", session.zone.get().within(until))),
    };
    let over = hidden("lasts", PauseLasts::Ended.name().to_owned());
    let press = submit("Turn on again");
    vec![
        text("", said),
        change_form("pause", None, "settings-row-form", vec![over, press]),
    ]
}

fn hours(hours: Option<QuietHours>, time_zone: &str) -> Vec<AnyView> {
    let said = match time_zone {
        "" => "Each device goes by its own clock. Say in your profile in which time zone you are, and they all go by that.".to_owned(),
        zone => format!("By the clock of {zone}, the time zone in your profile."),
    };
    let shown = hours.unwrap_or(PROPOSED);
    let days = DAYS.iter().enumerate().map(|(at, label)| {
        let is_chosen = hours.is_some_and(|hours| hours.days.includes(at));
        day(label, Days::NAMES[at], is_chosen)
    });
    let days: Vec<_> = days.collect();
    let fields = view! {
        <div class="quiet-times">
            {time("From", "from", shown.from)} {time("To", "to", shown.to)}
        </div>
        <fieldset class="quiet-days">
            <legend>"On the days on which they begin"</legend>
            {days}
        </fieldset>
    };
    vec![
        heading("Quiet hours"),
        note(format!(
            "Nothing is shown at these hours. {said} With no day chosen there are none."
        )),
        change_form(
            "quiet_hours",
            None,
            "",
            vec![fields.into_any(), submit("Save the hours")],
        ),
    ]
}

fn time(label: &'static str, name: &'static str, minutes: u16) -> AnyView {
    let value = QuietHours::clock(minutes);
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input id=name name=name type="time" required=true value=value />
        </div>
    }
    .into_any()
}

fn day(label: &'static str, name: &'static str, is_chosen: bool) -> AnyView {
    view! {
        <label class="quiet-day">
            <input type="checkbox" id=name name=name value="on" checked=is_chosen />
            {label}
        </label>
    }
    .into_any()
}

fn words(keywords: &Keywords, typed: Option<Change>) -> Vec<AnyView> {
    let value = match typed {
        Some(Change::Keywords { words }) => words,
        _ => keywords.to_string(),
    };
    vec![
        heading("Keywords"),
        note(format!(
            "A message with one of these words is for you, as if it mentioned you: in all your threads but muted ones. Whole words, in small letters or large; {} at most, with commas between them.",
            Keywords::MOST
        )),
        change_form(
            "keywords",
            None,
            "",
            vec![
                text_field("Words", "words", Field::Keywords, TextKind::Plain, value),
                submit("Save the words"),
            ],
        ),
    ]
}
