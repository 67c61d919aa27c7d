//! A form that changes something: plain HTML first, a call where the script runs.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pieces::{fixed, hidden, text};
use crate::api;
use crate::client::browser;
use crate::client::session::Session;
use crate::components::form::{
    Form, FormError, FormState, choice_of, filled_in, focus_first_problem, form_of,
};
use crate::protocol::settings::{Change, Changed};
use crate::protocol::{ApiError, Place, Section};

const OUTCOME_ID: &str = "settings-outcome";
const LINK_ID: &str = "new-link";

/// What came of the last change on a page, and the state that its forms share.
#[derive(Clone, Copy)]
pub struct Told {
    /// A change was made; the link that came of it, or nothing.
    made: RwSignal<Option<String>>,
    pub state: FormState,
}

impl Told {
    pub fn new() -> Self {
        Self {
            made: RwSignal::new(None),
            state: FormState::new(None),
        }
    }

    pub fn clear(self) {
        self.made.set(None);
        self.state.set_error(None);
    }

    pub fn came(self, outcome: Result<Changed, ApiError>) {
        let (made, error) = match outcome {
            Ok(Changed::Invited { link }) => (Some(link), None),
            Ok(Changed::Done | Changed::Left) => (Some(String::new()), None),
            Err(error) => (None, Some(error)),
        };
        self.made.set(made);
        self.state.set_error(error);
    }
}

/// What is said at the top of a page. What is wrong with a field stands beside it.
pub fn outcome(told: Told) -> AnyView {
    let made = move || {
        Some(match told.made.get()?.as_str() {
            "" => vec![text("", fixed("Saved.".to_owned()))],
            link => new_link(link.to_owned()),
        })
    };
    view! {
        <div class="settings-outcome">
            <div class="settings-told" role="status" id=OUTCOME_ID tabindex="-1">
                {made}
            </div>
            <FormError state=told.state />
        </div>
    }
    .into_any()
}

/// A link that is shown this once.
fn new_link(link: String) -> Vec<AnyView> {
    // Whether it could be copied, once that was tried.
    let is_copied = RwSignal::new(None);
    let copy = move |_| {
        spawn_local(async move {
            let done = browser::copy(LINK_ID).await;
            let _ = is_copied.try_set(Some(done));
        });
    };
    let label = move || match is_copied.get() {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Please copy what is marked",
    };
    let said = "The invitation is made. Copy its link now: it is not shown again.";
    let field = view! {
        <p class="new-link">
            <input type="text" id=LINK_ID readonly=true aria-label="Invitation link" value=link />
            <button type="button" class="button" on:click=copy>
                {label}
            </button>
        </p>
    };
    vec![text("", fixed(said.to_owned())), field.into_any()]
}

/// A form that makes the change of that name, with its fields.
pub fn change_form(
    change: &'static str,
    // What it is about, if that is one of several.
    id: Option<i64>,
    class: &'static str,
    mut fields: Vec<AnyView>,
) -> AnyView {
    fields.push(hidden("change", change.to_owned()));
    if let Some(id) = id {
        fields.push(hidden("id", id.to_string()));
    }
    form("post", "/api/change", class, fields)
}

/// What a form sends along so that it leads back to the same page of a list.
pub type Back = Vec<(&'static str, String)>;

/// The same for one of those that a page lists.
pub fn row_form(
    change: &'static str,
    id: Option<i64>,
    class: &'static str,
    mut fields: Vec<AnyView>,
    back: &Back,
) -> AnyView {
    fields.extend(back.iter().map(|(name, value)| hidden(name, value.clone())));
    change_form(change, id, class, fields)
}

/// A form that looks for people.
pub fn search_form(fields: Vec<AnyView>) -> AnyView {
    form("get", "/settings/people", "settings-row-form", fields)
}

fn form(
    method: &'static str,
    action: &'static str,
    class: &'static str,
    fields: Vec<AnyView>,
) -> AnyView {
    let session = expect_context::<Session>();
    let told = expect_context::<Told>();
    let submit = move |event: SubmitEvent| {
        told.clear();
        match form_of(&event) {
            Some(form) if method == "get" => {
                event.prevent_default();
                session.go(Place::settings(Section::People {
                    search: choice_of(&form, "search"),
                    after: None,
                }));
            }
            Some(form) => send(session, told, &event, form),
            None => {}
        }
    };
    view! {
        <form method=method action=action class=class on:submit=submit>
            {fields}
        </form>
    }
    .into_any()
}

fn send(session: Session, told: Told, event: &SubmitEvent, form: Form) {
    let call = |form: &Form| {
        let change = Change::read(&|name| filled_in(form, name))?;
        if matches!(change, Change::Leave { .. }) {
            // The socket may hear of it before the answer comes.
            session.signing_out();
        }
        let me = session.my_id();
        let preferred = match &change {
            Change::Preferences(preferences) => Some(*preferences),
            _ => None,
        };
        Some(async move {
            let answer = api::change(me, change).await;
            // It holds here at once, whatever becomes of the socket.
            let is_made = answer.as_ref().is_ok_and(|mine| mine.answer.is_ok());
            if let Some(preferences) = preferred.filter(|_| is_made) {
                session.prefer(preferences);
            }
            if answer.is_err() {
                session.staying();
            }
            Ok(answer?.answer)
        })
    };
    told.state.send(event, call, move |answer| {
        finish(session, told, &form, answer);
    });
}

fn finish(session: Session, told: Told, form: &Form, answer: Result<Changed, ApiError>) {
    if answer == Ok(Changed::Left) {
        return browser::go_to(&Place::Home.behind_sign_in().to_string());
    }
    let is_done = answer.is_ok();
    told.came(answer);
    if !is_done {
        session.staying();
        return focus_first_problem(form);
    }
    // Passwords are not left lying about; what else there is is shown as it is stored now.
    if !choice_of(form, "old").is_empty() {
        form.reset();
    }
    session.refresh();
    focus_outcome();
}

/// What came of it is where one is, once that is drawn.
pub fn focus_outcome() {
    request_animation_frame(|| browser::focus(OUTCOME_ID));
}
