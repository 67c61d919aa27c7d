//! Everybody, for administrators: search, ban, appoint.

use leptos::prelude::*;

use super::form::{Back, row_form, search_form};
use super::pieces::{
    Row, button, fixed, heading, link, list, note, plain_field, submit, text_field,
};
use crate::components::ask::ask;
use crate::components::form::TextKind;
use crate::protocol::settings::{Change, ListedPerson, PeoplePage, Standing};
use crate::protocol::{Field, Place, Section};

/// With what was typed, if that was refused.
pub fn page(page: PeoplePage, typed: Option<Change>) -> Vec<AnyView> {
    let PeoplePage {
        server_name,
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
    page
}

fn person(person: ListedPerson, back: &Back) -> Row {
    let ListedPerson {
        user,
        standing,
        is_banned,
        is_me,
        since: _,
    } = person;
    let is_administrator = standing == Standing::Administrator;
    let what = match (is_banned, is_administrator, is_me) {
        (true, ..) => " · Banned",
        (_, true, true) => " · Administrator · You",
        (_, true, false) => " · Administrator",
        (_, false, true) => " · You",
        _ => "",
    };
    let (id, name) = (user.id.0, user.name.to_string());
    let line = format!("@{}{what}", user.username);
    // Each button with what it does, to whom.
    let acts: &[(&'static str, &'static str)] = match (is_banned, is_administrator, is_me) {
        (true, ..) => &[("unban", "Lift ban")],
        (_, true, _) => &[("demote", "Make member")],
        (_, false, true) => &[],
        _ => &[("promote", "Make administrator"), ("ban", "Ban")],
    };
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

/// What is asked before somebody does what they cannot undo alone, or not wholly.
fn question(change: &str, is_me: bool) -> Option<&'static str> {
    match (change, is_me) {
        ("ban", _) => Some("They are signed out everywhere at once, and cannot sign in again."),
        ("demote", true) => Some("Only another administrator can make you one again."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::question;

    #[test]
    fn only_what_cannot_be_undone_is_asked_about() {
        assert!(question("ban", false).is_some());
        assert!(question("demote", true).is_some());
        assert!(question("demote", false).is_none());
        assert!(question("unban", false).is_none() && question("promote", false).is_none());
    }
}
