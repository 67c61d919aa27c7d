//! What pages are made of. Components take signals and values; they fetch nothing.

use leptos::prelude::*;

use crate::app::Refused;
use crate::client::session::Session;
use crate::client::watched::Watched;
use crate::parts::part;

pub mod ask;
pub mod avatar;
pub mod chat;
pub mod form;
pub mod icons;
mod jump;
mod keys;
pub mod markdown;
pub mod person;
mod shortcuts;
pub mod sidebar;
pub mod sign;
pub mod thread;
mod touch;

part!(
    /// Jumping somewhere by a few letters.
    pub JUMP in jump: |_none: ()| jump::JumpDialog()
);

part!(
    /// What keys there are.
    pub SHORTCUTS in jump: |_none: ()| shortcuts::Shortcuts()
);
part!(
    /// What keeps the list of threads true.
    pub LIST in list: |wanted: (Session, Page)| -> () { sidebar::take_over(wanted.0, wanted.1) }
);
part!(
    /// What a page does a moment after it is there: says where one is, and listens to keys that are
    /// pressed anywhere and to fingers on messages.
    pub SOON in soon: |wanted: (Session, Page)| -> () {
        let (session, page) = wanted;
        chat::follow_the_place(session);
        keys::listen(session, page);
        touch::listen(session);
    }
);

/// What a component may know of the page it is on.
#[derive(Clone, Copy)]
pub struct Page {
    /// The browser has taken over: before that, and without JavaScript, plain forms must work.
    pub is_live: RwSignal<bool>,
    /// Whose card is open, by their username; empty if nobody's is.
    pub card: Watched<String>,
    /// One is about to jump somewhere, or looks what keys there are. (One signal of another type would
    /// bring all of its machinery along.)
    pub is_jumping: RwSignal<bool>,
    pub shows_keys: RwSignal<bool>,
    /// What comes a moment after the page is there: what knows the marks in texts, among others.
    pub has_soon: RwSignal<bool>,
    /// The form that was refused and led here, posted without JavaScript.
    pub refused: StoredValue<Option<Refused>>,
}

/// The form that was refused and led here, posted without JavaScript, if it is none of a composer. It
/// is said once.
pub fn refused() -> Option<Refused> {
    let page = expect_context::<Page>();
    let refused = page.refused.try_get_value().flatten();
    Effect::new(move || page.refused.set_value(None));
    refused.filter(|refused| refused.thread.is_none())
}

impl Page {
    /// A page as the server draws it.
    pub fn new(refused: Option<Refused>) -> Self {
        Self {
            is_live: RwSignal::new(false),
            card: Watched::new(String::new()),
            is_jumping: RwSignal::new(false),
            shows_keys: RwSignal::new(false),
            has_soon: RwSignal::new(false),
            refused: StoredValue::new(refused),
        }
    }
}
