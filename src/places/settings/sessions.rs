//! Where I am signed in, with a way to end each.

use leptos::prelude::*;

use super::device;
use super::form::change_form;
use super::pieces::{Row, Words, button, fixed, list, text};
use crate::client::session::Session;
use crate::protocol::SessionInfo;

pub fn page(session: Session, sessions: Vec<SessionInfo>) -> Vec<AnyView> {
    let has_others = sessions.len() > 1;
    let mut page = vec![list(sessions.into_iter().map(|info| row(session, info)))];
    if has_others {
        let label = "End all other sessions";
        let end = button(label, label.to_owned(), "button danger");
        page.push(change_form("end_others", None, "", vec![end]));
    }
    page
}

fn row(session: Session, info: SessionInfo) -> Row {
    let zone = session.zone;
    let title = device::name(&info.user_agent);
    let (seen, address) = (info.last_seen_at, info.address);
    let used: Words =
        Box::new(move || format!("Last used {} · {address}", zone.get().within(seen)));
    let act = if info.is_current {
        text("pill", fixed("This one".to_owned()))
    } else {
        let end = button("End", format!("End the session of {title}"), "button");
        change_form("end_session", Some(info.id.0), "", vec![end])
    };
    Row {
        face: None,
        title,
        lines: vec![used],
        is_over: false,
        acts: vec![act],
    }
}
