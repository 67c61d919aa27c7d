//! One message: who, what, when, and whether it has arrived.
//!
//! Its element is made once. It is drawn anew when the row changes, such as when it has arrived, and
//! only what differs is touched: focus and an open menu stay. (One closure for all of a row, not one
//! for each part of it: that is a third of the code to download, and of the work for each message.)

mod about;
pub mod doing;
pub mod forward;
mod keeping;
pub mod menu;
mod not_sent;
pub mod panel;
mod picker;
pub mod remind;
pub mod revising;
mod said;
mod writing;

use leptos::prelude::*;

use crate::client::rows::{Answered, Chip, Delivery, Row};
use crate::client::session::RowSignal;
use crate::components::Page;
use crate::components::avatar::Avatar;
use crate::components::markdown::{Written, one_line};
use crate::parts::part;
use crate::protocol::{ClientId, Panel, Place, Seq};
use crate::words;

part!(
    /// Why it was not sent, and what to do about it.
    NOT_SENT in soon: |of: (Delivery, ClientId)| not_sent::not_sent(&of.0, of.1)
);

#[component]
pub fn MessageView(row: RowSignal) -> impl IntoView {
    let page = expect_context::<Page>();
    move || {
        page.has_soon.track();
        row.with(message)
    }
}

fn message(row: &Row) -> impl IntoView + use<> {
    let id = row.key.element_id();
    let seq = (row.seq > Seq::START).then(|| row.seq.to_string());
    let label = format!("{}, {}", row.author.name, row.time);
    let day = row.day.clone().map(|day| heading("day", day));
    let line = row.is_new_from_here;
    let line = line.then(|| heading("unread-line", words::NEW.to_owned()));
    let more = seq.is_some().then(|| more(row));
    let answered = row
        .answers
        .as_ref()
        .map(|answered| answered_line(row, answered));
    let chips = (!row.reactions.is_empty()).then(|| chips(row));
    let edited = match (row.is_edited, row.is_pinned) {
        (false, false) => None,
        (true, false) => Some("edited"),
        (false, true) => Some("pinned"),
        (true, true) => Some("edited, pinned"),
    };
    let edited = edited.map(|said| view! { <span class="edited">{said}</span> });
    let text = match row.is_deleted {
        true => words::DELETED.to_owned(),
        false => row.text.clone(),
    };
    let face = row
        .is_first
        .then(|| view! { <Avatar user=row.author.clone() /> });
    let author = row.is_first.then(|| author_line(row));
    let is_blocked = row.is_blocked && !row.is_deleted;
    let folded = match is_blocked {
        true => Some(words::BLOCKED),
        false => row.is_long.then_some("Show all"),
    };
    let unfold = folded.map(|said| unfold(format!("fold-{id}"), said));
    let passed = row.forwarded.as_ref().map(|passed| forwarded(row, passed));
    let not_sent = row
        .has_trouble()
        .then(|| NOT_SENT.show((row.delivery.clone(), row.key.client_id.clone())));
    let bubble = match (is_blocked, row.is_long) {
        (true, _) => "bubble blocked",
        (false, true) => "bubble foldable",
        (false, false) => "bubble",
    };
    view! {
        {day}
        {line}
        <article class=classes(row) id=id data-seq=seq tabindex="-1" aria-label=label>
            {face}
            <div class="message-body">
                {author}
                {answered}
                <div class="bubble-line">
                    <div class=bubble>
                        {passed}
                        {Written(text, row.files.clone())}
                        {unfold}
                    </div>
                    <time datetime=row.iso.clone() title=row.moment.clone()>
                        {row.time.clone()}
                        {edited}
                    </time>
                    {more}
                </div>
                {chips}
                {not_sent}
            </div>
        </article>
    }
}

fn classes(row: &Row) -> String {
    let mut classes = "message".to_owned();
    for (applies, class) in [
        (row.is_mine, " mine"),
        (row.is_first, " first"),
        (row.delivery == Delivery::Pending, " pending"),
        (row.has_trouble(), " failed"),
        (row.is_deleted, " deleted"),
        (row.is_pinned, " pinned"),
        (row.calls, " calls"),
    ] {
        if applies {
            classes.push_str(class);
        }
    }
    classes
}

/// What stands between messages.
fn heading(class: &'static str, text: String) -> impl IntoView {
    view! {
        <h2 class=class>
            <span>{text}</span>
        </h2>
    }
}

/// Leads to what can be done with a message. With the script a menu opens instead (see
/// [`super::timeline`]).
fn more(row: &Row) -> impl IntoView + use<> {
    let place = Place::Thread {
        id: row.thread,
        message: Some(row.seq),
        panel: Some(Panel::Message),
    };
    view! {
        <a
            class="message-more"
            id=menu::button_id(row)
            role="button"
            aria-haspopup="menu"
            aria-label="More"
            href=place.to_string()
        ></a>
    }
}

/// The message that this one answers, and the way to it.
fn answered_line(row: &Row, answered: &Answered) -> impl IntoView + use<> {
    let place = Place::Thread {
        id: row.thread,
        message: Some(answered.seq),
        panel: None,
    };
    view! {
        <a class="answered" href=place.to_string()>
            <bdi class="author-name">{answered.author.name.to_string()}</bdi>
            " "
            <span dir="auto">{one_line(words::quoted(&answered.text))}</span>
        </a>
    }
}

/// The message that this one passes on, and the way to it, or to whoever has said it.
fn forwarded(row: &Row, passed: &Answered) -> impl IntoView + use<> {
    let place = match passed.seq {
        Seq::START => Place::person(&passed.author.username),
        seq => Place::Thread {
            id: passed.thread.unwrap_or(row.thread),
            message: Some(seq),
            panel: None,
        },
    };
    view! {
        <div class="forwarded">
            <a class="answered" href=place.to_string()>
                "Forwarded from "
                <bdi class="author-name">{passed.author.name.to_string()}</bdi>
            </a>
            {Written(passed.text.clone(), Vec::new())}
        </div>
    }
}

/// The emoji that people have given. Each belongs to the form of the composer, which knows the thread:
/// one form is enough.
fn chips(row: &Row) -> impl IntoView + use<> {
    let seq = row.seq;
    let chip = |chip: &Chip| {
        view! {
            <button
                type="submit"
                class="chip"
                form="composer"
                formaction="/api/revise_message"
                formnovalidate
                name="toggle"
                value=format!("{seq} {}", chip.emoji)
                aria-pressed=chip.is_mine.to_string()
            >
                {chip.emoji.to_string()}
                " "
                <span class="chip-count">{chip.count}</span>
            </button>
        }
    };
    view! { <div class="chips">{row.reactions.iter().map(chip).collect_view()}</div> }
}

/// Two people may be called the same; nobody has another's username.
/// The name leads to their card, and so does the picture: it is under the same link, by style.
fn author_line(row: &Row) -> impl IntoView + use<> {
    let card = Place::person(&row.author.username).to_string();
    view! {
        <p class="message-author">
            <a class="author-name" dir="auto" href=card>
                {row.author.name.to_string()}
            </a>
            " "
            <span class="author-handle">{format!("@{}", row.author.username)}</span>
        </p>
    }
}

/// Unfolds a text that is long, or of somebody whom one has blocked, and folds it again, by style alone: it works without JavaScript.
fn unfold(fold_id: String, said: &'static str) -> impl IntoView {
    view! {
        <label class="unfold">
            <input type="checkbox" class="visually-hidden" id=fold_id />
            <span class="when-folded">{said}</span>
            <span class="when-open">"Show less"</span>
        </label>
    }
}
