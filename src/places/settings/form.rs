//! A form that changes something: plain HTML first, a call where the script runs.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::api;
use crate::client::browser;
use crate::client::session::Session;
use crate::components::form::{Form, FormState, choice_of, focus_first_problem, form_of};
use crate::protocol::settings::{Change, Changed};
use crate::protocol::{ApiError, Place};

const OUTCOME_ID: &str = "settings-outcome";

/// What came of the last change on a page, and the state that its forms share.
#[derive(Clone, Copy)]
pub struct Told {
    changed: RwSignal<Option<Changed>>,
    error: RwSignal<Option<ApiError>>,
    pub state: FormState,
}

impl Told {
    pub fn new() -> Self {
        Self {
            changed: RwSignal::new(None),
            error: RwSignal::new(None),
            state: FormState::new(None),
        }
    }

    pub fn clear(self) {
        self.changed.set(None);
        self.error.set(None);
        self.state.set_error(None);
    }

    pub fn came(self, outcome: Result<Changed, ApiError>) {
        self.state.set_error(outcome.as_ref().err().cloned());
        // What is wrong with a field stands beside it.
        let error = outcome.as_ref().err().cloned();
        let is_fields_own = matches!(error, Some(ApiError::Invalid { .. }));
        self.error.set(error.filter(|_| !is_fields_own));
        self.changed.set(outcome.ok());
    }
}

/// What is said at the top of a page.
#[component]
pub fn Outcome() -> impl IntoView {
    let told = expect_context::<Told>();
    let said = |text: String| view! { <p>{text}</p> }.into_any();
    let changed = move || match told.changed.get()? {
        Changed::Done | Changed::Left => Some(said("Saved.".to_owned())),
        Changed::Invited { link } => Some(new_link(link)),
    };
    let error = move || Some(said(told.error.get()?.to_string()));
    view! {
        <div class="settings-told" role="status" id=OUTCOME_ID tabindex="-1">
            {changed}
        </div>
        <div class="form-error" role="alert">
            {error}
        </div>
    }
}

/// A link that is shown this once.
fn new_link(link: String) -> AnyView {
    let label = RwSignal::new("Copy");
    let copied = link.clone();
    let copy = move |_| {
        browser::copy(&copied);
        label.set("Copied");
    };
    view! {
        <p>"The invitation is made. Copy its link now: it is not shown again."</p>
        <p class="new-link">
            <input type="text" readonly=true aria-label="Invitation link" value=link />
            <button type="button" class="button" on:click=copy>
                {label}
            </button>
        </p>
    }
    .into_any()
}

/// A form that makes the change of that name, with its fields.
pub fn change_form(
    change: &'static str,
    // What it is about, if that is one of several.
    id: Option<i64>,
    class: &'static str,
    fields: Vec<AnyView>,
) -> AnyView {
    let session = expect_context::<Session>();
    let told = expect_context::<Told>();
    let submit = move |event: SubmitEvent| send(session, told, &event);
    let id = id.map(|id| id.to_string());
    view! {
        <form method="post" action="/api/change" class=class on:submit=submit>
            <input type="hidden" name="change" value=change />
            {id.map(|id| view! { <input type="hidden" name="id" value=id /> })}
            {fields}
        </form>
    }
    .into_any()
}

fn send(session: Session, told: Told, event: &SubmitEvent) {
    told.clear();
    let call = |form: &Form| {
        let change = Change::read(&|name| choice_of(form, name))?;
        let me = session.my_id();
        Some(async move { Ok(api::change(me, change).await?.answer) })
    };
    let form = form_of(event);
    told.state.send(event, call, move |answer| {
        if let Some(form) = form {
            finish(session, told, &form, answer);
        }
    });
}

fn finish(session: Session, told: Told, form: &Form, answer: Result<Changed, ApiError>) {
    if answer == Ok(Changed::Left) {
        return browser::go_to(&Place::Home.behind_sign_in().to_string());
    }
    let is_done = answer.is_ok();
    told.came(answer);
    if !is_done {
        return focus_first_problem(form);
    }
    // Passwords are not left lying about; what else there is is shown as it is stored now.
    if !choice_of(form, "old").is_empty() {
        form.reset();
    }
    session.refresh();
    request_animation_frame(|| browser::focus(OUTCOME_ID));
}
