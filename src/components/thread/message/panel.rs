//! What is told of a message, and the same as its menu, for whoever has no script: forms in a panel.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::super::composer::as_content;
use super::about::About;
use super::menu::{May, QUICK};
use crate::api;
use crate::client::browser;
use crate::client::rows::Row;
use crate::client::session::{RowSignal, Session};
use crate::components::Page;
use crate::components::form::{FormButton, FormError, FormState, TextField, TextKind, value_of};
use crate::components::icons::CloseIcon;
use crate::protocol::frame::parse;
use crate::protocol::picked::AboutMessage;
use crate::protocol::{
    ApiError, Field, Keep, MessageText, Panel, Place, Revise, Seq, Thread, ThreadId,
};
use crate::words;

#[component]
pub fn MessagePanel(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let message = Memo::new(move |_| {
        session.place.with(|place| match place {
            Place::Thread { message, .. } => *message,
            _ => None,
        })
    });
    // What else happens in the thread leaves what was typed here as it is.
    let row = Memo::new(move |_| {
        let is_it = |row: &RowSignal| row.with_untracked(|row| Some(row.seq) == message.get());
        let row = session
            .rows
            .with(|rows| rows.iter().find(|row| is_it(row)).cloned())?;
        Some(row.with(Row::clone)).filter(|row| row.seq > Seq::START)
    });
    let back = move || Place::Thread {
        id,
        message: message.get(),
        panel: None,
    };
    let close = move || {
        session.go(Place::thread(id));
        browser::focus("place-content");
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close();
        }
    };
    Effect::new(move || browser::focus("message-sheet"));
    let forms = move || match row.get() {
        Some(row) => view! { <Forms id row /> }.into_any(),
        None => view! { <p class="popover-note">"This message is not there."</p> }.into_any(),
    };
    view! {
        <aside
            class="popover message-panel"
            id="message-sheet"
            tabindex="-1"
            aria-label="Message"
            on:keydown=on_key
        >
            <a class="icon-button message-close" href=move || back().to_string() aria-label="Close">
                <CloseIcon />
            </a>
            {forms}
        </aside>
    }
}

/// Reporting a message: what is told of it is asked for here with the script, too.
fn report_form(
    session: Session,
    id: ThreadId,
    seq: Seq,
    // What was typed, and what is wrong with it.
    (typed, error): (Option<String>, Option<ApiError>),
) -> AnyView {
    let is_open = typed.is_some();
    let state = FormState::new(error.filter(|_| is_open));
    let is_sent = RwSignal::new(false);
    let submit = state.on_answer(
        move |form| {
            let reason = value_of(form, "reason");
            api::revise_message(session.my_id(), id, seq, Revise::Report { reason })
        },
        move |(), _| is_sent.set(true),
    );
    let said = move || {
        is_sent
            .get()
            .then_some("Thank you. The administrators have been told, and see what it says.")
    };
    view! {
        <details class="report" open=is_open>
            <summary>"Report to the administrators"</summary>
            <form
                class="panel-form"
                class:is-sent=is_sent
                method="post"
                action="/api/revise_message"
                on:submit=submit
            >
                <input type="hidden" name="thread" value=id.to_string() />
                <input type="hidden" name="seq" value=seq.to_string() />
                <input type="hidden" name="what" value="report" />
                <TextField
                    label="What is wrong with it"
                    name="reason"
                    field=Field::Description
                    kind=TextKind::Words
                    value=typed.unwrap_or_default()
                    state
                />
                <FormError state />
                <FormButton label="Report" state />
            </form>
            <p class="field-hint" role="status">
                {said}
            </p>
        </details>
    }
    .into_any()
}

#[component]
fn Forms(id: ThreadId, row: Row) -> impl IntoView {
    let session = expect_context::<Session>();
    let refused = expect_context::<Page>().refused.try_get_value().flatten();
    let (error, fields) = refused
        .map(|refused| (refused.error, refused.fields))
        .unzip();
    let typed = |name: &str| {
        let mut fields = fields.iter().flatten();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
    };
    // What was refused is given back to the form that it came from.
    let edited = typed("text").filter(|_| typed("what").as_deref() == Some("edit"));
    let text = edited.unwrap_or_else(|| row.text.clone());
    let answer = typed("text").filter(|_| typed("reply_to").is_some());
    let answer = answer.unwrap_or_default();
    // A form that comes twice is known by it.
    let last = |thread: &Option<Thread>| thread.as_ref().map(|thread| thread.last_seq.to_string());
    let after = session.thread.with_untracked(last);
    let may = May::of(session, id, &row);
    let refused_report = (typed("reason"), error.clone());
    let error = error.filter(|_| refused_report.0.is_none());
    let problem = error.map(|error: ApiError| {
        view! { <p class="form-error" role="alert">{error.sentence()}</p> }
    });
    let (seq, thread) = (row.seq.to_string(), id.to_string());
    let hidden = {
        let (seq, thread) = (seq.clone(), thread.clone());
        move || {
            view! {
                <input type="hidden" name="thread" value=thread.clone() />
                <input type="hidden" name="seq" value=seq.clone() />
            }
        }
    };
    let keep_button = move || {
        let is_saved =
            parse::<AboutMessage>(&session.packed.get()).is_ok_and(|about| about.kept.is_saved);
        let (keep, label) = match is_saved {
            true => (Keep::Unsave, words::UNSAVE),
            false => (Keep::Save, words::SAVE),
        };
        view! {
            <button type="submit" class="button small" name="what" value=keep.name()>
                {label}
            </button>
        }
    };
    let emoji = may.react.then(|| {
        let button = |emoji: &'static str| {
            view! {
                <button type="submit" class="menu-emoji" name="toggle" value=format!("{seq} {emoji}")>
                    {emoji}
                </button>
            }
        };
        view! {
            <form class="menu-emojis" method="post" action="/api/revise_message">
                {hidden()}
                {QUICK.map(button).collect_view()}
            </form>
        }
    });
    let answer = may.write.then(|| {
        view! {
            <form class="panel-form" method="post" action="/api/post_message">
                {hidden()}
                <input type="hidden" name="reply_to" value=seq.clone() />
                <input type="hidden" name="after" value=after />
                <label class="field">
                    <span>"Reply"</span>
                    <textarea
                        name="text"
                        rows="2"
                        required
                        maxlength=MessageText::MAX_CHARS
                        inner_html=as_content(&answer)
                    ></textarea>
                </label>
                <button type="submit" class="button small">
                    "Send"
                </button>
            </form>
        }
    });
    let edit = may.edit.then(|| {
        view! {
            <form class="panel-form" method="post" action="/api/revise_message">
                {hidden()}
                <label class="field">
                    <span>"Edit"</span>
                    <textarea name="text" rows="4" required inner_html=as_content(&text)></textarea>
                </label>
                <button type="submit" class="button small" name="what" value="edit">
                    "Save"
                </button>
            </form>
        }
    });
    let pin = may.pin.then(|| {
        let (what, label) = match row.is_pinned {
            true => ("unpin", "Unpin"),
            false => ("pin", "Pin"),
        };
        view! {
            <form class="panel-form" method="post" action="/api/revise_message">
                {hidden()}
                <button type="submit" class="button small" name="what" value=what>
                    {label}
                </button>
            </form>
        }
    });
    let sheet = move |panel| Place::Thread {
        id,
        message: Some(row.seq),
        panel: Some(panel),
    };
    let keep = (!row.is_deleted).then(|| {
        view! {
            <form class="panel-form panel-acts" method="post" action="/api/keep_message">
                {hidden()}
                {keep_button()}
                <a class="button small" href=sheet(Panel::Remind).to_string()>
                    "Remind me"
                </a>
                <a class="button small" href=sheet(Panel::Forward).to_string()>
                    "Forward"
                </a>
            </form>
        }
    });
    let report = may
        .report
        .then(|| report_form(session, id, row.seq, refused_report));
    let restore = (row.is_deleted && row.is_mine).then_some(("restore", "Bring it back"));
    let delete = may.delete.then_some(("delete", "Delete"));
    let last = restore.or(delete).map(|(what, label)| {
        view! {
            <form class="panel-form" method="post" action="/api/revise_message">
                {hidden()}
                <button type="submit" class="button small danger" name="what" value=what>
                    {label}
                </button>
            </form>
        }
    });
    let unread = view! {
        <form class="panel-form" method="post" action="/api/mark_unread">
            {hidden()}
            <button type="submit" class="button small">
                "Mark as unread"
            </button>
        </form>
    };
    let quoted = if row.is_deleted {
        words::DELETED.to_owned()
    } else {
        row.said().to_owned()
    };
    // What it passes on stands below what it says.
    let passed = row
        .forwarded
        .as_ref()
        .filter(|_| !row.is_deleted)
        .map(|passed| {
            view! {
                <p class="message-panel-text" dir="auto">
                    {passed.text.clone()}
                </p>
            }
        });
    view! {
        <h2>{row.author.name.to_string()}</h2>
        <p class="message-panel-text" dir="auto">
            {quoted}
        </p>
        {passed}
        <About />
        {problem}
        {report}
        // With the script, all of this is in the menu. (Who has come here by loading the page has opened none.)
        <div class:without-script=session.has_moved.try_get_value().unwrap_or(false)>
            {emoji}
            {answer}
            {edit}
            {pin}
            {keep}
            {unread}
            {last}
        </div>
    }
}
