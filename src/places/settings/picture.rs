//! The picture of oneself: seeing it, choosing another one, cutting a square out of that, or going
//! back to initials.
//!
//! Without the script it is a plain form, and the square is the one in the middle. With it, whatever is
//! chosen, dropped or pasted is shown first, in the drawing's own coordinates: what is seen of it is
//! the view box of an image, so every size of it is the same few numbers and no pixel is copied. What
//! that needs is a part of its own: few of those who look at their profile change the picture of them.

mod cropper;

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::form::{Told, change_form, focus_outcome};
use super::pieces::{Words, button, text};
use crate::client::browser::{self, portrait};
use crate::client::cropping::Cropping;
use crate::client::session::Session;
use crate::components::Page;
use crate::components::avatar::LargeAvatar;
use crate::parts::part;
use crate::protocol::ApiError;
use crate::protocol::settings::Changed;
use crate::words;

part!(
    /// Cutting a square out of a picture.
    CROPPER in portrait: |cut: Cut| cropper::cropper(&cut.0, &cut.1)
);

/// A picture, and what is being done with it.
type Cut = (Portrait, Arc<portrait::Chosen>);

const STAGE_ID: &str = "crop-stage";
const CHOOSE_ID: &str = "choose-picture";
/// What the picture code of the server takes.
const KINDS: &str = "image/jpeg,image/png,image/gif,image/webp";

/// What is being done with a picture, if one was chosen.
#[derive(Clone, Copy)]
struct Portrait {
    session: Session,
    told: Told,
    chosen: RwSignal<Option<Arc<portrait::Chosen>>>,
    cropping: RwSignal<Cropping>,
    /// How many hundredths have been sent, if it is on its way.
    sent: RwSignal<Option<u8>>,
    trouble: RwSignal<String>,
}

/// Who I am, as others see me, with what there is to be done about the picture.
pub fn section(session: Session, title: String, line: Words) -> AnyView {
    let portrait = Portrait {
        session,
        told: expect_context::<Told>(),
        chosen: RwSignal::new(None),
        cropping: RwSignal::new(Cropping::new(1, 1)),
        sent: RwSignal::new(None),
        trouble: RwSignal::new(String::new()),
    };
    Effect::new(move || portrait::on_paste(move |file| portrait.open(file)));
    let face = move || view! { <LargeAvatar user=session.me.get() /> };
    let remove = move || session.me.with(|me| me.avatar.is_some()).then(remove_form);
    let cropper = move || {
        let chosen = portrait.chosen.get()?;
        Some(CROPPER.show((portrait, chosen)))
    };
    let over = |event: ev::DragEvent| event.prevent_default();
    let drop = move |event: ev::DragEvent| {
        event.prevent_default();
        if let Some(file) = portrait::dropped(&event) {
            portrait.open(file);
        }
    };
    view! {
        <section class="portrait" aria-label="Picture" on:dragover=over on:drop=drop>
            <div class="portrait-head">
                {face}
                <div class="portrait-words">
                    <strong dir="auto">{title}</strong>
                    {text("", line)}
                    <div class="portrait-acts">{choose(&portrait)} {remove}</div>
                </div>
            </div>
            <p class="portrait-trouble" role="alert">
                {move || portrait.trouble.get()}
            </p>
            {cropper}
        </section>
    }
    .into_any()
}

/// A form that works by itself, and is a button where the script runs.
fn choose(portrait: &Portrait) -> AnyView {
    let portrait = *portrait;
    let is_live = expect_context::<Page>().is_live;
    let class = move || {
        if is_live.get() {
            "button"
        } else {
            "portrait-field"
        }
    };
    let chosen = move |event: ev::Event| {
        if let Some(file) = is_live
            .get_untracked()
            .then(|| portrait::chosen(&event))
            .flatten()
        {
            portrait.open(file);
        }
    };
    view! {
        <form method="post" action="/avatar" enctype="multipart/form-data" class="portrait-form">
            <label class=class>
                <input
                    type="file"
                    name="picture"
                    id=CHOOSE_ID
                    accept=KINDS
                    class:visually-hidden=move || is_live.get()
                    on:change=chosen
                />
                "Choose a picture"
            </label>
            <button type="submit" class="button" hidden=move || is_live.get()>
                "Show it"
            </button>
        </form>
    }
    .into_any()
}

fn remove_form() -> AnyView {
    let whole = "Remove the picture".to_owned();
    change_form(
        "remove_picture",
        None,
        "",
        vec![button("Remove", whole, "button")],
    )
}

impl Portrait {
    /// Looks at a file, to be cut.
    fn open(self, file: portrait::File) {
        let mib = self.session.file_mib;
        self.told.clear();
        if portrait::bytes(&file) > u64::from(mib) * 1024 * 1024 {
            return self.trouble.set(ApiError::FileTooLarge { mib }.to_string());
        }
        spawn_local(async move {
            let looked = portrait::look(file).await.map(Arc::new);
            let is_loaded = CROPPER.load().await.is_ok();
            let said = match &looked {
                Some(_) if !is_loaded => words::PART_MISSING.to_owned(),
                None => ApiError::NotAPicture.to_string(),
                Some(chosen) => {
                    let cropping = Cropping::new(chosen.width, chosen.height);
                    let _ = self.cropping.try_set(cropping);
                    String::new()
                }
            };
            let looked = looked.filter(|_| is_loaded);
            let is_there = looked.is_some();
            let _ = self.trouble.try_set(said);
            let _ = self.chosen.try_set(looked);
            if is_there {
                request_animation_frame(|| browser::focus(STAGE_ID));
            }
        });
    }

    fn send(self) {
        let Some(chosen) = self.chosen.get_untracked() else {
            return;
        };
        let crop = self.cropping.with_untracked(|cropping| cropping.crop());
        self.trouble.set(String::new());
        self.sent.set(Some(0));
        let progressed = move |hundredths| {
            let _ = self.sent.try_set(Some(hundredths));
        };
        if !portrait::send(&chosen, crop, progressed, move |answer| self.ended(answer)) {
            self.ended(Err(ApiError::Unreachable.to_string()));
        }
    }

    fn ended(self, answer: Result<(), String>) {
        let _ = self.sent.try_set(None);
        match answer {
            // The page is drawn anew; that the picture is another one is heard by the socket.
            Ok(()) => {
                let _ = self.chosen.try_set(None);
                self.told.came(Ok(Changed::Done));
                self.session.refresh();
                focus_outcome();
            }
            Err(reason) => {
                let _ = self.trouble.try_set(reason);
            }
        }
    }

    fn close(self) {
        self.trouble.set(String::new());
        self.chosen.set(None);
        browser::focus(CHOOSE_ID);
    }
}
