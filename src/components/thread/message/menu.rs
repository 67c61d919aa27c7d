//! What can be done with a message: the menu beside it, fetched when it is first opened.
//!
//! There is one menu, and it goes to the message that it was opened for. Without the script the same
//! things are in a panel, which the button leads to (`/t/5?m=9&panel=message`): see [`super::panel`].

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::keeping::keep;
use crate::api;
use crate::client::browser;
use crate::client::browser::menu::{focus_item, put_beside, set_expanded};
use crate::client::doing::{Edited, Picking, Writing};
use crate::client::rows::Row;
use crate::client::session::Session;
use crate::components::icons::Icon;
use crate::protocol::{Keep, Panel, Place, Revise, Role, Seq, Thread, ThreadId};
use crate::words;

/// Offered first; any other can be given by whoever has it on their keyboard.
pub const QUICK: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];
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
// Each is one thing that the views ask.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy)]
pub struct May {
    pub react: bool,
    pub write: bool,
    pub pin: bool,
    pub edit: bool,
    pub delete: bool,
    pub report: bool,
}

impl May {
    pub fn of(session: Session, id: ThreadId, row: &Row) -> Self {
        let (takes_part, posts) = session.thread.with_untracked(|thread| {
            let thread = thread.as_ref();
            let is_muted = session.muted_until(id).is_some();
            let takes_part = thread.is_some_and(Thread::is_active) && !is_muted;
            (takes_part, thread.is_some_and(|it| session.posts_in(it)))
        });
        let react = takes_part && !row.is_deleted;
        let write = posts && !row.is_deleted;
        let governs = session.is_administrator || session.role(id) == Some(Role::Owner);
        Self {
            react,
            write,
            pin: write && session.role(id).is_some(),
            edit: write && row.is_mine,
            delete: !row.is_deleted && (row.is_mine || governs),
            report: !row.is_deleted && !row.is_mine,
        }
    }
}

/// Whether a message can be answered.
pub fn may_answer(session: Session, id: ThreadId, row: &Row) -> bool {
    May::of(session, id, row).write
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
            {may.react.then(|| view! { <Emojis id row=row.clone() /> })}
            <Items id row may />
        </div>
    }
}

#[component]
fn Emojis(id: ThreadId, row: Row) -> impl IntoView {
    let session = expect_context::<Session>();
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
    let more = move |_| {
        session.change(|doing| {
            doing.menu = None;
            doing.picking = Some(Picking::Reaction(row.with_value(|row| row.key.clone())));
        });
    };
    view! {
        <div class="menu-emojis">
            {QUICK.map(button).collect_view()}
            <button
                type="button"
                class="menu-emoji"
                role="menuitem"
                aria-label="More emoji"
                on:click=more
            >
                <Icon d="M12 5v14M5 12h14" />
            </button>
        </div>
    }
}

#[component]
fn Items(id: ThreadId, row: Row, may: May) -> impl IntoView {
    let session = expect_context::<Session>();
    let seq = row.seq;
    let text = StoredValue::new(row.text.clone());
    let to_copy = StoredValue::new(row.said().to_owned());
    let back = StoredValue::new(row.clone());
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
    let answer = move || back.with_value(|row| session.answer(row));
    let edit = move || {
        write(Writing::Edit(Edited {
            thread: id,
            seq,
            text: text.try_get_value().unwrap_or_default(),
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
    let copy_text = move || copy(to_copy.try_get_value().unwrap_or_default(), "Text copied.");
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
    let is_pinned = row.is_pinned;
    let pin = move || {
        let what = if is_pinned {
            Revise::Unpin
        } else {
            Revise::Pin
        };
        session.revise(id, seq, what);
        done();
    };
    let details = move || {
        session.open_menu(None);
        session.go(Place::Thread {
            id,
            message: Some(seq),
            panel: Some(Panel::Message),
        });
    };
    // What is said of it is asked for there.
    let report = details;
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
        {may.pin
            .then(|| {
                let name = if is_pinned { "Unpin" } else { "Pin" };
                view! { <Item name d="M9 4h6l-1 6 4 4H6l4-4zM12 14v6" act=pin /> }
            })}
        {(!is_deleted).then(|| view! { <Keeping id seq done=Callback::new(move |()| done()) /> })}
        {(!is_deleted)
            .then(|| view! { <Item name="Details" d="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM12 11v6M12 7v.5" act=details /> })}
        <Item name="Mark as unread" d="M14 6H4v12h16v-7M4 7l8 6 4-3" act=mark />
        {may.report.then(|| view! { <Item name="Report…" d="M6 21V4M6 4h11l-2 4 2 4H6" act=report /> })}
        {may.delete
            .then(|| {
                view! {
                    <Item name="Delete" d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13" act=delete danger=true />
                }
            })}
    }
}

/// What one does with a message beyond its thread. Whether it is saved is asked when the menu opens: to save it
/// once more is harmless meanwhile.
#[component]
fn Keeping(id: ThreadId, seq: Seq, done: Callback<()>) -> impl IntoView {
    let session = expect_context::<Session>();
    let is_saved = RwSignal::new(false);
    spawn_local(async move {
        let kept = api::kept_message(session.my_id(), id, seq).await;
        if let Ok(Ok(kept)) = kept {
            let _ = is_saved.try_set(kept.is_saved);
        }
    });
    let save = move || {
        let (what, said) = match is_saved.get_untracked() {
            true => (Keep::Unsave, "No longer saved."),
            false => (Keep::Save, "Saved for you alone."),
        };
        keep(session, id, seq, what, said.to_owned());
        done.try_run(());
    };
    let open = move |panel| {
        session.open_menu(None);
        session.go(Place::Thread {
            id,
            message: Some(seq),
            panel: Some(panel),
        });
    };
    view! {
        {move || {
            let name = if is_saved.get() { words::UNSAVE } else { words::SAVE };
            view! { <Item name d="M7 4h10v16l-5-4-5 4z" act=save /> }
        }}
        <Item name="Forward" d="M14 7l6 5-6 5M20 12h-9a7 7 0 0 0-7 7" act=move || open(Panel::Forward) />
        <Item name="Remind me" d="M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16zM12 8v4l3 2" act=move || open(Panel::Remind) />
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
