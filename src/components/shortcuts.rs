//! What keys there are, in a dialog. It is a part that is fetched when it is first wanted.
//!
//! What each means is decided elsewhere (`client/keys`, the composer, the timeline); this says it in
//! words.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::Page;
use super::icons::CloseIcon;
use crate::client::browser::keys::Focused;

/// Groups of keys, with what they do. Keys that are pressed together have a plus between them.
const KEYS: [(&str, &[(&str, &str)]); 3] = [
    (
        "Everywhere",
        &[
            ("Ctrl+K", "Jump to a thread, a person or a page"),
            ("Alt+↓", "Next thread in the list"),
            ("Alt+↑", "The one before"),
            ("Alt+Shift+↓", "Next one with something unread"),
            ("Alt+Shift+↑", "The one before with something unread"),
            ("Esc", "Close what is open"),
            ("?", "These keys (Ctrl+/ while writing)"),
        ],
    ),
    (
        "Messages",
        &[
            ("Any letter", "Begin to write"),
            ("↑ ↓", "From message to message, when one has the focus"),
            ("U", "Mark as unread from there on"),
        ],
    ),
    (
        "Writing",
        &[
            ("Enter", "Send"),
            ("Shift+Enter", "A new line"),
            ("↑", "Edit my last message, when nothing is written"),
            ("Esc", "Leave an answer or an edit"),
            ("Ctrl+B", "Bold"),
            ("Ctrl+I", "Italic"),
            ("Ctrl+E", "Code"),
            ("Ctrl+Shift+X", "Struck through"),
        ],
    ),
];

#[component]
pub fn Shortcuts() -> impl IntoView {
    let page = expect_context::<Page>();
    let close = move || page.shows_keys.set(false);
    let button = NodeRef::<html::Button>::new();
    let back = StoredValue::new_local(Focused::now());
    on_cleanup(move || back.with_value(Focused::give_back));
    Effect::new(move || {
        if let Some(button) = button.get() {
            let _ = button.focus();
        }
    });
    let on_key = move |event: KeyboardEvent| {
        // There is nowhere else to go.
        if event.key() == "Tab" {
            event.prevent_default();
        }
    };
    let groups: Vec<_> = KEYS
        .into_iter()
        .map(|(title, keys)| {
            let rows = keys.iter().map(|(keys, what)| row(keys, what));
            let rows: Vec<_> = rows.collect();
            view! {
                <section>
                    <h3>{title}</h3>
                    <dl>{rows}</dl>
                </section>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="menu-backdrop" on:click=move |_| close()></div>
        <div
            class="jump shortcuts"
            role="dialog"
            aria-modal="true"
            aria-labelledby="shortcuts-title"
            on:keydown=on_key
        >
            <header class="panel-header">
                <h2 id="shortcuts-title">"Keyboard shortcuts"</h2>
                <button type="button" class="icon-button" node_ref=button on:click=move |_| close()>
                    <CloseIcon />
                    <span class="visually-hidden">"Close"</span>
                </button>
            </header>
            <div class="shortcuts-groups">{groups}</div>
        </div>
    }
}

fn row(keys: &'static str, what: &'static str) -> AnyView {
    let keys: Vec<_> = keys
        .split('+')
        .map(|key| view! { <kbd>{key}</kbd> }.into_any())
        .collect();
    view! {
        <div>
            <dt>{what}</dt>
            <dd>{keys}</dd>
        </div>
    }
    .into_any()
}
