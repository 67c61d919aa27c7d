//! A form that is a place of its own within the chat: a card in the middle of the pane.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

use crate::client::browser::{self, links};
use crate::client::session::Session;
use crate::components::form::{FormButton, FormError, FormState};
use crate::protocol::Place;

#[component]
pub fn Sheet<C>(
    title: &'static str,
    action: &'static str,
    button: &'static str,
    state: FormState,
    submit: impl Fn(SubmitEvent) + 'static,
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let session = expect_context::<Session>();
    let children = children.into_inner();
    let is_touched = StoredValue::new(false);
    // What was typed is not lost to one key, nor what is still being composed.
    let on_key = move |event: KeyboardEvent| {
        if event.key() != "Escape"
            || browser::is_composing(&event)
            || is_touched.try_get_value() == Some(true)
        {
            return;
        }
        match session.has_moved.try_get_value() {
            Some(true) => links::back(),
            _ => session.go(Place::Home),
        }
    };
    view! {
        <div class="sheet" on:keydown=on_key on:input=move |_| is_touched.set_value(true)>
            <form class="card" method="post" action=action on:submit=submit>
                <h1>{title}</h1>
                <FormError state />
                {children()}
                <div class="sheet-actions">
                    <a class="button" href="/">
                        "Cancel"
                    </a>
                    <FormButton label=button state />
                </div>
            </form>
        </div>
    }
}
