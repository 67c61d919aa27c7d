//! A field for people by their usernames, with those suggested whose names begin like what is typed.
//! Without the script it is a field.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::FormState;
use crate::api;
use crate::client::session::Session;
use crate::client::stores::addressees::{being_typed, completed};
use crate::components::avatar::Avatar;
use crate::protocol::{Field, User};

#[component]
pub fn PeopleField(
    label: &'static str,
    /// What was typed before, and refused.
    value: String,
    state: FormState,
    #[prop(optional)] id: Option<&'static str>,
) -> impl IntoView {
    let id = id.unwrap_or("people");
    let me = expect_context::<Session>().my_id();
    let field = NodeRef::<html::Input>::new();
    let suggested = RwSignal::new(Vec::<User>::new());
    // An answer for what was typed before is dropped.
    let asked = StoredValue::new(0u32);
    let look = move |event| {
        let text = event_target_value(&event);
        let typed = being_typed(&text).to_owned();
        let number = asked.try_get_value().unwrap_or_default() + 1;
        asked.set_value(number);
        if typed.is_empty() {
            return suggested.set(Vec::new());
        }
        spawn_local(async move {
            let mut found = api::suggest_people(typed).await.unwrap_or_default();
            // Wherever one names others, one is there oneself.
            found.retain(|user| user.id != me);
            if asked.try_get_value() == Some(number) {
                suggested.set(found);
            }
        });
    };
    let choose = move |username: String| {
        if let Some(field) = field.get_untracked() {
            field.set_value(&completed(&field.value(), &username));
            asked.set_value(asked.try_get_value().unwrap_or_default() + 1);
            suggested.set(Vec::new());
            let _ = field.focus();
        }
    };
    let problem = move || state.error.get()?.for_field(Field::People);
    let suggestions = move || {
        let people = suggested.get().into_iter();
        people
            .map(|user| view! { <Suggestion user choose=Callback::new(choose) /> })
            .collect::<Vec<_>>()
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name="people"
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                node_ref=field
                value=value
                aria-invalid=move || problem().is_some().then_some("true")
                aria-describedby="people-error people-hint"
                on:input=look
            />
            <ul class="suggestions" aria-label="Suggestions">
                {suggestions}
            </ul>
            <p class="field-hint" id="people-hint">
                {move || problem().is_none().then_some("Usernames, with commas between them.")}
            </p>
            <p class="field-error" id="people-error">
                {problem}
            </p>
        </div>
    }
}

#[component]
fn Suggestion(user: User, choose: Callback<String>) -> impl IntoView {
    let (name, handle) = (user.name.to_string(), format!("@{}", user.username));
    let username = user.username.to_string();
    view! {
        <li>
            <button type="button" class="suggestion" on:click=move |_| _ = choose.try_run(username.clone())>
                <Avatar user />
                <span class="account-name">
                    <strong dir="auto">{name}</strong>
                    <span>{handle}</span>
                </span>
            </button>
        </li>
    }
}
