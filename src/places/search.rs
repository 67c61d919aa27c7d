//! Finding messages: what is typed is looked for as it is typed; without the script it is a form.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::browser::links;
use crate::client::session::Session;
use crate::components::icons::BackIcon;
use crate::components::sign::sign;
use crate::protocol::frame::parse;
use crate::protocol::search::{Hit, Piece, SearchPage};
use crate::protocol::{Place, ThreadKind};
use crate::words;

/// So long after the last key it is looked for.
const REST: Duration = Duration::from_millis(200);

#[component]
pub fn SearchPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let field = NodeRef::<html::Input>::new();
    let typed = session.place.with_untracked(query_of);
    let is_new = typed.is_empty();
    let page = Memo::new(move |_| parse::<SearchPage>(&session.packed.get()).unwrap_or_default());
    // Going back leads to what was looked for before.
    Effect::new(move || {
        let query = session.place.with(query_of);
        if let Some(field) = field.get_untracked()
            && document().active_element().as_deref() != Some(&field)
        {
            field.set_value(&query);
        }
    });
    let due = StoredValue::new(None::<TimeoutHandle>);
    let wait_no_more = move || {
        if let Some(due) = due.try_update_value(Option::take).flatten() {
            due.clear();
        }
    };
    on_cleanup(wait_no_more);
    let look = move |text: String| {
        wait_no_more();
        // Whoever has gone on meanwhile is not called back.
        if matches!(links::here(), Some(Place::Search { .. })) {
            let place = Place::search(text);
            links::replace(&place);
            session.moved(place, None);
        }
    };
    let look_later = move |text: String| {
        wait_no_more();
        due.set_value(set_timeout_with_handle(move || look(text), REST).ok());
    };
    Effect::new(move || {
        let Some(field) = field.get() else { return };
        if !browser::is_touch() {
            let _ = field.focus();
        }
        // What was typed before the script had taken over.
        let (there, shown) = (field.value(), session.place.with_untracked(query_of));
        if there != shown {
            look_later(there);
        }
    });
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
                    autofocus=is_new
                    node_ref=field
                    on:input:target=move |event| look_later(event.target().value())
                />
                <button type="submit" class="button">
                    "Search"
                </button>
            </form>
            // It is there before there is something to say: only then is that read out.
            <p role="status" class=move || page.with(|page| status(page).1)>
                {move || page.with(|page| status(page).0)}
            </p>
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

/// How much was found, for those who do not see it; nothing is said to everybody.
fn status(page: &SearchPage) -> (String, &'static str) {
    const HEARD: &str = "visually-hidden";
    let query = page.query.trim();
    let count = i64::try_from(page.hits.len()).unwrap_or(0);
    match (query.is_empty(), page.next) {
        (true, _) => (String::new(), HEARD),
        (_, None) if count == 0 => (nothing(query).to_owned(), "empty"),
        (_, None) => (
            words::counted(count, "message found", "messages found"),
            HEARD,
        ),
        (_, Some(_)) if count == 0 => (
            "Nothing was found in the newest messages.".to_owned(),
            "empty",
        ),
        (_, Some(_)) => (format!("The newest {count} messages found"), HEARD),
    }
}

fn nothing(query: &str) -> &'static str {
    let has_signs = query.contains([':', '"']) || query.split_whitespace().any(is_without);
    match has_signs {
        true => "Nothing was found that fits all of this.",
        false => "Nothing was found. Fewer letters find more.",
    }
}

fn is_without(word: &str) -> bool {
    word.starts_with('-')
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
                {if page.hits.is_empty() { "Look further back" } else { "Older" }}
            </a>
        }
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
    let (me, title) = (session.my_id(), hit.thread.title(session.my_id()));
    // A direct one is named by its people.
    let is_direct = hit.thread.kind == ThreadKind::Direct;
    let sign = (!is_direct).then(|| sign(hit.thread.clone(), me));
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
    let is_blocked = session
        .blocked
        .with(|blocked| blocked.contains(&hit.author.id));
    let said = match is_blocked {
        true => view! { <span>{words::BLOCKED_SHORT}</span> }.into_any(),
        false => hit.excerpt.iter().map(piece).collect_view().into_any(),
    };
    view! {
        <li>
            <a class="hit" href=place.to_string()>
                <span class="hit-about">
                    <strong dir="auto">{author}</strong>
                    <span class="hit-thread" dir="auto">
                        {sign}
                        {title}
                    </span>
                    <time>{when}</time>
                </span>
                <span class="hit-text" dir="auto">
                    {said}
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
        ("tea -sugar", "Messages with one word and without the other"),
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

#[cfg(test)]
mod tests {
    use super::nothing;

    #[test]
    fn fewer_letters_are_recommended_where_they_help() {
        assert!(nothing("teapot").contains("Fewer letters"));
        for query in ["from:nobody", "\"with milk\"", "tea -sugar"] {
            assert!(!nothing(query).contains("Fewer letters"), "{query}");
        }
    }
}
