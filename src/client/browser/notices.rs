//! Notices of the system: whether they may be shown, and showing one.
//!
//! They are asked for by a press of a button and never otherwise. Of several tabs one shows them: the
//! first that takes a short lease in the storage they share, which it gives back when it goes. (Should
//! two take it at once, they show notices of one tag, of which the browser keeps one.) A tab that has
//! the message on its screen says so in that storage, and no tab shows it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use leptos::leptos_dom::helpers::{set_timeout, window, window_event_listener_untyped};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission, Storage};

use super::{client_id, now, offset_minutes};
use crate::client::notice::{Here, Notice};
use crate::protocol::{Seq, ThreadId};

/// So long a tab is the one, once it has shown a notice, in milliseconds.
const LEASE: i64 = 10_000;
const LEASE_KEY: &str = "hubbub.notices";
/// The newest message that some tab has on its screen.
const ON_SCREEN_KEY: &str = "hubbub.on-screen";
/// Noted where showing one has failed: some browsers have only those of service workers.
const IMPOSSIBLE_KEY: &str = "hubbub.no-notices";
/// So long the tab that has it on its screen may take to say so.
const SAID_WITHIN: Duration = Duration::from_millis(500);

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
    if is_there != Ok(true) || !window().is_secure_context() || noted(IMPOSSIBLE_KEY).is_some() {
        return Permission::Impossible;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Permission::Granted,
        NotificationPermission::Denied => Permission::Refused,
        _ => Permission::NotAsked,
    }
}

pub fn are_granted() -> bool {
    permission() == Permission::Granted
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

/// A message is on the screen of this tab.
pub fn note_on_screen(thread: ThreadId, seq: Seq) {
    note(ON_SCREEN_KEY, &format!("{thread} {seq}"));
}

/// Shows a notice, if it is wanted, no tab has it on its screen, and this is the tab that does so. A
/// press on it leads to the tab and calls back.
pub fn show(notice: Notice, pressed: impl Fn() + 'static) {
    let show = move || {
        let thread = notice.thread.id;
        let here = Here {
            is_seen: is_on_screen(thread, notice.message.seq),
            offset: offset_minutes(now()),
        };
        if let Some((title, text)) = notice.words(here)
            && takes_lease()
        {
            show_now(thread, &title, &text, pressed);
        }
    };
    set_timeout(show, SAID_WITHIN);
}

fn show_now(thread: ThreadId, title: &str, text: &str, pressed: impl Fn() + 'static) {
    let options = NotificationOptions::new();
    options.set_body(text);
    options.set_icon("/favicon.svg");
    options.set_tag(&format!("hubbub-{thread}"));
    // A later one of the same thread is heard too.
    options.set_renotify(true);
    let Ok(shown) = Notification::new_with_options(title, &options) else {
        return note(IMPOSSIBLE_KEY, "1");
    };
    let itself = shown.clone();
    let on_press = Closure::<dyn Fn()>::new(move || {
        let _ = window().focus();
        itself.close();
        pressed();
    });
    shown.set_onclick(Some(on_press.as_ref().unchecked_ref()));
    // It may be pressed at any time, as long as no later one of the thread has taken its place.
    PRESSES.with_borrow_mut(|presses| presses.insert(thread, on_press));
}

fn is_on_screen(thread: ThreadId, seq: Seq) -> bool {
    let noted = noted(ON_SCREEN_KEY);
    let noted = noted.as_deref().and_then(|noted| noted.split_once(' '));
    noted.is_some_and(|(at, last)| {
        at == thread.to_string() && last.parse().is_ok_and(|last| Seq(last) >= seq)
    })
}

/// Whether this tab is the one, from now on for a while.
fn takes_lease() -> bool {
    let held = noted(LEASE_KEY);
    let held = held.as_deref().and_then(|held| held.split_once(' '));
    let own = own_name();
    if let Some((tab, until)) = held {
        let until: i64 = until.parse().unwrap_or(0);
        if tab != own && until > now().0 && until <= now().0 + LEASE {
            return false;
        }
    }
    note(LEASE_KEY, &format!("{own} {}", now().0 + LEASE));
    give_back_when_gone();
    true
}

/// Of a tab that is closed nobody need wait for the end of its lease.
fn give_back_when_gone() {
    if !IS_WATCHED.replace(true) {
        let _ = window_event_listener_untyped("pagehide", |_| {
            let is_own = noted(LEASE_KEY).is_some_and(|held| held.starts_with(&own_name()));
            if let Some(storage) = storage().filter(|_| is_own) {
                let _ = storage.remove_item(LEASE_KEY);
            }
        });
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn noted(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn note(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

thread_local! {
    static OWN_NAME: String = client_id().to_string();
    static IS_WATCHED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    static PRESSES: RefCell<HashMap<ThreadId, Closure<dyn Fn()>>> = RefCell::default();
}

/// Tells this tab from the others.
fn own_name() -> String {
    OWN_NAME.with(String::clone)
}
