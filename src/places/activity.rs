//! What has happened that is for oneself: mentions, answers, and reactions to what one wrote. Each leads to
//! where it was said.

use leptos::prelude::*;

use super::saved::in_context;
use crate::client::session::Session;
use crate::components::Page;
use crate::components::avatar::Avatar;
use crate::components::icons::BackIcon;
use crate::protocol::Place;
use crate::protocol::activity::{ActivityPage, Happened, What};
use crate::protocol::frame::parse;

#[component]
pub fn ActivityPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let marks = expect_context::<Page>().has_soon;
    let page = Memo::new(move |_| parse::<ActivityPage>(&session.packed.get()).unwrap_or_default());
    let all = move || {
        marks.track();
        page.with(|page| {
            let all = page.happened.iter();
            all.map(|one| happened(one, session)).collect_view()
        })
    };
    let none = move || {
        let is_empty = page.with(|page| page.happened.is_empty() && page.next.is_none());
        is_empty.then(|| {
            view! {
                <p class="empty">
                    "Nothing yet. Whoever mentions or answers you, or reacts to what you wrote, stands here."
                </p>
            }
        })
    };
    let older = move || {
        page.with(|page| page.next).map(|before| {
            let place = Place::Activity {
                before: Some(before),
            };
            view! {
                <a class="button" href=place.to_string()>
                    "Older"
                </a>
            }
        })
    };
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/">
                <BackIcon />
                <span class="visually-hidden">"My threads"</span>
            </a>
            <h1 id="place-content" tabindex="-1">
                "Activity"
            </h1>
        </header>
        <div class="browse">
            <ul class="kept" aria-label="What is for you">
                {all}
            </ul>
            {none} {older}
        </div>
    }
}

fn happened(one: &Happened, session: Session) -> impl IntoView + use<> {
    let (by, what) = (one.by.name.to_string(), what(&one.what));
    let when = session.zone.with(|zone| zone.within(one.at));
    let is_new = one
        .is_new
        .then(|| view! { <span class="kept-new">"New"</span> });
    view! {
        <li>
            <div class="kept-when happened">
                <Avatar user=one.by.clone() />
                <span>
                    <strong dir="auto">{by}</strong>
                    " "
                    {what}
                    ", "
                    <time>{when}</time>
                </span>
                {is_new}
            </div>
            {in_context(&one.message, &one.thread, one.message.created_at, session)}
        </li>
    }
}

fn what(what: &What) -> String {
    match what {
        What::Mentioned => "mentioned you".to_owned(),
        What::Answered => "answered you".to_owned(),
        What::Reacted { emoji } => format!("reacted with {emoji} to your message"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Emoji;

    #[test]
    fn what_somebody_has_done_is_said_in_words() {
        let emoji = Emoji::parse("🎉").unwrap();
        assert_eq!(
            what(&What::Reacted { emoji }),
            "reacted with 🎉 to your message"
        );
        assert_ne!(what(&What::Mentioned), what(&What::Answered));
    }
}
