//! The settings: pages beside each other, of which the address chooses one.
//!
//! What a page shows comes as JSON that only this part of the download reads. Each change is a plain
//! form to one address; where the script runs, it is sent as a call, what came of it is said at the
//! top, and the page is asked for again. So a page shows what is stored, never what was hoped for.

mod account;
mod device;
mod form;
mod invitations;
mod password;
mod people;
mod pieces;
mod profile;
mod sessions;

use leptos::prelude::*;

use self::form::Told;
use crate::client::session::Session;
use crate::components::icons::BackIcon;
use crate::protocol::frame::parse;
use crate::protocol::settings::{Rights, Settings, SettingsPage};
use crate::protocol::{Place, Section};

/// The kinds of page, as links to them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Profile,
    Password,
    Sessions,
    Invitations,
    People,
    Account,
}

impl Tab {
    const ALL: [Self; 6] = [
        Self::Profile,
        Self::Password,
        Self::Sessions,
        Self::Invitations,
        Self::People,
        Self::Account,
    ];

    fn of(page: &SettingsPage) -> Self {
        match page {
            SettingsPage::Profile(_) => Self::Profile,
            SettingsPage::Password => Self::Password,
            SettingsPage::Sessions(_) => Self::Sessions,
            SettingsPage::Invitations(_) => Self::Invitations,
            SettingsPage::People(_) => Self::People,
            SettingsPage::Account { .. } => Self::Account,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Profile => "Profile",
            Self::Password => "Password",
            Self::Sessions => "Sessions",
            Self::Invitations => "Invitations",
            Self::People => "People",
            Self::Account => "Delete my account",
        }
    }

    fn section(self) -> Section {
        match self {
            Self::Profile => Section::Profile,
            Self::Password => Section::Password,
            Self::Sessions => Section::Sessions,
            Self::Invitations => Section::Invitations,
            Self::People => Section::people(),
            Self::Account => Section::Account,
        }
    }

    fn is_for(self, rights: Rights) -> bool {
        match self {
            Self::Invitations => rights.may_invite,
            Self::People => rights.may_govern,
            _ => true,
        }
    }
}

#[component]
pub fn SettingsPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let settings = Memo::new(move |_| parse::<Settings>(&session.settings.get()).ok());
    let told = Told::new();
    provide_context(told);
    // What was said is about the page that it was said on.
    let tab = Memo::new(move |_| settings.with(|s| Some(Tab::of(&s.as_ref()?.page))));
    Effect::new(move |before: Option<Option<Tab>>| {
        let now = tab.get();
        if before.is_some_and(|before| before != now) {
            told.clear();
        }
        now
    });
    let first = settings.with_untracked(|settings| settings.as_ref()?.outcome.clone());
    if let Some(outcome) = first {
        told.came(outcome);
    }
    let title = move || tab.get().map_or("Settings", Tab::title);
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
        <div class="settings">
            {move || {
                let rights = settings.with(|settings| settings.as_ref().map(|s| s.rights));
                rights.map(|rights| tabs(rights, tab.get()))
            }} <div class="settings-page">
                <form::Outcome />
                {move || settings.get().map(|settings| page(session, settings.page))}
            </div>
        </div>
    }
}

fn tabs(rights: Rights, current: Option<Tab>) -> AnyView {
    let links: Vec<_> = Tab::ALL
        .into_iter()
        .filter(|tab| tab.is_for(rights))
        .map(|tab| {
            let is_current = (current == Some(tab)).then_some("page");
            let address = Place::settings(tab.section()).to_string();
            view! {
                <li>
                    <a href=address aria-current=is_current>
                        {tab.title()}
                    </a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <nav class="settings-tabs" aria-label="Settings">
            <ul>{links}</ul>
        </nav>
    }
    .into_any()
}

fn page(session: Session, page: SettingsPage) -> Vec<AnyView> {
    match page {
        SettingsPage::Profile(profile) => profile::page(session, profile),
        SettingsPage::Password => password::page(),
        SettingsPage::Sessions(sessions) => sessions::page(session, sessions),
        SettingsPage::Invitations(invitations) => invitations::page(session, invitations),
        SettingsPage::People(page) => people::page(session, page),
        SettingsPage::Account { username } => account::page(&username),
    }
}
