//! Invitation links: making one, and what became of each.

use leptos::prelude::*;

use super::form::{Back, change_form, row_form};
use super::pieces::{Row, Words, button, choice, choices, fixed, link, list, note, submit};
use crate::client::session::Session;
use crate::protocol::settings::{
    Change, Invitation, InvitationLasts, InvitationState, InvitationsPage, LeadsInto,
};
use crate::protocol::{Place, Section, ThreadName, User};
use crate::words;

/// With what was chosen, if that was refused.
pub fn page(session: Session, page: InvitationsPage, typed: Option<&Change>) -> Vec<AnyView> {
    let InvitationsPage {
        invitations,
        guest_in,
        page,
        has_more,
    } = page;
    let (chosen_end, chosen_uses) = chosen(typed);
    let chosen_thread = match typed {
        Some(Change::Invite { guest_in, .. }) => guest_in.first().map(ToString::to_string),
        _ => None,
    };
    let back: Back = vec![("page", page.to_string())];
    let lasts = [("week", "A week"), ("day", "A day"), ("never", "Ever")];
    let uses = [("1", "One"), ("10", "Ten"), ("any", "Any number")];
    let member = (String::new(), fixed("A member".to_owned()));
    let guests = guest_in.into_iter().map(|LeadsInto { id, name }| {
        let words = format!("A guest, who sees only “{name}”");
        (id.to_string(), fixed(words))
    });
    let kinds: Vec<_> = [member].into_iter().chain(guests).collect();
    let make = vec![
        choice(
            "Who comes is",
            "guest_in",
            kinds,
            &chosen_thread.unwrap_or_default(),
        ),
        choices("Good for", "lasts", &lasts, chosen_end),
        choices("For how many", "uses", &uses, chosen_uses),
        submit("Make a link"),
    ];
    let mut drawn = vec![
        change_form("invite", None, "settings-row-form", make),
        match invitations.is_empty() {
            true => note("Nobody has been invited yet.".to_owned()),
            false => list(invitations.into_iter().map(|one| row(session, one, &back))),
        },
    ];
    if has_more {
        let next = Place::settings(Section::Invitations { page: page + 1 });
        drawn.push(link("button", "More invitations", &next, false));
    }
    drawn
}

/// The values that stand for it in the form.
fn chosen(typed: Option<&Change>) -> (&'static str, &'static str) {
    let Some(&Change::Invite { lasts, uses, .. }) = typed else {
        return ("", "");
    };
    let end = match lasts {
        InvitationLasts::Days(1) => "day",
        InvitationLasts::Days(_) => "week",
        InvitationLasts::Forever => "never",
    };
    let uses = match uses {
        None => "any",
        Some(10) => "10",
        Some(_) => "1",
    };
    (end, uses)
}

fn row(session: Session, invitation: Invitation, back: &Back) -> Row {
    let zone = session.zone;
    let Invitation {
        id,
        made_by,
        created_at,
        expires_at,
        uses_left,
        state,
        for_guests,
        leads_into,
        came,
        came_in_all,
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
    if for_guests {
        lines.push(fixed(words_for_guests(&leads_into)));
    }
    if !came.is_empty() {
        lines.push(fixed(who_came(&came, came_in_all)));
    }
    let is_live = state == InvitationState::Live;
    let label = format!("Take back the invitation by {maker}");
    let revoke = is_live.then(|| {
        let revoke = button("Take back", label, "button");
        row_form("revoke", Some(id.0), "", vec![revoke], back)
    });
    Row {
        face: None,
        title: maker,
        lines,
        is_over: !is_live,
        acts: revoke.into_iter().collect(),
    }
}

/// In which threads guests find themselves. Whoever governs may see an invitation without all of these.
fn words_for_guests(threads: &[ThreadName]) -> String {
    let names: Vec<String> = threads.iter().map(|name| format!("“{name}”")).collect();
    match names.is_empty() {
        true => "For guests".to_owned(),
        false => format!("For guests of {}", names.join(", ")),
    }
}

fn who_came(came: &[User], in_all: i64) -> String {
    let names: Vec<&str> = came.iter().map(|user| user.name.as_str()).collect();
    let more = in_all - i64::try_from(came.len()).unwrap_or(in_all);
    let names = names.join(", ");
    match more {
        1.. => format!("Came by it: {names} and {more} more"),
        _ => format!("Came by it: {names}"),
    }
}
