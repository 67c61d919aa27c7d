//! Who one is here, the way to the settings, and the way out.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::icons::{GearIcon, LeaveIcon};
use crate::protocol::Place;

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
    view! {
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
