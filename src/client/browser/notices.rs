//! Notices of the system: whether they may be shown, and showing one.
//!
//! They are asked for by a press of a button and never otherwise. Of several tabs one shows them: the
//! first that takes a short lease in the storage they share. (Should two take it at once, they show
//! notices of one tag, of which the browser keeps one.)

use leptos::leptos_dom::helpers::window;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::{client_id, now};
use crate::client::chat::Notice;

/// So long a tab is the one, once it has shown a notice, in milliseconds.
const LEASE: i64 = 10_000;
const LEASE_KEY: &str = "hubbub.notices";

/// Whether notices may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// This browser has none, or not on a page without https.
    Impossible,
    NotAsked,
    Granted,
    Refused,
}

pub fn permission() -> Permission {
    let is_there = js_sys::Reflect::has(&window(), &JsValue::from_str("Notification"));
    if is_there != Ok(true) || !window().is_secure_context() {
        return Permission::Impossible;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Permission::Granted,
        NotificationPermission::Denied => Permission::Refused,
        _ => Permission::NotAsked,
    }
}

/// Asks the person, and says what they have answered. Called when they have pressed a button for it.
pub fn ask(answered: impl FnOnce(Permission) + 'static) {
    let Ok(asked) = Notification::request_permission() else {
        return answered(permission());
    };
    spawn_local(async move {
        let _ = JsFuture::from(asked).await;
        answered(permission());
    });
}

/// Shows a notice, if this is the tab that does so. A press on it leads to the tab and calls back.
pub fn show(notice: &Notice, pressed: impl Fn() + 'static) {
    if permission() != Permission::Granted || !takes_lease() {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(&notice.text);
    options.set_icon("/favicon.svg");
    options.set_tag(&format!("hubbub-{}", notice.thread));
    let Ok(shown) = Notification::new_with_options(&notice.title, &options) else {
        return;
    };
    let itself = shown.clone();
    let on_press = Closure::<dyn Fn()>::new(move || {
        let _ = window().focus();
        itself.close();
        pressed();
    });
    shown.set_onclick(Some(on_press.as_ref().unchecked_ref()));
    // It lives as long as the page: the notice may be pressed at any time.
    on_press.forget();
}

/// Whether this tab is the one, from now on for a while.
fn takes_lease() -> bool {
    let Some(storage) = window().local_storage().ok().flatten() else {
        return true;
    };
    let held = storage.get_item(LEASE_KEY).ok().flatten();
    let held = held.as_deref().and_then(|held| held.split_once(' '));
    let own = own_name();
    if let Some((tab, until)) = held {
        let until: i64 = until.parse().unwrap_or(0);
        if tab != own && until > now().0 && until <= now().0 + LEASE {
            return false;
        }
    }
    let until = now().0 + LEASE;
    let _ = storage.set_item(LEASE_KEY, &format!("{own} {until}"));
    true
}

/// Tells this tab from the others.
fn own_name() -> String {
    thread_local! {
        static NAME: String = client_id().to_string();
    }
    NAME.with(String::clone)
}
