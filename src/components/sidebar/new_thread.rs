//! Starting a thread. A `details` element opens without JavaScript too.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::client::session::Session;
use crate::components::Page;
use crate::components::form::{field_of, form_of};
use crate::components::icons::PlusIcon;
use crate::protocol::{ApiError, Field, ThreadName};

#[component]
pub fn NewThread() -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let panel = NodeRef::<html::Details>::new();
    let summary = NodeRef::<html::Summary>::new();
    let name = NodeRef::<html::Input>::new();
    let refused = page.refused.get_value();
    let refused = refused.filter(|refused| refused.thread.is_none());
    let starts_open = refused.is_some();
    let (problem, typed) = refused.map(|r| (r.error, r.typed)).unzip();
    let error = RwSignal::new(problem);
    let is_pending = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = form_of(&event) else { return };
        let Some(field) = field_of(&form, "name") else {
            return;
        };
        let is_private = field_of(&form, "private").is_some_and(|check| check.checked());
        if let Err(problem) = ThreadName::parse(&field.value()) {
            error.set(Some(ApiError::field(Field::ThreadName, &problem)));
            let _ = field.focus();
            return;
        }
        is_pending.set(true);
        let created = api::create_thread(session.my_id(), field.value(), is_private);
        spawn_local(async move {
            match created.await {
                Ok(thread) => {
                    form.reset();
                    error.set(None);
                    if let Some(panel) = panel.get_untracked() {
                        panel.set_open(false);
                    }
                    session.created(thread);
                }
                Err(problem) => error.set(Some(problem)),
            }
            is_pending.set(false);
        });
    };
    let on_toggle = move |_| {
        let is_open = panel.get_untracked().is_some_and(|panel| panel.open());
        if let Some(name) = name.get_untracked().filter(|_| is_open) {
            let _ = name.focus();
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() != "Escape" {
            return;
        }
        if let Some(panel) = panel.get_untracked() {
            panel.set_open(false);
        }
        if let Some(summary) = summary.get_untracked() {
            let _ = summary.focus();
        }
    };
    let problem = move || {
        let error = error.get()?;
        let own = error.for_field(Field::ThreadName);
        Some(own.unwrap_or_else(|| error.to_string()))
    };
    view! {
        <details
            class="new-thread"
            node_ref=panel
            open=starts_open
            on:toggle=on_toggle
            on:keydown=on_key
        >
            <summary node_ref=summary>
                <PlusIcon />
                "Start a thread"
            </summary>
            <form method="post" action="/api/create_thread" on:submit=submit>
                <label for="thread-name">"Name"</label>
                <input
                    node_ref=name
                    id="thread-name"
                    name="name"
                    autocomplete="off"
                    value=typed.unwrap_or_default()
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-describedby="thread-name-error"
                />
                <p class="field-error" id="thread-name-error" role="alert">
                    {problem}
                </p>
                <label class="check">
                    <input type="checkbox" name="private" value="true" />
                    "Only members can see it"
                </label>
                <button type="submit" class="button primary" disabled=is_pending>
                    "Start"
                </button>
            </form>
        </details>
    }
}
