//! What of a thread one wants to be told of, and whether this browser may tell it.
//!
//! A place of its own (`/t/5?panel=notify`), so the choice is a plain form without the script. It is
//! drawn below the bell, over the thread.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

use crate::client::browser;
use crate::client::browser::notices::{self, Permission};
use crate::client::session::Session;
use crate::components::icons::CheckIcon;
use crate::protocol::{MyThread, NotifyLevel, Place, Section, ThreadId};
use crate::words;

/// The element that opens it, and gets the focus back.
pub const BELL_ID: &str = "Notifications";

#[component]
pub fn NotifyPanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let level = Memo::new(move |_| {
        let level = |mine: &Vec<MyThread>| {
            let mine = mine.iter().find(|mine| mine.thread.id == id)?;
            Some(mine.notify)
        };
        session.mine.with(level)
    });
    let close = move || {
        session.go(Place::thread(id));
        browser::focus(BELL_ID);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close();
        }
    };
    Effect::new(move || browser::focus("notify-sheet"));
    let choices = move || match level.get() {
        Some(level) => view! { <Choices id level /> }.into_any(),
        None => view! { <p class="popover-note">{words::NOT_MINE}</p> }.into_any(),
    };
    view! {
        <aside
            class="popover"
            id="notify-sheet"
            tabindex="-1"
            aria-label="Notifications"
            on:keydown=on_key
        >
            <h2>"Notify me of"</h2>
            {choices}
            <OnThisDevice />
            <a class="popover-note" href=Place::settings(Section::Notifications).to_string()>
                "Pause, quiet hours, keywords"
            </a>
        </aside>
    }
}

#[component]
fn Choices(id: ThreadId, level: NotifyLevel) -> impl IntoView {
    let session = expect_context::<Session>();
    let choices = NotifyLevel::ALL.map(|choice| {
        let is_chosen = choice == level;
        let (name, what) = words::notify(choice);
        let choose = move |event: SubmitEvent| {
            event.prevent_default();
            session.choose(id, choice);
        };
        view! {
            <form method="post" action="/api/set_notify" on:submit=choose>
                <input type="hidden" name="thread" value=id.to_string() />
                <button
                    type="submit"
                    class="level"
                    name="level"
                    value=choice.name()
                    aria-pressed=is_chosen.to_string()
                >
                    <span class="level-mark">{is_chosen.then(|| view! { <CheckIcon /> })}</span>
                    <span class="level-text">
                        <strong>{name}</strong>
                        <span>{what}</span>
                    </span>
                </button>
            </form>
        }
    });
    choices.collect_view()
}

/// Known only in the browser, and only once it has taken over.
#[component]
fn OnThisDevice() -> impl IntoView {
    let permission = RwSignal::new(None);
    Effect::new(move || permission.set(Some(notices::permission())));
    let ask = move |_| {
        notices::ask(move |answer| {
            let _ = permission.try_set(Some(answer));
            browser::focus("notify-sheet");
        });
    };
    move || {
        let text = match permission.get()? {
            Permission::Impossible => words::NOTICES_IMPOSSIBLE,
            Permission::Granted => words::NOTICES_ON,
            Permission::Refused => words::NOTICES_REFUSED,
            Permission::NotAsked => {
                let ask = view! {
                    <button type="button" class="button" on:click=ask>
                        "Show notifications on this device"
                    </button>
                };
                return Some(ask.into_any());
            }
        };
        Some(view! { <p class="popover-note">{text}</p> }.into_any())
    }
}
