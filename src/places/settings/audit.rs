//! What was put on record: what administrators did, and owners in threads, the newest first.

use leptos::prelude::*;

use super::pieces::{Row, link, list, note};
use crate::client::session::Session;
use crate::protocol::error::wait;
use crate::protocol::settings::{Act, AuditPage, Deed};
use crate::protocol::{Place, Section, User};

pub fn page(session: Session, page: AuditPage) -> Vec<AnyView> {
    let AuditPage { deeds, before } = page;
    let mut page = match deeds.is_empty() {
        true => vec![note("Nothing was put on record yet.".to_owned())],
        false => vec![list(deeds.iter().map(|done| deed(session, done)))],
    };
    if before.is_some() {
        let older = Place::settings(Section::Audit { before });
        page.push(link("button", "Earlier", &older, false));
    }
    page
}

fn deed(session: Session, deed: &Deed) -> Row {
    let (zone, done_at) = (session.zone, deed.done_at);
    Row {
        face: None,
        title: title(deed),
        lines: vec![Box::new(move || zone.get().within(done_at))],
        is_over: false,
        acts: vec![],
    }
}

fn title(deed: &Deed) -> String {
    let name = |user: &Option<User>, otherwise: &str| {
        let name = user.as_ref().map(|user| user.name.to_string());
        name.unwrap_or_else(|| otherwise.to_owned())
    };
    // What was done on the command line, or by a program for whoever runs this, is nobody's.
    let by = name(&deed.done_by, "Whoever runs this server");
    let about = name(&deed.about, "somebody");
    let place = match &deed.thread {
        Some(name) => format!(" in “{name}”"),
        None => String::new(),
    };
    match deed.act {
        Act::Ban => format!("{by} banned {about}"),
        Act::Unban => format!("{by} lifted the ban of {about}"),
        Act::Promote => format!("{by} made {about} an administrator"),
        Act::Demote | Act::Admit => format!("{by} made {about} a member"),
        Act::MakeGuest => format!("{by} made {about} a guest"),
        Act::SetPolicy => format!("{by} said: {}", policy_words(&deed.detail)),
        Act::NameServer => format!("{by} called this place “{}”", deed.detail),
        Act::DeleteMessage => format!("{by} deleted a message of {about}{place}"),
        Act::Mute => format!("{by} muted {about}{place}"),
        Act::Unmute => format!("{by} let {about} speak again{place}"),
        Act::SlowMode => match deed.detail.parse() {
            Ok(0) | Err(_) => format!("{by} ended slow mode{place}"),
            Ok(seconds) => format!("{by} set slow mode{place} to {}", wait(seconds)),
        },
        Act::CloseReport => format!("{by} closed a report about a message of {about}"),
        Act::Other => format!("{by} did something{place}"),
    }
}

/// What was set, as the record has it.
fn policy_words(detail: &str) -> String {
    let mut words = detail.split(' ');
    let mut next = || words.next().unwrap_or("nobody");
    let (public, private, invite) = (next(), next(), next());
    format!(
        "public threads are started by {public}, private ones by {private}, and {invite} invite"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{DeedId, Timestamp};

    fn done(act: Act, thread: Option<&str>, detail: &str) -> String {
        title(&Deed {
            id: DeedId(1),
            done_at: Timestamp(0),
            done_by: None,
            act,
            about: serde_json::from_str(r#"{"id":2,"username":"bill","name":"Bill"}"#).ok(),
            thread: thread.map(str::to_owned),
            detail: detail.to_owned(),
        })
    }

    #[test]
    fn what_was_done_names_the_thread_where_that_is_told() {
        let by = "Whoever runs this server";
        assert_eq!(
            done(Act::Mute, Some("Tea"), ""),
            format!("{by} muted Bill in “Tea”")
        );
        assert_eq!(done(Act::Mute, None, ""), format!("{by} muted Bill"));
        assert_eq!(
            done(Act::SlowMode, Some("Tea"), "30"),
            format!("{by} set slow mode in “Tea” to 30 seconds")
        );
        assert_eq!(
            done(Act::SlowMode, Some("Tea"), "0"),
            format!("{by} ended slow mode in “Tea”")
        );
    }

    #[test]
    fn what_was_set_is_said_in_words() {
        let said = policy_words("administrators everybody members");
        let words = "public threads are started by administrators, private ones by everybody, and members invite";
        assert_eq!(said, words);
    }
}
