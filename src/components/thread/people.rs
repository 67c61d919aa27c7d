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
    let members = move || session.members.get().unwrap_or_default();
    let count = move || {
        let count = i64::try_from(members().len()).unwrap_or_default();
        words::counted(count, "person", "people")
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
            <ul class="people">
                <For each=members key=|user| (user.id, user.name.clone()) let:user>
                    <Person user />
                </For>
            </ul>
        </aside>
    }
}

#[component]
fn Person(user: User) -> impl IntoView {
    let (name, handle) = (user.name.to_string(), format!("@{}", user.username));
    view! {
        <li class="person">
            <Avatar user />
            <div class="account-name">
                <strong dir="auto">{name}</strong>
                <span>{handle}</span>
            </div>
        </li>
    }
}
