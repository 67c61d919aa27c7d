//! One message: who, what, when, and whether it has arrived.

use leptos::prelude::*;

use super::rows::{Delivery, MessageRow};
use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::protocol::ClientId;

#[component]
pub fn MessageView(row: MessageRow) -> impl IntoView {
    let label = format!("{}, {}, {}", row.author.name, row.text, row.time);
    let (is_mine, is_first) = (row.is_mine, row.is_first);
    let is_pending = row.delivery == Delivery::Pending;
    let id = format!("m-{}-{}", row.author.id, row.client_id);
    let fold_id = row.is_long.then(|| format!("fold-{id}"));
    let client_id = row.client_id.clone();
    let failure = match row.delivery {
        Delivery::Failed(reason) => Some(view! { <NotSent client_id reason /> }),
        Delivery::Delivered | Delivery::Pending => None,
    };
    let name = row.author.name.to_string();
    view! {
        <article
            class="message"
            class:mine=is_mine
            class:first=is_first
            class:pending=is_pending
            id=id
            aria-label=label
        >
            {is_first.then(|| view! { <Avatar user=row.author /> })}
            <div class="message-body">
                {is_first
                    .then(|| {
                        view! {
                            <p class="message-author" dir="auto">
                                {name}
                            </p>
                        }
                    })} <div class="bubble-line">
                    <div class="bubble" class:foldable=row.is_long>
                        <p class="text" dir="auto">
                            {row.text}
                        </p>
                        {fold_id.map(|fold_id| view! { <Unfold fold_id /> })}
                    </div>
                    <time datetime=row.iso title=row.moment>
                        {row.time}
                    </time>
                </div>
                {failure}
            </div>
        </article>
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
fn NotSent(client_id: ClientId, reason: String) -> impl IntoView {
    let session = expect_context::<Session>();
    let again = client_id.clone();
    view! {
        <p class="not-sent" role="alert">
            <span>"Not sent: " {reason}</span>
            <button
                type="button"
                class="link-button"
                on:click=move |_| session.retry(again.clone())
            >
                "Retry"
            </button>
            <button
                type="button"
                class="link-button"
                on:click=move |_| session.discard(client_id.clone())
            >
                "Discard"
            </button>
        </p>
    }
}
