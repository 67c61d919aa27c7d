//! The places: what each looks like, given its data. Adding one adds a file here and a line to the
//! table in [`crate::components::chat`], which shows those for members, or in [`crate::app`].

mod browse;
mod everybody;
mod home;
mod new_direct;
mod new_thread;
mod notice;
mod person;
mod register;
mod search;
mod settings;
mod setup;
mod sheet;
mod sign_in;

pub use home::HomePlace;

use leptos::prelude::IntoAny;

use crate::app::{FormData, MessageKind};
use crate::components::thread::{FAVOURITE, MESSAGE_PANEL, NOTIFY, PEOPLE, THREAD_SETTINGS};
use crate::parts::{Missing, part};
use crate::protocol::{Panel, Place, Section};

part!(pub SIGN_IN in stranger: |form: FormData| sign_in::SignInPage(sign_in::SignInPageProps { form }));
part!(pub REGISTER in stranger: |form: FormData| register::RegisterPage(register::RegisterPageProps { form }));
part!(pub NOTICE in stranger: |kind: MessageKind| notice::NoticePage(notice::NoticePageProps { kind }));
part!(pub SETUP in stranger: |form: FormData| setup::SetupPage(setup::SetupPageProps { form }));
part!(pub SETTINGS in settings: |_none: ()| settings::SettingsPlace());
part!(pub BROWSE in browse: |_none: ()| browse::BrowsePlace());
part!(
    /// One part for three views: whoever looks at one of them mostly comes to another.
    pub EVERYBODY in everybody: |what: OfPeople| match what {
        OfPeople::List => IntoAny::into_any(everybody::EverybodyPlace()),
        OfPeople::Page => person::PersonPlace().into_any(),
        OfPeople::Card => person::CardDialog().into_any(),
    }
);
part!(pub SEARCH in search: |_none: ()| search::SearchPlace());
part!(pub NEW_THREAD in starting: |_none: ()| new_thread::NewThreadPlace());
part!(pub NEW_DIRECT in starting: |_none: ()| new_direct::NewDirectPlace());

/// What there is to show of people.
#[derive(Clone, Copy, Debug)]
pub enum OfPeople {
    /// Everybody.
    List,
    /// Somebody, as a page, and over what one looks at.
    Page,
    Card,
}

/// Fetches what is needed to draw a place, beyond what is always there.
///
/// # Errors
/// It cannot be had.
pub async fn load(place: &Place) -> Result<(), Missing> {
    match place {
        Place::Home | Place::Thread { panel: None, .. } => Ok(()),
        Place::Thread {
            panel: Some(Panel::People),
            ..
        } => PEOPLE.load().await.map(drop),
        Place::Thread {
            panel: Some(Panel::Settings),
            ..
        } => THREAD_SETTINGS.load().await.map(drop),
        Place::Thread {
            panel: Some(Panel::Notify),
            ..
        } => NOTIFY.load().await.map(drop),
        Place::Thread {
            panel: Some(Panel::Favourite),
            ..
        } => FAVOURITE.load().await.map(drop),
        Place::Thread {
            panel: Some(Panel::Message),
            ..
        } => MESSAGE_PANEL.load().await.map(drop),
        Place::NewThread => NEW_THREAD.load().await.map(drop),
        Place::NewDirect => NEW_DIRECT.load().await.map(drop),
        Place::Browse { .. } => BROWSE.load().await.map(drop),
        Place::People { .. } | Place::Person { .. } => EVERYBODY.load().await.map(drop),
        Place::Search { .. } => SEARCH.load().await.map(drop),
        Place::Settings { section, .. } => {
            SETTINGS.load().await?;
            match section {
                Section::Invitations { .. } | Section::People { .. } => {
                    settings::GOVERNING.load().await.map(drop)
                }
                _ => Ok(()),
            }
        }
        Place::SignIn { .. } => SIGN_IN.load().await.map(drop),
        Place::Register { .. } => REGISTER.load().await.map(drop),
        Place::Setup { .. } => SETUP.load().await.map(drop),
    }
}
