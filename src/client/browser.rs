//! What we ask of the browser, one short function each; the only files that touch it. Called from
//! effects and event handlers only: on the server none of this may run.

pub mod clicks;
pub mod commands;
pub mod completion;
pub mod dialog;
pub mod drafts;
pub mod emoji;
pub mod field;
pub mod gallery;
pub mod keys;
pub mod links;
pub mod menu;
pub mod notices;
pub mod paste;
pub mod portrait;
pub mod scroll;
pub mod socket;
pub mod storage;
pub mod stream;
pub mod takeover;
pub mod touch;
pub mod upload;

use js_sys::{Date, Math, Promise};
use leptos::leptos_dom::helpers::{document, window, window_event_listener_untyped};
use leptos::prelude::on_cleanup;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement, MouseEvent};

use super::chat::Moment;
use super::dates::Zone;
use crate::app::{DATA_ID, LATER_STYLE_ID, PAGE_ID, PageData};
use crate::protocol::frame::parse;
use crate::protocol::{ClientId, Hours, Preferences, Timestamp};

/// What the server drew this page from.
pub fn page_data() -> Option<PageData> {
    let json = document().get_element_by_id(DATA_ID)?.text_content()?;
    parse(&json).ok()
}

/// The element that the server drew the page in.
pub fn page() -> Option<HtmlElement> {
    document().get_element_by_id(PAGE_ID)?.dyn_into().ok()
}

/// Says something above the page, with a link that loads it anew. For when nothing else works.
pub fn say(text: &str, link: &str) {
    const ID: &str = "page-trouble";
    let document = document();
    let bar = document.create_element("p").ok();
    let anchor = document.create_element("a").ok();
    let (Some(bar), Some(anchor), Some(body)) = (bar, anchor, document.body()) else {
        return;
    };
    if document.get_element_by_id(ID).is_some() {
        return;
    }
    bar.set_id(ID);
    let _ = bar.set_attribute("role", "alert");
    bar.set_text_content(Some(text));
    let _ = anchor.set_attribute("href", "");
    anchor.set_text_content(Some(link));
    let _ = bar.append_child(&anchor);
    let _ = body.append_child(&bar);
}

/// Waits for the style of what opens later, and asks for it if nobody has yet. Whether it is there; where
/// all style is one file it always is.
pub async fn style_what_opens_later() -> bool {
    const HAS_COME: &str = "data-come";
    let Some(link) = document().get_element_by_id(LATER_STYLE_ID) else {
        return true;
    };
    if link.has_attribute(HAS_COME) {
        return true;
    }
    let came = Promise::new(&mut |came, failed| {
        let _ = link.add_event_listener_with_callback("load", &came);
        let _ = link.add_event_listener_with_callback("error", &failed);
        if link.get_attribute("rel").as_deref() != Some("stylesheet") {
            let _ = link.set_attribute("rel", "stylesheet");
        }
    });
    let has_come = JsFuture::from(came).await.is_ok();
    let _ = match has_come {
        true => link.set_attribute(HAS_COME, ""),
        // Whoever comes next asks anew.
        false => link.set_attribute("rel", "alternate"),
    };
    has_come
}

/// The time of day.
pub fn now() -> Timestamp {
    // Milliseconds since 1970 fit an i64 for the next 292 million years.
    #[allow(clippy::cast_possible_truncation)]
    Timestamp(Date::now() as i64)
}

/// A number between 0 and 1, good enough for jitter.
pub fn random() -> f64 {
    Math::random()
}

/// A fresh id for a message. `crypto.randomUUID` would need https; random bytes do not.
pub fn client_id() -> ClientId {
    let mut bytes = [0; 16];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    ClientId::from_random(bytes)
}

/// What the chat wants to know of the world with each input.
pub fn moment() -> Moment {
    Moment {
        now: now(),
        random: random(),
        fresh_id: client_id(),
        is_visible: is_visible(),
    }
}

/// The person's own time zone, and how they count hours: as the browser does, if they do not say.
pub fn local_zone(said: Option<Hours>) -> Zone {
    Zone::new(offset_minutes, said.unwrap_or_else(hours), now())
}

fn hours() -> Hours {
    let none = js_sys::Array::new();
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"hour".into(), &"numeric".into());
    let resolved = js_sys::Intl::DateTimeFormat::new(&none, &options).resolved_options();
    let twelve = js_sys::Reflect::get(&resolved, &"hour12".into());
    match twelve.ok().and_then(|twelve| twelve.as_bool()) {
        Some(true) => Hours::Twelve,
        _ => Hours::TwentyFour,
    }
}

/// Makes the document look as somebody prefers it. (What is around it on a phone follows with the next
/// page.)
pub fn dress(preferences: Preferences) {
    if let Some(root) = document().document_element() {
        root.set_class_name(&preferences.to_string());
    }
}

/// Tells the server how times are shown here, for the next page.
pub fn remember_clock() {
    let hours = match hours() {
        Hours::Twelve => 12,
        Hours::TwentyFour => 24,
    };
    let offset = offset_minutes(now());
    let cookie = format!("hubbub_clock={offset}.{hours}; Path=/; Max-Age=31536000; SameSite=Lax");
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        let _ = document.set_cookie(&cookie);
    }
}

/// The name of the person's own time zone, if the browser says it.
pub fn time_zone() -> String {
    let (none, options) = (js_sys::Array::new(), js_sys::Object::new());
    let resolved = js_sys::Intl::DateTimeFormat::new(&none, &options).resolved_options();
    let zone = js_sys::Reflect::get(&resolved, &"timeZone".into()).ok();
    zone.and_then(|zone| zone.as_string()).unwrap_or_default()
}

/// Writes a text into a field, by its id, and goes there.
pub fn fill(id: &str, text: &str) {
    let field = document().get_element_by_id(id);
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        field.set_value(text);
        let _ = field.focus();
    }
}

fn offset_minutes(at: Timestamp) -> i64 {
    #[allow(clippy::cast_precision_loss)]
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    #[allow(clippy::cast_possible_truncation)]
    let behind = date.get_timezone_offset() as i64;
    -behind
}

/// Whether somebody may be looking at the page.
pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Where the socket is.
pub fn socket_url() -> String {
    let location = window().location();
    let secure = location
        .protocol()
        .is_ok_and(|protocol| protocol == "https:");
    let scheme = if secure { "wss" } else { "ws" };
    let host = location.host().unwrap_or_default();
    format!("{scheme}://{host}/connection/websocket")
}

/// The address of this server.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Leaves for another page, with a full load.
pub fn go_to(path: &str) {
    let _ = window().location().assign(path);
}

/// Sets the title of the tab. The browser takes it as text, whatever is in it.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Puts the text of a field where the person can take it from, by the field's id. Whether that was
/// possible: if not, the text is marked, so that they can take it themselves.
pub async fn copy(id: &str) -> bool {
    let field = document().get_element_by_id(id);
    let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) else {
        return false;
    };
    if write_to_clipboard(&field.value()).await {
        return true;
    }
    field.select();
    // Pages that did not come by https have this only.
    let document = document().dyn_into::<web_sys::HtmlDocument>();
    document.is_ok_and(|document| document.exec_command("copy").unwrap_or(false))
}

/// Puts a text where the person can take it from. Whether that was possible.
pub async fn write_to_clipboard(text: &str) -> bool {
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into());
    let clipboard = get(&window(), "navigator").and_then(|it| get(&it, "clipboard"));
    if let Ok(clipboard) = clipboard
        && let Ok(write) = get(&clipboard, "writeText")
        && let Ok(write) = write.dyn_into::<js_sys::Function>()
        && let Ok(written) = write.call1(&clipboard, &text.into())
    {
        return JsFuture::from(Promise::from(written)).await.is_ok();
    }
    false
}

/// Closes what asks before something is done: what it was about may stand elsewhere by now.
pub fn close_questions() {
    let Ok(open) = document().query_selector_all("details.ask[open]") else {
        return;
    };
    for at in 0..open.length() {
        if let Some(open) = open.get(at)
            && let Ok(open) = open.dyn_into::<web_sys::Element>()
        {
            let _ = open.remove_attribute("open");
        }
    }
}

/// Puts what the page says into the fields of forms.
pub fn reset_forms(selector: &str) {
    let Ok(forms) = document().query_selector_all(selector) else {
        return;
    };
    for at in 0..forms.length() {
        if let Some(form) = forms.get(at)
            && let Ok(form) = form.dyn_into::<web_sys::HtmlFormElement>()
        {
            form.reset();
        }
    }
}

/// The icon of the tab, with a dot where something is unread.
pub fn set_icon(has_dot: bool) {
    let icon = match has_dot {
        true => "/favicon-unread.svg",
        false => "/favicon.svg",
    };
    if let Ok(Some(link)) = document().query_selector("link[rel=icon]")
        && link.get_attribute("href").as_deref() != Some(icon)
    {
        let _ = link.set_attribute("href", icon);
    }
}

/// The number on the icon of the installed app; none, if nothing is unread. A browser that has no such
/// icon, or shows no number on it, is not asked, or says no, and nobody hears of that.
pub fn set_badge(unread: i64) {
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into());
    let Ok(navigator) = get(&window(), "navigator") else {
        return;
    };
    let (name, numbers) = match unread {
        0 => ("clearAppBadge", js_sys::Array::new()),
        // As many as anybody has fit into what numbers are here.
        #[allow(clippy::cast_precision_loss)]
        n => ("setAppBadge", js_sys::Array::of1(&(n as f64).into())),
    };
    if let Ok(set) = get(&navigator, name)
        && let Ok(set) = set.dyn_into::<js_sys::Function>()
        && let Ok(done) = set.apply(&navigator, &numbers)
    {
        // A refusal that nobody waits for would be written into the browser's log.
        spawn_local(async move {
            let _ = JsFuture::from(Promise::from(done)).await;
        });
    }
}

/// Calls back when the person does something on this page, and not again for a while.
pub fn on_activity(call: impl Fn() + Clone + 'static) {
    const WHILE: i64 = 30_000;
    let last = std::rc::Rc::new(std::cell::Cell::new(now().0));
    for event in ["pointerdown", "pointermove", "keydown", "wheel", "focus"] {
        let (last, call) = (last.clone(), call.clone());
        let _ = window_event_listener_untyped(event, move |_| {
            let at = now().0;
            if at - last.get() >= WHILE {
                last.set(at);
                call();
            }
        });
    }
}

/// Loads the page anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// Calls a function when the page comes back from the browser's own store of pages.
pub fn on_restored(call: impl Fn() + 'static) {
    let _ = window_event_listener_untyped("pageshow", move |event| {
        let shown: Option<&web_sys::PageTransitionEvent> = event.dyn_ref();
        if shown.is_some_and(web_sys::PageTransitionEvent::persisted) {
            call();
        }
    });
}

/// Asks before the page is closed, as long as that is wanted.
pub fn ask_before_closing(is_wanted: impl Fn() -> bool + 'static) {
    let _ = window_event_listener_untyped("beforeunload", move |event| {
        if is_wanted() {
            event.prevent_default();
        }
    });
}

/// Moves the focus to an element, by its id.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Moves the focus to the field that one begins with, by its id: unless somebody has begun already, or
/// a keyboard would come up over the page.
pub fn begin_at(id: &str) {
    let fields = document().query_selector("input:focus, select:focus, a:focus, button:focus");
    let field = document().get_element_by_id(id);
    let is_empty = field
        .and_then(|field| field.dyn_into::<HtmlInputElement>().ok())
        .is_some_and(|field| field.value().is_empty());
    if is_empty && !is_touch() && is_wide() && matches!(fields, Ok(None)) {
        focus(id);
    }
}

/// Whether a key press ends the composition of a character, and so means nothing else. (One browser
/// sends it after the composition has ended, and only the old code tells.)
pub fn is_composing(event: &web_sys::KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// Calls a function whenever an event reaches the window, as long as what asks for it is there.
pub fn on_window(event: &str, call: impl Fn() + 'static) {
    let listener = window_event_listener_untyped(event, move |_| call());
    on_cleanup(move || listener.remove());
}

/// Whether what was opened or closed is open.
pub fn is_open(event: &web_sys::Event) -> bool {
    let details = event.target();
    let details = details.and_then(|it| it.dyn_into::<web_sys::HtmlDetailsElement>().ok());
    details.is_some_and(|details| details.open())
}

/// Whether an event is about a field of text.
pub fn is_text_field(event: &MouseEvent) -> bool {
    event
        .target()
        .is_some_and(|target| target.has_type::<HtmlTextAreaElement>())
}

/// Whether the page is being used on a device without a keyboard of its own.
pub fn is_touch() -> bool {
    matches("(pointer: coarse)")
}

/// Whether a thread has room beside the list: as in the style.
pub fn is_wide() -> bool {
    matches("(min-width: 721px)")
}

fn matches(media: &str) -> bool {
    let query = window().match_media(media).ok().flatten();
    query.is_some_and(|query| query.matches())
}
