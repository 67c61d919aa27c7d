//! Fingers on messages: held still, the menu opens; pulled to the left, the message is answered. Both are
//! in the menu too, for who does not know.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};

use super::thread::may_answer;
use crate::client::browser;
use crate::client::browser::touch::{Touched, on_clicks, on_fingers, point, touched};
use crate::client::gestures::{Finger, HELD_MS};
use crate::client::rows::Row;
use crate::client::session::Session;
use crate::protocol::{Place, Seq};

/// So soon after a finger was let go that has opened a menu, what browsers make a click of it is none.
const NO_CLICK_MS: i64 = 400;

/// A finger, the message under it, and what happens if it stays.
struct Held {
    touched: Touched,
    finger: Finger,
    stays: Option<TimeoutHandle>,
    has_opened: bool,
}

impl Held {
    /// It means nothing else any more.
    fn end(self) {
        self.touched.pull(0.0);
        if let Some(stays) = self.stays {
            stays.clear();
        }
    }
}

/// In the browser, once; where nobody uses fingers, nothing.
pub fn listen(session: Session) {
    if !browser::is_touch() {
        return;
    }
    let held: Rc<RefCell<Option<Held>>> = Rc::default();
    let of = || held.clone();
    let (put, moved, let_go, taken) = (of(), of(), of(), of());
    // When a finger was let go that has opened a menu.
    let let_go_at = Rc::new(Cell::new(0));
    let last = let_go_at.clone();
    on_clicks(move || browser::now().0 - last.get() < NO_CLICK_MS);
    on_fingers(
        move |event| {
            if let Some(before) = put.take() {
                return before.end();
            }
            let Some(touched) = touched(event) else {
                return;
            };
            let stays = stays(session, &put);
            put.replace(Some(Held {
                touched,
                finger: Finger::put(point(event)),
                stays,
                has_opened: false,
            }));
        },
        move |event| {
            if let Some(held) = moved.borrow_mut().as_mut()
                && held.touched.is_by(event)
                && let Some(left) = held.finger.moved(point(event))
            {
                held.touched.pull(left);
            }
        },
        move |event| {
            let Some(held) = let_go.take() else { return };
            if held.has_opened {
                let_go_at.set(browser::now().0);
            }
            let answers = held.touched.is_by(event) && held.finger.let_go(point(event));
            let row = answers.then(|| row(session, &held.touched)).flatten();
            held.end();
            if let Some(row) = row {
                answer(session, &row);
            }
        },
        move || {
            if let Some(held) = taken.take() {
                held.end();
            }
        },
    );
}

/// Opens the menu, once the finger has been there for long enough.
fn stays(session: Session, held: &Rc<RefCell<Option<Held>>>) -> Option<TimeoutHandle> {
    let held = Rc::downgrade(held);
    let open = move || {
        let Some(held) = held.upgrade() else { return };
        let mut held = held.borrow_mut();
        if let Some(held) = held.as_mut()
            && held.finger.is_held()
            && let Some(row) = row(session, &held.touched)
        {
            held.has_opened = true;
            browser::touch::unmark();
            session.open_menu(Some(row.key));
        }
    };
    set_timeout_with_handle(open, Duration::from_millis(HELD_MS)).ok()
}

/// The message under a finger, if it has arrived.
fn row(session: Session, touched: &Touched) -> Option<Row> {
    let id = touched.id();
    let key = session.rows.with_untracked(|rows| {
        let mut keys = rows.iter().map(|row| &row.key);
        keys.find(|key| key.element_id() == id).cloned()
    });
    session.row(&key?).filter(|row| row.seq > Seq::START)
}

fn answer(session: Session, row: &Row) {
    let open = session.place.with_untracked(Place::open_thread);
    if open.is_some_and(|id| may_answer(session, id, row)) {
        session.answer(row);
    }
}
