//! A thread's settings, in a panel beside it: its owners say what it is called and for whom it is, put
//! it away and see to who is in it; everybody may leave.

use leptos::either::Either;
use leptos::prelude::*;

use super::manage::{Act, ActButton, ManageFields};
use super::members::{Members, may_moderate};
use crate::api;
use crate::app::Refused;
use crate::client::session::Session;
use crate::components::form::visibility::{PRIVATE, Visibility};
use crate::components::form::{
    Form, FormError, FormState, TextField, TextKind, choice_of, field_of, is_checked, value_of,
};
use crate::components::icons::CloseIcon;
use crate::protocol::error::wait;
use crate::protocol::{
    Field, Manage, Pause, Place, Role, Thread, ThreadChange, ThreadId, ThreadKind,
};
use crate::words;

#[component]
pub fn SettingsPanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let role = Memo::new(move |_| session.role(id));
    let body = move || match role.get() {
        Some(Role::Owner) => Either::Left(view! { <ForOwners id /> }),
        role => Either::Right(view! { <ForOthers id role /> }),
    };
    view! {
        <aside class="panel" aria-label="Settings">
            <header class="panel-header">
                <h2>"Settings"</h2>
                <a class="icon-button" href=Place::thread(id).to_string()>
                    <CloseIcon />
                    <span class="visually-hidden">"Close"</span>
                </a>
            </header>
            {body}
        </aside>
    }
}

#[component]
fn ForOwners(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = crate::components::refused();
    let is_about = |refused: &Refused| refused.field("what") == "change";
    let (about, other) = match refused {
        Some(refused) if is_about(&refused) => (Some(refused), None),
        other => (None, other),
    };
    let state = FormState::new(other.map(|refused| refused.error));
    let is_archived = Memo::new(move |_| {
        session
            .thread
            .with(|thread| thread.as_ref().is_some_and(|thread| !thread.is_active()))
    });
    let put_away = move || match is_archived.get() {
        false => view! { <ActButton id act=Act::Archive label="Archive" question=ARCHIVE state /> },
        true => view! { <ActButton id act=Act::BringBack label="Bring back" state /> },
    };
    view! {
        <About id refused=about />
        <section class="panel-section" aria-label="Members">
            <h3>"Members"</h3>
            <Members id state />
        </section>
        <section class="panel-section panel-acts">
            <FormError state />
            {put_away}
            <Leave id state />
        </section>
    }
}

/// What can be set of a thread.
#[derive(Clone, Default, PartialEq)]
struct Wanted {
    name: String,
    about: String,
    is_private: bool,
    for_everybody: bool,
    announcements: bool,
    slow: Pause,
}

impl Wanted {
    fn of(thread: &Thread) -> Self {
        Self {
            name: thread.name.to_string(),
            about: thread.description.to_string(),
            is_private: thread.kind == ThreadKind::Private,
            for_everybody: thread.for_everybody,
            announcements: thread.announcements,
            slow: thread.slow_seconds,
        }
    }

    /// What was in the fields of a form that was refused, empty ones too; with `was_`, what they showed
    /// before.
    fn refused(refused: &Refused, before: &str) -> Self {
        let field = |name: &str| refused.field(&format!("{before}{name}"));
        Self {
            name: field("name"),
            about: field("description"),
            is_private: !field("private").is_empty(),
            for_everybody: !field(FOR_EVERYBODY).is_empty(),
            announcements: !field(ANNOUNCEMENTS).is_empty(),
            slow: pause(&field(SLOW)),
        }
    }

    /// What is not there to be set stays as it was shown.
    fn typed(form: &Form, shown: &Self) -> Self {
        let for_everybody = field_of(form, FOR_EVERYBODY);
        Self {
            name: value_of(form, "name"),
            about: value_of(form, "description"),
            is_private: is_checked(form, PRIVATE),
            for_everybody: for_everybody.map_or(shown.for_everybody, |field| field.checked()),
            announcements: is_checked(form, ANNOUNCEMENTS),
            slow: pause(&choice_of(form, SLOW)),
        }
    }

    /// What is different from what was shown: what others have changed meanwhile stays as it is.
    fn change_from(self, shown: &Self) -> ThreadChange {
        let private = (self.is_private != shown.is_private).then_some(self.is_private);
        let everybody = (self.for_everybody != shown.for_everybody).then_some(self.for_everybody);
        let announcements = self.announcements != shown.announcements;
        ThreadChange {
            name: (self.name != shown.name).then_some(self.name),
            description: (self.about != shown.about).then_some(self.about),
            private,
            for_everybody: everybody,
            announcements: announcements.then_some(self.announcements),
            slow_seconds: (self.slow != shown.slow).then_some(self.slow),
            archived: None,
        }
    }
}

const FOR_EVERYBODY: &str = "for_everybody";
const ANNOUNCEMENTS: &str = "announcements";
const SLOW: &str = "slow_seconds";

/// How long one waits between two messages, as forms say it.
fn pause(seconds: &str) -> Pause {
    seconds.parse().map(u32::into).unwrap_or_default()
}

/// What the thread is called and about, and who may see it. It follows what others change until
/// something is typed or chosen here.
#[component]
fn About(id: ThreadId, refused: Option<Refused>) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = FormState::new(refused.as_ref().map(|refused| refused.error.clone()));
    let is_saved = RwSignal::new(false);
    let is_touched = RwSignal::new(refused.is_some());
    let first = refused
        .as_ref()
        .map(|refused| Wanted::refused(refused, "was_"));
    let shown = Memo::new(move |before: Option<&Wanted>| {
        let before = before.or(first.as_ref());
        let stays = is_touched.get() && before.is_some();
        let now = session.thread.with(|thread| {
            let thread = thread.as_ref().filter(|thread| thread.id == id);
            thread.map(Wanted::of)
        });
        now.filter(|_| !stays)
            .or_else(|| before.cloned())
            .unwrap_or_default()
    });
    let submit = state.on_answer(
        move |form| {
            is_saved.set(false);
            let shown = shown.get_untracked();
            let change = Wanted::typed(form, &shown).change_from(&shown);
            api::manage_thread(session.my_id(), id, Manage::Change(change))
        },
        move |(), form| {
            is_saved.set(true);
            settle(form);
            is_touched.set(false);
        },
    );
    let typed = refused.map(|refused| Wanted::refused(&refused, ""));
    let fields = move || {
        let shown = shown.get();
        let now = match &typed {
            Some(typed) if is_touched.get_untracked() => typed.clone(),
            _ => shown.clone(),
        };
        view! {
            <input type="hidden" name="was_name" value=shown.name />
            <input type="hidden" name="was_description" value=shown.about />
            <input type="hidden" name="was_private" value=word(shown.is_private) />
            <TextField
                label="Name"
                name="name"
                field=Field::ThreadName
                kind=TextKind::Plain
                value=now.name
                state
            />
            <TextField
                label="What it is about"
                name="description"
                field=Field::Description
                kind=TextKind::Plain
                value=now.about
                state
            />
            <Visibility is_private=now.is_private />
            <SlowMode was=shown.slow is_so=now.slow />
            <Choice
                name=ANNOUNCEMENTS
                was=shown.announcements
                is_so=now.announcements
                title="Announcements only"
                hint="Only owners and administrators post. Everybody else reads and reacts."
            />
            {session
                .is_administrator
                .then(|| {
                    view! {
                        <Choice
                            name=FOR_EVERYBODY
                            was=shown.for_everybody
                            is_so=now.for_everybody
                            title="For newcomers"
                            hint=FOR_NEWCOMERS
                        />
                    }
                })}
        }
    };
    view! {
        <form
            class="panel-form"
            method="post"
            action="/api/manage_thread"
            on:submit=submit
            on:input=move |_| is_touched.set(true)
        >
            <FormError state />
            {fields}
            <ManageFields id what="change" button="Save" state />
            <p class="field-hint" role="status">
                {move || is_saved.get().then_some("Saved.")}
            </p>
        </form>
    }
}

/// How long everybody but those in charge waits between two messages.
#[component]
fn SlowMode(was: Pause, is_so: Pause) -> impl IntoView {
    // One that somebody has chosen otherwise is offered too.
    let mut choices = Pause::CHOICES.to_vec();
    choices.extend((!is_so.is_none()).then_some(is_so.seconds()));
    choices.sort_unstable();
    choices.dedup();
    let option = |seconds: u32| {
        let every = wait(seconds);
        view! {
            <option value=seconds.to_string() selected=seconds == is_so.seconds()>
                {format!("Every {every}")}
            </option>
        }
    };
    view! {
        <input type="hidden" name=format!("was_{SLOW}") value=was.seconds().to_string() />
        <div class="field">
            <label for=SLOW>"Slow mode"</label>
            <select id=SLOW name=SLOW>
                <option value="0" selected=is_so.is_none()>
                    "Off"
                </option>
                {choices.into_iter().map(option).collect_view()}
            </select>
            <span class="field-hint">"How often everybody but owners and administrators may post."</span>
        </div>
    }
}

/// Something that a thread is or is not, with what it was when it was shown.
#[component]
fn Choice(
    name: &'static str,
    was: bool,
    is_so: bool,
    title: &'static str,
    hint: &'static str,
) -> impl IntoView {
    // Some are for certain threads only, by style.
    view! {
        <input type="hidden" name=format!("was_{name}") value=word(was) />
        <label class=format!("choice {name}")>
            <input type="checkbox" name=name id=name value="true" checked=is_so />
            <span>
                <strong>{title}</strong>
                <span class="field-hint">{hint}</span>
            </span>
        </label>
    }
}

/// A choice as forms say it.
fn word(is_so: bool) -> &'static str {
    if is_so { "true" } else { "" }
}

/// What is in the fields is what they begin with from now on, so that they follow what is shown again.
fn settle(form: &Form) {
    for name in ["name", "description"] {
        if let Some(field) = field_of(form, name) {
            field.set_default_value(&field.value());
        }
    }
    for id in [PRIVATE, FOR_EVERYBODY, ANNOUNCEMENTS] {
        if let Some(field) = field_of(form, id) {
            field.set_default_checked(field.checked());
        }
    }
    form.reset();
}

/// Administrators say which threads people find themselves in on their first day.
const FOR_NEWCOMERS: &str = "While everybody may see it, people who join this server belong to it from their first day. Those who are here already do not join by that.";
const ARCHIVE: &str = "Nobody can write here any more, until an owner brings it back.";

/// Leaving, with a question where one cannot come back as one was.
#[component]
fn Leave(id: ThreadId, state: FormState) -> impl IntoView {
    let session = expect_context::<Session>();
    let question = Memo::new(move |_| {
        let kind = session.thread.with(|thread| Some(thread.as_ref()?.kind));
        let members = session.members.with(|all| all.as_ref().map(Vec::len));
        before_leaving(kind?, members, session.role(id)?)
    });
    move || match question.get() {
        Some(question) => view! { <ActButton id act=Act::Leave label="Leave" question state /> },
        None => view! { <ActButton id act=Act::Leave label="Leave" state /> },
    }
}

/// What is asked before somebody leaves; nothing where they can come back as they were.
fn before_leaving(kind: ThreadKind, members: Option<usize>, role: Role) -> Option<&'static str> {
    match (kind, members, role) {
        (ThreadKind::Private, Some(1), _) => {
            Some("Nobody else is in it: nobody can read it any more after that, you neither.")
        }
        (ThreadKind::Private, ..) => Some("You can read it again only if somebody in it adds you."),
        (_, _, Role::Owner) => Some("You can come back, but you are not its owner then."),
        _ => None,
    }
}

#[component]
fn ForOthers(id: ThreadId, role: Option<Role>) -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = crate::components::refused();
    let state = FormState::new(refused.map(|refused| refused.error));
    let about = move || {
        session.thread.with(|thread| {
            let thread = thread.as_ref()?;
            let (name, about) = (thread.name.to_string(), thread.description.to_string());
            Some(view! {
                <strong dir="auto">{name}</strong>
                <p dir="auto">{about}</p>
                <p class="field-hint">{words::kind(thread.kind)}</p>
                <p class="field-hint">{thread.announcements.then_some(words::ANNOUNCEMENTS)}</p>
            })
        })
    };
    let leave = role.map(|_| view! { <Leave id state /> });
    // An administrator sees to what is said in threads of others.
    let members = move || {
        may_moderate(session).then(|| {
            view! {
                <section class="panel-section" aria-label="Members">
                    <h3>"Members"</h3>
                    <Members id state />
                </section>
            }
        })
    };
    view! {
        <section class="panel-section">{about}</section>
        {members}
        <section class="panel-section panel-acts">
            <FormError state />
            {leave}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_it_was_shown_is_not_sent() {
        let shown = Wanted {
            name: "Tea".to_owned(),
            ..Wanted::default()
        };
        let same = shown.clone().change_from(&shown);
        assert_eq!(same, ThreadChange::default());
        let corrected = Wanted {
            about: "Leaves".to_owned(),
            ..shown.clone()
        };
        let change = corrected.change_from(&shown);
        assert_eq!(change.description.as_deref(), Some("Leaves"));
        assert_eq!(
            (change.name, change.private, change.for_everybody),
            (None, None, None)
        );
        let closed = Wanted {
            is_private: true,
            ..shown.clone()
        };
        assert_eq!(closed.change_from(&shown).private, Some(true));
        assert_eq!(change.announcements, None);
        let announces = Wanted {
            announcements: true,
            ..shown.clone()
        };
        assert_eq!(announces.change_from(&shown).announcements, Some(true));
        let slow = Wanted {
            slow: 30.into(),
            ..shown.clone()
        };
        assert_eq!(change.slow_seconds, None);
        assert_eq!(slow.change_from(&shown).slow_seconds, Some(30.into()));
    }

    #[test]
    fn whoever_cannot_come_back_as_they_were_is_asked() {
        let last = before_leaving(ThreadKind::Private, Some(1), Role::Owner);
        assert!(last.unwrap().contains("nobody can read it"));
        let private = before_leaving(ThreadKind::Private, Some(2), Role::Member);
        assert!(private.unwrap().contains("adds you"));
        assert!(before_leaving(ThreadKind::Public, Some(1), Role::Owner).is_some());
        assert!(before_leaving(ThreadKind::Public, Some(1), Role::Member).is_none());
    }

    #[test]
    fn a_form_that_was_refused_is_taken_as_it_was_sent() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let refused = Refused {
            thread: None,
            error: crate::protocol::ApiError::Internal,
            typed: String::new(),
            fields: vec![
                field("name", ""),
                field("private", "true"),
                field("was_name", "Tea"),
                field("was_private", ""),
            ],
        };
        let typed = Wanted::refused(&refused, "");
        assert!(typed.name.is_empty() && typed.is_private);
        let shown = Wanted::refused(&refused, "was_");
        assert_eq!((shown.name.as_str(), shown.is_private), ("Tea", false));
    }
}
