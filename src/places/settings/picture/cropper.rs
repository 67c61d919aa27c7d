//! Moving a picture about behind a circle: by pointer, fingers, wheel and keys.
//!
//! Only what is seen of the picture changes while it is moved, by one attribute of each drawing of it.

use leptos::ev;
use leptos::prelude::*;

use super::{Portrait, STAGE_ID};
use crate::client::browser::portrait;
use crate::client::cropping::{Cropping, Fingers};
use crate::protocol::Crop;

/// The picture, how it will look, and what to do with it.
pub fn cropper(portrait: &Portrait, chosen: &portrait::Chosen) -> AnyView {
    let portrait = *portrait;
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
            {stage(&portrait, chosen)}
            <div class="crop-side">
                <div class="crop-previews" aria-hidden="true">
                    {seen(portrait.cropping, chosen, 64)}
                    {seen(portrait.cropping, chosen, 36)}
                    {seen(portrait.cropping, chosen, 20)}
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
                    <span role="status">
                        {said}
                    </span>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// What fingers, wheels and keys move.
fn stage(portrait: &Portrait, chosen: &portrait::Chosen) -> AnyView {
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
            {seen(cropping, chosen, 256)}
        </div>
    }
    .into_any()
}

/// What is seen of the picture now, so many pixels wide.
fn seen(cropping: RwSignal<Cropping>, chosen: &portrait::Chosen, size: u16) -> AnyView {
    let size = size.to_string();
    let part = move || {
        let Crop { x, y, side } = cropping.with(|cropping| cropping.crop());
        format!("{x} {y} {side} {side}")
    };
    view! {
        <svg width=size.clone() height=size viewBox=part aria-hidden="true">
            <image
                href=chosen.address.clone()
                width=chosen.width.to_string()
                height=chosen.height.to_string()
            />
        </svg>
    }
    .into_any()
}
