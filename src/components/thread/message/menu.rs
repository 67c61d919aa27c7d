//! What can be done with a message: the menu beside it, fetched when it is first opened.
//!
//! There is one menu, and it goes to the message that it was opened for. Without the script the same
//! things are in a panel, which the button leads to (`/t/5?m=9&panel=message`): see [`super::panel`].

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::browser;
use crate::client::browser::menu::{focus_item, focus_item_at, put_beside, set_expanded};
use crate::client::doing::{Edited, Writing};
use crate::client::rows::Row;
use crate::client::session::Session;
use crate::components::icons::Icon;
use crate::protocol::{Place, Quote, Revise, ThreadId};

/// Offered first; any other can be given by whoever has it on their keyboard.
pub const QUICK: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];
/// Offered below them.
const MORE: [&str; 36] = [
    "😀", "😅", "😊", "😍", "😎", "🤔", "🙄", "😴", "😭", "😡", "🤯", "🥳", "🙏", "👏", "💪", "🤝",
    "👋", "👌", "✌️", "🤞", "👀", "🔥", "✨", "💯", "✅", "❌", "❓", "❗", "💡", "🚀", "⭐", "🐛",
    "☕", "🍕", "🌈", "💔",
];

/// The id of the button that opens the menu of a row.
pub fn button_id(row: &Row) -> String {
    format!("{}-more", row.key.element_id())
}

/// The focus goes back to the button, which is there only where its message has the focus.
fn focus_button(row: &Row) {
    browser::focus(&row.key.element_id());
    browser::focus(&button_id(row));
}

/// What somebody may do with a message.
#[derive(Clone, Copy)]
pub struct May {
    pub write: bool,
    pub edit: bool,
    pub delete: bool,
}

impl May {
    pub fn of(session: Session, id: ThreadId, row: &Row) -> Self {
        let is_active = |thread: &Option<crate::protocol::Thread>| {
            thread
                .as_ref()
                .is_some_and(crate::protocol::Thread::is_active)
        };
        let write = session.thread.with_untracked(is_active) && !row.is_deleted;
        let governs =
            session.is_administrator || session.role(id) == Some(crate::protocol::Role::Owner);
        Self {
            write,
            edit: write && row.is_mine,
            delete: !row.is_deleted && (row.is_mine || governs),
        }
    }
}

#[component]
pub fn MessageMenu(id: ThreadId, row: Row) -> impl IntoView {
    let session = expect_context::<Session>();
    let node = NodeRef::<html::Div>::new();
    let back = StoredValue::new(row.clone());
    let close = move || {
        session.open_menu(None);
        back.with_value(focus_button);
    };
    let may = May::of(session, id, &row);
    let more_id = StoredValue::new(button_id(&row));
    let label = format!("Message of {}", row.author.name);
    Effect::new(move || {
        if let Some(menu) = node.get() {
            more_id.with_value(|button| put_beside(&menu, button));
            more_id.with_value(|button| set_expanded(button, true));
            focus_item(&menu, 0);
        }
    });
    let of_row = button_id(&row);
    on_cleanup(move || set_expanded(&of_row, false));
    // The button that was pressed has gone, and the menu has grown: the first that is new gets the
    // focus, and all of it is put within the window again.
    let grown = move |()| {
        request_animation_frame(move || {
            if let Some(menu) = node.try_get_untracked().flatten() {
                more_id.with_value(|button| put_beside(&menu, button));
                focus_item_at(&menu, QUICK.len());
            }
        });
    };
    Effect::new(move || {
        browser::on_window("resize", move || session.open_menu(None));
        browser::on_window("blur", move || session.open_menu(None));
    });
    let on_key = move |event: KeyboardEvent| {
        let Some(menu) = node.get_untracked() else {
            return;
        };
        match event.key().as_str() {
            "Escape" | "Tab" => close(),
            "ArrowDown" | "ArrowRight" => focus_item(&menu, 1),
            "ArrowUp" | "ArrowLeft" => focus_item(&menu, -1),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div class="menu-backdrop" on:click=move |_| close()></div>
        <div
            class="menu"
            role="menu"
            aria-label=label
            node_ref=node
            on:keydown=on_key
        >
            {may.write.then(|| view! { <Emojis id row=row.clone() grown=Callback::new(grown) /> })}
            <Items id row may />
        </div>
    }
}

#[component]
fn Emojis(id: ThreadId, row: Row, grown: Callback<()>) -> impl IntoView {
    let session = expect_context::<Session>();
    let shows_all = RwSignal::new(false);
    let row = StoredValue::new(row);
    let button = move |emoji: &'static str| {
        let given = row.with_value(|row| {
            let mut chips = row.reactions.iter();
            chips.any(|chip| chip.emoji.as_str() == emoji && chip.is_mine)
        });
        let give = move |_| {
            let (emoji, seq) = (emoji.to_owned(), row.with_value(|row| row.seq));
            let what = match given {
                true => Revise::Unreact { emoji },
                false => Revise::React { emoji },
            };
            session.revise(id, seq, what);
            session.open_menu(None);
            row.with_value(focus_button);
        };
        view! {
            <button
                type="button"
                class="menu-emoji"
                role="menuitemcheckbox"
                aria-checked=given.to_string()
                on:click=give
            >
                {emoji}
            </button>
        }
    };
    view! {
        <div class="menu-emojis">
            {QUICK.map(button).collect_view()}
            {move || match shows_all.get() {
                false => {
                    view! {
                        <button
                            type="button"
                            class="menu-emoji"
                            role="menuitem"
                            aria-label="More emoji"
                            on:click=move |_| {
                                shows_all.set(true);
                                grown.run(());
                            }
                        >
                            <Icon d="M12 5v14M5 12h14" />
                        </button>
                    }
                        .into_any()
                }
                true => MORE.map(button).collect_view().into_any(),
            }}
        </div>
    }
}

#[component]
fn Items(id: ThreadId, row: Row, may: May) -> impl IntoView {
    let session = expect_context::<Session>();
    let seq = row.seq;
    let text = StoredValue::new(row.text.clone());
    let back = StoredValue::new(row.clone());
    let quote = Quote {
        seq,
        user: row.author.clone(),
        text: match (row.text.as_str(), row.files.is_empty()) {
            ("", false) => Quote::FILES.to_owned(),
            (text, _) => Quote::beginning(text),
        },
    };
    let done = move || {
        session.open_menu(None);
        back.with_value(focus_button);
    };
    let write = move |writing: Writing| {
        session.change(|doing| {
            doing.menu = None;
            doing.writing = writing;
        });
        browser::focus("composer-field");
    };
    let answer = move || write(Writing::Answer(quote.clone()));
    let edit = move || {
        write(Writing::Edit(Edited {
            thread: id,
            seq,
            text: text.get_value(),
        }));
    };
    let copy = move |text: String, said: &'static str| {
        done();
        spawn_local(async move {
            let copied = browser::write_to_clipboard(&text).await;
            let said = if copied {
                said
            } else {
                "This browser does not let it be copied."
            };
            session.say(said.to_owned(), None);
        });
    };
    let copy_text = move || copy(text.get_value(), "Text copied.");
    let copy_link = move || {
        let place = Place::Thread {
            id,
            message: Some(seq),
            panel: None,
        };
        copy(format!("{}{place}", browser::origin()), "Link copied.");
    };
    let mark = move || {
        session.mark_unread(id, seq);
        done();
    };
    let delete = move || {
        session.revise(id, seq, Revise::Delete);
        session.open_menu(None);
        browser::focus("place-content");
    };
    let is_deleted = row.is_deleted;
    view! {
        {may.write.then(|| view! { <Item name="Reply" d="M10 7L4 12l6 5M4 12h9a7 7 0 0 1 7 7" act=answer /> })}
        {may.edit.then(|| view! { <Item name="Edit" d="M5 19l1-4L16 5l3 3L9 18z" act=edit /> })}
        {(!is_deleted)
            .then(|| view! { <Item name="Copy text" d="M9 9h11v11H9zM15 9V4H4v11h5" act=copy_text /> })}
        <Item name="Copy link" d="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1" act=copy_link />
        <Item name="Mark as unread" d="M14 6H4v12h16v-7M4 7l8 6 4-3" act=mark />
        {may.delete
            .then(|| {
                view! {
                    <Item name="Delete" d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13" act=delete danger=true />
                }
            })}
    }
}

#[component]
fn Item(
    name: &'static str,
    d: &'static str,
    act: impl Fn() + 'static,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    view! {
        <button type="button" class="menu-item" class:danger=danger role="menuitem" on:click=move |_| act()>
            <Icon d />
            {name}
        </button>
    }
}
