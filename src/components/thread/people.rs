//! Who belongs to the thread and who of them is there, in a panel beside it.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::icons::CloseIcon;
use crate::protocol::{Place, Presence, ThreadId, User, UserId};
use crate::words;

#[component]
pub fn PeoplePanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let members = move || {
        let members = session.members.get().unwrap_or_default();
        let people = members
            .into_iter()
            .map(|user| (presence_of(session, user.id), user));
        // Whoever is there comes first, each group by name as it was.
        let (away, there): (Vec<_>, Vec<_>) =
            people.partition(|(presence, _)| *presence == Presence::Offline);
        let people = there.into_iter().chain(away);
        people
            .map(|(presence, user)| view! { <Person user presence /> })
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
        words::online(online, all)
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

fn presence_of(session: Session, id: UserId) -> Presence {
    session
        .there
        .with(|there| match there.iter().find(|(known, _)| *known == id) {
            Some((_, false)) => Presence::Online,
            Some((_, true)) => Presence::Idle,
            None => Presence::Offline,
        })
}

#[component]
fn Person(user: User, presence: Presence) -> impl IntoView {
    let (class, said) = match presence {
        Presence::Online => ("presence online", "Online"),
        Presence::Idle => ("presence idle", "Idle"),
        Presence::Offline => ("presence", "Offline"),
    };
    let (name, handle) = (user.name.to_string(), format!("@{}", user.username));
    view! {
        <li class="person">
            <span class="face">
                <Avatar user />
                <span class=class role="img" aria-label=said title=said></span>
            </span>
            <div class="account-name">
                <strong dir="auto">{name}</strong>
                <span>{handle}</span>
            </div>
        </li>
    }
}
