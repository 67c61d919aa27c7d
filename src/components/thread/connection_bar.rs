//! One quiet bar while the connection is not there. It appears only after a moment (in the
//! style), so a brief interruption disturbs nobody.

use leptos::prelude::*;

use crate::client::browser;
use crate::client::connection::Status;
use crate::client::session::Session;
use crate::components::Page;
use crate::words;

#[component]
pub fn ConnectionBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    // The button goes away when it is pressed: the focus goes to where one writes.
    let hurry = move |_| {
        session.try_now();
        browser::focus("composer-field");
    };
    let bar = move || {
        let status = session.status.get();
        let text = words::connection(status, session.is_kept.get());
        let text = text.filter(|_| page.is_live.get())?;
        let button = (status == Status::Waiting).then(|| {
            view! {
                <button type="button" class="link-button" on:click=hurry>
                    "Try now"
                </button>
            }
        });
        Some(view! {
            <div class="connection-bar">
                <span>{text}</span>
                {button}
            </div>
        })
    };
    view! {
        <div class="connection" role="status">
            {bar}
        </div>
    }
}
