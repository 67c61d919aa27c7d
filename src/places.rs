//! The places: what each looks like, given its data. Adding one adds a file here and a line to the
//! table in [`crate::components::chat`], which shows those for members, or in [`crate::app`].

mod activity;
mod browse;
mod everybody;
mod failure;
mod home;
mod new_direct;
mod new_thread;
mod notice;
mod person;
mod register;
mod saved;
mod search;
mod settings;
mod setup;
mod sheet;
mod sign_in;

pub use home::HomePlace;

use leptos::prelude::IntoAny;

use crate::app::{FormData, MessageKind, Packed};
use crate::components::thread::{
    DATE, FAVOURITE, FORWARD, LATER, MESSAGE_PANEL, NOTIFY, PEOPLE, PICKED, REMIND, THREAD_SETTINGS,
};
use crate::parts::{Fetching, Missing, part};
use crate::protocol::{Panel, Place, Section};

part!(pub SIGN_IN in stranger: |form: Packed<FormData>| sign_in::SignInPage(sign_in::SignInPageProps { form: form.open() }));
part!(pub REGISTER in stranger: |form: Packed<FormData>| register::RegisterPage(register::RegisterPageProps { form: form.open() }));
part!(pub NOTICE in stranger: |kind: MessageKind| notice::NoticePage(notice::NoticePageProps { kind }));
part!(pub SETUP in stranger: |form: Packed<FormData>| setup::SetupPage(setup::SetupPageProps { form: form.open() }));
// Where one begins, and where one may always come to.
part!(pub HOME in soon: |_none: ()| HomePlace());
part!(pub FAILURE in soon: |_none: ()| failure::FailurePlace());
part!(pub SETTINGS in settings: |_none: ()| settings::SettingsPlace());
part!(pub BROWSE in places: |_none: ()| browse::BrowsePlace());
part!(
    /// One part for three views: whoever looks at one of them mostly comes to another.
    pub EVERYBODY in people: |what: OfPeople| match what {
        OfPeople::List => IntoAny::into_any(everybody::EverybodyPlace()),
        OfPeople::Page => person::PersonPlace().into_any(),
        OfPeople::Card => person::CardDialog().into_any(),
    }
);
part!(pub SEARCH in places: |_none: ()| search::SearchPlace());
part!(pub SAVED in places: |_none: ()| saved::SavedPlace());
part!(pub ACTIVITY in places: |_none: ()| activity::ActivityPlace());
part!(pub NEW_THREAD in places: |_none: ()| new_thread::NewThreadPlace());
part!(pub NEW_DIRECT in places: |_none: ()| new_direct::NewDirectPlace());

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
    let Some(part) = part_of(place) else {
        return Ok(());
    };
    part.await?;
    match place {
        Place::Settings {
            section:
                Section::Invitations { .. }
                | Section::People { .. }
                | Section::Reports { .. }
                | Section::Audit { .. },
            ..
        } => settings::GOVERNING.fetch().await,
        _ => Ok(()),
    }
}

/// Whether something beyond what is always there draws a place.
pub fn is_a_part(place: &Place) -> bool {
    !matches!(place, Place::Home | Place::Thread { panel: None, .. })
}

/// What draws a place, on its way.
fn part_of(place: &Place) -> Option<Fetching> {
    Some(match place {
        Place::Home => return None,
        Place::Thread { panel, .. } => match (*panel)? {
            Panel::People => PEOPLE.fetch(),
            Panel::Settings => THREAD_SETTINGS.fetch(),
            Panel::Notify => NOTIFY.fetch(),
            Panel::Favourite => FAVOURITE.fetch(),
            Panel::Message => MESSAGE_PANEL.fetch(),
            Panel::Remind => REMIND.fetch(),
            Panel::Forward => FORWARD.fetch(),
            Panel::Date => DATE.fetch(),
            Panel::Later => LATER.fetch(),
            Panel::Pins | Panel::Files => PICKED.fetch(),
        },
        Place::NewThread => NEW_THREAD.fetch(),
        Place::NewDirect => NEW_DIRECT.fetch(),
        Place::Browse { .. } => BROWSE.fetch(),
        Place::People { .. } | Place::Person { .. } => EVERYBODY.fetch(),
        Place::Search { .. } => SEARCH.fetch(),
        Place::Saved { .. } => SAVED.fetch(),
        Place::Activity { .. } => ACTIVITY.fetch(),
        Place::Settings { .. } => SETTINGS.fetch(),
        Place::SignIn { .. } => SIGN_IN.fetch(),
        Place::Register { .. } => REGISTER.fetch(),
        Place::Setup { .. } => SETUP.fetch(),
    })
}
