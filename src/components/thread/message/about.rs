//! What is told of a message beyond what is seen of it: who has reacted, and what it said before.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::markdown::Written;
use crate::protocol::frame::parse;
use crate::protocol::picked::{AboutMessage, ReactedBy, Version};
use crate::protocol::{Place, User};

#[component]
pub fn About() -> impl IntoView {
    let session = expect_context::<Session>();
    let about =
        Memo::new(move |_| parse::<AboutMessage>(&session.packed.get()).unwrap_or_default());
    move || about.with(|about| sections(about, session))
}

fn sections(about: &AboutMessage, session: Session) -> impl IntoView + use<> {
    let reactions = (!about.reactions.is_empty()).then(|| {
        view! {
            <h3>"Reactions"</h3>
            <ul class="reacted-by">{about.reactions.iter().map(reacted_by).collect_view()}</ul>
        }
    });
    let versions = (!about.versions.is_empty()).then(|| {
        let version = |version: &Version| earlier(version, session);
        view! {
            <h3>"Earlier versions"</h3>
            <ol class="versions">{about.versions.iter().rev().map(version).collect_view()}</ol>
        }
    });
    let origin = about.origin.as_ref().map(|place| {
        view! {
            <p class="popover-note">
                <a href=place.to_string()>"Where it was said first"</a>
            </p>
        }
    });
    view! {
        {origin}
        {reactions}
        {versions}
    }
}

fn reacted_by(reacted: &ReactedBy) -> impl IntoView + use<> {
    let more = reacted.count.saturating_sub(reacted.by.len());
    let more = (more > 0).then(|| format!(" and {more} more"));
    let person = |(at, user): (usize, &User)| {
        let comma = if at > 0 { ", " } else { "" };
        view! {
            {comma}
            <a href=Place::person(&user.username).to_string()>
                <bdi>{user.name.to_string()}</bdi>
            </a>
        }
    };
    view! {
        <li>
            <span class="reacted-emoji">{reacted.emoji.to_string()}</span>
            <span>
                {reacted.by.iter().enumerate().map(person).collect_view()}
                {more}
            </span>
        </li>
    }
}

fn earlier(version: &Version, session: Session) -> impl IntoView + use<> {
    let until = session
        .zone
        .with_untracked(|zone| zone.moment(version.until));
    view! {
        <li>
            <p class="version-until">{format!("Until {until}")}</p>
            {Written(version.text.clone(), Vec::new())}
        </li>
    }
}
