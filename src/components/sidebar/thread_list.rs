//! My threads in sections (see [`crate::client::listing`]), most recently active first, with how much
//! of each is unread.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::listing::{Section, unread_in};
use crate::client::session::Session;
use crate::components::icons::PlusIcon;
use crate::components::sign::sign;
use crate::protocol::folders::ArrangeFolder;
use crate::protocol::frame::raw;
use crate::protocol::{MyThread, Place, ThreadKind};
use crate::words;

/// What is shown only beside an empty list, or a full one, is so by style.
#[component]
pub fn ThreadList() -> impl IntoView {
    view! {
        <div class="threads">
            <h2 class="section-heading favourites">"Favourites"</h2>
            <Threads section=Section::Favourites />
            {folders()}
            <Heading title="Threads" to="/new" label="Start a thread" has_read_all=true />
            <Threads section=Section::Threads />
            <p class="threads-empty">"You are not in any thread yet."</p>
            <Heading title="Direct" to="/new/direct" label="Write to somebody" />
            <Threads section=Section::Direct />
            <details class="archived">
                <summary>"Archived"</summary>
                <Threads section=Section::Archived />
            </details>
        </div>
    }
}

/// Sections of one's own. They are drawn anew when they are called or ordered otherwise only, so that
/// folding one up leaves the focus where it is.
fn folders() -> impl IntoView {
    let session = expect_context::<Session>();
    // One to a line.
    let names = Memo::new(move |_| {
        session.folders.with(|folders| {
            let mut names = String::new();
            for (_, folder) in folders.iter() {
                names.push_str(folder.name.as_str());
                names.push('\n');
            }
            names
        })
    });
    move || {
        let names = names.get();
        let places = (1..).zip(names.lines());
        let folders = places.map(|(place, name)| folder(session, place, name.to_owned()));
        folders.collect::<Vec<_>>()
    }
}

/// One of them. Whether it is open is said by its person, on whichever device, and by the browser at
/// once.
fn folder(session: Session, place: i64, name: String) -> AnyView {
    let is_open = move || {
        session
            .folders
            .with(|folders| folders.at(place).is_some_and(|folder| !folder.is_closed))
    };
    let asked = name.clone();
    // What was said last: the answer may be on its way.
    let said = StoredValue::new(untrack(is_open));
    let is_open = move || {
        let now = is_open();
        said.set_value(now);
        now
    };
    let turned = move |event| {
        let now = browser::is_open(&event);
        // By the time the browser tells of it, the folder may be gone.
        if said.try_get_value().is_some_and(|said| said != now) {
            said.set_value(now);
            let wanted = ArrangeFolder {
                what: if now { "open" } else { "close" }.to_owned(),
                name: asked.clone(),
                to: String::new(),
            };
            if let Ok(wanted) = raw(&wanted) {
                session.call("threads:folders", wanted);
            }
        }
    };
    let badge = move || {
        let in_it = |mine: &Vec<MyThread>| unread_in(Section::Folder(place), mine);
        let (unread, is_for_me) = session.mine.with(in_it);
        badge(unread, is_for_me, "@")
    };
    view! {
        <details class="folder" open=is_open on:toggle=turned>
            <summary>
                <span class="thread-name" dir="auto">
                    {name}
                </span>
                {badge}
            </summary>
            <Threads section=Section::Folder(place) />
        </details>
    }
    .into_any()
}

/// How much is unread, and whether some of it is for me.
fn badge(unread: i64, is_for_me: bool, sign: &'static str) -> Option<AnyView> {
    let (class, sign, said) = match is_for_me {
        _ if unread == 0 => return None,
        true if sign.is_empty() => ("badge for-me", "", ""),
        true => ("badge for-me", sign, ", something for you"),
        false => ("badge", "", ""),
    };
    let unread_said = words::counted(unread, "unread", "unread");
    let badge = view! {
        <span class=class>
            <span aria-hidden="true">{format!("{sign}{}", words::badge(unread))}</span>
            <span class="visually-hidden">{format!(", {unread_said}{said}")}</span>
        </span>
    };
    Some(badge.into_any())
}

/// The quiet title of a section, and the way to one more.
#[component]
fn Heading(
    title: &'static str,
    to: &'static str,
    label: &'static str,
    #[prop(optional)] has_read_all: bool,
) -> impl IntoView {
    view! {
        <div class="section-heading">
            <h2>{title}</h2>
            {has_read_all.then(|| view! { <ReadAll /> })}
            <a class="icon-button" href=to title=label>
                <PlusIcon />
                <span class="visually-hidden">{label}</span>
            </a>
        </div>
    }
}

#[component]
fn Threads(section: Section) -> impl IntoView {
    let session = expect_context::<Session>();
    let each = move || {
        let open = session.place.with(Place::open_thread);
        session.mine.with(|mine| section.of(mine, open))
    };
    let me = session.my_id();
    // What does not change while it is listed is what a row is known by: activity moves it, and
    // what is unread changes in it.
    let key = move |mine: &MyThread| (mine.thread.id, mine.thread.title(me), mine.thread.kind);
    view! {
        <ul>
            <For each key let:mine>
                <ThreadLink mine />
            </For>
        </ul>
    }
}

/// Marks all as read, and takes that back for a moment.
#[component]
fn ReadAll() -> impl IntoView {
    let session = expect_context::<Session>();
    let press = move |event: SubmitEvent| {
        event.prevent_default();
        match session.aside.with_untracked(|aside| aside.can_undo) {
            true => session.undo_read_all(),
            false => session.read_all(),
        }
    };
    let is_idle = Memo::new(move |_| {
        let has_unread = session
            .mine
            .with(|mine| mine.iter().any(|mine| mine.unread() > 0));
        !has_unread && !session.aside.with(|aside| aside.can_undo)
    });
    let said = move || {
        session
            .aside
            .with(|aside| aside.can_undo)
            .then_some("All marked as read")
    };
    let offered = move || match session.aside.with(|aside| aside.can_undo) {
        true => "Undo",
        false => "Mark all as read",
    };
    view! {
        <form
            class="read-all"
            method="post"
            action="/api/mark_all_read"
            on:submit=press
            hidden=is_idle
        >
            <span role="status" class="visually-hidden">
                {said}
            </span>
            <button type="submit" class="link-button">
                {offered}
            </button>
        </form>
    }
}

#[component]
fn ThreadLink(mine: MyThread) -> impl IntoView {
    let session = expect_context::<Session>();
    let thread = mine.thread;
    let (id, me) = (thread.id, session.my_id());
    let is_direct = thread.kind == ThreadKind::Direct;
    let title = thread.title(me);
    let peer = thread.peer(me);
    let icon = sign(thread, me);
    // Whether it is open, how much of it is unread, whether some of that is for me, whether it is
    // muted, and of a direct thread of two whether the other one is there, and idle.
    let state = Memo::new(move |_| {
        let is_current = session.place.with(Place::open_thread) == Some(id);
        let (unread, is_for_me, is_muted) = session.mine.with(|mine| {
            let mine = mine.iter().find(|mine| mine.thread.id == id);
            mine.map_or((0, false, false), |mine| {
                (mine.unread(), mine.is_for_me(), !mine.notify.counts())
            })
        });
        let presence = session.peers.with(|peers| {
            let peer = peers.iter().find(|(id, _)| Some(*id) == peer)?;
            Some(peer.1)
        });
        (is_current, unread, is_for_me, is_muted, presence)
    });
    let dot = move || match state.get().4 {
        None => "",
        Some(false) => "presence online",
        Some(true) => "presence idle",
    };
    let presence_said = move || match state.get().4 {
        None => "",
        Some(false) => ", online",
        Some(true) => ", idle",
    };
    let class = move || match state.get() {
        (_, _, _, true, _) => "muted",
        (_, 0, ..) => "",
        _ => "unread",
    };
    // In a direct one everything is for me: that need not be said.
    let mark = if is_direct { "" } else { "@" };
    let badge = move || {
        let (_, unread, is_for_me, ..) = state.get();
        badge(unread, is_for_me, mark)
    };
    view! {
        <li>
            <a
                href=Place::thread(id).to_string()
                class=class
                aria-current=move || state.get().0.then_some("page")
            >
                <span class="face">{icon} <span class=dot aria-hidden="true"></span></span>
                <span class="thread-name" dir="auto">
                    {title}
                </span>
                <span class="visually-hidden">{presence_said}</span>
                {badge}
            </a>
        </li>
    }
}
