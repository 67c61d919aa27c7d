//! Who may see a thread: two choices, each with what it means; not what one may not choose.

use leptos::prelude::*;

use crate::client::session::Session;
use crate::protocol::May;

/// The id of the choice that makes a thread private.
pub const PRIVATE: &str = "for-members";

/// As it is, and what whoever chooses may make of it.
#[component]
pub fn Visibility(is_private: bool) -> impl IntoView {
    let may = expect_context::<Session>().may;
    let everybody = (!is_private || may.any(May::START_PUBLIC)).then(|| {
        view! {
            <label class="choice">
                <input type="radio" name="private" value="" checked=!is_private />
                <span>
                    <strong>"Everybody"</strong>
                    <span class="field-hint">"It is in the directory, and anybody can join."</span>
                </span>
            </label>
        }
    });
    let invited = (is_private || may.any(May::START_PRIVATE)).then(|| {
        view! {
            <label class="choice">
                <input type="radio" name="private" value="true" id=PRIVATE checked=is_private />
                <span>
                    <strong>"Only people you invite"</strong>
                    <span class="field-hint">"Others cannot tell that it is there."</span>
                </span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>"Who may see it"</legend>
            {everybody}
            {invited}
        </fieldset>
    }
}
