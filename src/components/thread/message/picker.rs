//! All emoji, to pick one from: for what is being written, or to be given to a message.
//!
//! A dialog beside what has opened it: a field to search by name, what was picked last, and all groups.
//! The table is fetched when this is first opened. Arrows move through what is shown.

use std::rc::Rc;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;

use super::menu::button_id;
use crate::client::browser;
use crate::client::browser::emoji as kept;
use crate::client::browser::menu::put_beside;
use crate::client::doing::Picking;
use crate::client::emoji::{Entry, entries, groups, matching, toned};
use crate::client::rows::Row;
use crate::client::session::Session;
use crate::protocol::emoji::TONES;
use crate::protocol::{Revise, ThreadId};

/// The button beside the text.
pub const BUTTON_ID: &str = "emoji-button";

#[component]
pub fn EmojiPicker(id: ThreadId, picking: Picking) -> impl IntoView {
    let session = expect_context::<Session>();
    let node = NodeRef::<html::Div>::new();
    let search = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    let tone = RwSignal::new(kept::tone());
    let table = RwSignal::new(None::<Option<SendWrapper<Rc<str>>>>);
    spawn_local(async move {
        let found = kept::table().await.map(SendWrapper::new);
        let _ = table.try_set(Some(found));
    });
    let row = match picking {
        Picking::Text => None,
        Picking::Reaction(key) => session.row(&key),
    };
    let opener = row.as_ref().map_or_else(|| BUTTON_ID.to_owned(), button_id);
    Effect::new(move || {
        if let Some(dialog) = node.get() {
            put_beside(&dialog, &opener);
        }
        if let Some(search) = search.get() {
            let _ = search.focus();
        }
    });
    let row = StoredValue::new(row);
    let close = move || {
        session.change(|doing| doing.picking = None);
        row.with_value(|row| back(row.as_ref()));
    };
    let pick = move |emoji: String| {
        kept::remember(&emoji);
        close();
        row.with_value(|row| match row {
            None => kept::write(&emoji),
            Some(row) => session.revise(id, row.seq, Revise::React { emoji }),
        });
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        _ if browser::is_composing(&event) => {}
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
        key => {
            if node
                .get_untracked()
                .is_some_and(|dialog| kept::step(&dialog, key))
            {
                event.prevent_default();
            }
        }
    };
    let sections = move || {
        let Some(known) = table.get() else {
            return view! { <p class="emoji-note">"Loading…"</p> }.into_any();
        };
        match known {
            Some(table) => {
                let shown = typed.with(|typed| tone.with(|tone| sections(&table, typed, tone)));
                view! { <Sections shown pick=Callback::new(pick) /> }.into_any()
            }
            None => {
                view! { <p class="emoji-note" role="alert">"The emoji could not be loaded."</p> }
                    .into_any()
            }
        }
    };
    view! {
        <div class="menu-backdrop" on:click=move |_| close()></div>
        <div
            class="emoji-picker"
            role="dialog"
            tabindex="-1"
            aria-modal="true"
            aria-label="Emoji"
            node_ref=node
            on:keydown=on_key
        >
            <div class="emoji-search">
                <input
                    type="search"
                    placeholder="Search"
                    aria-label="Search emoji"
                    autocomplete="off"
                    node_ref=search
                    on:input:target=move |event| typed.set(event.target().value())
                />
                <Tones tone />
            </div>
            <div class="emoji-all">{sections}</div>
        </div>
    }
}

/// What is shown under a heading.
type Section = (String, Vec<(String, String)>);

fn sections(table: &str, typed: &str, tone: &str) -> Vec<Section> {
    let button = |entry: &Entry| (toned(*entry, tone), entry.name());
    if !typed.trim().is_empty() {
        let found = matching(table, typed);
        let heading = if found.is_empty() {
            "Nothing is called that"
        } else {
            "Found"
        };
        return vec![(heading.to_owned(), found.iter().map(button).collect())];
    }
    let mut all: Vec<Section> = Vec::new();
    let recent = kept::recent();
    if !recent.is_empty() {
        let named = |emoji: &str| {
            let known = entries(table).find(|entry| entry.emoji == emoji);
            let name = known.map_or_else(|| emoji.to_owned(), |entry| entry.name());
            (emoji.to_owned(), name)
        };
        all.push((
            "Picked last".to_owned(),
            recent.split(' ').map(named).collect(),
        ));
    }
    let groups = groups(table).into_iter();
    all.extend(groups.map(|group| {
        (
            group.name.to_owned(),
            group.entries.iter().map(button).collect(),
        )
    }));
    all
}

#[component]
fn Sections(shown: Vec<Section>, pick: Callback<String>) -> impl IntoView {
    let section = move |(name, all): Section| {
        let button = move |(emoji, name): (String, String)| {
            let picked = emoji.clone();
            view! {
                <button
                    type="button"
                    class="menu-emoji"
                    aria-label=name.clone()
                    title=name
                    on:click=move |_| _ = pick.try_run(picked.clone())
                >
                    {emoji}
                </button>
            }
        };
        view! {
            <section aria-label=name.clone()>
                <h3>{name.clone()}</h3>
                <div class="emoji-grid">{all.into_iter().map(button).collect_view()}</div>
            </section>
        }
    };
    shown.into_iter().map(section).collect_view()
}

/// The tones of skin.
#[component]
fn Tones(tone: RwSignal<String>) -> impl IntoView {
    let option = |sign: &'static str| {
        view! {
            <option value=sign selected=move || tone.with_untracked(|tone| tone == sign)>
                {format!("✋{sign}")}
            </option>
        }
    };
    let change = move |chosen: String| {
        kept::remember_tone(&chosen);
        tone.set(chosen);
    };
    view! {
        <select
            aria-label="Tone of skin"
            on:change:target=move |event| change(event.target().value())
        >
            {option("")}
            {TONES.map(option)}
        </select>
    }
}

/// The focus goes back to what has opened it.
fn back(row: Option<&Row>) {
    match row {
        None => browser::focus("composer-field"),
        Some(row) => {
            browser::focus(&row.key.element_id());
            browser::focus(&button_id(row));
        }
    }
}
