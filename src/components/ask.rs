//! A question before something that whoever does it cannot undo alone. It opens in the place of the
//! button, without the script too: the browser opens and closes it, and there is at most one.

use leptos::prelude::*;

/// A button that asks first. `act` is the form that does it, with a button of its own.
pub fn ask(label: &'static str, about: String, question: &'static str, act: AnyView) -> AnyView {
    view! {
        <details class="ask" name="ask">
            <summary class="button small">
                {label} <span class="visually-hidden">{about}</span>
            </summary>
            <div class="ask-first">
                <p>{question}</p>
                {act}
            </div>
        </details>
    }
    .into_any()
}
