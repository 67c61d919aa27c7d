//! Who belongs to the thread and who of them is there, in a panel beside it: each can be written to,
//! and members add others.

use leptos::prelude::*;

use super::manage::ManageFields;
use super::picked::PickedLinks;
use crate::api;
use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::form::people::PeopleField;
use crate::components::form::{FormError, FormState, value_of};
use crate::components::icons::CloseIcon;
use crate::components::person::{MessageButton, card_address, handle, presence_dot};
use crate::protocol::{Manage, Place, Presence, Role, ThreadId, ThreadKind, User, UserId};
use crate::words;

#[component]
pub fn PeoplePanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = FormState::new(None);
    let members = move || {
        let members = session.members.get().unwrap_or_default();
        let people = members
            .into_iter()
            .map(|user| (presence_of(session, user.id), user));
        // Whoever is there comes first, each group by name as it was.
        let (away, there): (Vec<_>, Vec<_>) =
            people.partition(|(presence, _)| *presence == Some(Presence::Offline));
        let people = there.into_iter().chain(away);
        people
            .map(|(presence, user)| view! { <Person user presence state /> })
            .collect::<Vec<_>>()
    };
    let count = move || {
        let all = session
            .members
            .with(|members| members.as_ref().map_or(0, Vec::len));
        let online = session.there.with(|there| {
            let online = there.iter().filter(|(_, is_idle)| !is_idle);
            online.count()
        });
        match session.there.with(Vec::is_empty) {
            true => words::counted(i64::try_from(all).unwrap_or(0), "person", "people"),
            false => words::online(online, all),
        }
    };
    let may_add = Memo::new(move |_| {
        let is_direct = session.thread.with(|thread| {
            let kind = thread.as_ref().map(|thread| thread.kind);
            kind == Some(ThreadKind::Direct)
        });
        let role = session.role(id);
        let is_guest = session.me.with(|me| me.guest);
        role.is_some() && !is_direct && (!is_guest || role == Some(Role::Owner))
    });
    view! {
        <aside class="panel" aria-label="People">
            <header class="panel-header">
                <h2>{count}</h2>
                <a class="icon-button" href=Place::thread(id).to_string()>
                    <CloseIcon />
                    <span class="visually-hidden">"Close"</span>
                </a>
            </header>
            <FormError state />
            <ul class="people">{members}</ul>
            {move || may_add.get().then(|| view! { <AddPeople id /> })}
            <PickedLinks id />
        </aside>
    }
}

/// Nothing as long as it is not known: whoever looks is there themselves.
fn presence_of(session: Session, id: UserId) -> Option<Presence> {
    session
        .there
        .with(|there| match there.iter().find(|(known, _)| *known == id) {
            Some((_, false)) => Some(Presence::Online),
            Some((_, true)) => Some(Presence::Idle),
            None if there.is_empty() => None,
            None => Some(Presence::Offline),
        })
}

#[component]
fn Person(user: User, presence: Option<Presence>, state: FormState) -> impl IntoView {
    let session = expect_context::<Session>();
    let dot = presence.map(presence_dot);
    let (name, handle) = (user.name.to_string(), handle(&user));
    let is_me = user.id == session.my_id();
    let message = (!is_me).then(|| view! { <MessageButton user=user.clone() state /> });
    let status = user.status.clone();
    let card = card_address(&user);
    view! {
        <li class="person">
            <a class="person-link" href=card>
                <span class="face">
                    <Avatar user />
                    {dot}
                </span>
                <span class="account-name">
                    <strong dir="auto">{name}</strong>
                    <span>{handle}</span>
                    {status.map(|status| view! { <span dir="auto">{status}</span> })}
                </span>
            </a>
            {message}
        </li>
    }
}

#[component]
fn AddPeople(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = crate::components::refused().filter(|refused| refused.field("what") == "add");
    let state = FormState::new(refused.as_ref().map(|refused| refused.error.clone()));
    let typed = refused.map_or_else(String::new, |refused| refused.field("people"));
    let submit = state.on_answer(
        move |form| {
            let people = value_of(form, "people");
            api::manage_thread(session.my_id(), id, Manage::Add { people })
        },
        |(), form| form.reset(),
    );
    view! {
        <form class="panel-form" method="post" action="/api/manage_thread" on:submit=submit>
            <FormError state />
            <PeopleField label="Add people" value=typed state />
            <ManageFields id what="add" button="Add" state />
        </form>
    }
}
