//! What the pages are made of: few pieces, each drawn by one function that gives a view without a
//! type of its own.
//!
//! A view whose parts have types is a program of its own for each way they are put together; six
//! pages written so were 92 KB to download instead of a third of that.

use leptos::prelude::*;

use super::form::Told;
use crate::components::avatar::Avatar;
use crate::components::form::{TextField, TextKind};
use crate::protocol::{Field, Place, User};

/// Words that are said anew when what they depend on has changed.
pub type Words = Box<dyn FnMut() -> String + Send>;

/// Words that stay.
pub fn fixed(text: String) -> Words {
    Box::new(move || text.clone())
}

/// One of several things, or people.
pub struct Row {
    pub face: Option<User>,
    pub title: String,
    pub lines: Vec<Words>,
    /// It is not good for anything any more.
    pub is_over: bool,
    /// What stands at its end: buttons, mostly.
    pub acts: Vec<AnyView>,
}

pub fn list(rows: impl Iterator<Item = Row>) -> AnyView {
    let rows: Vec<_> = rows.map(row).collect();
    view! { <ul class="settings-list">{rows}</ul> }.into_any()
}

fn row(row: Row) -> AnyView {
    let lines = row.lines.into_iter().map(|line| text("", line));
    let lines: Vec<_> = lines.collect();
    let face = row.face.map(|user| view! { <Avatar user /> }.into_any());
    let class = if row.is_over { "is-over" } else { "" };
    view! {
        <li class=class>
            {face} <div class="account-name">
                <strong dir="auto">{row.title}</strong>
                {lines}
            </div> <div class="settings-acts">{row.acts}</div>
        </li>
    }
    .into_any()
}

/// A few words.
pub fn text(class: &'static str, words: Words) -> AnyView {
    view! {
        <p class=class dir="auto">
            {words}
        </p>
    }
    .into_any()
}

pub fn note(words: String) -> AnyView {
    text("form-note", fixed(words))
}

pub fn heading(text: &'static str) -> AnyView {
    view! { <h2>{text}</h2> }.into_any()
}

pub fn link(class: &'static str, label: &'static str, place: &Place, is_current: bool) -> AnyView {
    view! {
        <a class=class href=place.to_string() aria-current=is_current.then_some("page")>
            {label}
        </a>
    }
    .into_any()
}

/// What a form sends beside what is typed into it.
pub fn hidden(name: &'static str, value: String) -> AnyView {
    view! { <input type="hidden" name=name value=value /> }.into_any()
}

/// A button that says to a screen reader what it is about.
pub fn button(label: &'static str, whole: String, class: &'static str) -> AnyView {
    view! {
        <button type="submit" class=class aria-label=(whole != label).then_some(whole)>
            {label}
        </button>
    }
    .into_any()
}

/// The button of the form that a page is about.
pub fn submit(label: &'static str) -> AnyView {
    button(label, label.to_owned(), "button primary")
}

/// A field of text with what is wrong with it.
pub fn text_field(
    label: &'static str,
    name: &'static str,
    field: Field,
    kind: TextKind,
    value: String,
) -> AnyView {
    let state = expect_context::<Told>().state;
    view! { <TextField label name field kind value state /> }.into_any()
}

/// A field to search in, or for little.
pub fn plain_field(label: &'static str, name: &'static str, value: String) -> AnyView {
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input id=name name=name type="text" autocomplete="off" value=value />
        </div>
    }
    .into_any()
}

/// One of several, by the value that is sent and the words that are shown.
pub fn choice(
    label: &'static str,
    name: &'static str,
    options: Vec<(String, Words)>,
    // The value that was chosen before; the first one otherwise.
    chosen: &str,
) -> AnyView {
    let option = |(value, words): (String, Words)| {
        let is_chosen = value == chosen;
        view! {
            <option value=value selected=is_chosen>
                {words}
            </option>
        }
        .into_any()
    };
    let options: Vec<_> = options.into_iter().map(option).collect();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select id=name name=name>
                {options}
            </select>
        </div>
    }
    .into_any()
}

/// The same with words that stay.
pub fn choices(
    label: &'static str,
    name: &'static str,
    options: &[(&'static str, &'static str)],
    chosen: &str,
) -> AnyView {
    let options = options
        .iter()
        .map(|(value, words)| ((*value).to_owned(), fixed((*words).to_owned())));
    choice(label, name, options.collect(), chosen)
}
