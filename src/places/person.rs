//! Somebody's card: who, since when here, what they are doing, what time it is for them, and where one
//! meets them.
//!
//! With the script it opens over what one looks at, wherever a link leads to somebody; without it,
//! and for who comes by its address, it is a page. The browser keeps the focus within the dialog, and
//! gives it back where it came from.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::everybody::{contact_buttons, refresh_while_shown, stay_true};
use crate::api;
use crate::client::browser::dialog;
use crate::client::session::Session;
use crate::components::Page;
use crate::components::avatar::LargeAvatar;
use crate::components::form::{FormError, FormState};
use crate::components::icons::{BackIcon, CloseIcon, HashIcon, LockIcon};
use crate::components::person::{self, MessageButton, presence_dot, presence_word};
use crate::protocol::frame::parse;
use crate::protocol::person::{Card, CommonThread, PersonsClock, presence_in};
use crate::protocol::settings::Change;
use crate::protocol::{ApiError, Content, Place, PresenceNews, Section, ThreadKind, User};

/// What came of asking for a card.
type Found = Result<Card, ApiError>;

/// A card, and apart from it what changes with time alone: the rest stays as it is, and so does the
/// focus that is in it.
#[derive(Clone, Copy)]
struct Parts {
    still: Memo<Option<Found>>,
    clock: Memo<Option<PersonsClock>>,
}

impl Parts {
    fn of(found: impl Fn() -> Option<Found> + Copy + Send + Sync + 'static) -> Self {
        let still = move |_: Option<&Option<Found>>| {
            found().map(|found| {
                found.map(|card| Card {
                    clock: None,
                    presence: PresenceNews {
                        version: 0,
                        ..card.presence
                    },
                    ..card
                })
            })
        };
        Self {
            still: Memo::new(still),
            clock: Memo::new(move |_| found()?.ok()?.clock),
        }
    }
}

#[component]
pub fn PersonPlace() -> impl IntoView {
    let session = expect_context::<Session>();
    let state = FormState::new(crate::components::refused().map(|refused| refused.error));
    let card = Parts::of(move || Some(Ok(parse(&session.packed.get()).ok()?)));
    refresh_while_shown(session);
    view! {
        <header class="thread-header">
            <a class="icon-button back" href="/people">
                <BackIcon />
                <span class="visually-hidden">"Everybody"</span>
            </a>
            <h1 id="place-content" tabindex="-1">
                "Profile"
            </h1>
        </header>
        <div class="person-page">
            <div class="card person-card">
                <FormError state />
                {move || {
                    let again = Callback::new(move |()| session.refresh());
                    Some(shown(session, &card.still.get()?.ok()?, card.clock, state, again))
                }}
            </div>
        </div>
    }
}

#[component]
pub fn CardDialog() -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let state = FormState::new(None);
    let node = NodeRef::<html::Dialog>::new();
    let found = RwSignal::new(None::<Found>);
    let card = Parts::of(move || found.get());
    let ask = move || {
        let username = page.card.get_untracked();
        spawn_local(async move {
            let asked = ask_for(session, &username).await;
            let is_still = page.card.get_untracked() == username;
            // What is there is not thrown away because it could not be had once more.
            let is_lost = asked.as_ref().is_err_and(ApiError::is_temporary);
            if is_still && !(is_lost && found.try_get_untracked().flatten().is_some()) {
                let _ = found.try_set(Some(asked));
            }
        });
    };
    Effect::new(move || {
        page.card.track();
        ask();
    });
    stay_true(ask);
    Effect::new(move || {
        if let Some(node) = node.get() {
            dialog::open(&node);
        }
    });
    let close = move || {
        if let Some(node) = node.get_untracked() {
            node.close();
        }
    };
    let on_click = move |event: MouseEvent| {
        if dialog::is_outside(&event) {
            close();
        }
    };
    let content = move || match card.still.get() {
        None => view! { <p class="form-note" role="status">"Looking…"</p> }.into_any(),
        Some(Ok(still)) => shown(
            session,
            &still,
            card.clock,
            state,
            Callback::new(move |()| ask()),
        ),
        Some(Err(ApiError::NotFound)) => {
            view! { <p class="form-note">"They are not here any more."</p> }.into_any()
        }
        Some(Err(error)) => view! { <p class="form-note">{error.to_string()}</p> }.into_any(),
    };
    view! {
        <dialog
            class="card person-card"
            aria-label="Profile"
            node_ref=node
            on:click=on_click
            on:close=move |_| page.card.set(String::new())
        >
            <button
                type="button"
                class="icon-button person-close"
                aria-label="Close"
                on:click=move |_| close()
            >
                <CloseIcon />
            </button>
            <FormError state />
            {content}
        </dialog>
    }
}

async fn ask_for(session: Session, username: &str) -> Found {
    let address = Place::person(&username).to_string();
    let told = api::content_of(address).await?;
    if told.me != session.my_id() {
        return Err(ApiError::Unauthenticated);
    }
    match told.answer? {
        Content::Packed(json) => parse(&json).map_err(|_| ApiError::Internal),
        _ => Err(ApiError::Internal),
    }
}

fn shown(
    session: Session,
    card: &Card,
    clock: Memo<Option<PersonsClock>>,
    state: FormState,
    again: Callback<()>,
) -> AnyView {
    let user = card.user.clone();
    let is_me = user.id == session.my_id();
    let presence = presence_in(&card.presence, &user);
    let (name, handle) = (user.name.to_string(), person::handle(&user));
    let status = user.status.clone();
    let since = card.since;
    let since = move || format!("Here since {}", session.zone.get().date(since));
    let clock = move || {
        let clock = clock.get()?;
        let zone = session.zone.get().elsewhere(clock.offset);
        Some(format!(
            "{} for them · {}",
            zone.time(clock.now),
            clock.zone
        ))
    };
    let acts = match is_me {
        true => {
            let settings = Place::settings(Section::Profile).to_string();
            view! {
                <a class="button small" href=settings>
                    "Change my profile"
                </a>
            }
            .into_any()
        }
        false if session.blocked.with(|blocked| blocked.contains(&user.id)) => view! {
            <p class="person-blocked">"You have blocked them."</p>
            <BlockButton user=user.clone() change="unblock" label="Unblock" state />
        }
        .into_any(),
        false => view! {
            <MessageButton user=user.clone() state />
            {contact_buttons(&user, card.tie, state, again)}
            <BlockButton user=user.clone() change="block" label="Block" state />
        }
        .into_any(),
    };
    let common = (!card.common.is_empty()).then(|| in_common(&card.common));
    view! {
        <div class="person-head">
            <span class="face">
                <LargeAvatar user />
                {presence_dot(presence)}
            </span>
            <div class="person-names">
                <h2 dir="auto">{name}</h2>
                <p>{format!("{handle} · {}", presence_word(presence))}</p>
            </div>
        </div>
        {status.map(|status| view! { <p class="person-status" dir="auto">{status}</p> })}
        <p class="form-note">{since}</p>
        <p class="form-note">{clock}</p>
        {card.is_quiet.then(|| view! { <p class="form-note">"Notifications paused"</p> })}
        <div class="person-acts">{acts}</div>
        {common}
    }
    .into_any()
}

/// What comes of it is heard by all of one's devices, this one too.
#[component]
fn BlockButton(
    user: User,
    change: &'static str,
    label: &'static str,
    state: FormState,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let id = user.id;
    let submit = state.on_answer(
        move |_| async move {
            let change = match change {
                "block" => Change::Block(id),
                _ => Change::Unblock(id),
            };
            let told = api::change(session.my_id(), change).await?;
            Ok(told.answer)
        },
        |_, _| {},
    );
    view! {
        <form method="post" action="/api/change" on:submit=submit>
            <input type="hidden" name="change" value=change />
            <input type="hidden" name="id" value=id.to_string() />
            <button type="submit" class="button small">
                {label}
                <span class="visually-hidden">{format!(" {}", user.name)}</span>
            </button>
        </form>
    }
}

fn in_common(threads: &[CommonThread]) -> AnyView {
    let thread = |thread: &CommonThread| {
        let sign = match thread.kind {
            ThreadKind::Private => view! { <LockIcon /> }.into_any(),
            _ => view! { <HashIcon /> }.into_any(),
        };
        view! {
            <li>
                <a href=Place::thread(thread.id).to_string()>
                    {sign} <span class="thread-name" dir="auto">
                        {thread.name.to_string()}
                    </span>
                </a>
            </li>
        }
        .into_any()
    };
    let threads: Vec<_> = threads.iter().map(thread).collect();
    view! {
        <h3>"Threads in common"</h3>
        <ul class="person-threads">{threads}</ul>
    }
    .into_any()
}
