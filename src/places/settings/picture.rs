//! The picture of oneself: seeing it, choosing another one, cutting a square out of that, or going
//! back to initials.
//!
//! Without the script it is a plain form, and the square is the one in the middle. With it, whatever is
//! chosen, dropped or pasted is shown first, in the drawing's own coordinates: what is seen of it is
//! the view box of an image, so every size of it is the same few numbers and no pixel is copied.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::form::{Told, change_form, focus_outcome};
use super::pieces::{Words, button, text};
use crate::client::browser::{self, portrait};
use crate::client::cropping::{Cropping, Fingers};
use crate::client::session::Session;
use crate::components::Page;
use crate::components::avatar::LargeAvatar;
use crate::protocol::settings::Changed;
use crate::protocol::{ApiError, Crop};

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
        Some(cropper(portrait, &chosen))
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
                    <div class="portrait-acts">{choose(portrait)} {remove}</div>
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
fn choose(portrait: Portrait) -> AnyView {
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
            let said = match &looked {
                None => ApiError::NotAPicture.to_string(),
                Some(chosen) => {
                    let cropping = Cropping::new(chosen.width, chosen.height);
                    let _ = self.cropping.try_set(cropping);
                    String::new()
                }
            };
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

/// Moving a picture about behind a circle.
fn cropper(portrait: Portrait, chosen: &portrait::Chosen) -> AnyView {
    let is_sending = move || portrait.sent.with(Option::is_some);
    let said = move || match portrait.sent.get() {
        Some(hundredths) => format!("{hundredths} %"),
        None => String::new(),
    };
    let zoom = move |event: ev::Event| {
        if let Ok(hundredths) = event_target_value(&event).parse() {
            portrait
                .cropping
                .update(|cropping| *cropping = cropping.at_hundredths(hundredths));
        }
    };
    let closeness = move || portrait.cropping.with(|cropping| cropping.hundredths());
    view! {
        <div class="crop">
            {stage(portrait, chosen)}
            <div class="crop-side">
                <div class="crop-previews" aria-hidden="true">
                    {seen(portrait.cropping, chosen, "crop-large")}
                    {seen(portrait.cropping, chosen, "crop-middle")}
                    {seen(portrait.cropping, chosen, "crop-small")}
                </div>
                <label class="crop-zoom">
                    "Size"
                    <input
                        type="range"
                        min="100"
                        max=move || closeness().1.to_string()
                        step="5"
                        prop:value=move || closeness().0.to_string()
                        on:input=zoom
                    />
                </label>
                <p class="form-note" id="crop-hint">
                    "Drag to move it, or use the arrow keys, + and −."
                </p>
                <div class="crop-acts">
                    <button
                        type="button"
                        class="button primary"
                        disabled=is_sending
                        on:click=move |_| portrait.send()
                    >
                        "Use this picture"
                    </button>
                    <button
                        type="button"
                        class="button"
                        disabled=is_sending
                        on:click=move |_| portrait.close()
                    >
                        "Cancel"
                    </button>
                    <span class="crop-sent" role="status">
                        {said}
                    </span>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// What fingers, wheels and keys move.
fn stage(portrait: Portrait, chosen: &portrait::Chosen) -> AnyView {
    let cropping = portrait.cropping;
    let fingers = StoredValue::new(Fingers::default());
    let down = move |event: ev::PointerEvent| {
        if let Some((finger, at)) = portrait::place(&event) {
            portrait::hold(&event);
            fingers.update_value(|fingers| fingers.down(finger, at));
        }
    };
    let moved = move |event: ev::PointerEvent| {
        let Some((finger, at)) = portrait::place(&event) else {
            return;
        };
        let gesture = fingers.try_update_value(|fingers| fingers.moved(finger, at));
        if let Some(gesture) = gesture.flatten() {
            cropping.update(|cropping| *cropping = cropping.after(gesture));
        }
    };
    let up = move |event: ev::PointerEvent| {
        fingers.update_value(|fingers| fingers.up(event.pointer_id()));
    };
    let turned = move |event: ev::WheelEvent| {
        event.prevent_default();
        if let Some((closer, about)) = portrait::turned(&event) {
            cropping.update(|cropping| *cropping = cropping.closer(closer, about));
        }
    };
    let pressed = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if let Some(next) = cropping.with_untracked(|cropping| cropping.pressed(&event.key())) {
            event.prevent_default();
            event.stop_propagation();
            cropping.set(next);
        }
    };
    view! {
        <div
            class="crop-stage"
            id=STAGE_ID
            role="group"
            tabindex="0"
            aria-label="The part of the picture that is shown"
            aria-describedby="crop-hint"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=up
            on:wheel=turned
            on:keydown=pressed
        >
            {seen(cropping, chosen, "crop-picture")}
        </div>
    }
    .into_any()
}

/// What is seen of the picture now, at whatever size the class says.
fn seen(cropping: RwSignal<Cropping>, chosen: &portrait::Chosen, class: &'static str) -> AnyView {
    let part = move || {
        let Crop { x, y, side } = cropping.with(|cropping| cropping.crop());
        format!("{x} {y} {side} {side}")
    };
    view! {
        <svg class=class viewBox=part aria-hidden="true">
            <image
                href=chosen.address.clone()
                width=chosen.width.to_string()
                height=chosen.height.to_string()
            />
        </svg>
    }
    .into_any()
}
