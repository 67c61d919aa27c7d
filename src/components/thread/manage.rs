//! Forms that do something about a thread. Without the script they are posted as they are.

use leptos::prelude::*;

use crate::api;
use crate::client::session::Session;
use crate::components::ask::ask;
use crate::components::form::{FormButton, FormError, FormState};
use crate::protocol::{Manage, Place, ThreadId, UserId};

/// What a button does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Join,
    Leave,
    Remove(UserId),
    MakeOwner(UserId),
    Unmute(UserId),
    Archive,
    BringBack,
}

impl Act {
    fn name(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Remove(_) => "remove",
            Self::MakeOwner(_) => "make_owner",
            Self::Unmute(_) => "unmute",
            Self::Archive => "archive",
            Self::BringBack => "bring_back",
        }
    }

    fn user(self) -> Option<UserId> {
        match self {
            Self::Remove(user) | Self::MakeOwner(user) | Self::Unmute(user) => Some(user),
            _ => None,
        }
    }

    fn manage(self) -> Manage {
        let archived = |is_archived| {
            Manage::Change(crate::protocol::ThreadChange {
                archived: Some(is_archived),
                ..Default::default()
            })
        };
        match self {
            Self::Join => Manage::Join,
            Self::Leave => Manage::Leave,
            Self::Remove(user) => Manage::Remove { user },
            Self::MakeOwner(user) => Manage::MakeOwner { user },
            Self::Unmute(user) => Manage::Unmute { user },
            Self::Archive => archived(true),
            Self::BringBack => archived(false),
        }
    }
}

/// A button that does something at once. What it is refused for is said where `state` says it.
#[allow(clippy::needless_pass_by_value)]
#[component]
pub fn ActButton(
    id: ThreadId,
    act: Act,
    label: &'static str,
    /// Whom it concerns, for those who do not see where it stands.
    #[prop(optional)]
    about: String,
    /// What is asked first, where the person cannot undo it alone.
    #[prop(optional)]
    question: &'static str,
    state: FormState,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let submit = state.on_answer(
        move |_| api::manage_thread(session.my_id(), id, act.manage()),
        move |(), _| {
            if act == Act::Leave {
                session.go(Place::Home);
            }
        },
    );
    let about = (!about.is_empty()).then(|| format!(" {about}"));
    let button = act_button(label, about.clone());
    let form = view! {
        <form method="post" action="/api/manage_thread" on:submit=submit>
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="what" value=act.name() />
            {act
                .user()
                .map(|user| {
                    view! { <input type="hidden" name="user" value=user.to_string() /> }
                })}
            {button}
        </form>
    }
    .into_any();
    match question {
        "" => form,
        question => ask(label, about.unwrap_or_default(), question, form),
    }
}

fn act_button(label: &'static str, about: Option<String>) -> AnyView {
    let about = about.map(|about| view! { <span class="visually-hidden">{about}</span> });
    view! {
        <button type="submit" class="button small">
            {label}
            {about}
        </button>
    }
    .into_any()
}

/// Whoever reads a thread that is for everybody may belong to it.
#[component]
pub fn JoinButton(id: ThreadId) -> impl IntoView {
    let refused = crate::components::refused();
    let refused = refused.filter(|refused| refused.field("what") == "join");
    let state = FormState::new(refused.map(|refused| refused.error));
    view! {
        <div class="join">
            <FormError state />
            <ActButton id act=Act::Join label="Join" state />
        </div>
    }
}

/// The two fields that each form about a thread has, and its button.
#[component]
pub fn ManageFields(
    id: ThreadId,
    what: &'static str,
    button: &'static str,
    state: FormState,
) -> impl IntoView {
    view! {
        <input type="hidden" name="thread" value=id.to_string() />
        <input type="hidden" name="what" value=what />
        <FormButton label=button state />
    }
}
