//! A form that is a place of its own within the chat: a card in the middle of the pane.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

use crate::client::browser::links;
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
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !links::back() {
            session.go(Place::Home);
        }
    };
    view! {
        <div class="sheet" on:keydown=on_key>
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
