//! What pages are made of. Components take signals and values; they fetch nothing.

use leptos::prelude::*;

use crate::client::dates::Zone;
use crate::client::place::Place;
use crate::protocol::ApiError;

pub mod avatar;
pub mod form;
pub mod icons;
pub mod sidebar;
pub mod thread;

/// What a component may know of the page it is on.
#[derive(Clone, Copy)]
pub struct Page {
    /// The browser has taken over: before that, and without JavaScript, plain forms must work.
    pub is_live: RwSignal<bool>,
    /// In which zone to show times: UTC until the browser's own is known.
    pub zone: RwSignal<Zone>,
    pub place: RwSignal<Place>,
    /// What was wrong with the form that led here, posted without JavaScript.
    pub form_error: StoredValue<Option<ApiError>>,
}

impl Page {
    /// A page as the server draws it.
    pub fn new(place: Place, form_error: Option<ApiError>) -> Self {
        Self {
            is_live: RwSignal::new(false),
            zone: RwSignal::new(Zone::UTC),
            place: RwSignal::new(place),
            form_error: StoredValue::new(form_error),
        }
    }
}
