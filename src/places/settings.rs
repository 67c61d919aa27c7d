//! The settings: pages beside each other, of which the address chooses one.
//!
//! What a page shows comes as JSON that only this part of the download reads. Each change is a plain
//! form to one address; where the script runs, it is sent as a call, what came of it is said at the
//! top, and the page is asked for again. So a page shows what is stored, never what was hoped for.

mod account;
mod audit;
mod blocked;
mod device;
mod folders;
mod form;
mod invitations;
mod notifications;
mod password;
mod people;
mod picture;
mod pieces;
mod preferences;
mod profile;
mod reports;
mod sessions;

use leptos::prelude::*;

use self::form::{Told, outcome};
use self::pieces::link;
use crate::client::browser;
use crate::client::session::Session;
use crate::components::Page;
use crate::components::icons::BackIcon;
use crate::parts::part;
use crate::protocol::frame::parse;
use crate::protocol::settings::{Change, Rights, Settings, SettingsPage};
use crate::protocol::{Place, Section};

part!(pub GOVERNING in settings: |page: Governing| governing(page));

/// A page that not everybody has, as JSON, with what was typed there and refused.
#[derive(Clone, Debug)]
pub enum Governing {
    Invitations(String, Option<Change>),
    People(String, Option<Change>),
    Reports(String),
    Audit(String),
}

#[component]
pub fn SettingsPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let told = Told::new();
    provide_context(told);
    let title = move || session.place.with(title_at);
    // What was said is about the page that it was said on.
    Effect::new(move |before: Option<&'static str>| {
        let now = title();
        if before.is_some_and(|before| before != now) {
            told.clear();
        }
        now
    });
    let settings = parse::<Settings>(&session.packed.get_untracked());
    if let Some(outcome) = settings.ok().and_then(|settings| settings.outcome) {
        told.came(outcome);
    }
    let page = move || {
        let settings = parse::<Settings>(&session.packed.get()).ok()?;
        let current = session.place.with_untracked(title_at);
        let page = page(session, settings.page, settings.refused);
        let page = view! { <div class="settings-page">{page}</div> };
        Some(vec![tabs(settings.rights, current), page.into_any()])
    };
    // What is in the fields is what is stored, whatever was chosen in them before.
    Effect::new(move |before: Option<()>| {
        session.packed.track();
        if before.is_some() {
            browser::close_questions();
            request_animation_frame(|| browser::reset_forms(".settings-page form"));
        }
    });
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/">
                <BackIcon />
                <span class="visually-hidden">"My threads"</span>
            </a>
            <h1 id="place-content" tabindex="-1">
                {title}
            </h1>
        </header>
        <div class="settings">{outcome(told)} {page}</div>
    }
}

fn governing(page: Governing) -> Vec<AnyView> {
    let session = expect_context::<Session>();
    let page = match page {
        Governing::Invitations(json, typed) => {
            let page = parse(&json).map(|page| invitations::page(session, page, typed.as_ref()));
            page.ok()
        }
        Governing::People(json, typed) => {
            let page = parse(&json).map(|page| people::page(page, typed));
            page.ok()
        }
        Governing::Reports(json) => parse(&json).map(|page| reports::page(session, page)).ok(),
        Governing::Audit(json) => parse(&json).map(|page| audit::page(session, page)).ok(),
    };
    page.unwrap_or_default()
}

fn title_at(place: &Place) -> &'static str {
    match place {
        Place::Settings { section, .. } => title(section),
        _ => "Settings",
    }
}

fn title(section: &Section) -> &'static str {
    match section {
        Section::Profile => "Profile",
        Section::Preferences => "Preferences",
        Section::Notifications => "Notifications",
        Section::Folders => "Folders",
        Section::Password => "Password",
        Section::Sessions => "Sessions",
        Section::Invitations { .. } => "Invitations",
        Section::People { .. } => "People",
        Section::Blocked => "Blocked",
        Section::Account => "Delete my account",
        Section::Reports { .. } => "Reports",
        Section::Audit { .. } => "Audit log",
    }
}

fn tabs(rights: Rights, current: &'static str) -> AnyView {
    let is_there = |section: &Section| match section {
        Section::Invitations { .. } => rights.may_invite,
        Section::People { .. } | Section::Reports { .. } | Section::Audit { .. } => {
            rights.may_govern
        }
        _ => true,
    };
    let links: Vec<_> = [
        Section::Profile,
        Section::Preferences,
        Section::Notifications,
        Section::Folders,
        Section::Password,
        Section::Sessions,
        Section::invitations(),
        Section::people(),
        Section::Reports { before: None },
        Section::Audit { before: None },
        Section::Blocked,
        Section::Account,
    ]
    .into_iter()
    .filter(is_there)
    .map(|section| {
        let title = title(&section);
        link("", title, &Place::settings(section), title == current)
    })
    .collect();
    let page = expect_context::<Page>();
    let show_keys = move |_| page.shows_keys.set(true);
    view! {
        <nav class="settings-tabs" aria-label="Settings">
            {links}
            <button type="button" class="link-button keys-button" on:click=show_keys>
                "Keyboard shortcuts"
            </button>
        </nav>
    }
    .into_any()
}

fn page(session: Session, page: SettingsPage, typed: Option<Change>) -> Vec<AnyView> {
    match page {
        SettingsPage::Profile(profile) => profile::page(session, profile, typed),
        SettingsPage::Preferences(preferences) => preferences::page(preferences),
        SettingsPage::Notifications(page) => notifications::page(session, page, typed),
        SettingsPage::Folders(folders) => folders::page(session, &folders, typed.as_ref()),
        SettingsPage::Password => password::page(),
        SettingsPage::Sessions(sessions) => sessions::page(session, sessions),
        SettingsPage::Invitations(json) => {
            vec![GOVERNING.show(Governing::Invitations(json, typed))]
        }
        SettingsPage::People(json) => vec![GOVERNING.show(Governing::People(json, typed))],
        SettingsPage::Reports(json) => vec![GOVERNING.show(Governing::Reports(json))],
        SettingsPage::Audit(json) => vec![GOVERNING.show(Governing::Audit(json))],
        SettingsPage::Blocked(blocked) => blocked::page(blocked),
        SettingsPage::Account { username } => account::page(&username),
    }
}
