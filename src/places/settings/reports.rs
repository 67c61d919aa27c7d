//! What people have reported, for administrators: what was said, by whom, and who minds it.

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{Row, button, fixed, link, list, note};
use crate::client::session::Session;
use crate::components::ask::ask;
use crate::protocol::reports::{Report, ReportsPage};
use crate::protocol::{Place, Section};

const DELETE: &str = "The message is gone for everybody, and what it said is forgotten here too.";

pub fn page(session: Session, page: ReportsPage) -> Vec<AnyView> {
    let ReportsPage { reports, before } = page;
    let mut page = match reports.is_empty() {
        true => vec![note(
            "Nothing waits. Whoever may read a message can report it: that is in its menu."
                .to_owned(),
        )],
        false => vec![list(reports.into_iter().map(|one| report(session, one)))],
    };
    if before.is_some() {
        let older = Place::settings(Section::Reports { before });
        page.push(link("button", "Earlier", &older, false));
    }
    page
}

fn report(session: Session, report: Report) -> Row {
    let (zone, reported_at) = (session.zone, report.reported_at);
    let (id, author) = (report.id.0, report.author.name.to_string());
    let by = report.by.name.to_string();
    let said = what_it_said(&report);
    let reason = match report.reason.as_str() {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    let mut acts = Vec::new();
    if let Some((name, address)) = report.place {
        let whole = format!("In {name}");
        acts.push(view! { <a class="button" href=address>{whole}</a> }.into_any());
    }
    if report.is_there {
        let delete = vec![button(
            "Delete",
            format!("Delete the message of {author}"),
            "button",
        )];
        let form = change_form("delete_reported", Some(id), "", delete);
        acts.push(ask("Delete message", format!(" of {author}"), DELETE, form));
    }
    let dismiss = vec![button(
        "Dismiss",
        format!("Dismiss what {by} has reported"),
        "button",
    )];
    acts.push(change_form("dismiss_report", Some(id), "", dismiss));
    Row {
        title: format!("{author} (@{})", report.author.username),
        face: Some(report.author),
        lines: vec![
            fixed(said),
            Box::new(move || {
                format!(
                    "Reported by {by}, {}{reason}",
                    zone.get().within(reported_at)
                )
            }),
        ],
        is_over: false,
        acts,
    }
}

/// As it was typed: nothing in it leads anywhere from here.
fn what_it_said(report: &Report) -> String {
    let mut said = report.text.clone();
    if report.has_files {
        said.push_str(if said.is_empty() { "" } else { " " });
        said.push_str(crate::words::FILES);
    }
    if !report.is_there {
        said.push_str(" (deleted since)");
    }
    said
}
