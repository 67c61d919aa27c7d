//! Keys that are pressed anywhere on the page, told what is open and carried out.

use leptos::prelude::*;

use super::Page;
use crate::client::browser;
use crate::client::browser::keys::{focus_if_lost, on_press};
use crate::client::doing::Writing;
use crate::client::keys::{Act, Open, act};
use crate::client::listing::step;
use crate::client::session::Session;
use crate::protocol::Place;

/// In the browser, once.
pub fn listen(session: Session, page: Page) {
    on_press(move |press| {
        let act = act(press, open(session, page));
        if let Some(act) = act {
            carry_out(session, page, act);
        }
        // What is typed is still to be written.
        act.is_some_and(|act| act != Act::Write)
    });
}

fn open(session: Session, page: Page) -> Open {
    let (menu, writing) = session
        .doing
        .with_untracked(|doing| (doing.has_menu(), !doing.writing.is_new()));
    Open {
        dialog: page.is_jumping.get_untracked() || page.shows_keys.get_untracked(),
        menu,
        writing,
        panel: session
            .place
            .with_untracked(|place| place.panel().is_some()),
    }
}

fn carry_out(session: Session, page: Page, act: Act) {
    match act {
        Act::Jump => {
            page.shows_keys.set(false);
            page.is_jumping.set(true);
        }
        Act::ListKeys => {
            page.is_jumping.set(false);
            page.shows_keys.set(true);
        }
        Act::CloseDialog => {
            page.is_jumping.set(false);
            page.shows_keys.set(false);
        }
        Act::CloseMenu => {
            session.open_menu(None);
            keep_focus();
        }
        Act::LeaveWriting => {
            session.write_as(Writing::New);
            keep_focus();
        }
        Act::ClosePanel => {
            if let Place::Thread { id, message, .. } = session.place.get_untracked() {
                session.go(Place::Thread {
                    id,
                    message,
                    panel: None,
                });
            }
        }
        Act::Go(way) => {
            let open = session.place.with_untracked(Place::open_thread);
            let folders = session.folders.get_untracked();
            let next = session
                .mine
                .with_untracked(|mine| step(mine, &folders, open, way));
            if let Some(id) = next {
                session.go(Place::thread(id));
            }
        }
        Act::Write => browser::focus("composer-field"),
    }
}

/// What has gone may have had the focus.
fn keep_focus() {
    request_animation_frame(|| focus_if_lost("composer-field"));
}
