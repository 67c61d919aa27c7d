//! Where one writes. Enter sends, Shift+Enter begins a new line; on a touch keyboard Enter is a
//! new line and the button sends. Without JavaScript it is a plain form.

use leptos::ev::{KeyboardEvent, MouseEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::browser::storage::Kept;
use crate::client::session::Session;
use crate::components::Page;
use crate::components::icons::SendIcon;
use crate::components::markdown::{format, is_in_code};
use crate::protocol::text::TextError;
use crate::protocol::{Field, MessageText, Seq, Thread, ThreadId};

/// So many characters before the limit, the count is shown.
const COUNT_FROM: usize = MessageText::MAX_CHARS - 500;

#[component]
pub fn Composer(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let field = NodeRef::<html::Textarea>::new();
    let refused = page.refused.get_value();
    let refused = refused.filter(|refused| refused.thread == Some(id));
    // It is said once: whoever comes back here finds their draft.
    Effect::new(move || page.refused.set_value(None));
    let (problem, typed) = refused
        .map(|refused| (refused.error, refused.typed))
        .unzip();
    let typed = typed.unwrap_or_default();
    // Without the script a refused text is given back as what is in the field.
    let in_field = as_content(&typed);
    let text = RwSignal::new(typed);
    let parsed = Memo::new(move |_| text.with(|text| MessageText::parse(text)));
    let send = move || {
        if let Ok(message) = parsed.get_untracked() {
            session.write(id, message);
            text.set(String::new());
        }
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    keep_draft(session, id, field, text);
    let on_key = move |event: KeyboardEvent| {
        if sends(field, &event) {
            event.prevent_default();
            send();
        } else if format(field, &event) {
            event.prevent_default();
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        match marked_by(&event) {
            Some(seq) => session.mark_unread(id, seq),
            None => send(),
        }
    };
    // A press beside the text, on the button too, leaves the focus where one writes.
    let keep_focus = move |event: MouseEvent| {
        if !browser::is_text_field(&event) {
            event.prevent_default();
        }
    };
    let cannot_send = move || page.is_live.get() && parsed.with(Result::is_err);
    let refused = problem.map(|error| {
        let of_text = error.for_field(Field::Text);
        of_text.unwrap_or_else(|| error.to_string())
    });
    let name = move || {
        let name = session
            .thread
            .with(|thread| Some(thread.as_ref()?.title(session.my_id())));
        format!("Message {}", name.unwrap_or_default())
    };
    // The form posted twice is known by it.
    let last = |thread: &Option<Thread>| thread.as_ref().map(|thread| thread.last_seq.to_string());
    let after = session.thread.with_untracked(last);
    let note = move || parsed.with(|parsed| note(parsed, refused.as_deref()));
    view! {
        <form class="composer" id="composer" method="post" action="/api/post_message" on:submit=on_submit>
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="after" value=after />
            <div class="composer-box" on:mousedown=keep_focus>
                <div class="grow" data-text=move || text.get()>
                    <textarea
                        name="text"
                        rows="1"
                        required
                        id="composer-field"
                        placeholder=name
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

/// Whether a key press sends what is in the field.
fn sends(field: NodeRef<html::Textarea>, event: &KeyboardEvent) -> bool {
    let is_plain = !(event.shift_key() || event.alt_key() || event.meta_key());
    let is_enter = event.key() == "Enter" && is_plain && !browser::is_composing(event);
    is_enter && !browser::is_touch() && !is_in_code(field, event)
}

/// A message's button to mark it as unread belongs to this form too: the message that it says.
fn marked_by(event: &SubmitEvent) -> Option<Seq> {
    event.submitter()?.get_attribute("value")?.parse().ok()
}

/// What is being written survives the page: it is kept here, and found again.
fn keep_draft(
    session: Session,
    id: ThreadId,
    field: NodeRef<html::Textarea>,
    text: RwSignal<String>,
) {
    let kept = StoredValue::new(None::<Kept>);
    Effect::new(move || {
        if let Some(field) = field.get() {
            let here = Kept::of(&session.origin(), session.my_id());
            // What was typed before the script was there counts, then what was left the last time.
            if text.with_untracked(String::is_empty) {
                let typed = field.value();
                text.set(if typed.is_empty() {
                    here.draft(id)
                } else {
                    typed
                });
            }
            kept.set_value(Some(here));
            if !browser::is_touch() {
                let _ = field.focus();
            }
        }
    });
    Effect::new(move || {
        let draft = text.get();
        kept.with_value(|kept| {
            if let Some(kept) = kept {
                kept.keep_draft(id, &draft);
            }
        });
    });
}

/// A text as the content of a field. (Leptos writes that as it is.) A first line break would be lost.
fn as_content(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("\n{escaped}")
}

/// What to say below the field, and whether it is an error.
fn note(parsed: &Result<MessageText, TextError>, refused: Option<&str>) -> Option<(String, bool)> {
    match parsed {
        Err(TextError::Empty) => refused.map(|text| (text.to_owned(), true)),
        Err(error) => Some((error.to_string(), true)),
        Ok(message) => {
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
