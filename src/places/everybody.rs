//! Everybody, with one's contacts on top and a field to find somebody in; without the script it is a form,
//! and pages.
//!
//! Who is there is asked for again every few seconds as long as somebody looks: a channel that told
//! all of it to everybody who looks would carry more than anybody reads.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;

use crate::api;
use crate::client::browser::dialog::every;
use crate::client::browser::links;
use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::form::{FormError, FormState};
use crate::components::icons::BackIcon;
use crate::components::person::{MessageButton, card_address, handle, presence_dot};
use crate::protocol::frame::parse;
use crate::protocol::person::{Contact, EverybodyPage, Tie, presence_in};
use crate::protocol::settings::Change;
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
            id,
            name,
            status,
            guest,
            ..
        } = user;
        let said = (name.to_string(), status.clone(), *guest);
        (*id, said, *presence as u8)
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
            {contacts_of(session, page, state)}
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

/// One's own contacts above everybody, with what waits for an answer first.
fn contacts_of(
    session: Session,
    page: Memo<EverybodyPage>,
    state: FormState,
) -> impl Fn() -> Vec<AnyView> {
    // Whoever is as they were stays, and so does the focus that is on them.
    let contacts = Memo::new(move |_| {
        page.with(|page| {
            let shown = |contact: &Contact| {
                let presence = presence_in(&page.presence, &contact.user);
                (contact.clone(), presence as u8)
            };
            page.contacts.iter().map(shown).collect::<Vec<_>>()
        })
    });
    let again = Callback::new(move |()| session.refresh());
    move || {
        let contacts = contacts.get();
        let group = |(title, tie): (&'static str, Tie)| {
            let of = contacts.iter().filter(|(contact, _)| contact.tie == tie);
            let rows: Vec<_> = of
                .map(|(contact, _)| contact_row(page, contact, state, again))
                .collect();
            (!rows.is_empty()).then(|| {
                view! {
                    <h2>{title}</h2>
                    <ul class="people">{rows}</ul>
                }
                .into_any()
            })
        };
        let groups = [
            ("They ask to be your contact", Tie::Waits),
            ("Contacts", Tie::Contact),
            ("You have asked", Tie::Asked),
        ];
        let mut shown: Vec<AnyView> = groups.into_iter().filter_map(group).collect();
        if !shown.is_empty() {
            shown.push(view! { <h2>"Everybody"</h2> }.into_any());
        }
        shown
    }
}

fn contact_row(
    page: Memo<EverybodyPage>,
    contact: &Contact,
    state: FormState,
    again: Callback<()>,
) -> AnyView {
    let user = contact.user.clone();
    let presence = page.with_untracked(|page| presence_in(&page.presence, &user));
    let message = (contact.tie == Tie::Contact)
        .then(|| view! { <MessageButton user=user.clone() state /> }.into_any());
    let acts = contact_buttons(&user, contact.tie, state, again);
    view! {
        <li class="person">
            {person_link(user, presence)}
            <div class="person-acts">{message} {acts}</div>
        </li>
    }
    .into_any()
}

/// What there is to do with somebody as a contact.
pub fn contact_buttons(
    user: &User,
    tie: Tie,
    state: FormState,
    again: Callback<()>,
) -> Vec<AnyView> {
    let acts: &[(&'static str, &'static str)] = match tie {
        Tie::None => &[("contact", "Add to contacts")],
        Tie::Waits => &[("contact", "Accept"), ("end_contact", "Decline")],
        Tie::Asked => &[("end_contact", "Withdraw")],
        Tie::Contact => &[("end_contact", "Remove")],
    };
    let button = |(change, label): &(&'static str, &'static str)| {
        let user = user.clone();
        view! { <ContactButton user change=*change label=*label state again /> }.into_any()
    };
    acts.iter().map(button).collect()
}

#[component]
fn ContactButton(
    user: User,
    change: &'static str,
    label: &'static str,
    state: FormState,
    again: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let id = user.id;
    let submit = state.on_answer(
        move |_| async move {
            let change = match change {
                "contact" => Change::Contact(id),
                _ => Change::EndContact(id),
            };
            let told = api::change(session.my_id(), change).await?;
            Ok(told.answer)
        },
        // Whoever has closed the card meanwhile has nothing to be shown.
        move |_, _| _ = again.try_run(()),
    );
    view! {
        <form method="post" action="/api/change" on:submit=submit>
            <input type="hidden" name="change" value=change />
            <input type="hidden" name="id" value=id.to_string() />
            <button type="submit" class="button small">
                {label}
                <span class="visually-hidden">{format!(" {}", user.name)}</span>
            </button>
        </form>
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
    Effect::new(move || {
        let Some(field) = field.get() else { return };
        // What was typed before the script had taken over.
        let there = field.value();
        if there != session.place.with_untracked(search_of) {
            look(there);
        }
    });
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
    view! {
        <li class="person">
            {person_link(user, presence)}
            {message}
        </li>
    }
}

/// Who somebody is, and the way to their card.
fn person_link(user: User, presence: Presence) -> AnyView {
    let (name, handle) = (user.name.to_string(), handle(&user));
    let status = user.status.clone();
    let card = card_address(&user);
    view! {
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
    }
    .into_any()
}
