//! What stands beside people wherever they are listed: whether they are there, the way to their card,
//! and a button to write to them.

use leptos::prelude::*;

use super::Page;
use super::form::FormState;
use crate::api;
use crate::client::session::Session;
use crate::protocol::{Place, Presence, Role, User};

/// Whether somebody is there, as a word.
pub fn presence_word(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => "Online",
        Presence::Idle => "Idle",
        Presence::Offline => "Offline",
    }
}

/// The same as a dot beside their picture.
pub fn presence_dot(presence: Presence) -> AnyView {
    let class = match presence {
        Presence::Online => "presence online",
        Presence::Idle => "presence idle",
        Presence::Offline => "presence",
    };
    let said = presence_word(presence);
    view! { <span class=class role="img" aria-label=said title=said></span> }.into_any()
}

/// By what name one writes to somebody, and that they are a guest: whoever else is there should know.
pub fn handle(user: &User) -> String {
    let guest = if user.guest { " · Guest" } else { "" };
    format!("@{}{guest}", user.username)
}

/// Where somebody's card is.
pub fn card_address(user: &User) -> String {
    Place::person(&user.username).to_string()
}

/// Opens the direct thread with somebody. What it is refused for is said where `state` says it.
#[component]
pub fn MessageButton(user: User, state: FormState) -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let User { username, name, .. } = user;
    let username = String::from(username);
    let to = username.clone();
    let submit = state.on_answer(
        move |_| api::open_direct(session.my_id(), username.clone()),
        move |thread, _| {
            state.leads_away();
            // It may be on a card over the thread that is open already.
            page.card.set(String::new());
            session.created(thread, Role::Member);
        },
    );
    view! {
        <form method="post" action="/api/open_direct" on:submit=submit>
            <input type="hidden" name="people" value=to />
            <button type="submit" class="button small">
                "Message"
                <span class="visually-hidden">{format!(" {name}")}</span>
            </button>
        </form>
    }
}
