//! Forms: a frame, fields with their errors beside them, and an error for the whole.
//!
//! A form is a plain HTML form first. Where the script runs, [`FormState`] sends it as a call
//! instead, shows what was wrong without losing what was typed, and leaves for the chat when it
//! worked (with a full load: the new cookie counts for the socket too).

pub mod people;
pub mod visibility;

use std::future::Future;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement};

use super::icons::Logo;
use crate::api::{FormOutcome, Told};
use crate::client::browser;
use crate::protocol::{ApiError, Field};
use crate::words;

/// A form's element.
pub type Form = HtmlFormElement;

/// Where a form stands.
#[derive(Clone, Copy)]
pub struct FormState {
    error: RwSignal<Option<ApiError>>,
    is_pending: RwSignal<bool>,
}

impl FormState {
    pub fn new(error: Option<ApiError>) -> Self {
        Self {
            error: RwSignal::new(error),
            is_pending: RwSignal::new(false),
        }
    }

    /// What was wrong.
    pub fn error(self) -> Option<ApiError> {
        self.error.get()
    }

    /// What was wrong, or nothing any more.
    pub fn set_error(self, error: Option<ApiError>) {
        self.error.set(error);
    }

    /// It has led away from here: nothing is sent again until the other place is there.
    pub fn leads_away(self) {
        let _ = self.is_pending.try_set(true);
    }

    /// Sends the form as a call, once at a time, and tells what came of it when it worked.
    pub fn send<T: 'static, F>(
        self,
        event: &SubmitEvent,
        call: impl FnOnce(&HtmlFormElement) -> Option<F>,
        done: impl FnOnce(T) + 'static,
    ) where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        event.prevent_default();
        let form = form_of(event).filter(|_| !self.is_pending.get_untracked());
        let Some((form, answer)) = form.and_then(|form| Some((form.clone(), call(&form)?))) else {
            return;
        };
        self.is_pending.set(true);
        spawn_local(async move {
            let answer = answer.await;
            let _ = self.is_pending.try_set(false);
            let _ = self.error.try_set(answer.as_ref().err().cloned());
            match answer {
                Ok(answer) => done(answer),
                Err(_) => focus_first_problem(&form),
            }
        });
    }

    /// Sends the form as a call, and goes on when it worked.
    pub fn on_submit<F>(
        self,
        then: String,
        call: impl Fn(&HtmlFormElement) -> F + 'static,
    ) -> impl Fn(SubmitEvent) + 'static
    where
        F: Future<Output = Result<FormOutcome, ApiError>> + 'static,
    {
        self.on_answer(call, move |(), _| {
            // The page is about to be left.
            self.is_pending.set(true);
            browser::go_to(&then);
        })
    }

    /// Sends the form as a call. What it was refused for is said; otherwise it goes on with the answer.
    pub fn on_answer<T: 'static, F>(
        self,
        call: impl Fn(&HtmlFormElement) -> F + 'static,
        then: impl Fn(T, &HtmlFormElement) + Clone + 'static,
    ) -> impl Fn(SubmitEvent) + 'static
    where
        F: Future<Output = Result<Told<T>, ApiError>> + 'static,
    {
        move |event: SubmitEvent| {
            event.prevent_default();
            let Some(form) = form_of(&event) else { return };
            if self.is_pending.get_untracked() {
                return;
            }
            self.is_pending.set(true);
            let answer = call(&form);
            let then = then.clone();
            spawn_local(async move {
                let answer = answer.await.flatten();
                // What it was for may be gone by then, by what others have done.
                let _ = self.is_pending.try_set(false);
                let _ = self.error.try_set(answer.as_ref().err().cloned());
                match answer {
                    Ok(answer) => then(answer, &form),
                    Err(_) => focus_first_problem(&form),
                }
            });
        }
    }
}

/// The form an event came from.
pub fn form_of(event: &SubmitEvent) -> Option<HtmlFormElement> {
    event.target()?.dyn_into().ok()
}

/// Whether a box or a choice is marked, by its id.
pub fn is_checked(form: &HtmlFormElement, id: &str) -> bool {
    field_of(form, id).is_some_and(|field| field.checked())
}

/// What is in a field, by its name.
pub fn value_of(form: &HtmlFormElement, name: &str) -> String {
    field_of(form, name).map_or_else(String::new, |field| field.value())
}

/// What is chosen or typed in a field of any kind, by its name.
pub fn choice_of(form: &HtmlFormElement, name: &str) -> String {
    let field = form.elements().named_item(name);
    let value = field.and_then(|field| js_sys::Reflect::get(&field, &"value".into()).ok());
    value
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

/// The same as a browser would send it by itself: nothing for a box that is not marked.
pub fn filled_in(form: &HtmlFormElement, name: &str) -> String {
    match field_of(form, name) {
        Some(field) if field.type_() == "checkbox" && !field.checked() => String::new(),
        _ => choice_of(form, name),
    }
}

/// A field, by its name.
pub fn field_of(form: &HtmlFormElement, name: &str) -> Option<HtmlInputElement> {
    form.elements().named_item(name)?.dyn_into().ok()
}

/// Leads to the field that something is wrong with.
pub fn focus_first_problem(form: &HtmlFormElement) {
    let form = form.clone();
    request_animation_frame(move || {
        let field = form.query_selector("[aria-invalid=true]").ok().flatten();
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            let _ = field.focus();
        }
    });
}

/// A card in the middle of the page.
#[allow(clippy::needless_pass_by_value)]
#[component]
pub fn FormFrame<C>(
    title: &'static str,
    /// What the server is called.
    server: String,
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let children = children.into_inner();
    view! {
        <main class="card-page">
            <div class="card">
                <div class="brand">
                    <Logo />
                    <span dir="auto">{words::server(&server).to_owned()}</span>
                </div>
                <h1>{title}</h1>
                {children()}
            </div>
        </main>
    }
}

/// What is wrong with the form as a whole; errors of single fields stand beside the field.
#[component]
pub fn FormError(state: FormState) -> impl IntoView {
    let text = move || {
        let error = state.error.get()?;
        let is_fields_own = matches!(error, ApiError::Invalid { .. } | ApiError::UsernameTaken);
        (!is_fields_own).then(|| error.to_string())
    };
    view! {
        <div role="alert" class="form-error">
            {move || text().map(|text| view! { <p>{text}</p> })}
        </div>
    }
}

/// What a field is for: browsers and password managers want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    Username,
    Name,
    /// A name that one has already.
    OwnName,
    /// What a server is called, or somebody is doing.
    Words,
    CurrentPassword,
    NewPassword,
    /// Nothing that a browser could know.
    Plain,
}

impl TextKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Username | Self::Name | Self::OwnName | Self::Words | Self::Plain => "text",
            Self::CurrentPassword | Self::NewPassword => "password",
        }
    }

    fn autocomplete(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Name | Self::OwnName => "name",
            Self::Words | Self::Plain => "off",
            Self::CurrentPassword => "current-password",
            Self::NewPassword => "new-password",
        }
    }

    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Name => Some("What others see. Your username, if you leave it empty."),
            Self::NewPassword => Some("At least 6 characters."),
            Self::OwnName => Some("What others see."),
            Self::Username | Self::Words | Self::CurrentPassword | Self::Plain => None,
        }
    }
}

/// A labelled text field with its error below it.
#[component]
pub fn TextField(
    label: &'static str,
    name: &'static str,
    field: Field,
    kind: TextKind,
    /// What was typed before, and refused.
    value: String,
    state: FormState,
    /// Where it is not the name: the place's beginning, for whoever comes there.
    #[prop(optional)]
    id: Option<&'static str>,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let problem = move || state.error.get()?.for_field(field);
    let has_problem = move || problem().is_some().then_some("true");
    let error_id = format!("{name}-error");
    let hint_id = format!("{name}-hint");
    let described_by = format!("{error_id} {hint_id}");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=name
                type=kind.input_type()
                autocomplete=kind.autocomplete()
                value=value
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=has_problem
                aria-describedby=described_by
            />
            <p class="field-hint" id=hint_id>
                {move || problem().is_none().then(|| kind.hint())}
            </p>
            <p class="field-error" id=error_id>
                {problem}
            </p>
        </div>
    }
}

/// Sends the form, once at a time.
#[component]
pub fn FormButton(label: &'static str, state: FormState) -> impl IntoView {
    view! {
        <button type="submit" class="button primary" disabled=state.is_pending>
            {label}
        </button>
    }
}
