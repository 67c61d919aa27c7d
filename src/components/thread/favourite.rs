//! Whether a thread is on top of one's list, and where there, and in which folder it is: a small sheet
//! below its star.
//!
//! A place of its own (`/t/5?panel=favourite`), so without the script all of it is plain forms. What is
//! chosen comes back as an event, as on one's other devices.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::listing::favourites;
use crate::client::session::Session;
use crate::components::icons::{CheckIcon, Icon};
use crate::protocol::folders::InFolder;
use crate::protocol::frame::raw;
use crate::protocol::{Favour, Place, Section, ThreadId};

const SHEET_ID: &str = "favourite-sheet";

#[component]
pub fn FavouritePanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    // Where it stands, and how many there are.
    let standing = Memo::new(move |_| {
        let all = session.mine.with(|mine| favourites(mine)).threads;
        (all.iter().position(|thread| *thread == id), all.len())
    });
    Effect::new(move || browser::focus(SHEET_ID));
    let acts = move || {
        let (at, count) = standing.get();
        let keep = match at {
            Some(_) => Favour::Remove,
            None => Favour::Add,
        };
        let can_go_up = at.is_some_and(|at| at > 0);
        let can_go_down = at.is_some_and(|at| at + 1 < count);
        vec![
            choice(
                session,
                id,
                keep,
                "On top of my list",
                Some(at.is_some()),
                true,
            ),
            choice(session, id, Favour::Up, "Move up", None, can_go_up),
            choice(session, id, Favour::Down, "Move down", None, can_go_down),
        ]
    };
    view! {
        <aside class="sheet" id=SHEET_ID tabindex="-1" aria-label="Favourite">
            <h2>"Favourite"</h2>
            {acts}
            <h2>"Folder"</h2>
            {move || folders(session, id)}
            <a class="sheet-link" href=Place::settings(Section::Folders).to_string()>
                "Make and arrange folders"
            </a>
        </aside>
    }
}

/// One thing that can be done. What cannot is there all the same, so that nothing moves and the focus
/// stays.
fn choice(
    session: Session,
    id: ThreadId,
    favour: Favour,
    label: &'static str,
    is_chosen: Option<bool>,
    is_possible: bool,
) -> AnyView {
    let press = move |event: SubmitEvent| {
        event.prevent_default();
        let all = session.mine.with_untracked(|mine| favourites(mine));
        if let Ok(wanted) = raw(&all.after(favour, id)) {
            session.call_now("threads:favourites", wanted);
        }
    };
    let mark = match favour {
        Favour::Up => Some(view! { <Icon d="M6 15l6-6 6 6" /> }.into_any()),
        Favour::Down => Some(view! { <Icon d="M6 9l6 6 6-6" /> }.into_any()),
        _ => (is_chosen == Some(true)).then(|| view! { <CheckIcon /> }.into_any()),
    };
    view! {
        <form method="post" action="/api/set_favourite" on:submit=press>
            <input type="hidden" name="thread" value=id.to_string() />
            <button
                type="submit"
                class="choice"
                name="what"
                value=favour.name()
                aria-pressed=is_chosen.map(|is_chosen| is_chosen.to_string())
                aria-disabled=(!is_possible).then_some("true")
            >
                <span class="choice-mark">{mark}</span>
                <span class="choice-text">
                    <strong>{label}</strong>
                </span>
            </button>
        </form>
    }
    .into_any()
}

/// The folder that it is in, of all that there are; it may be in none.
fn folders(session: Session, id: ThreadId) -> Vec<AnyView> {
    let now = session.mine.with(|mine| {
        let mine = mine.iter().find(|mine| mine.thread.id == id);
        mine.and_then(|mine| mine.folder)
    });
    let folders = session.folders.get();
    let none = folder(session, id, String::new(), now.is_none());
    let all = folders.iter().map(|(place, known)| {
        let name = known.name.to_string();
        folder(session, id, name, now == Some(place))
    });
    [none].into_iter().chain(all).collect()
}

fn folder(session: Session, id: ThreadId, name: String, is_chosen: bool) -> AnyView {
    let label = match name.as_str() {
        "" => "None".to_owned(),
        name => name.to_owned(),
    };
    let wanted = name.clone();
    let press = move |event: SubmitEvent| {
        event.prevent_default();
        let wanted = InFolder {
            id,
            name: wanted.clone(),
        };
        if let Ok(wanted) = raw(&wanted) {
            session.call("thread:folder", wanted);
        }
    };
    let mark = is_chosen.then(|| view! { <CheckIcon /> }.into_any());
    view! {
        <form method="post" action="/api/set_folder" on:submit=press>
            <input type="hidden" name="thread" value=id.to_string() />
            <button
                type="submit"
                class="choice"
                name="folder"
                value=name
                aria-pressed=is_chosen.to_string()
            >
                <span class="choice-mark">{mark}</span>
                <span class="choice-text">
                    <strong dir="auto">{label}</strong>
                </span>
            </button>
        </form>
    }
    .into_any()
}
