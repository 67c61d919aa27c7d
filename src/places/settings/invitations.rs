//! Invitation links: making one, and what became of each.

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{Row, Words, button, choices, fixed, list, note, submit};
use crate::client::session::Session;
use crate::protocol::User;
use crate::protocol::settings::{Invitation, InvitationState};
use crate::words;

pub fn page(session: Session, invitations: Vec<Invitation>) -> Vec<AnyView> {
    let lasts = [("week", "A week"), ("day", "A day"), ("never", "Ever")];
    let uses = [("1", "One"), ("10", "Ten"), ("any", "Any number")];
    let make = vec![
        choices("Good for", "lasts", &lasts),
        choices("For how many", "uses", &uses),
        submit("Make a link"),
    ];
    vec![
        change_form("invite", None, "settings-row-form", make),
        match invitations.is_empty() {
            true => note("Nobody has been invited yet.".to_owned()),
            false => list(invitations.into_iter().map(|one| row(session, one))),
        },
    ]
}

fn row(session: Session, invitation: Invitation) -> Row {
    let zone = session.zone;
    let Invitation {
        id,
        made_by,
        created_at,
        expires_at,
        uses_left,
        state,
        came,
    } = invitation;
    let maker = made_by.map_or("The command line".to_owned(), |user| user.name.to_string());
    let left = match uses_left {
        None => "for any number of people".to_owned(),
        Some(n) => format!("for {}", words::counted(n, "more person", "more people")),
    };
    let stands: Words = Box::new(move || {
        let made = zone.get().within(created_at);
        let stands = match (state, expires_at) {
            (InvitationState::Revoked, _) => "taken back".to_owned(),
            (InvitationState::Expired, _) => "expired".to_owned(),
            (InvitationState::UsedUp, _) => "used up".to_owned(),
            (_, None) => format!("good for ever, {left}"),
            (_, Some(at)) => format!("good until {}, {left}", zone.get().within(at)),
        };
        format!("Made {made}, {stands}")
    });
    let mut lines = vec![stands];
    if !came.is_empty() {
        lines.push(fixed(who_came(&came)));
    }
    let is_live = state == InvitationState::Live;
    let label = format!("Take back the invitation by {maker}");
    let revoke = is_live.then(|| {
        let revoke = button("Take back", label, "button");
        change_form("revoke", Some(id.0), "", vec![revoke])
    });
    Row {
        face: None,
        title: maker,
        lines,
        is_over: !is_live,
        acts: revoke.into_iter().collect(),
    }
}

fn who_came(came: &[User]) -> String {
    let names: Vec<&str> = came.iter().map(|user| user.name.as_str()).collect();
    format!("Came by it: {}", names.join(", "))
}
