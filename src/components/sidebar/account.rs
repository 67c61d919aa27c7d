//! Who one is here, the way to the settings, and the way out; and that one is not told of anything, as
//! long as that is so.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::icons::{GearIcon, Icon, LeaveIcon};
use crate::protocol::frame::raw;
use crate::protocol::{Place, Section};
use crate::words;

/// Signing out is a plain form: it must work when nothing else does.
#[component]
pub fn Account() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me;
    let name = move || me.with(|me| me.name.to_string());
    // What one says of oneself, or the name to sign in with.
    let handle = move || {
        me.with(|me| match &me.status {
            Some(status) => status.clone(),
            None => format!("@{}", me.username),
        })
    };
    let is_current = move || {
        let place = session.place.get();
        matches!(place, Place::Settings { .. }).then_some("page")
    };
    let reports = move || {
        let number = session.aside.with(|aside| aside.reports);
        (number > 0).then(|| {
            let place = Place::settings(Section::Reports { before: None }).to_string();
            let reports = words::counted(number, "report waits", "reports wait");
            view! {
                <a class="browse-link reports-link" href=place>
                    <Icon d="M6 21V4M6 4h11l-2 4 2 4H6" />
                    {reports}
                </a>
            }
        })
    };
    view! {
        {reports}
        {move || session.aside.with(|aside| aside.paused).map(|_| paused(session))}
        <footer class="account">
            {move || view! { <Avatar user=me.get() /> }}
            <div class="account-name">
                <strong dir="auto">{name}</strong>
                <span dir="auto">{handle}</span>
            </div>
            <a class="icon-button" href="/settings" title="Settings" aria-current=is_current>
                <GearIcon />
                <span class="visually-hidden">"Settings"</span>
            </a>
            <form method="post" action="/api/logout" on:submit=move |_| session.signing_out()>
                <button type="submit" class="icon-button" title="Sign out">
                    <LeaveIcon />
                    <span class="visually-hidden">"Sign out"</span>
                </button>
            </form>
        </footer>
    }
}

/// Notifications are paused: until when is said in the settings. What comes of ending it is heard by all
/// of one's devices, this one too.
fn paused(session: Session) -> AnyView {
    let end = move |event: SubmitEvent| {
        event.prevent_default();
        if let Ok(nothing) = raw(&()) {
            session.call_now("delete:me/pause", nothing);
        }
    };
    view! {
        <form class="paused" method="post" action="/api/change" on:submit=end>
            <a href=Place::settings(Section::Notifications).to_string()>"Notifications paused"</a>
            <input type="hidden" name="change" value="pause" />
            <input type="hidden" name="lasts" value="ended" />
            <button type="submit" class="link-button">
                "Turn on"
            </button>
        </form>
    }
    .into_any()
}
