//! One message: who, what, when, and whether it has arrived.
//!
//! Its element is made once. What changes in it, such as that it has arrived, changes in its place:
//! focus and an open menu stay.

use leptos::either::EitherOf3;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::rows::{Delivery, Row};
use crate::client::session::{RowSignal, Session};
use crate::components::avatar::Avatar;
use crate::protocol::codes::ReplyError;
use crate::protocol::{ClientId, Seq};
use crate::words;

#[component]
pub fn MessageView(row: RowSignal) -> impl IntoView {
    let id = row.key.element_id();
    let client_id = row.key.client_id;
    let row = row.row;
    let part = |row: &ArcRwSignal<Row>| row.clone();
    let day = memo(part(&row), |row| row.day.clone());
    let is_first = memo(part(&row), |row| row.is_first);
    let author = memo(part(&row), |row| row.author.clone());
    let text = memo(part(&row), |row| row.text.clone());
    let delivery = memo(part(&row), |row| row.delivery.clone());
    let is_long = memo(part(&row), |row| row.is_long);
    let time = memo(part(&row), |row| row.time.clone());
    let moment = memo(part(&row), |row| row.moment.clone());
    let seq = memo(part(&row), |row| {
        (row.seq > Seq::START).then(|| row.seq.to_string())
    });
    let (is_mine, iso) = row.with_untracked(|row| (row.is_mine, row.iso.clone()));
    let label = move || {
        format!(
            "{}, {}",
            author.with(|author| author.name.to_string()),
            time.get()
        )
    };
    let is_pending = move || delivery.get() == Delivery::Pending;
    let fold_id = format!("fold-{id}");
    view! {
        {move || {
            day.get()
                .map(|name| {
                    view! {
                        <h2 class="day">
                            <span>{name}</span>
                        </h2>
                    }
                })
        }}
        <article
            class="message"
            class:mine=is_mine
            class:first=is_first
            class:pending=is_pending
            class:failed=move || matches!(delivery.get(), Delivery::Failed(_) | Delivery::Held)
            id=id
            data-seq=seq
            tabindex="-1"
            aria-label=label
        >
            {move || is_first.get().then(|| view! { <Avatar user=author.get() /> })}
            <div class="message-body">
                {move || {
                    is_first
                        .get()
                        .then(|| {
                            let author = author.get();
                            view! {
                                <p class="message-author">
                                    <bdi class="author-name">{author.name.to_string()}</bdi>
                                    " "
                                    <span class="author-handle">
                                        {format!("@{}", author.username)}
                                    </span>
                                </p>
                            }
                        })
                }} <div class="bubble-line">
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
                {move || match delivery.get() {
                    Delivery::Delivered | Delivery::Pending => EitherOf3::A(()),
                    Delivery::Held => {
                        EitherOf3::B(view! { <Held client_id=client_id.clone() /> })
                    }
                    Delivery::Failed(error) => {
                        EitherOf3::C(view! { <NotSent client_id=client_id.clone() error /> })
                    }
                }}
            </div>
        </article>
    }
}

/// A part of a row, as it changes.
fn memo<T: PartialEq + Clone + Send + Sync + 'static>(
    row: ArcRwSignal<Row>,
    part: impl Fn(&Row) -> T + Send + Sync + 'static,
) -> Memo<T> {
    Memo::new(move |_| row.with(&part))
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
fn NotSent(client_id: ClientId, error: ReplyError) -> impl IntoView {
    view! {
        <p class="not-sent" role="alert">
            <span>{words::not_sent(&error)}</span>
            <Decide client_id again="Retry" />
        </p>
    }
}

#[component]
fn Held(client_id: ClientId) -> impl IntoView {
    view! {
        <p class="not-sent">
            <span>{words::HELD}</span>
            <Decide client_id again="Send" />
        </p>
    }
}

/// The button that was pressed goes away: the focus goes to where one writes.
#[component]
fn Decide(client_id: ClientId, again: &'static str) -> impl IntoView {
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
            {again}
        </button>
        <button type="button" class="link-button" on:click=discard>
            "Discard"
        </button>
    }
}
