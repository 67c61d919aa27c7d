//! A form that changes something: plain HTML first, a call where the script runs.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::api;
use crate::client::browser;
use crate::client::session::Session;
use crate::components::form::{Form, FormState, choice_of, form_of};
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
    let changed = move || match told.changed.get()? {
        Changed::Done | Changed::Left => Some(view! { <p>"Saved."</p> }.into_any()),
        Changed::Invited { link } => Some(view! { <NewLink link /> }.into_any()),
    };
    let error = move || {
        told.error
            .get()
            .map(|error| view! { <p>{error.to_string()}</p> })
    };
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
#[component]
fn NewLink(link: String) -> impl IntoView {
    let is_copied = RwSignal::new(false);
    let copied = link.clone();
    let copy = move |_| {
        browser::copy(&copied);
        is_copied.set(true);
    };
    view! {
        <p>"The invitation is made. Copy its link now: it is not shown again."</p>
        <p class="new-link">
            <input type="text" readonly=true aria-label="Invitation link" value=link />
            <button type="button" class="button" on:click=copy>
                {move || if is_copied.get() { "Copied" } else { "Copy" }}
            </button>
        </p>
    }
}

/// A form that makes the change of that name, with the fields that are its children.
#[component]
pub fn ChangeForm<C>(
    change: &'static str,
    /// What it is about, if that is one of several.
    #[prop(optional_no_strip)]
    id: Option<i64>,
    #[prop(default = "")] class: &'static str,
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let session = expect_context::<Session>();
    let told = expect_context::<Told>();
    let children = children.into_inner();
    let submit = move |event: SubmitEvent| {
        told.clear();
        let call = |form: &Form| {
            let change = Change::read(&|name| choice_of(form, name))?;
            let me = session.my_id();
            Some(async move {
                let mine = api::change(me, change).await?;
                Ok(mine.answer)
            })
        };
        let form = form_of(&event);
        told.state
            .send(&event, call, move |answer: Result<Changed, ApiError>| {
                // Passwords are not left lying about; other pages show what is stored now.
                if let Some(form) = form.filter(|_| change == "password" && answer.is_ok()) {
                    form.reset();
                }
                finish(session, told, answer);
            });
    };
    view! {
        <form method="post" action="/api/change" class=class on:submit=submit>
            <input type="hidden" name="change" value=change />
            {id.map(|id| view! { <input type="hidden" name="id" value=id.to_string() /> })}
            {children()}
        </form>
    }
}

fn finish(session: Session, told: Told, answer: Result<Changed, ApiError>) {
    if answer == Ok(Changed::Left) {
        return browser::go_to(&Place::Home.behind_sign_in().to_string());
    }
    let is_done = answer.is_ok();
    told.came(answer);
    if is_done {
        session.refresh();
        request_animation_frame(|| browser::focus(OUTCOME_ID));
    }
}
