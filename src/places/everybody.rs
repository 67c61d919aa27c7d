//! Everybody, with a field to find somebody in; without the script it is a form, and pages.
//!
//! Who is there is asked for again every few seconds as long as somebody looks: a channel that told
//! all of it to everybody who looks would carry more than anybody reads.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;

use crate::client::browser::dialog::every;
use crate::client::browser::links;
use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::form::{FormError, FormState};
use crate::components::icons::BackIcon;
use crate::components::person::{MessageButton, card_address, presence_dot};
use crate::protocol::frame::parse;
use crate::protocol::person::{EverybodyPage, presence_in};
use crate::protocol::{Place, Presence, User};

/// So long after the last key it is looked for.
const REST: Duration = Duration::from_millis(200);
/// So often the list is asked for again.
pub const AGAIN: Duration = Duration::from_secs(5);

#[component]
pub fn EverybodyPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let state = FormState::new(crate::components::refused().map(|refused| refused.error));
    let page =
        Memo::new(move |_| parse::<EverybodyPage>(&session.packed.get()).unwrap_or_default());
    refresh_while_shown(session);
    let people = move || {
        page.with(|page| {
            // Whoever looks is there, since before the list was made or since then.
            let presence = |user: &User| match user.id == session.my_id() {
                true => Presence::Online,
                false => presence_in(&page.presence, user),
            };
            let shown = |user: &User| (user.clone(), presence(user));
            page.people.iter().map(shown).collect::<Vec<_>>()
        })
    };
    // Whoever is as they were stays, and so does the focus that is on them.
    let key = |(user, presence): &(User, Presence)| {
        let User {
            id, name, status, ..
        } = user;
        (*id, name.to_string(), status.clone(), *presence as u8)
    };
    let none = move || {
        page.with(|page| page.people.is_empty())
            .then(|| view! { <p class="empty">"Nobody is called that."</p> })
    };
    let more = move || {
        page.with(|page| {
            let place = Place::People {
                search: page.search.clone(),
                after: page.next.clone()?,
            };
            Some(view! {
                <a class="button" href=place.to_string()>
                    "More people"
                </a>
            })
        })
    };
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/">
                <BackIcon />
                <span class="visually-hidden">"My threads"</span>
            </a>
            <h1 id="place-content" tabindex="-1">
                "Everybody"
            </h1>
        </header>
        <div class="browse everybody">
            <SearchForm />
            <FormError state />
            <ul class="people">
                <For each=people key let:one>
                    <Person user=one.0 presence=one.1 state />
                </For>
            </ul>
            {none}
            {more}
        </div>
    }
}

/// What is typed is looked for as it is typed.
#[component]
fn SearchForm() -> impl IntoView {
    let session = expect_context::<Session>();
    let field = NodeRef::<html::Input>::new();
    let typed = session.place.with_untracked(search_of);
    // Going back leads to what was looked for before.
    Effect::new(move || {
        let search = session.place.with(search_of);
        if let Some(field) = field.get_untracked()
            && document().active_element().as_deref() != Some(&field)
        {
            field.set_value(&search);
        }
    });
    let look = move |search: String| {
        let place = Place::People {
            search,
            after: String::new(),
        };
        // Whoever has gone on meanwhile is not called back.
        if matches!(links::here(), Some(Place::People { .. })) {
            links::replace(&place);
            session.moved(place, None);
        }
    };
    let mut look_later = debounce(REST, look);
    view! {
        <form
            class="search-form"
            method="get"
            action="/people"
            role="search"
            on:submit=move |event| {
                event.prevent_default();
                if let Some(field) = field.get_untracked() {
                    look(field.value());
                }
            }
        >
            <input
                type="search"
                name="search"
                value=typed
                aria-label="Search people"
                placeholder="Name or username"
                autocomplete="off"
                autocapitalize="none"
                node_ref=field
                on:input:target=move |event| look_later(event.target().value())
            />
            <button type="submit" class="button">
                "Search"
            </button>
        </form>
    }
}

fn search_of(place: &Place) -> String {
    match place {
        Place::People { search, .. } => search.clone(),
        _ => String::new(),
    }
}

/// The place is asked for again every few seconds, unless one is on the way to another.
pub fn refresh_while_shown(session: Session) {
    stay_true(move || {
        if !session.is_going.get_untracked() {
            session.refresh();
        }
    });
}

/// Asks again every few seconds, as long as what asks is shown and somebody may be looking.
pub fn stay_true(ask: impl Fn() + 'static) {
    let ask = std::rc::Rc::new(ask);
    Effect::new(move || {
        let ask = ask.clone();
        every(AGAIN, move || ask());
    });
}

#[component]
fn Person(user: User, presence: Presence, state: FormState) -> impl IntoView {
    let session = expect_context::<Session>();
    let (name, handle) = (user.name.to_string(), format!("@{}", user.username));
    let id = user.id;
    let whom = user.clone();
    let message = move || {
        let is_blocked = session.blocked.with(|blocked| blocked.contains(&id));
        match id == session.my_id() {
            true => ().into_any(),
            false if is_blocked => view! { <span class="thread-aside">"Blocked"</span> }.into_any(),
            false => view! { <MessageButton user=whom.clone() state /> }.into_any(),
        }
    };
    let status = user.status.clone();
    let card = card_address(&user);
    view! {
        <li class="person">
            <a class="person-link" href=card>
                <span class="face">
                    <Avatar user />
                    {presence_dot(presence)}
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
