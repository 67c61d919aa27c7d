//! What is picked out of a thread, in a panel beside it: what is pinned, and the files. Each leads to
//! its message.

use leptos::prelude::*;

use super::composer::as_content;
use crate::client::session::Session;
use crate::components::icons::CloseIcon;
use crate::components::markdown::Written;
use crate::components::refused;
use crate::protocol::frame::parse;
use crate::protocol::picked::Picked;
use crate::protocol::{Message, MessageText, Panel, Place, ThreadId};
use crate::words;

/// One of these panels; `panel` says which.
#[component]
pub fn PickedPanel(id: ThreadId, panel: Panel) -> impl IntoView {
    let session = expect_context::<Session>();
    let picked = Memo::new(move |_| parse::<Picked>(&session.packed.get()).unwrap_or_default());
    let name = panel.opener();
    let all = move || {
        let messages = picked.with(|picked| picked.messages.clone());
        let all = messages
            .into_iter()
            .map(|message| one(message, panel, session));
        all.collect_view()
    };
    let none = move || {
        let is_empty = picked.with(|picked| picked.messages.is_empty());
        is_empty.then(|| view! { <p class="picked-none">{nothing(panel)}</p> })
    };
    let older = move || {
        picked.with(|picked| picked.before).map(|before| {
            let place = Place::Thread {
                id,
                message: Some(before),
                panel: Some(panel),
            };
            view! {
                <a class="button small" href=place.to_string()>
                    "Older files"
                </a>
            }
        })
    };
    view! {
        <aside class="panel" aria-label=name>
            <header class="panel-header">
                <h2>{name}</h2>
                <a class="icon-button" href=Place::thread(id).to_string()>
                    <CloseIcon />
                    <span class="visually-hidden">"Close"</span>
                </a>
            </header>
            {(panel == Panel::Files).then(|| post_files(id, session))}
            {none}
            <ul class="picked">{all}</ul>
            {older}
        </aside>
    }
}

/// Files are posted here without the script. With it, the composer takes them.
fn post_files(id: ThreadId, session: Session) -> impl IntoView {
    let refused = refused();
    let takes_posts = session.thread.with_untracked(|thread| {
        thread
            .as_ref()
            .is_some_and(|thread| thread.is_active() && session.posts_in(thread))
    });
    let problem = refused.as_ref().map(|refused| {
        view! { <p class="form-error" role="alert">{refused.error.sentence()}</p> }
    });
    let typed = refused.and_then(|refused| {
        let mut fields = refused.fields.into_iter();
        Some(fields.find(|(name, _)| name == "text")?.1)
    });
    takes_posts.then(|| {
        view! {
            <form
                class="panel-form without-script"
                method="post"
                action=format!("/upload/to/{id}")
                enctype="multipart/form-data"
            >
                {problem}
                <label class="field">
                    <span>{words::ATTACH}</span>
                    <input type="file" name="file" multiple required />
                </label>
                <label class="field">
                    <span>"What to say to it"</span>
                    <textarea
                        name="text"
                        rows="2"
                        maxlength=MessageText::MAX_CHARS
                        inner_html=as_content(&typed.unwrap_or_default())
                    ></textarea>
                </label>
                <button type="submit" class="button small">
                    "Post"
                </button>
            </form>
        }
    })
}

fn nothing(panel: Panel) -> &'static str {
    match panel {
        Panel::Files => "Nobody has posted a file here yet.",
        _ => {
            "Nothing is pinned here. Whoever belongs to this thread can pin a message: it is in its menu."
        }
    }
}

fn one(message: Message, panel: Panel, session: Session) -> impl IntoView {
    let place = Place::Thread {
        id: message.thread_id,
        message: Some(message.seq),
        panel: None,
    };
    let when = session
        .zone
        .with_untracked(|zone| zone.moment(message.created_at));
    let is_blocked = session
        .blocked
        .with(|blocked| blocked.contains(&message.user.id));
    let (text, files) = match (is_blocked, panel) {
        (true, _) => (words::BLOCKED_SHORT.to_owned(), Vec::new()),
        // What was said with them is in the thread.
        (false, Panel::Files) => (String::new(), message.files),
        (false, _) => (message.said().to_owned(), message.files),
    };
    view! {
        <li>
            <a class="picked-by" href=place.to_string()>
                <strong dir="auto">{message.user.name.to_string()}</strong>
                " "
                <span>{when}</span>
            </a>
            {Written(text, files)}
        </li>
    }
}

/// The ways to these panels, where there is no room for them above the thread.
#[component]
pub fn PickedLinks(id: ThreadId) -> impl IntoView {
    let link = |panel: Panel| {
        let place = Place::Thread {
            id,
            message: None,
            panel: Some(panel),
        };
        view! {
            <a class="button small" href=place.to_string()>
                {panel.opener()}
            </a>
        }
    };
    view! {
        <nav class="panel-section panel-acts" aria-label="In this thread">
            {link(Panel::Pins)}
            {link(Panel::Files)}
            {link(Panel::Date)}
        </nav>
    }
}
