//! What was done, said for a moment at the lower edge, with the way to take it back.

use std::time::Duration;

use leptos::prelude::*;

use crate::client::browser;
use crate::client::session::Session;
use crate::protocol::Revise;

/// How long it is said.
const WHILE: Duration = Duration::from_secs(8);

#[component]
pub fn SaidBar() -> impl IntoView {
    let session = expect_context::<Session>();
    Effect::new(move || {
        let number = session
            .said
            .with(|said| said.as_ref().map(|said| said.number));
        if let Some(number) = number {
            let is_still_said = move || {
                let said = session.said;
                said.with_untracked(|said| said.as_ref().map(|said| said.number)) == Some(number)
            };
            set_timeout(
                move || {
                    if is_still_said() {
                        session.said.set(None);
                    }
                },
                WHILE,
            );
        }
    });
    move || {
        session.said.get().map(|said| {
            let undo = said.undo.map(|(thread, seq)| {
                let undo = move |_| {
                    session.said.set(None);
                    session.revise(thread, seq, Revise::Restore);
                    browser::focus("place-content");
                };
                view! {
                    <button type="button" class="link-button" on:click=undo>
                        "Undo"
                    </button>
                }
            });
            view! {
                <div class="said" role="status">
                    <span>{said.text}</span>
                    {undo}
                </div>
            }
        })
    }
}
