//! Everybody, for administrators: search, ban, appoint; and what was done of that.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::form::{ChangeForm, Told};
use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::form::{FormButton, TextField, TextKind, choice_of, form_of};
use crate::protocol::settings::{Act, Deed, ListedPerson, PeoplePage as Page, Standing};
use crate::protocol::{Field, Place, Section, User};

#[component]
pub fn PeoplePage(page: Page) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = expect_context::<Told>().state;
    let Page {
        server_name,
        search,
        people,
        next,
        log,
    } = page;
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(form) = form_of(&event) {
            session.go(Place::settings(Section::People {
                search: choice_of(&form, "search"),
                after: None,
            }));
        }
    };
    let more = next.map(|next| {
        let place = Place::settings(Section::People {
            search: search.clone(),
            after: Some(next),
        });
        view! {
            <a class="button" href=place.to_string()>
                "More people"
            </a>
        }
    });
    let none = people.is_empty();
    let rows: Vec<_> = people
        .into_iter()
        .map(|person| view! { <PersonRow person /> })
        .collect();
    let deeds: Vec<_> = log
        .into_iter()
        .map(|deed| view! { <DeedRow deed /> })
        .collect();
    let has_deeds = !deeds.is_empty();
    view! {
        <form class="settings-row-form" action="/settings/people" role="search" on:submit=go>
            <div class="field">
                <label for="search">"Search"</label>
                <input id="search" name="search" type="text" autocomplete="off" value=search />
            </div>
            <button type="submit" class="button">
                "Search"
            </button>
        </form>
        <ul class="settings-list">{rows}</ul>
        {none.then(|| view! { <p class="form-note">"Nobody is called that."</p> })}
        {more}
        <h2>"This server"</h2>
        <ChangeForm change="name_server" class="settings-row-form">
            <TextField
                label="Name of this place"
                name="name"
                field=Field::ServerName
                kind=TextKind::Words
                value=server_name
                state
            />
            <FormButton label="Rename" state />
        </ChangeForm>
        {has_deeds
            .then(|| {
                view! {
                    <h2>"What administrators did"</h2>
                    <ul class="settings-list log">{deeds}</ul>
                }
            })}
    }
}

#[component]
fn PersonRow(person: ListedPerson) -> impl IntoView {
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
    let buttons: Vec<_> = acts
        .iter()
        .map(|(change, label)| {
            let whole = format!("{label}: {name}");
            view! {
                <ChangeForm change id=Some(id)>
                    <button type="submit" class="button" aria-label=whole>
                        {*label}
                    </button>
                </ChangeForm>
            }
        })
        .collect();
    view! {
        <li class:is-over=is_banned>
            <Avatar user />
            <div class="account-name">
                <strong dir="auto">{name.clone()}</strong>
                <span>{line}</span>
            </div>
            <div class="settings-acts">{buttons}</div>
        </li>
    }
}

#[component]
fn DeedRow(deed: Deed) -> impl IntoView {
    let zone = expect_context::<Session>().zone;
    let name = |user: &Option<User>| {
        let name = user.as_ref().map(|user| user.name.to_string());
        name.unwrap_or_else(|| "Somebody".to_owned())
    };
    let (by, about) = (name(&deed.done_by), name(&deed.about));
    let sentence = match deed.act {
        Act::Ban => format!("{by} banned {about}"),
        Act::Unban => format!("{by} lifted the ban of {about}"),
        Act::Promote => format!("{by} made {about} an administrator"),
        Act::Demote => format!("{by} made {about} a member"),
        Act::NameServer => format!("{by} called this place “{}”", deed.detail),
        Act::Other => format!("{by} did something"),
    };
    let when = move || zone.get().moment(deed.done_at);
    view! {
        <li>
            <div class="account-name">
                <span dir="auto">{sentence}</span>
                <span>{when}</span>
            </div>
        </li>
    }
}
