//! Keeping what is read where it is, whatever is put in above or below it.
//!
//! Before what is drawn changes, the topmost row in sight is noted with its place on the screen; in
//! the frame after, and before anything is painted, the box is scrolled by as much as the row has
//! moved. There is at most one such correction under way: in a hidden tab no frame comes, and a
//! hundred messages later there is still one row to be put back in its place.

use leptos::html;
use leptos::leptos_dom::helpers::{document, request_animation_frame};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, MouseEvent};

use crate::client::chat::{Reveal, ScrollPosition};
use crate::protocol::Seq;

/// So close to the end counts as being there, in pixels.
const AT_END: f64 = 40.0;
/// So close to an edge asks for more, in pixels.
const NEAR: f64 = 800.0;

/// The box that scrolls. It is laid out in reverse, so its position is zero at the end and negative
/// above it, and it begins at the end before any script runs.
#[derive(Clone, Copy)]
pub struct ScrollBox {
    pub node: NodeRef<html::Div>,
    /// What is to be put in its place with the next frame.
    due: StoredValue<Option<Due>>,
    /// By how much the last correction fell short, in pixels: a box scrolls by whole ones, rows are
    /// not that tall, and thirty messages would add up to a visible step.
    owed: StoredValue<f64>,
}

#[derive(Clone, Debug)]
enum Due {
    /// The end stays in sight.
    End,
    /// These rows, the first that is still there counts, were so far from the upper edge.
    Rows(Vec<(String, f64)>),
    /// The line above what is new comes into sight.
    Line,
    /// The message with this event comes into sight.
    Message(Seq),
    /// The message with this event gets back to where it was.
    Position(ScrollPosition),
}

/// Where the box is scrolled to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Where {
    pub at_end: bool,
    pub near_top: bool,
    pub near_bottom: bool,
}

impl ScrollBox {
    pub fn new() -> Self {
        Self {
            node: NodeRef::new(),
            due: StoredValue::new(None),
            owed: StoredValue::new(0.0),
        }
    }

    /// The element, while it is there: a frame that was asked for may come after it has gone.
    fn element(self) -> Option<web_sys::HtmlDivElement> {
        self.node.try_get_untracked().flatten()
    }

    /// What is drawn is about to change.
    /// `is_live` says whether the end of what is drawn is the end of all there is.
    pub fn prepare(self, reveal: Option<&Reveal>, is_live: bool) {
        let Some(node) = self.element() else {
            return;
        };
        let is_under_way = self.due.try_with_value(Option::is_some) == Some(true);
        match reveal {
            Some(Reveal::End) => self.set_due(Due::End),
            Some(Reveal::Line) => self.set_due(Due::Line),
            Some(Reveal::Message(seq)) => self.set_due(Due::Message(*seq)),
            Some(Reveal::Position(position)) => self.set_due(Due::Position(*position)),
            None if is_under_way => return,
            None if is_live && place_of(&node).at_end => self.set_due(Due::End),
            None => {
                let owed = self.owed.try_get_value().unwrap_or_default();
                self.set_due(Due::Rows(rows_in_sight(&node, owed)));
            }
        }
        if !is_under_way {
            request_animation_frame(move || self.settle());
        }
    }

    fn set_due(self, due: Due) {
        let _ = self.due.try_set_value(Some(due));
    }

    fn settle(self) {
        let due = self.due.try_update_value(Option::take).flatten();
        let (Some(due), Some(node)) = (due, self.element()) else {
            return;
        };
        match due {
            Due::End => node.set_scroll_top(0),
            Due::Line => match node.query_selector(".unread-line").ok().flatten() {
                Some(line) => show(&node, &line),
                None => node.set_scroll_top(0),
            },
            Due::Rows(rows) => self.put_back(&node, rows),
            Due::Position(ScrollPosition { seq, distance }) => {
                if let Some(row) = row_of(&node, seq) {
                    self.put_back(&node, vec![(row.id(), f64::from(distance))]);
                }
            }
            Due::Message(seq) => {
                if let Some(row) = row_of(&node, seq) {
                    show(&node, &row);
                    if let Ok(row) = row.dyn_into::<HtmlElement>() {
                        let _ = row.class_list().add_1("marked");
                        let _ = row.focus();
                    }
                }
            }
        }
    }

    /// Scrolls so that the first of these rows that is still there is as far from the edge as it was.
    fn put_back(self, node: &web_sys::HtmlDivElement, rows: Vec<(String, f64)>) {
        let top = node.get_bounding_client_rect().top();
        let found = rows
            .into_iter()
            .find_map(|(id, distance)| Some((document().get_element_by_id(&id)?, distance)));
        let Some((row, distance)) = found else { return };
        let moved = || row.get_bounding_client_rect().top() - top - distance;
        // Half a pixel is rounding.
        if moved().abs() > 0.5 {
            node.scroll_by_with_x_and_y(0.0, moved());
        }
        let _ = self.owed.try_set_value(moved().clamp(-1.0, 1.0));
    }

    /// Where the box is scrolled to; nothing before it is there.
    pub fn place(self) -> Option<Where> {
        Some(place_of(&self.element()?))
    }

    /// Where the box is scrolled to, to be found again; nothing at the end.
    /// `has_newer` says that the end of what is drawn is not the end of all there is.
    pub fn position(self, has_newer: bool) -> Option<ScrollPosition> {
        let node = self.element()?;
        if place_of(&node).at_end && !has_newer {
            return None;
        }
        let rows = rows_in_sight(&node, 0.0).into_iter();
        rows.filter_map(|(id, distance)| {
            let row = document().get_element_by_id(&id)?;
            let seq = row.get_attribute("data-seq")?.parse().ok()?;
            // A whole pixel is near enough, and no screen is higher than that.
            #[allow(clippy::cast_possible_truncation)]
            let distance = distance.round() as i32;
            Some(ScrollPosition { seq, distance })
        })
        .find(|position| position.seq > Seq::START)
    }

    /// The focus goes to the messages.
    pub fn focus(self) {
        if let Some(node) = self.element() {
            let _ = node.focus();
        }
    }

    /// The event of the message that has the focus, or in which it is.
    pub fn focused(self) -> Option<Seq> {
        let row = document().active_element()?.closest("[data-seq]").ok()??;
        row.get_attribute("data-seq")?.parse().ok()
    }

    /// Moves the focus from message to message; into the timeline if it is on none.
    pub fn step(self, forward: bool) {
        let Some(node) = self.element() else {
            return;
        };
        let current = document().active_element();
        let current = current.filter(|element| element.class_list().contains("message"));
        let next = match &current {
            Some(element) if forward => sibling(element, true),
            Some(element) => sibling(element, false),
            None => node
                .query_selector_all(".message")
                .ok()
                .and_then(|all| all.item(all.length().saturating_sub(1)))
                .and_then(|last| last.dyn_into().ok()),
        };
        if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
            let _ = next.focus();
        }
    }
}

/// The message whose button for more was pressed.
pub fn asked_for(event: &MouseEvent) -> Option<String> {
    let pressed: Element = event.target()?.dyn_into().ok()?;
    let button = pressed.closest(".message-more").ok()??;
    Some(button.closest("article").ok()??.id())
}

impl Default for ScrollBox {
    fn default() -> Self {
        Self::new()
    }
}

/// Scrolls to an element, with a third of the box above it; in one step: where there is less than the
/// rest of the box below it, the end stays at the lower edge.
fn show(node: &web_sys::HtmlDivElement, element: &Element) {
    let top = node.get_bounding_client_rect().top() + f64::from(node.client_height() / 3);
    node.scroll_by_with_x_and_y(0.0, element.get_bounding_client_rect().top() - top);
}

/// The message of an event.
fn row_of(node: &web_sys::HtmlDivElement, seq: Seq) -> Option<Element> {
    node.query_selector(&format!("[data-seq=\"{seq}\"]"))
        .ok()
        .flatten()
}

fn place_of(node: &web_sys::HtmlDivElement) -> Where {
    let below = f64::from(node.scroll_top().abs());
    let hidden = f64::from(node.scroll_height() - node.client_height());
    Where {
        at_end: below <= AT_END,
        near_top: hidden - below <= NEAR,
        near_bottom: below <= NEAR,
    }
}

fn sibling(element: &Element, forward: bool) -> Option<Element> {
    let mut next = element.clone();
    loop {
        next = match forward {
            true => next.next_element_sibling()?,
            false => next.previous_element_sibling()?,
        };
        if next.class_list().contains("message") {
            return Some(next);
        }
    }
}

/// The rows at the upper edge, with how far each would be from it if nothing were owed.
fn rows_in_sight(node: &web_sys::HtmlDivElement, owed: f64) -> Vec<(String, f64)> {
    let frame = node.get_bounding_client_rect();
    let (top, bottom) = (frame.top(), frame.bottom());
    let Ok(rows) = node.query_selector_all(".message") else {
        return Vec::new();
    };
    // They are in order: the first in sight is found by halving.
    let rect = |at: u32| {
        let row: Element = rows.item(at)?.dyn_into().ok()?;
        Some((row.id(), row.get_bounding_client_rect()))
    };
    let (mut low, mut high) = (0, rows.length());
    while low < high {
        let middle = u32::midpoint(low, high);
        let is_above = rect(middle).is_some_and(|(_, rect)| rect.bottom() <= top);
        if is_above {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (low..rows.length())
        .map_while(rect)
        .take_while(|(_, rect)| rect.top() < bottom)
        .take(8)
        .map(|(id, rect)| (id, rect.top() - top - owed))
        .collect()
}
