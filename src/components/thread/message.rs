//! One message: who, what, when, and whether it has arrived.
//!
//! Its element is made once. What changes in it, such as that it has arrived, changes in its place:
//! focus and an open menu stay.

use leptos::prelude::*;

use crate::client::browser;
use crate::client::rows::{Delivery, Row};
use crate::client::session::{RowSignal, Session};
use crate::components::avatar::Avatar;
use crate::protocol::{ClientId, Seq};
use crate::words;

#[component]
pub fn MessageView(row: RowSignal) -> impl IntoView {
    let id = row.key.element_id();
    let client_id = row.key.client_id.clone();
    let row = StoredValue::new(row);
    // What decides which parts there are is worked out apart: the parts stay as long as it does.
    let is_first = Memo::new(move |_| of(row, |row| row.is_first));
    let is_long = Memo::new(move |_| of(row, |row| row.is_long));
    let has_day = Memo::new(move |_| of(row, |row| row.day.is_some()));
    let has_trouble = Memo::new(move |_| of(row, |row| row.has_trouble()));
    let day = move || of(row, |row| row.day.clone());
    let text = move || of(row, |row| row.text.clone());
    let time = move || of(row, |row| row.time.clone());
    let moment = move || of(row, |row| row.moment.clone());
    let seq = move || {
        of(row, |row| {
            (row.seq > Seq::START).then(|| row.seq.to_string())
        })
    };
    let label = move || of(row, |row| format!("{}, {}", row.author.name, row.time));
    let is_pending = move || of(row, |row| row.delivery == Delivery::Pending);
    let (is_mine, iso) =
        row.with_value(|row| row.with_untracked(|row| (row.is_mine, row.iso.clone())));
    let fold_id = format!("fold-{id}");
    view! {
        {move || {
            has_day
                .get()
                .then(|| {
                    view! {
                        <h2 class="day">
                            <span>{day}</span>
                        </h2>
                    }
                })
        }}
        <article
            class="message"
            class:mine=is_mine
            class:first=is_first
            class:pending=is_pending
            class:failed=has_trouble
            id=id
            data-seq=seq
            tabindex="-1"
            aria-label=label
        >
            {move || is_first.get().then(|| view! { <Face row /> })}
            <div class="message-body">
                {move || is_first.get().then(|| view! { <AuthorLine row /> })}
                <div class="bubble-line">
                    <div class="bubble" class:foldable=is_long>
                        <p class="text" dir="auto">
                            {text}
                        </p>
                        {move || {
                            is_long
                                .get()
                                .then(|| view! { <Unfold fold_id=fold_id.clone() /> })
                        }}
                    </div>
                    <time datetime=iso title=moment>
                        {time}
                    </time>
                </div>
                {move || {
                    has_trouble
                        .get()
                        .then(|| view! { <NotSent client_id=client_id.clone() row /> })
                }}
            </div>
        </article>
    }
}

/// Something of a row, as it changes.
fn of<R>(row: StoredValue<RowSignal>, look: impl FnOnce(&Row) -> R) -> R {
    row.with_value(|row| row.with(look))
}

#[component]
fn Face(row: StoredValue<RowSignal>) -> impl IntoView {
    move || view! { <Avatar user=of(row, |row| row.author.clone()) /> }
}

/// Two people may be called the same; nobody has another's username.
#[component]
fn AuthorLine(row: StoredValue<RowSignal>) -> impl IntoView {
    view! {
        <p class="message-author">
            <bdi class="author-name">{move || of(row, |row| row.author.name.to_string())}</bdi>
            " "
            <span class="author-handle">
                {move || of(row, |row| format!("@{}", row.author.username))}
            </span>
        </p>
    }
}

/// Unfolds a long text, and folds it again, by style alone: it works without JavaScript.
#[component]
fn Unfold(fold_id: String) -> impl IntoView {
    view! {
        <label class="unfold">
            <input type="checkbox" class="visually-hidden" id=fold_id />
            <span class="when-folded">"Show all"</span>
            <span class="when-open">"Show less"</span>
        </label>
    }
}

#[component]
fn NotSent(client_id: ClientId, row: StoredValue<RowSignal>) -> impl IntoView {
    let why = move || {
        of(row, |row| match &row.delivery {
            Delivery::Failed(error) => words::not_sent(error),
            _ => words::HELD.to_owned(),
        })
    };
    view! {
        <p class="not-sent" role="alert">
            <span>{why}</span>
            <Decide client_id />
        </p>
    }
}

/// The button that was pressed goes away: the focus goes to where one writes.
#[component]
fn Decide(client_id: ClientId) -> impl IntoView {
    let session = expect_context::<Session>();
    let gone = client_id.clone();
    let retry = move |_| {
        session.retry(client_id.clone());
        browser::focus("composer-field");
    };
    let discard = move |_| {
        session.discard(gone.clone());
        browser::focus("composer-field");
    };
    view! {
        <button type="button" class="link-button" on:click=retry>
            "Retry"
        </button>
        <button type="button" class="link-button" on:click=discard>
            "Discard"
        </button>
    }
}
