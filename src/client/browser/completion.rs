//! Offers below what is being typed: people behind an `@`, threads behind a `#`, emoji behind a colon, commands behind a slash. Arrows and Enter (or
//! Tab, or a press) choose, Escape leaves it.
//!
//! All of it comes after the page has begun, so it listens to the field from outside. Keys are heard
//! before the composer hears them: Enter chooses here, and sends there.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::leptos_dom::helpers::{document, window};
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use super::emoji;
use super::field::{self, Area};
use crate::api;
use crate::client::commands;
use crate::client::completing::{self, Kind, Offer, Wanted};
use crate::client::session::Session;
use crate::protocol::{Role, ThreadKind};

const FIELD: &str = "composer-field";
const LIST: &str = "completion";

#[derive(Default)]
struct State {
    offers: Vec<Offer>,
    chosen: usize,
    from: u32,
    /// An answer to an older question is dropped.
    asked: u32,
    /// The names of all emoji, once they are here.
    table: Option<Rc<str>>,
}

type Shared = Rc<RefCell<State>>;

/// Offers what may be meant. In the browser, once.
pub fn listen(session: Session) {
    let state = Shared::default();
    let typed = state.clone();
    on("input", move |event| {
        if let Some(field) = of(&event) {
            look(session, &typed, &field);
        }
    });
    let pressed = state.clone();
    on("keydown", move |event| {
        let (Some(field), Some(event)) = (of(&event), event.dyn_ref::<KeyboardEvent>()) else {
            return;
        };
        if !super::is_composing(event) && press(&pressed, &field, &event.key()) {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    });
    on("focusout", move |_| close(&state));
}

/// Hears an event anywhere, before anybody else. (What is chosen is typed, which is heard within that.)
pub fn on(name: &str, call: impl Fn(Event) + 'static) {
    let call = Closure::<dyn Fn(Event)>::new(call);
    let call = call.into_js_value();
    let _ = window().add_event_listener_with_callback_and_bool(name, call.unchecked_ref(), true);
}

/// The field, if it is its event.
fn of(event: &Event) -> Option<Area> {
    let field = event.target()?.dyn_into::<Area>().ok()?;
    (field.id() == FIELD).then_some(field)
}

fn look(session: Session, state: &Shared, field: &Area) {
    let (_, cursor) = field::selection(field);
    let text = field.value();
    replace_name(state, field, &text, cursor);
    let wanted = completing::wanted(&text, cursor);
    state.borrow_mut().asked += 1;
    let Some(wanted) = wanted else {
        return close(state);
    };
    let number = state.borrow().asked;
    let (state, field) = (state.clone(), field.clone());
    spawn_local(async move {
        let from = wanted.from;
        let offers = find(session, &state, wanted).await;
        if state.borrow().asked != number {
            return;
        }
        {
            let mut state = state.borrow_mut();
            (state.offers, state.chosen, state.from) = (offers, 0, from);
        }
        let _ = draw(&state, &field);
    });
}

async fn find(session: Session, state: &Shared, wanted: Wanted) -> Vec<Offer> {
    match wanted.kind {
        Kind::Person => {
            let letters = &wanted.letters;
            let found = api::suggest_people(letters.clone()).await;
            let mut offers = completing::people(found.unwrap_or_default(), letters);
            if may_call(session) {
                offers.extend(completing::calls(letters));
            }
            offers
        }
        Kind::Thread => {
            let found = api::suggest_threads(wanted.letters).await;
            completing::threads(found.unwrap_or_default())
        }
        Kind::Command => commands::offers(&wanted.letters),
        Kind::Emoji => match table(state).await {
            Some(table) => completing::emoji(&table, &wanted.letters),
            None => Vec::new(),
        },
    }
}

/// Whether I may call on all of the thread that is open.
fn may_call(session: Session) -> bool {
    let open = session.thread.with_untracked(|thread| {
        let thread = thread.as_ref()?;
        Some((thread.id, thread.kind))
    });
    open.is_some_and(|(id, kind)| {
        let is_owner = session.role(id) == Some(Role::Owner);
        session.is_administrator || is_owner || kind == ThreadKind::Direct
    })
}

/// The names of all emoji, kept for whoever closes a name with its second colon.
async fn table(state: &Shared) -> Option<Rc<str>> {
    let table = emoji::table().await?;
    state.borrow_mut().table = Some(table.clone());
    Some(table)
}

/// A name that was just closed by its second colon is its emoji.
fn replace_name(state: &Shared, field: &Area, text: &str, cursor: u32) {
    let Some((from, name)) = completing::just_closed(text, cursor) else {
        return;
    };
    let table = state.borrow().table.clone();
    if let Some(emoji) =
        table.and_then(|table| completing::emoji_called(&table, &name).map(str::to_owned))
    {
        field::replace(field, from, cursor, &emoji);
    }
}

/// Whether a key is for the offers.
fn press(state: &Shared, field: &Area, key: &str) -> bool {
    let count = state.borrow().offers.len();
    if count == 0 {
        return false;
    }
    let step = match key {
        "ArrowDown" => 1,
        "ArrowUp" => count - 1,
        "Enter" | "Tab" => {
            let chosen = state.borrow().chosen;
            choose(state, field, chosen);
            return true;
        }
        "Escape" => {
            close(state);
            return true;
        }
        _ => return false,
    };
    {
        let mut state = state.borrow_mut();
        state.chosen = (state.chosen + step) % count;
    }
    let _ = draw(state, field);
    true
}

fn choose(state: &Shared, field: &Area, at: usize) {
    let (offer, from) = {
        let state = state.borrow();
        (state.offers.get(at).cloned(), state.from)
    };
    close(state);
    if let Some(offer) = offer {
        let (_, cursor) = field::selection(field);
        field::replace(field, from, cursor, &offer.text);
        close(state);
    }
}

fn close(state: &Shared) {
    {
        let mut state = state.borrow_mut();
        state.offers.clear();
        state.asked += 1;
    }
    if let Some(list) = document().get_element_by_id(LIST) {
        list.remove();
    }
    if let Some(field) = document().get_element_by_id(FIELD) {
        for said in ["aria-controls", "aria-activedescendant"] {
            let _ = field.remove_attribute(said);
        }
    }
}

/// The list, above the field.
fn draw(state: &Shared, field: &Area) -> Result<(), JsValue> {
    if let Some(list) = document().get_element_by_id(LIST) {
        list.remove();
    }
    let (offers, chosen) = {
        let state = state.borrow();
        (state.offers.clone(), state.chosen)
    };
    if offers.is_empty() {
        close(state);
        return Ok(());
    }
    let list = document().create_element("ul")?;
    list.set_id(LIST);
    list.set_class_name("completion");
    list.set_attribute("role", "listbox")?;
    list.set_attribute("aria-label", "Suggestions")?;
    for (at, offer) in offers.iter().enumerate() {
        let item = item(state, field, at, offer)?;
        item.set_attribute("aria-selected", if at == chosen { "true" } else { "false" })?;
        list.append_child(&item)?;
    }
    let form: Element = field.closest("form")?.ok_or(JsValue::NULL)?;
    form.prepend_with_node_1(&list)?;
    field.set_attribute("aria-controls", LIST)?;
    field.set_attribute("aria-activedescendant", &format!("{LIST}-{chosen}"))
}

fn item(state: &Shared, field: &Area, at: usize, offer: &Offer) -> Result<HtmlElement, JsValue> {
    let item: HtmlElement = document().create_element("li")?.dyn_into()?;
    item.set_id(&format!("{LIST}-{at}"));
    item.set_attribute("role", "option")?;
    for (tag, text) in [("strong", &offer.title), ("span", &offer.about)] {
        let part = document().create_element(tag)?;
        part.set_attribute("dir", "auto")?;
        part.set_text_content(Some(text));
        item.append_child(&part)?;
    }
    let (state, field) = (state.clone(), field.clone());
    // Before the field would lose the focus.
    let pressed = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        event.prevent_default();
        choose(&state, &field, at);
    });
    item.add_event_listener_with_callback("mousedown", pressed.into_js_value().unchecked_ref())?;
    Ok(item)
}
