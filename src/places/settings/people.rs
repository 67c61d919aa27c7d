//! Everybody, for administrators: search, ban, appoint.

use leptos::prelude::*;

use super::form::{Back, row_form, search_form};
use super::pieces::{
    Row, button, choices, fixed, heading, link, list, note, plain_field, submit, text_field,
};
use crate::components::ask::ask;
use crate::components::form::TextKind;
use crate::protocol::settings::{Change, ListedPerson, PeoplePage, Policy, Standing};
use crate::protocol::{Field, Place, Section};

/// With what was typed, if that was refused.
pub fn page(page: PeoplePage, typed: Option<Change>) -> Vec<AnyView> {
    let PeoplePage {
        server_name,
        policy,
        search,
        after,
        people,
        next,
    } = page;
    let more = next.map(|next| {
        Place::settings(Section::People {
            search: search.clone(),
            after: Some(next),
        })
    });
    let after = after.map(|after| ("after", after.to_string()));
    let mut back: Back = vec![("search", search.clone())];
    back.extend(after);
    let server_name = match typed {
        Some(Change::NameServer { name }) => name,
        _ => server_name,
    };
    let name = text_field(
        "Name of this place",
        "name",
        Field::ServerName,
        TextKind::Words,
        server_name,
    );
    let mut page = vec![
        search_form(vec![
            plain_field("Search", "search", search),
            button("Search", "Search".to_owned(), "button"),
        ]),
        match people.is_empty() {
            true => note("Nobody is called that.".to_owned()),
            false => list(people.into_iter().map(|one| person(one, &back))),
        },
    ];
    if let Some(more) = more {
        page.push(link("button", "More people", &more, false));
    }
    page.push(heading("This server"));
    let rename = vec![name, submit("Rename")];
    page.push(row_form(
        "name_server",
        None,
        "settings-row-form",
        rename,
        &back,
    ));
    page.push(heading("Who may do what"));
    page.push(policy_form(policy, &back));
    page
}

const MEMBERS: (&str, &str) = ("members", "Members");
const ADMINISTRATORS: (&str, &str) = ("administrators", "Administrators");
const EVERYBODY: (&str, &str) = ("everybody", "Everybody, guests too");

fn policy_form(policy: Policy, back: &Back) -> AnyView {
    let (members, all) = (
        [MEMBERS, ADMINISTRATORS],
        [EVERYBODY, MEMBERS, ADMINISTRATORS],
    );
    let fields = vec![
        choices(
            "Start public threads",
            "start_public",
            &members,
            policy.start_public.as_str(),
        ),
        choices(
            "Start private threads",
            "start_private",
            &all,
            policy.start_private.as_str(),
        ),
        choices("Invite people", "invite", &members, policy.invite.as_str()),
        submit("Set"),
    ];
    row_form("policy", None, "settings-row-form", fields, back)
}

fn person(person: ListedPerson, back: &Back) -> Row {
    let ListedPerson {
        user,
        standing,
        is_banned,
        is_me,
        since: _,
    } = person;
    let what = match (is_banned, standing) {
        (true, _) => " · Banned",
        (_, Standing::Administrator) => " · Administrator",
        (_, Standing::Guest) => " · Guest",
        (_, Standing::Member) => "",
    };
    let you = if is_me { " · You" } else { "" };
    let (id, name) = (user.id.0, user.name.to_string());
    let line = format!("@{}{what}{you}", user.username);
    let acts = acts(standing, is_banned, is_me);
    let button = |(change, label): &(&'static str, &'static str)| {
        let act = button(label, format!("{label}: {name}"), "button");
        let form = row_form(change, Some(id), "", vec![act], back);
        match question(change, is_me) {
            Some(question) => ask(label, format!(": {name}"), question, form),
            None => form,
        }
    };
    Row {
        acts: acts.iter().map(button).collect(),
        face: Some(user),
        lines: vec![fixed(line)],
        is_over: is_banned,
        title: name.clone(),
    }
}

/// What there is to do about somebody: each as the form says it, and as its button does.
fn acts(
    standing: Standing,
    is_banned: bool,
    is_me: bool,
) -> &'static [(&'static str, &'static str)] {
    match (is_banned, standing, is_me) {
        (true, ..) => &[("unban", "Lift ban")],
        (_, Standing::Administrator, _) => &[("demote", "Make member")],
        (_, _, true) => &[],
        (_, Standing::Member, _) => &[
            ("promote", "Make administrator"),
            ("make_guest", "Make guest"),
            ("ban", "Ban"),
        ],
        (_, Standing::Guest, _) => &[("admit", "Make member"), ("ban", "Ban")],
    }
}

/// What is asked before somebody does what they cannot undo alone, or not wholly.
fn question(change: &str, is_me: bool) -> Option<&'static str> {
    match (change, is_me) {
        ("make_guest", _) => Some(
            "They see nothing but threads they are in, leave those for everybody, and own none any more.",
        ),
        ("ban", _) => Some("They are signed out everywhere at once, and cannot sign in again."),
        ("demote", true) => Some("Only another administrator can make you one again."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{acts, question};
    use crate::protocol::settings::Standing;

    #[test]
    fn nobody_is_offered_what_somebody_is_already_nor_to_ban_an_administrator_or_themselves() {
        let changes = |standing, is_banned, is_me| -> Vec<&str> {
            let acts = acts(standing, is_banned, is_me).iter();
            acts.map(|(change, _)| *change).collect()
        };
        let guest = changes(Standing::Guest, false, false);
        assert_eq!(guest, ["admit", "ban"]);
        let member = changes(Standing::Member, false, false);
        assert_eq!(member, ["promote", "make_guest", "ban"]);
        assert_eq!(changes(Standing::Administrator, false, false), ["demote"]);
        assert_eq!(changes(Standing::Member, false, true), [""; 0]);
        assert_eq!(changes(Standing::Guest, true, false), ["unban"]);
    }

    #[test]
    fn only_what_cannot_be_undone_is_asked_about() {
        assert!(question("ban", false).is_some());
        assert!(question("make_guest", false).is_some());
        assert!(question("admit", false).is_none());
        assert!(question("demote", true).is_some());
        assert!(question("demote", false).is_none());
        assert!(question("unban", false).is_none() && question("promote", false).is_none());
    }
}
