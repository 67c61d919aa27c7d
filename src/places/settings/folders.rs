//! Sections of one's own in one's list: what they are called and in which order they stand. What is in
//! them is chosen beside each thread.

use leptos::prelude::*;

use super::form::change_form;
use super::pieces::{button, hidden, note, text_field};
use crate::client::listing::Section;
use crate::client::session::Session;
use crate::components::form::TextKind;
use crate::protocol::Field;
use crate::protocol::folders::{FolderAct, Folders};
use crate::protocol::settings::Change;
use crate::protocol::text::FolderName;
use crate::words;

/// With what was typed, if that was refused.
pub fn page(session: Session, folders: &Folders, typed: Option<&Change>) -> Vec<AnyView> {
    let made = match typed {
        Some(Change::Folder {
            name,
            act: FolderAct::Make,
        }) => name.clone(),
        _ => String::new(),
    };
    let field = text_field("Name", "name", Field::FolderName, TextKind::Words, made);
    vec![
        note(format!(
            "Threads that belong together stand together in your list. Make a folder here, up to {} of them, and put threads into it with the star above each thread.",
            Folders::MOST
        )),
        change_form(
            "folder",
            None,
            "settings-row-form",
            vec![
                hidden("what", "make".to_owned()),
                field,
                button("Make", "Make a folder".to_owned(), "button"),
            ],
        ),
        list(session, folders),
    ]
}

fn list(session: Session, folders: &Folders) -> AnyView {
    let rows = folders.iter().map(|(place, folder)| {
        let is_last = folders.at(place + 1).is_none();
        row(session, place, is_last, &folder.name)
    });
    let rows: Vec<_> = rows.collect();
    view! { <ul class="settings-list">{rows}</ul> }.into_any()
}

fn row(session: Session, place: i64, is_last: bool, name: &FolderName) -> AnyView {
    let count = move || {
        let in_it = session
            .mine
            .with(|mine| Section::Folder(place).of(mine, None).len());
        words::counted(i64::try_from(in_it).unwrap_or(0), "thread", "threads")
    };
    let act = |what: &'static str, label: &'static str, is_there: bool| {
        is_there.then(|| {
            let whole = format!("{label}: {name}");
            let fields = vec![
                hidden("what", what.to_owned()),
                hidden("name", name.to_string()),
                button(label, whole, "button small"),
            ];
            change_form("folder", None, "", fields)
        })
    };
    let acts = [
        act("up", "Up", place > 1),
        act("down", "Down", !is_last),
        act("remove", "Remove", true),
    ];
    let acts: Vec<_> = acts.into_iter().flatten().collect();
    view! {
        <li>
            <div class="account-name">
                <strong dir="auto">{name.to_string()}</strong>
                <p>{count}</p>
            </div>
            <div class="settings-acts">{acts}</div>
            {rename(place, name)}
        </li>
    }
    .into_any()
}

fn rename(place: i64, name: &FolderName) -> AnyView {
    let id = format!("folder-{place}");
    let label = format!("New name of {name}");
    let field = view! {
        <input
            id=id
            name="to"
            type="text"
            autocomplete="off"
            aria-label=label
            value=name.to_string()
        />
    };
    let fields = vec![
        hidden("what", "rename".to_owned()),
        hidden("name", name.to_string()),
        field.into_any(),
        button("Rename", format!("Rename: {name}"), "button small"),
    ];
    change_form("folder", None, "folder-rename", fields)
}
