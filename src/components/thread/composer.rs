//! Where one writes. Enter sends, Shift+Enter begins a new line; on a touch keyboard Enter is a
//! new line and the button sends. Without JavaScript it is a plain form.

use leptos::ev::{KeyboardEvent, MouseEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;

use super::TRAY;
use crate::app::Refused;
use crate::client::browser;
use crate::client::browser::storage::Kept;
use crate::client::doing::{Doing, Edited, Writing};
use crate::client::session::Session;
use crate::components::Page;
use crate::components::icons::{AttachIcon, Icon, SendIcon};
use crate::components::markdown::{format, is_in_code};
use crate::protocol::text::TextError;
use crate::protocol::{ApiError, Field, MessageText, Panel, Place, Revise, Seq, ThreadId};
use crate::words;

/// So many characters before the limit, the count is shown.
const COUNT_FROM: usize = MessageText::MAX_CHARS - 500;

#[component]
pub fn Composer(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let field = NodeRef::<html::Textarea>::new();
    let refused = refused(page, id);
    // It is said once: whoever comes back here finds their draft.
    Effect::new(move || page.refused.set_value(None));
    let (problem, typed) = refused
        .map(|refused| (refused.error, refused.typed))
        .unzip();
    let typed = typed.unwrap_or_default();
    let was_refused = problem.is_some();
    // Without the script a refused text is given back as what is in the field.
    let in_field = as_content(&typed);
    let text = RwSignal::new(typed);
    // Beside files it may be empty.
    let needs_text = move || session.tray.with(|tray| tray.files(id).is_empty());
    let is_busy = Memo::new(move |_| session.tray.with(|tray| tray.is_busy(id)));
    let parsed = parsed(session, id, text);
    let send = move || {
        if let Ok(message) = parsed.get_untracked()
            && !is_busy.get_untracked()
            && !is_early_command(page, text)
            && session.has_written(id, message)
        {
            text.set(String::new());
        }
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    keep_draft(session, id, field, text);
    edit_in_place(session, text);
    let on_key = move |event: KeyboardEvent| {
        let is_empty = text.with_untracked(String::is_empty);
        if sends(field, &event) {
            event.prevent_default();
            send();
        } else if let Some(writing) = turn(session, &event, is_empty) {
            event.prevent_default();
            session.write_as(writing);
        } else if format(field, &event) {
            event.prevent_default();
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        match toggled_by(&event) {
            Some((seq, what)) => session.revise(id, seq, what),
            None => send(),
        }
    };
    let cannot_send = move || page.is_live.get() && (is_busy.get() || parsed.with(Result::is_err));
    let has_tray = Memo::new(move |_| session.tray.with(|tray| !tray.is_empty(id)));
    let refused = problem.map(|error| sentence(&error));
    // The form posted twice is known by it.
    let after = last_event(session);
    let note = notes(parsed, text, refused);
    view! {
        <form class="composer" class:refused=was_refused id="composer" method="post" action="/api/post_message" on:submit=on_submit>
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="after" value=after />
            {move || has_tray.get().then(|| TRAY.show((session, id)))}
            <div class="composer-box" on:mousedown=move |event| keep_focus(&event)>
                {attach_button(page)}
                <div class="grow" data-text=move || text.get()>
                    <textarea
                        name="text"
                        rows="1"
                        required=needs_text
                        id="composer-field"
                        placeholder=move || placeholder(session)
                        aria-label="Message"
                        aria-describedby="composer-note"
                        dir="auto"
                        enterkeyhint="enter"
                        node_ref=field
                        inner_html=in_field
                        prop:value=move || text.get()
                        on:input:target=move |event| {
                            text.set(event.target().value());
                            if parsed.with_untracked(Result::is_ok) {
                                session.types(id);
                            }
                        }
                        on:keydown=on_key
                    ></textarea>
                </div>
                {emoji_button(page)}
                {later_link(id)}
                <button type="submit" class="send" disabled=cannot_send>
                    <SendIcon />
                    <span class="visually-hidden">"Send"</span>
                </button>
            </div>
            <p class="composer-note" id="composer-note" role="status">
                {move || {
                    note()
                        .map(|(text, is_error)| {
                            view! { <span class:error=is_error>{text}</span> }
                        })
                }}
            </p>
        </form>
    }
}

/// The last event of the thread that is open.
fn last_event(session: Session) -> Option<String> {
    session.thread.with_untracked(|thread| {
        let thread = thread.as_ref()?;
        Some(thread.last_seq.to_string())
    })
}

/// What knows commands comes soon: until then they wait, and are not said.
fn is_early_command(page: Page, text: RwSignal<String>) -> bool {
    !page.has_soon.get_untracked() && text.with_untracked(|text| text.starts_with('/'))
}

fn sentence(error: &ApiError) -> String {
    let of_text = error.for_field(Field::Text);
    of_text.unwrap_or_else(|| error.to_string())
}

/// What was refused here, without the script.
fn refused(page: Page, id: ThreadId) -> Option<Refused> {
    let refused = page.refused.try_get_value().flatten();
    refused.filter(|refused| refused.thread == Some(id))
}

/// What is chosen with it is heard by `browser::upload`.
fn attach_button(page: Page) -> impl IntoView {
    view! {
        <label class="attach" hidden=move || !page.has_soon.get() title=words::ATTACH>
            <input
                type="file"
                multiple
                id="attach"
                class="visually-hidden"
                aria-label=words::ATTACH
            />
            <AttachIcon />
        </label>
    }
}

/// A press on it is heard by `browser::emoji`, so nothing of it is in the first download.
fn emoji_button(page: Page) -> impl IntoView {
    view! {
        <button type="button" id="emoji-button" disabled=move || !page.has_soon.get() aria-haspopup="dialog" aria-label="Emoji" title="Emoji">
            <Icon d="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM8.5 14a4 4 0 0 0 7 0M9 9.5v.5M15 9.5v.5" />
        </button>
    }
}

/// Leads to where one says when it is to be sent.
fn later_link(id: ThreadId) -> impl IntoView {
    let place = Place::Thread {
        id,
        message: None,
        panel: Some(Panel::Later),
    };
    view! {
        <a class="later" href=place.to_string() title=words::SEND_LATER aria-label=words::SEND_LATER>
            <Icon d="M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16zM12 8v4l3 2" />
        </a>
    }
}

/// What is written, parsed. Beside files it may be nothing.
fn parsed(
    session: Session,
    id: ThreadId,
    text: RwSignal<String>,
) -> Memo<Result<MessageText, TextError>> {
    Memo::new(move |_| {
        let edits = session.doing.with(|doing| doing.writing.edited().is_some());
        let has_files = session.tray.with(|tray| !tray.files(id).is_empty());
        let parse = match has_files && !edits {
            true => MessageText::caption,
            false => MessageText::parse,
        };
        text.with(|text| parse(text))
    })
}

/// A press beside the text, on the button too, leaves the focus where one writes.
fn keep_focus(event: &MouseEvent) {
    if !browser::is_text_field(event) {
        event.prevent_default();
    }
}

/// Whether a key press sends what is in the field.
fn sends(field: NodeRef<html::Textarea>, event: &KeyboardEvent) -> bool {
    let is_plain = !(event.shift_key() || event.alt_key() || event.meta_key());
    let is_enter = event.key() == "Enter" && is_plain && !browser::is_composing(event);
    is_enter && !browser::is_touch() && !is_in_code(field, event)
}

fn placeholder(session: Session) -> String {
    let name = session
        .thread
        .with(|thread| Some(thread.as_ref()?.title(session.my_id())));
    format!("Message {}", name.unwrap_or_default())
}

/// What a key makes of what is written: Escape leaves an answer or an edit, and the arrow up in an empty
/// field edits the last message.
fn turn(session: Session, event: &KeyboardEvent, is_empty: bool) -> Option<Writing> {
    match event.key().as_str() {
        "Escape"
            if session
                .doing
                .with_untracked(|doing| !doing.writing.is_new()) =>
        {
            Some(Writing::New)
        }
        "ArrowUp" if is_empty && !event.alt_key() => {
            let last = session.last_of_mine()?;
            Some(Writing::Edit(Edited {
                thread: last.thread,
                seq: last.seq,
                text: last.text,
            }))
        }
        _ => None,
    }
}

/// The emoji below messages belong to this form too: the message that one is about, and what pressing
/// it means.
fn toggled_by(event: &SubmitEvent) -> Option<(Seq, Revise)> {
    let button = event.submitter()?;
    let value = button.get_attribute("value")?;
    let (seq, emoji) = value.split_once(' ')?;
    let emoji = emoji.to_owned();
    let what = match button.get_attribute("aria-pressed").as_deref() {
        Some("true") => Revise::Unreact { emoji },
        _ => Revise::React { emoji },
    };
    Some((seq.parse().ok()?, what))
}

/// While a message is edited its text is in the field; what was being written comes back after that.
fn edit_in_place(session: Session, text: RwSignal<String>) {
    let aside = StoredValue::new(None::<String>);
    // Only that: whatever else is done with messages meanwhile leaves the text as it is.
    let edited = Memo::new(move |_| session.doing.with(|doing| doing.writing.edited().cloned()));
    Effect::new(move || match edited.get() {
        Some(Edited { text: edited, .. }) => {
            aside.update_value(|aside| {
                aside.get_or_insert_with(|| text.get_untracked());
            });
            text.set(edited);
        }
        None => {
            if let Some(before) = aside.try_update_value(Option::take).flatten() {
                text.set(before);
            }
        }
    });
    // It belongs to the thread.
    on_cleanup(move || session.change(|doing| *doing = Doing::default()));
}

/// What is being written survives the page: it is kept here, and found again.
fn keep_draft(
    session: Session,
    id: ThreadId,
    field: NodeRef<html::Textarea>,
    text: RwSignal<String>,
) {
    let kept = StoredValue::new(None::<Kept>);
    // The field of another thread may have become the field of this one, with what is in it.
    let is_another = expect_context::<Page>().is_live.get_untracked();
    Effect::new(move || {
        if let Some(field) = field.get() {
            let here = Kept::of(&session.origin(), session.my_id());
            // What was typed before the script was there counts, then what was left the last time.
            if text.with_untracked(String::is_empty) {
                let mut typed = field.value();
                if is_another || typed.is_empty() {
                    typed = here.draft(id);
                    field.set_value(&typed);
                }
                text.set(typed);
            }
            let files = here.draft_files(id);
            session.tray.change(|tray| {
                for file in files {
                    tray.found(id, file);
                }
            });
            kept.set_value(Some(here));
            if !browser::is_touch() {
                let _ = field.focus();
            }
        }
    });
    Effect::new(move || {
        let files = session.tray.with(|tray| tray.files(id));
        kept.with_value(|kept| {
            if let Some(kept) = kept {
                kept.keep_draft_files(id, &files);
            }
        });
    });
    Effect::new(move || {
        let draft = text.get();
        // What is edited is no draft.
        if session
            .doing
            .with_untracked(|doing| doing.writing.edited().is_some())
        {
            return;
        }
        kept.with_value(|kept| {
            if let Some(kept) = kept {
                kept.keep_draft(id, &draft);
            }
        });
    });
}

/// A text as the content of a field. (Leptos writes that as it is.) A first line break would be lost.
pub fn as_content(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("\n{escaped}")
}

/// What is said below the field, as it changes. What was wrong with a text is said as long as it is that
/// text.
fn notes(
    parsed: Memo<Result<MessageText, TextError>>,
    text: RwSignal<String>,
    refused: Option<String>,
) -> impl Fn() -> Option<(String, bool)> {
    let typed = text.get_untracked();
    move || {
        let is_that = text.with(|text| *text == typed);
        let refused = refused.as_deref().filter(|_| is_that);
        parsed.with(|parsed| note(parsed, refused))
    }
}

/// What to say below the field, and whether it is an error.
fn note(parsed: &Result<MessageText, TextError>, refused: Option<&str>) -> Option<(String, bool)> {
    match (parsed, refused) {
        (Ok(_) | Err(TextError::Empty), Some(text)) => Some((text.to_owned(), true)),
        (Err(TextError::Empty), None) => None,
        (Err(error), _) => Some((error.to_string(), true)),
        (Ok(message), None) => {
            let count = message.as_str().chars().count();
            let left = format!("{} characters left", MessageText::MAX_CHARS - count);
            (count > COUNT_FROM).then_some((left, false))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_in_its_field_whatever_it_is() {
        assert_eq!(as_content(""), "");
        let content = as_content("a & b</textarea><script>&lt;");
        assert_eq!(content, "\na &amp; b&lt;/textarea>&lt;script>&amp;lt;");
    }
}
