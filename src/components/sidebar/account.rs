//! Who one is here, and the way out.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::icons::LeaveIcon;

/// Signing out is a plain form: it must work when nothing else does.
#[component]
pub fn Account() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me;
    let name = move || me.with(|me| me.name.to_string());
    let handle = move || me.with(|me| format!("@{}", me.username));
    view! {
        <footer class="account">
            {move || view! { <Avatar user=me.get() /> }}
            <div class="account-name">
                <strong dir="auto">{name}</strong>
                <span>{handle}</span>
            </div>
            <form method="post" action="/api/logout" on:submit=move |_| session.signing_out()>
                <button type="submit" class="icon-button" title="Sign out">
                    <LeaveIcon />
                    <span class="visually-hidden">"Sign out"</span>
                </button>
            </form>
        </footer>
    }
}
