//! What was done, said for a moment at the lower edge, with the way to take it back.

use std::time::Duration;

use leptos::prelude::*;

use crate::client::browser;
use crate::client::doing::{Doing, Said};
use crate::client::session::Session;
use crate::protocol::Revise;

/// How long it is said.
const WHILE: Duration = Duration::from_secs(8);

#[component]
pub fn SaidBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let said = Memo::new(move |_| session.doing.with(|doing| doing.said.clone()));
    let number = |doing: &Doing| doing.said.as_ref().map(|said| said.number);
    Effect::new(move || {
        let said = said.with(|said| said.as_ref().map(|said| said.number));
        let end = move || {
            if session.doing.with_untracked(number) == said {
                session.change(|doing| doing.said = None);
            }
        };
        if said.is_some() {
            set_timeout(end, WHILE);
        }
    });
    let bar = move |Said { text, undo, .. }| {
        let undo = undo.map(|(thread, seq)| {
            let undo = move |_| {
                session.change(|doing| doing.said = None);
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
            <div class="said">
                <span>{text}</span>
                {undo}
            </div>
        }
    };
    // The element is always there, so that what comes into it is read out.
    view! { <div role="status">{move || said.get().map(bar)}</div> }
}
