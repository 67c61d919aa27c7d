//! What stands above a thread: what it is called and about, and the ways to its panels.

use leptos::either::{Either, EitherOf3};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::icons::{BackIcon, HashIcon, LockIcon, PeopleIcon, SettingsIcon};
use crate::protocol::{Panel, Place, Seq, Thread, ThreadId, ThreadKind, Timestamp};

#[component]
pub fn ThreadHeader(id: ThreadId, panel: Memo<Option<Panel>>) -> impl IntoView {
    let session = expect_context::<Session>();
    // What is shown of the thread does not change with every message in it.
    let shown = Memo::new(move |_| {
        let is_mine = session.role(id).is_some();
        session.thread.with(|thread| {
            let thread = thread.as_ref().filter(|thread| thread.id == id)?;
            let thread = Thread {
                last_seq: Seq::START,
                message_count: 0,
                active_at: Timestamp(0),
                ..thread.clone()
            };
            Some((thread, is_mine))
        })
    });
    let me = session.my_id();
    move || {
        let (thread, is_mine) = shown.get()?;
        let (title, kind) = (thread.title(me), thread.kind);
        let is_direct = kind == ThreadKind::Direct;
        let about = thread.description.to_string();
        let about = (!about.is_empty()).then(|| {
            view! {
                <p class="thread-about" dir="auto">
                    {about}
                </p>
            }
        });
        let icon = match kind {
            ThreadKind::Public => EitherOf3::A(view! { <HashIcon /> }),
            ThreadKind::Private => EitherOf3::B(view! { <LockIcon /> }),
            ThreadKind::Direct => EitherOf3::C(match thread.into_other(me) {
                Some(user) => Either::Left(view! { <Avatar user /> }),
                None => Either::Right(()),
            }),
        };
        let join = (!is_mine).then(|| view! { <Join id /> });
        let settings = (!is_direct).then(|| {
            view! {
                <PanelLink id wanted=Panel::Settings open=panel label="Settings">
                    <SettingsIcon />
                </PanelLink>
            }
        });
        Some(view! {
            <header class="thread-header">
                <a class="icon-button back" href="/">
                    <BackIcon />
                    <span class="visually-hidden">"My threads"</span>
                </a>
                {icon}
                <h1 dir="auto">{title}</h1>
                {about}
                <div class="thread-actions">
                    {join}
                    <PanelLink id wanted=Panel::People open=panel label="People">
                        <PeopleIcon />
                    </PanelLink>
                    {settings}
                </div>
            </header>
        })
    }
}

/// Opens a panel, and closes it again.
#[component]
fn PanelLink<C>(
    id: ThreadId,
    wanted: Panel,
    open: Memo<Option<Panel>>,
    label: &'static str,
    children: TypedChildren<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let children = children.into_inner();
    let is_open = move || open.get() == Some(wanted);
    let to = move || {
        let panel = (!is_open()).then_some(wanted);
        let message = None;
        Place::Thread { id, message, panel }.to_string()
    };
    view! {
        <a
            class="icon-button"
            href=to
            aria-expanded=move || is_open().to_string()
            title=label
        >
            {children()}
            <span class="visually-hidden">{label}</span>
        </a>
    }
}

/// Whoever reads a thread that is for everybody may belong to it.
#[component]
fn Join(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let join = move |event: SubmitEvent| {
        event.prevent_default();
        session.join(id);
    };
    view! {
        <form method="post" action="/api/manage_thread" on:submit=join>
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="what" value="join" />
            <button type="submit" class="button small">
                "Join"
            </button>
        </form>
    }
}
