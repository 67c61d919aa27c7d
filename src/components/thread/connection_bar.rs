//! One quiet bar while the connection is not there. It appears only after a moment (in the
//! style), so a brief interruption disturbs nobody.

use leptos::prelude::*;

use crate::client::connection::Status;
use crate::client::session::Session;
use crate::components::Page;

#[component]
pub fn ConnectionBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let text = move || match session.status.get() {
        _ if !page.is_live.get() => None,
        Status::Connected | Status::SignedOut => None,
        Status::Connecting => Some("Connecting…"),
        Status::Waiting => Some("Reconnecting… Messages you write are kept and sent later."),
        Status::Offline => Some("Offline. Messages you write are kept and sent later."),
    };
    let can_hurry = move || session.status.get() == Status::Waiting;
    view! {
        <div class="connection" role="status">
            {move || {
                text()
                    .map(|text| {
                        view! {
                            <div class="connection-bar">
                                <span>{text}</span>
                                {can_hurry()
                                    .then(|| {
                                        view! {
                                            <button
                                                type="button"
                                                class="link-button"
                                                on:click=move |_| session.try_now()
                                            >
                                                "Try now"
                                            </button>
                                        }
                                    })}
                            </div>
                        }
                    })
            }}
        </div>
    }
}
