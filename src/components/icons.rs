//! Line drawings, in the colour of the text around them.

use leptos::prelude::*;

/// Two speech bubbles that overlap.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
            <path
                class="logo-back"
                d="M12 5h12a5 5 0 0 1 5 5v6a5 5 0 0 1-5 5v4l-5-4h-7a5 5 0 0 1-5-5v-6a5 5 0 0 1 5-5z"
            />
            <path
                class="logo-front"
                d="M8 11h9a5 5 0 0 1 5 5v4a5 5 0 0 1-5 5h-5l-5 4v-4a4 4 0 0 1-4-4v-5a5 5 0 0 1 5-5z"
            />
        </svg>
    }
}

#[component]
pub fn SendIcon() -> impl IntoView {
    view! { <Icon d="M5 12h13M12 5l7 7-7 7" /> }
}

/// A paper clip.
#[component]
pub fn AttachIcon() -> impl IntoView {
    view! { <Icon d="M20 11.5l-8.2 8.2a5 5 0 0 1-7-7l8.4-8.4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6" /> }
}

#[component]
pub fn BrowseIcon() -> impl IntoView {
    view! { <Icon d="M4 5h16M4 12h10M4 19h7M17 14a3 3 0 1 0 0 6a3 3 0 0 0 0-6zM19.2 19.2L22 22" /> }
}

#[component]
pub fn CloseIcon() -> impl IntoView {
    view! { <Icon d="M6 6l12 12M18 6L6 18" /> }
}

#[component]
pub fn BackIcon() -> impl IntoView {
    view! { <Icon d="M15 5l-7 7 7 7" /> }
}

#[component]
pub fn PlusIcon() -> impl IntoView {
    view! { <Icon d="M12 5v14M5 12h14" /> }
}

#[component]
pub fn LockIcon() -> impl IntoView {
    view! { <Icon d="M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z" /> }
}

#[component]
pub fn HashIcon() -> impl IntoView {
    view! { <Icon d="M10 4L8 20M16 4l-2 16M5 9h15M4 15h15" /> }
}

#[component]
pub fn DownIcon() -> impl IntoView {
    view! { <Icon d="M12 5v14M5 12l7 7 7-7" /> }
}

#[component]
pub fn GearIcon() -> impl IntoView {
    view! {
        <Icon d="M12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5zM12 5.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M18.7 5.3l-2.1 2.1M7.4 16.6l-2.1 2.1" />
    }
}

#[component]
pub fn PeopleIcon() -> impl IntoView {
    view! {
        <Icon d="M9 11a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6M18 14a6.5 6.5 0 0 1 3.5 6" />
    }
}

#[component]
pub fn CheckIcon() -> impl IntoView {
    view! { <Icon d="M5 13l4 4L19 7" /> }
}

#[component]
pub fn LeaveIcon() -> impl IntoView {
    view! { <Icon d="M14 5H6v14h8M11 12h9M16 8l4 4-4 4" /> }
}

/// Any other.
#[component]
pub fn Icon(d: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=d />
        </svg>
    }
}
