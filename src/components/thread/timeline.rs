//! The messages of a thread, in a box that scrolls from its end.
//!
//! The box is laid out in reverse (`column-reverse`), so that it starts at the newest message
//! before any script runs, stays there while messages arrive, and does not move when older ones
//! are put in at the top. Only one thing is left to do by hand: keep the view still when something
//! arrives below while one reads further up.

use leptos::either::{Either, EitherOf3};
use leptos::html;
use leptos::prelude::*;

use super::message::MessageView;
use super::rows::{Row, rows};
use crate::client::session::Session;
use crate::client::timeline::Timeline;
use crate::components::Page;
use crate::components::icons::DownIcon;
use crate::protocol::{ClientId, Seq, ThreadId};

/// So close to the end counts as being there, in pixels.
const AT_END: i32 = 80;
/// So close to the top asks for older messages, in pixels.
const NEAR_TOP: i32 = 600;

#[component]
pub fn TimelineView(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let timeline = session.timeline(id);
    let me = session.me.get_value();
    let rows = Memo::new({
        let timeline = timeline.clone();
        move |_| {
            timeline.with(|timeline| {
                session
                    .outbox
                    .with(|outbox| rows(timeline, outbox.of(id), &me, page.zone.get()))
            })
        }
    });
    let is_loaded = Memo::new({
        let timeline = timeline.clone();
        move |_| timeline.with(Timeline::is_loaded)
    });
    let older = Memo::new(move |_| timeline.with(Timeline::older_than));
    let scroller = Scroller::new(rows, older);
    Effect::new(move || {
        // Asked for again whenever the top has moved and is still near.
        let _ = (older.get(), scroller.moved.get());
        if let Some(before) = scroller.wants_older() {
            session.load_older(id, before);
        }
    });
    Effect::new(move || {
        if session.failures.with(|all| all.contains_key(&id)) {
            scroller.asked.set_value(None);
        }
    });
    view! {
        <div class="timeline-frame">
            <div
                class="timeline"
                role="log"
                aria-label="Messages"
                tabindex="0"
                node_ref=scroller.node
                on:scroll=move |_| scroller.on_scroll()
            >
                <div class="timeline-rows">
                    <Beginning is_loaded older is_empty=Signal::derive(move || {
                        rows.with(Vec::is_empty)
                    }) />
                    <For each=move || rows.get() key=Row::key let:row>
                        {match row {
                            Row::Day { name, .. } => Either::Left(view! { <DayLine name /> }),
                            Row::Message(row) => Either::Right(view! { <MessageView row=*row /> }),
                        }}
                    </For>
                </div>
            </div>
            {move || {
                scroller
                    .has_news
                    .get()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="to-end"
                                on:click=move |_| scroller.go_to_end_and_stay()
                            >
                                <DownIcon />
                                "New messages"
                            </button>
                        }
                    })
            }}
        </div>
    }
}

/// What stands above the first message.
#[component]
fn Beginning(
    is_loaded: Memo<bool>,
    older: Memo<Option<Seq>>,
    is_empty: Signal<bool>,
) -> impl IntoView {
    view! {
        {move || match (is_loaded.get(), older.get().is_some(), is_empty.get()) {
            (false, _, _) => EitherOf3::A(view! { <Loading /> }),
            (true, true, _) => EitherOf3::B(view! { <p class="beginning">"Older messages…"</p> }),
            (true, false, true) => EitherOf3::C(Either::Left(view! {
                <div class="empty">
                    <p>"Nobody has said anything here yet. Be the first."</p>
                </div>
            })),
            (true, false, false) => EitherOf3::C(Either::Right(view! {
                <p class="beginning">"This is where it began."</p>
            })),
        }}
    }
}

/// The shape of what is coming; shown only if it takes a while (in the style).
#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="skeleton" aria-label="Loading messages">
            <span></span>
            <span></span>
            <span></span>
        </div>
    }
}

#[component]
fn DayLine(name: String) -> impl IntoView {
    view! {
        <h2 class="day">
            <span>{name}</span>
        </h2>
    }
}

/// The last message of the timeline.
struct Newest {
    client_id: ClientId,
    is_mine: bool,
}

impl Newest {
    fn of(rows: &[Row]) -> Option<Self> {
        rows.iter().rev().find_map(|row| match row {
            Row::Message(row) => Some(Self {
                client_id: row.client_id.clone(),
                is_mine: row.is_mine,
            }),
            Row::Day { .. } => None,
        })
    }
}

/// Where the box is scrolled to, and what that means.
#[derive(Clone, Copy)]
struct Scroller {
    node: NodeRef<html::Div>,
    /// Rung when the person has scrolled.
    moved: RwSignal<()>,
    /// Something arrived below what is being read.
    has_news: RwSignal<bool>,
    older: Memo<Option<Seq>>,
    /// The page of history asked for last.
    asked: StoredValue<Option<Seq>>,
}

impl Scroller {
    fn new(rows: Memo<Vec<Row>>, older: Memo<Option<Seq>>) -> Self {
        let scroller = Self {
            node: NodeRef::new(),
            moved: RwSignal::new(()),
            has_news: RwSignal::new(false),
            older,
            asked: StoredValue::new(None),
        };
        scroller.hold_still(rows);
        scroller
    }

    /// When the last row changes while one reads further up, the content grows below: the same
    /// amount is added to the distance from the end. One's own message always leads to the end.
    fn hold_still(self, rows: Memo<Vec<Row>>) {
        // Made before the rows are drawn, so it runs before they are: the height is the old one.
        let effect = RenderEffect::new(move |last: Option<Option<Newest>>| {
            let newest = rows.with(|rows| Newest::of(rows));
            if let (Some(Some(last)), Some(newest)) = (&last, &newest)
                && last.client_id != newest.client_id
            {
                self.settle(newest.is_mine);
            }
            newest
        });
        on_cleanup(move || drop(effect));
    }

    fn settle(self, is_mine: bool) {
        if is_mine {
            request_animation_frame(move || self.go_to_end());
        } else if self.distance() > AT_END {
            self.has_news.set(true);
            let height_before = self.height();
            request_animation_frame(move || {
                let grown = self.height() - height_before;
                if let Some(node) = self.node.get_untracked() {
                    node.set_scroll_top(node.scroll_top() - grown);
                }
            });
        }
    }

    fn on_scroll(self) {
        if self.has_news.get_untracked() && self.distance() <= AT_END {
            self.has_news.set(false);
        }
        self.moved.set(());
    }

    fn go_to_end(self) {
        if let Some(node) = self.node.get_untracked() {
            node.set_scroll_top(0);
        }
        self.has_news.set(false);
    }

    /// The button that was pressed goes away: the focus goes to what it led to.
    fn go_to_end_and_stay(self) {
        self.go_to_end();
        if let Some(node) = self.node.get_untracked() {
            let _ = node.focus();
        }
    }

    /// The page to ask for, if the top is near and it was not asked for yet.
    fn wants_older(self) -> Option<Seq> {
        let node = self.node.get_untracked()?;
        let before = self.older.get_untracked()?;
        let above = node.scroll_height() - node.client_height() - self.distance();
        if above > NEAR_TOP || self.asked.get_value() == Some(before) {
            return None;
        }
        self.asked.set_value(Some(before));
        Some(before)
    }

    /// Pixels below what is visible. In a reversed box the position is zero at the end and
    /// negative above it.
    fn distance(self) -> i32 {
        self.node
            .get_untracked()
            .map_or(0, |node| node.scroll_top().abs())
    }

    fn height(self) -> i32 {
        self.node
            .get_untracked()
            .map_or(0, |node| node.scroll_height())
    }
}
