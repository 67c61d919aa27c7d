//! Finding messages: what is typed is looked for as it is typed; without the script it is a form.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::browser::links;
use crate::client::session::Session;
use crate::components::icons::BackIcon;
use crate::protocol::frame::parse;
use crate::protocol::search::{Hit, Piece, SearchPage};
use crate::protocol::{Place, ThreadKind};

/// So long after the last key it is looked for.
const REST: Duration = Duration::from_millis(200);

#[component]
pub fn SearchPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let field = NodeRef::<html::Input>::new();
    let typed = session.place.with_untracked(query_of);
    let page = Memo::new(move |_| parse::<SearchPage>(&session.packed.get()).unwrap_or_default());
    Effect::new(move || {
        if let Some(field) = field.get()
            && !browser::is_touch()
        {
            let _ = field.focus();
        }
    });
    // Going back leads to what was looked for before.
    Effect::new(move || {
        let query = session.place.with(query_of);
        if let Some(field) = field.get_untracked()
            && document().active_element().as_deref() != Some(&field)
        {
            field.set_value(&query);
        }
    });
    let look = move |text: String| {
        let place = Place::search(text);
        links::replace(&place);
        session.moved(place, None);
    };
    let mut look_later = debounce(REST, look);
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/">
                <BackIcon />
                <span class="visually-hidden">"My threads"</span>
            </a>
            <h1>"Search"</h1>
        </header>
        <div class="browse search">
            <form
                class="search-form"
                method="get"
                action="/search"
                role="search"
                on:submit=move |event| {
                    event.prevent_default();
                    if let Some(field) = field.get_untracked() {
                        look(field.value());
                    }
                }
            >
                <input
                    type="search"
                    id="place-content"
                    name="q"
                    value=typed
                    aria-label="Search messages"
                    placeholder="Search messages"
                    autocomplete="off"
                    node_ref=field
                    on:input:target=move |event| look_later(event.target().value())
                />
                <button type="submit" class="button">
                    "Search"
                </button>
            </form>
            {move || page.with(|page| results(page, session))}
        </div>
    }
}

fn query_of(place: &Place) -> String {
    match place {
        Place::Search { query, .. } => query.clone(),
        _ => String::new(),
    }
}

fn results(page: &SearchPage, session: Session) -> AnyView {
    if page.query.trim().is_empty() {
        return view! { <Hints /> }.into_any();
    }
    let more = page.next.map(|before| {
        let place = Place::Search {
            query: page.query.clone(),
            before: Some(before),
        };
        view! {
            <a class="button" href=place.to_string()>
                "Older"
            </a>
        }
    });
    let none = (page.hits.is_empty() && more.is_none()).then(|| {
        view! { <p class="empty">"Nothing was found. Fewer letters find more."</p> }
    });
    let indexing = page.is_indexing.then(|| {
        view! { <p class="search-note">"Older messages are still being prepared for search."</p> }
    });
    let hits = page
        .hits
        .iter()
        .map(|hit| result(hit, session))
        .collect_view();
    view! {
        {indexing}
        <ul class="hits" aria-label="Messages that were found">
            {hits}
        </ul>
        {none}
        {more}
    }
    .into_any()
}

fn result(hit: &Hit, session: Session) -> impl IntoView + use<> {
    let place = Place::Thread {
        id: hit.thread.id,
        message: Some(hit.seq),
        panel: None,
    };
    let title = hit.thread.title(session.my_id());
    let sign = if hit.thread.kind == ThreadKind::Direct {
        ""
    } else {
        "# "
    };
    let author = hit.author.name.to_string();
    let when = session
        .zone
        .with_untracked(|zone| zone.moment(hit.created_at));
    let piece = |piece: &Piece| {
        let text = piece.text.clone();
        match piece.is_marked {
            true => view! { <mark>{text}</mark> }.into_any(),
            false => view! { <span>{text}</span> }.into_any(),
        }
    };
    view! {
        <li>
            <a class="hit" href=place.to_string()>
                <span class="hit-about">
                    <strong dir="auto">{author}</strong>
                    <span class="hit-thread" dir="auto">
                        {format!("{sign}{title}")}
                    </span>
                    <time>{when}</time>
                </span>
                <span class="hit-text" dir="auto">
                    {hit.excerpt.iter().map(piece).collect_view()}
                </span>
            </a>
        </li>
    }
}

/// What can be typed.
#[component]
fn Hints() -> impl IntoView {
    const HINTS: [(&str, &str); 6] = [
        ("tea milk", "Messages with both, also as parts of words"),
        ("\"with milk\"", "Words that follow each other"),
        ("-sugar", "Messages without that"),
        ("from:ada", "What somebody wrote, by their username"),
        ("has:link", "With a link; or has:reaction"),
        ("after:2026-11-01", "And before: or on: a day"),
    ];
    let hint = |(example, what): (&'static str, &'static str)| {
        let place = Place::search(example.to_owned());
        view! {
            <li>
                <a href=place.to_string()>
                    <code>{example}</code>
                    <span class="thread-aside">{what}</span>
                </a>
            </li>
        }
    };
    view! { <ul class="hints">{HINTS.map(hint).collect_view()}</ul> }
}
