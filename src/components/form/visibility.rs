//! Who may see a thread: two choices, each with what it means.

use leptos::prelude::*;

/// The id of the choice that makes a thread private.
pub const PRIVATE: &str = "for-members";

#[component]
pub fn Visibility(is_private: bool) -> impl IntoView {
    view! {
        <fieldset class="choices">
            <legend>"Who may see it"</legend>
            <label class="choice">
                <input type="radio" name="private" value="" checked=!is_private />
                <span>
                    <strong>"Everybody"</strong>
                    <span class="field-hint">"It is in the directory, and anybody can join."</span>
                </span>
            </label>
            <label class="choice">
                <input type="radio" name="private" value="true" id=PRIVATE checked=is_private />
                <span>
                    <strong>"Only people you invite"</strong>
                    <span class="field-hint">"Others cannot tell that it is there."</span>
                </span>
            </label>
        </fieldset>
    }
}
