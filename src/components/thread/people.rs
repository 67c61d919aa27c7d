//! Who belongs to the thread, in a panel beside it.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::icons::CloseIcon;
use crate::protocol::{Place, ThreadId, User};
use crate::words;

#[component]
pub fn PeoplePanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let members = move || {
        let members = session.members.get().unwrap_or_default();
        let people = members.into_iter().map(|user| view! { <Person user /> });
        people.collect::<Vec<_>>()
    };
    let count = move || {
        let members = session
            .members
            .with(|members| members.as_ref().map_or(0, Vec::len));
        words::counted(
            i64::try_from(members).unwrap_or_default(),
            "person",
            "people",
        )
    };
    view! {
        <aside class="panel" aria-label="People">
            <header class="panel-header">
                <h2>{count}</h2>
                <a class="icon-button" href=Place::thread(id).to_string()>
                    <CloseIcon />
                    <span class="visually-hidden">"Close"</span>
                </a>
            </header>
            <ul class="people">{members}</ul>
        </aside>
    }
}

#[component]
fn Person(user: User) -> impl IntoView {
    let (name, handle) = (user.name.to_string(), format!("@{}", user.username));
    let status = user.status.clone();
    view! {
        <li class="person">
            <Avatar user />
            <div class="account-name">
                <strong dir="auto">{name}</strong>
                <span>{handle}</span>
                {status.map(|status| view! { <span dir="auto">{status}</span> })}
            </div>
        </li>
    }
}
