//! Whether a thread is on top of one's list, and where there: a small sheet below its star.
//!
//! A place of its own (`/t/5?panel=favourite`), so without the script all of it is plain forms. What is
//! chosen comes back as an event, as on one's other devices.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::listing::favourites;
use crate::client::session::Session;
use crate::components::icons::{CheckIcon, Icon};
use crate::protocol::frame::raw;
use crate::protocol::{Favour, ThreadId};

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
            session.call("threads:favourites", wanted);
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
