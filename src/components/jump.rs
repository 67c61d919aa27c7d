//! Jumping to a thread, a person or a page by a few letters of its name (Ctrl+K, or Cmd+K).
//!
//! All of it is a part that is fetched when it is first wanted. The field keeps the focus; which of the
//! offers is chosen moves by the arrow keys, and is told to screen readers (`aria-activedescendant`).

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Page;
use crate::api;
use crate::client::browser;
use crate::client::browser::keys::Focused;
use crate::client::jumping::{Jump, Target, jumps, matching};
use crate::client::session::Session;
use crate::protocol::{Place, Role, User};

/// People who are offered.
const PEOPLE: usize = 4;

/// What one can choose.
#[derive(Clone, PartialEq)]
enum Offer {
    To(Jump),
    Person(User),
}

#[component]
pub fn JumpDialog() -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let field = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    let people = RwSignal::new(Vec::<User>::new());
    let chosen = RwSignal::new(0usize);
    let offers = Memo::new(move |_| {
        let all = session
            .mine
            .with(|mine| jumps(mine, session.my_id(), session.may));
        let to = typed.with(|typed| matching(&all, typed)).into_iter();
        let people = people.get().into_iter().take(PEOPLE);
        let all: Vec<Offer> = to.map(Offer::To).chain(people.map(Offer::Person)).collect();
        all
    });
    // Whoever goes nowhere is where they were; whoever goes somewhere, where one writes.
    let back = StoredValue::new_local(Focused::now());
    let has_gone = StoredValue::new(false);
    on_cleanup(move || match has_gone.try_get_value() {
        Some(true) => browser::focus("composer-field"),
        _ => _ = back.try_with_value(Focused::give_back),
    });
    let close = move || page.is_jumping.set(false);
    let go = move |offer: Offer| {
        has_gone.set_value(true);
        close();
        match offer {
            Offer::To(jump) => match jump.to {
                Target::Place(place) => session.go(place),
                Target::Keys => page.shows_keys.set(true),
            },
            Offer::Person(user) => write_to(session, user),
        }
    };
    let look = move |text: String| {
        chosen.set(0);
        typed.set(text.clone());
        look_for_people(session, text, typed, people);
    };
    // Some may have gone since it was chosen.
    let now = move || clamped(chosen.get(), offers.with(Vec::len));
    let on_key = move |event: KeyboardEvent| {
        // What is still being composed has these keys for itself.
        if browser::is_composing(&event) {
            return;
        }
        let count = offers.with_untracked(Vec::len).max(1);
        let at = untrack(now).unwrap_or_default();
        match event.key().as_str() {
            "Escape" => close(),
            "ArrowDown" => chosen.set((at + 1) % count),
            "ArrowUp" => chosen.set((at + count - 1) % count),
            "Enter" => {
                if let Some(offer) = offers.with_untracked(|all| all.get(at).cloned()) {
                    go(offer);
                }
            }
            // There is nowhere else to go.
            "Tab" => {}
            _ => return,
        }
        event.prevent_default();
    };
    Effect::new(move || {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let list = move || {
        let now = now();
        let offers = offers.get().into_iter().enumerate();
        offers
            .map(|(at, offer)| view! { <OfferItem at offer is_chosen=Some(at) == now go=Callback::new(go) /> })
            .collect_view()
    };
    view! {
        <div class="menu-backdrop" on:click=move |_| close()></div>
        <div class="jump" role="dialog" aria-modal="true" aria-label="Jump to">
            <input
                type="text"
                role="combobox"
                aria-label="Jump to"
                aria-expanded="true"
                aria-controls="jump-offers"
                aria-autocomplete="list"
                aria-activedescendant=move || now().map(|at| format!("jump-{at}"))
                placeholder="Jump to a thread, a person or a page"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                node_ref=field
                on:input:target=move |event| look(event.target().value())
                on:keydown=on_key
            />
            <ul id="jump-offers" role="listbox" aria-label="Where to">
                {list}
            </ul>
            {move || {
                offers
                    .with(Vec::is_empty)
                    .then(|| view! { <p class="search-note">"Nothing is called that."</p> })
            }}
        </div>
    }
}

#[component]
fn OfferItem(at: usize, offer: Offer, is_chosen: bool, go: Callback<Offer>) -> impl IntoView {
    let (title, about) = match &offer {
        Offer::To(jump) => (jump.title.clone(), jump.about.to_owned()),
        Offer::Person(user) => (user.name.to_string(), format!("@{}", user.username)),
    };
    view! {
        <li
            id=format!("jump-{at}")
            role="option"
            aria-selected=is_chosen.to_string()
            on:click=move |_| _ = go.try_run(offer.clone())
        >
            <span class="jump-title" dir="auto">
                {title}
            </span>
            <span class="thread-aside">{about}</span>
        </li>
    }
}

/// Which of so many is chosen, if there is any.
fn clamped(chosen: usize, count: usize) -> Option<usize> {
    count.checked_sub(1).map(|last| chosen.min(last))
}

/// An answer for what was typed before is dropped.
fn look_for_people(
    session: Session,
    text: String,
    typed: RwSignal<String>,
    people: RwSignal<Vec<User>>,
) {
    if text.trim().is_empty() {
        return people.set(Vec::new());
    }
    spawn_local(async move {
        let mut found = api::suggest_people(text.clone()).await.unwrap_or_default();
        found.retain(|user| user.id != session.my_id());
        if typed.try_get_untracked() == Some(text) {
            people.set(found);
        }
    });
}

fn write_to(session: Session, user: User) {
    spawn_local(async move {
        let opened = api::open_direct(session.my_id(), user.username.to_string()).await;
        match opened.and_then(|told| told) {
            Ok(thread) => session.created(thread, Role::Member),
            Err(_) => session.go(Place::NewDirect),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::clamped;

    #[test]
    fn what_is_chosen_is_there() {
        assert_eq!(clamped(0, 0), None);
        assert_eq!(clamped(4, 2), Some(1));
        assert_eq!(clamped(1, 2), Some(1));
    }
}
