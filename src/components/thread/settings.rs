//! A thread's settings, in a panel beside it: its owners say what it is called and for whom it is, put
//! it away and see to who is in it; everybody may leave.

use leptos::either::Either;
use leptos::prelude::*;

use super::manage::{Act, ActButton, ManageFields};
use crate::api;
use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::form::visibility::{PRIVATE, Visibility};
use crate::components::form::{FormError, FormState, TextField, TextKind, is_checked, value_of};
use crate::components::icons::CloseIcon;
use crate::protocol::{
    Field, Manage, Place, Role, Thread, ThreadChange, ThreadId, ThreadKind, User,
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
    let state = FormState::new(None);
    let is_archived = Memo::new(move |_| {
        session
            .thread
            .with(|thread| thread.as_ref().is_some_and(|thread| !thread.is_active()))
    });
    let put_away = move || match is_archived.get() {
        false => view! { <ActButton id act=Act::Archive label="Archive" state /> },
        true => view! { <ActButton id act=Act::BringBack label="Bring back" state /> },
    };
    view! {
        <About id />
        <section class="panel-section" aria-label="Members">
            <h3>"Members"</h3>
            <Members id state />
        </section>
        <section class="panel-section panel-acts">
            <FormError state />
            {put_away}
            <ActButton id act=Act::Leave label="Leave" state />
        </section>
    }
}

/// What the thread is called and about, and who may see it.
#[component]
fn About(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = crate::components::refused();
    let state = FormState::new(refused.as_ref().map(|refused| refused.error.clone()));
    let is_saved = RwSignal::new(false);
    let submit = state.on_answer(
        move |form| {
            is_saved.set(false);
            let change = ThreadChange {
                name: Some(value_of(form, "name")),
                description: Some(value_of(form, "description")),
                private: Some(is_checked(form, PRIVATE)),
                archived: None,
            };
            api::manage_thread(session.my_id(), id, Manage::Change(change))
        },
        move |(), _| is_saved.set(true),
    );
    let now = session.thread.with_untracked(Option::clone);
    let of = |of: fn(&Thread) -> String| now.as_ref().map_or_else(String::new, of);
    let typed = |name, known: String| {
        let typed = refused.as_ref().map(|refused| refused.field(name));
        typed.filter(|typed| !typed.is_empty()).unwrap_or(known)
    };
    let (name, about) = (
        typed("name", of(|thread| thread.name.to_string())),
        typed("description", of(|thread| thread.description.to_string())),
    );
    let is_private = now
        .as_ref()
        .is_some_and(|thread| thread.kind == ThreadKind::Private);
    view! {
        <form class="panel-form" method="post" action="/api/manage_thread" on:submit=submit>
            <FormError state />
            <TextField
                label="Name"
                name="name"
                field=Field::ThreadName
                kind=TextKind::Plain
                value=name
                state
            />
            <TextField
                label="What it is about"
                name="description"
                field=Field::Description
                kind=TextKind::Plain
                value=about
                state
            />
            <Visibility is_private />
            <ManageFields id what="change" button="Save" state />
            <p class="field-hint" role="status">
                {move || is_saved.get().then_some("Saved.")}
            </p>
        </form>
    }
}

#[component]
fn Members(id: ThreadId, state: FormState) -> impl IntoView {
    let session = expect_context::<Session>();
    let members = move || {
        let owners = session.owners.get();
        let members = session.members.get().unwrap_or_default().into_iter();
        let member = |user: User| {
            let is_owner = owners.contains(&user.id);
            view! { <Member id user is_owner state /> }
        };
        members.map(member).collect::<Vec<_>>()
    };
    view! { <ul class="people">{members}</ul> }
}

#[component]
fn Member(id: ThreadId, user: User, is_owner: bool, state: FormState) -> impl IntoView {
    let session = expect_context::<Session>();
    let (who, name) = (user.id, user.name.to_string());
    let about = name.clone();
    let handle = match is_owner {
        true => format!("@{} · owner", user.username),
        false => format!("@{}", user.username),
    };
    let promote = (!is_owner).then(|| {
        let about = about.clone();
        view! { <ActButton id act=Act::MakeOwner(who) label="Make owner" about state /> }
    });
    let remove = (who != session.my_id())
        .then(|| view! { <ActButton id act=Act::Remove(who) label="Remove" about state /> });
    view! {
        <li class="person member">
            <Avatar user />
            <div class="account-name">
                <strong dir="auto">{name}</strong>
                <span>{handle}</span>
            </div>
            <div class="member-acts">{promote} {remove}</div>
        </li>
    }
}

#[component]
fn ForOthers(id: ThreadId, role: Option<Role>) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = FormState::new(None);
    let about = move || {
        session.thread.with(|thread| {
            let thread = thread.as_ref()?;
            let (name, about) = (thread.name.to_string(), thread.description.to_string());
            Some(view! {
                <strong dir="auto">{name}</strong>
                <p dir="auto">{about}</p>
                <p class="field-hint">{words::kind(thread.kind)}</p>
            })
        })
    };
    let leave = role.map(|_| view! { <ActButton id act=Act::Leave label="Leave" state /> });
    view! {
        <section class="panel-section">{about}</section>
        <section class="panel-section panel-acts">
            <FormError state />
            {leave}
        </section>
    }
}
