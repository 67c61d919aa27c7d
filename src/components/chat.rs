//! The shell that lives as long as one is signed in: the list of threads beside an outlet for the
//! place one is at.
//!
//! It is drawn from the page's data once; from then on the [`Session`] keeps it true. The address
//! alone decides what is shown, so links, back and forward work.

use leptos::prelude::*;

use super::sidebar::Sidebar;
use super::thread::ThreadPane;
use super::{JUMP, LIST, Page, SHORTCUTS, SOON, markdown};
use crate::app::ChatData;
use crate::client::browser::keys::focus_if_lost;
use crate::client::browser::{self, links};
use crate::client::session::Session;
use crate::parts::early;
use crate::places::{
    ACTIVITY, BROWSE, EVERYBODY, FAILURE, HOME, HomePlace, NEW_DIRECT, NEW_THREAD, OfPeople, SAVED,
    SEARCH, SETTINGS,
};
use crate::protocol::{MyThread, Panel, Place, ThreadId};
use crate::words;

/// The kinds of place, as far as the outlet has to begin anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Home,
    Thread(ThreadId),
    Browse,
    Search,
    Saved,
    Activity,
    People,
    Person,
    NewThread,
    NewDirect,
    Settings,
    Failure,
}

#[component]
pub fn Chat(data: ChatData) -> impl IntoView {
    let session = Session::new(&data);
    let page = Page::new(data.refused);
    provide_context(session);
    provide_context(page);
    let owner = Owner::current().unwrap_or_default();
    Effect::new(move || {
        page.is_live.set(true);
        LIST.insist(move |begin| begin((session, page)));
        markdown::fetch(page, session);
        let owner = owner.clone();
        SOON.insist(move |begin| owner.with(|| begin((session, page))));
        links::follow(
            // What stands above a place comes with that.
            move || page.has_soon.get_untracked(),
            move |place| match place {
                // Somebody's card opens over what is there.
                Place::Person { username } => page.card.set(username),
                place => {
                    page.card.set(String::new());
                    session.go(place);
                }
            },
            move |place, position| {
                page.card.set(String::new());
                session.moved(place, position);
            },
        );
        // The answer to a form stands at the form's address: loading that anew would send it again.
        let place = session.place.get_untracked();
        if links::here().as_ref() != Some(&place) {
            links::replace(&place);
        }
        session.start();
        match links::scrolled_to() {
            // The page was loaded again.
            Some(position) => session.moved(place, Some(position)),
            None => open_newest(session),
        }
    });
    let shown = Memo::new(move |_| match session.place.get() {
        _ if session.failure.with(Option::is_some) => Shown::Failure,
        Place::Thread { id, .. } => Shown::Thread(id),
        Place::Browse { .. } => Shown::Browse,
        Place::Search { .. } => Shown::Search,
        Place::Saved { .. } => Shown::Saved,
        Place::Activity { .. } => Shown::Activity,
        Place::People { .. } => Shown::People,
        Place::Person { .. } => Shown::Person,
        Place::NewThread => Shown::NewThread,
        Place::NewDirect => Shown::NewDirect,
        Place::Settings { .. } => Shown::Settings,
        _ => Shown::Home,
    });
    view! {
        <a class="skip-link" href="#place-content">
            "Skip to the messages"
        </a>
        <div class="chat" class:at-home=move || shown.get() == Shown::Home>
            <Sidebar />
            <main class="pane" aria-busy=move || session.is_going.get().to_string()>
                <div class="going" class:is-going=move || session.is_going.get() aria-hidden="true"></div>
                {move || match shown.get() {
                    // Mostly one goes on from there at once, and need not wait for it.
                    Shown::Home if !page.has_soon.get() => early(HomePlace),
                    Shown::Home => HOME.show(()),
                    Shown::Thread(id) => view! { <ThreadPane id /> }.into_any(),
                    Shown::Browse => BROWSE.show(()),
                    Shown::Search => SEARCH.show(()),
                    Shown::Saved => SAVED.show(()),
                    Shown::Activity => ACTIVITY.show(()),
                    Shown::People => EVERYBODY.show(OfPeople::List),
                    Shown::Person => EVERYBODY.show(OfPeople::Page),
                    Shown::NewThread => NEW_THREAD.show(()),
                    Shown::NewDirect => NEW_DIRECT.show(()),
                    Shown::Settings => SETTINGS.show(()),
                    Shown::Failure => FAILURE.show(()),
                }}
            </main>
            {move || page.is_jumping.get().then(|| JUMP.show(()))}
            {move || page.shows_keys.get().then(|| SHORTCUTS.show(()))}
            {move || (!page.card.with(String::is_empty)).then(|| EVERYBODY.show(OfPeople::Card))}
        </div>
    }
}

/// Where there is room for a thread beside the list, the newest one is opened.
fn open_newest(session: Session) {
    let newest = session
        .mine
        .with_untracked(|mine| Some(mine.iter().find(|mine| mine.is_listed())?.thread.id));
    let is_home = session.place.get_untracked() == Place::Home;
    if let Some(id) = newest.filter(|_| is_home && browser::is_wide()) {
        let place = Place::thread(id);
        links::replace(&place);
        session.moved(place, None);
    }
}

/// Keeps what is outside of the page true: its title, and where the focus is.
pub fn follow_the_place(session: Session) {
    set_title(session);
    move_focus(session);
}

/// The tab's title: the browser takes it as text, whatever is in it. The icons say the same.
fn set_title(session: Session) {
    Effect::new(move |said: Option<i64>| {
        let unread: i64 = session.mine.with(|mine| {
            let listed = mine.iter().filter(|mine| mine.is_listed());
            let counting = listed.filter(|mine| mine.notify.counts());
            counting.map(MyThread::unread).sum()
        });
        if said != Some(unread) {
            browser::set_icon(unread > 0);
            browser::set_badge(unread);
        }
        let counted = match unread {
            0 => String::new(),
            n => format!("({}) ", words::badge(n)),
        };
        let place = match session.place.get() {
            Place::Thread { .. } => session.thread.with(|thread| {
                let name = thread.as_ref().map(|thread| thread.title(session.my_id()));
                name.unwrap_or_default()
            }),
            Place::Browse { .. } => "Browse threads".to_owned(),
            Place::Search { .. } => "Search".to_owned(),
            Place::Saved { .. } => "Saved".to_owned(),
            Place::Activity { .. } => "Activity".to_owned(),
            Place::People { .. } => "Everybody".to_owned(),
            Place::Person { .. } => "Profile".to_owned(),
            Place::NewThread => "Start a thread".to_owned(),
            Place::NewDirect => "Write to somebody".to_owned(),
            Place::Settings { .. } => "Settings".to_owned(),
            _ => String::new(),
        };
        let server = session.server_name.get();
        let server = words::server(&server);
        let title = match place.as_str() {
            "" => format!("{counted}{server}"),
            place => format!("{counted}{place} · {server}"),
        };
        browser::set_title(&title);
        unread
    });
}

/// Whoever has moved finds the focus at what is new. (A thread puts it where one writes.)
fn move_focus(session: Session) {
    let place = Memo::new(move |_| session.place.get());
    Effect::new(move |before: Option<Place>| {
        let now = place.get();
        match before {
            Some(before) if before != now => {
                let beside = before.panel().map(Panel::opener);
                match now.open_thread() {
                    None => request_animation_frame(|| browser::focus("place-content")),
                    // What stood beside the thread had it, perhaps, and is gone.
                    Some(_) => request_animation_frame(move || {
                        focus_if_lost(beside.unwrap_or("place-content"));
                    }),
                }
            }
            _ => {}
        }
        now
    });
}
