//! Sentences that people read, by what they are about.
//!
//! What is stored and sent are codes; the sentence is made here, where it is shown, so it can be
//! another one tomorrow or in another language. (Errors of forms make theirs from their own limits:
//! see [`crate::protocol::error`].)

use crate::client::chat::Turn;
use crate::client::connection::Status;
use crate::client::dates::Zone;
use crate::protocol::codes::{ErrorCode, ReplyError};
use crate::protocol::error;
use crate::protocol::{ApiError, MyThread, NotifyLevel, Place, Quote, ThreadKind, Timestamp};

/// Why a message was not sent.
pub fn not_sent(error: &ReplyError) -> String {
    match error.code {
        404 | 103 => "Not sent: this thread is gone, or not for you any more.".to_owned(),
        409 => "Not sent: this thread is archived.".to_owned(),
        403 => "Not sent: you may not write here.".to_owned(),
        code if code == ErrorCode::TooManyRequests as u32 => {
            "Not sent: too much at once.".to_owned()
        }
        // A text that was refused: the server says what is wrong with it.
        422 => format!("Not sent: {}", error.message),
        _ => "Not sent: the server refused it.".to_owned(),
    }
}

/// Said by a page whose script has failed.
pub const STOPPED: &str =
    "Something on this page has stopped working. Messages that were not sent are kept.";
/// On the way in again.
pub const ENDED: &str = "You have been signed out. Sign in to go on where you were.";
pub const LOAD_AGAIN: &str = "Load it again";
/// In the place of a part of the page that could not be fetched.
pub const PART_MISSING: &str =
    "This could not be loaded. There may be no network, or a newer version.";

pub const SEND_LATER: &str = "Send later";
pub const NOT_READABLE: &str = "You may not read that thread any more.";

/// In the place of the composer.
pub const ANNOUNCEMENTS: &str = "Only owners and administrators post here. You can read and react.";
/// The same where one is muted until then.
pub fn muted(zone: &Zone, until: Timestamp) -> String {
    let end = match until {
        MyThread::FOR_GOOD => String::new(),
        until => format!(" until {}", zone.moment(until)),
    };
    format!("You are muted here{end}. You can read.")
}
pub const ARCHIVED: &str = "This thread is archived. It can be read, and nobody writes in it.";

/// Above what one had not read when one came.
pub const NEW: &str = "New messages";
/// In place of what a deleted message said.
pub const DELETED: &str = "This message was deleted.";

/// Over what somebody wrote whom one has blocked.
pub const BLOCKED: &str = "A message of somebody you have blocked · Show";

/// The same where it is not shown at all.
pub const BLOCKED_SHORT: &str = "A message of somebody you have blocked";

/// What is shown of a message that is answered.
pub fn quoted(text: &str) -> &str {
    match text {
        "" => DELETED,
        Quote::FILES => FILES,
        text => text,
    }
}

/// What stands for a message that is nothing but files, where it is quoted.
pub const FILES: &str = "📎 File";
/// On the button that chooses files.
pub const ATTACH: &str = "Attach files";
/// On a file, and beside a picture.
pub const SAVE_FILE: &str = "Save";
pub const CLOSE: &str = "Close";
/// What a picture at its full size is called.
pub const PICTURE: &str = "Picture";

/// On the button beside code, and for a moment after it was pressed.
pub const COPY_CODE: &str = "Copy code";
pub const COPIED: &str = "Copied";
/// In place of a text that may hide something.
pub const HIDDEN: &str = "A message";
/// What opens a spoiler is called.
pub const SPOILER: &str = "Show spoiler";
/// Beside a message that an earlier session left.
pub const HELD: &str = "Not sent before you signed out.";

/// What the bar above the messages says, if the connection is not there.
pub fn connection(status: Status, is_kept: bool) -> Option<&'static str> {
    match (status, is_kept) {
        (Status::Connected | Status::SignedOut, _) => None,
        (Status::Connecting, _) => Some("Connecting…"),
        (Status::Waiting, true) => {
            Some("Reconnecting… Messages you write are kept and sent later.")
        }
        (Status::Waiting, false) => {
            Some("Reconnecting… Messages you write are sent later, if you keep this page open.")
        }
        (Status::Offline, true) => Some("Offline. Messages you write are kept and sent later."),
        (Status::Offline, false) => {
            Some("Offline. Messages you write are sent later, if you keep this page open.")
        }
    }
}

/// A place that cannot be shown: a title, and what happened.
pub fn failure(error: &ApiError, place: &Place) -> (&'static str, String) {
    match error {
        ApiError::NotFound if matches!(place, Place::Person { .. }) => (
            "Nobody of that name",
            "They may have left, or never have been here.".to_owned(),
        ),
        ApiError::Forbidden => (
            "This is not for you",
            "Only administrators can see this page.".to_owned(),
        ),
        ApiError::NotFound => (
            "No such thread",
            "It may have been removed, or it may not be meant for you.".to_owned(),
        ),
        error => ("This did not work", error.to_string()),
    }
}

/// What the server is called; by the program's name if nobody has given it one.
pub fn server(name: &str) -> &str {
    match name {
        "" => "Hubbub",
        name => name,
    }
}

/// Who may read a thread.
pub fn kind(kind: ThreadKind) -> &'static str {
    match kind {
        ThreadKind::Public => "Everybody can read this",
        ThreadKind::Private => "Only its members can see this",
        ThreadKind::Direct => "Only you and they can see this",
    }
}

/// A level of notification: what it is called, and what it means.
pub fn notify(level: NotifyLevel) -> (&'static str, &'static str) {
    match level {
        NotifyLevel::Everything => ("Everything", "Each new message"),
        NotifyLevel::Mentions => (
            "Mentions",
            "Only messages that mention or answer you, or have your keywords",
        ),
        NotifyLevel::Nothing => ("Nothing", "Muted, and not counted in the tab"),
    }
}

pub const SAVE: &str = "Save for later";
pub const UNSAVE: &str = "Remove from saved";

/// In place of a choice that only those have who belong to the thread.
pub const NOT_MINE: &str = "You have not joined this thread. Write something to join it.";
pub const NOTICES_ON: &str = "This device shows them while Hubbub is open.";
pub const NOTICES_REFUSED: &str =
    "Blocked on this device. The browser's settings for this site can change that.";
pub const NOTICES_IMPOSSIBLE: &str = "This browser cannot show them here.";

/// How many of some people are there.
pub fn online(online: usize, all: usize) -> String {
    format!("{online} of {all} online")
}

/// Who is writing; empty if nobody is.
pub fn typing(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is typing…"),
        [one, other] => format!("{one} and {other} are typing…"),
        _ => "Several people are typing…".to_owned(),
    }
}

/// Above the composer of a thread in slow mode.
pub fn slow(turn: Turn) -> String {
    match u32::try_from(turn.wait) {
        Ok(wait) if wait > 0 => {
            let wait = error::wait(wait.div_ceil(1000));
            format!("Slow mode: next message in {wait}.")
        }
        _ => {
            let pause = error::wait(turn.pause);
            let pause = pause.strip_prefix("a ").unwrap_or(&pause);
            format!("Slow mode: one message every {pause}.")
        }
    }
}

/// A number of things.
pub fn counted(n: i64, one: &str, many: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}

/// How many are unread, as little as a badge has room for.
pub fn badge(n: i64) -> String {
    match n {
        0..=99 => n.to_string(),
        _ => "99+".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_sentence_made_from_its_code() {
        let gone = not_sent(&ReplyError::new(404, "Not found"));
        assert!(gone.contains("gone"), "{gone}");
        let strange = not_sent(&ReplyError::new(1234, "<b>"));
        assert!(!strange.contains('<'));
    }

    #[test]
    fn the_bar_promises_only_what_the_browser_can_keep() {
        let kept = connection(Status::Offline, true).unwrap();
        let lost = connection(Status::Offline, false).unwrap();
        assert!(kept.contains("kept") && !lost.contains("are kept"));
        assert_eq!(connection(Status::Connected, false), None);
    }

    #[test]
    fn whoever_types_is_named_unless_they_are_many() {
        assert_eq!(typing(&[]), "");
        assert_eq!(typing(&["Bill"]), "Bill is typing…");
        assert_eq!(typing(&["Bill", "Ada"]), "Bill and Ada are typing…");
        assert_eq!(
            typing(&["Bill", "Ada", "Eve"]),
            "Several people are typing…"
        );
    }

    #[test]
    fn slow_mode_says_when_and_how_often_one_may_post() {
        let said = |wait, pause| slow(Turn { pause, wait });
        assert_eq!(said(0, 1), "Slow mode: one message every second.");
        assert_eq!(said(0, 30), "Slow mode: one message every 30 seconds.");
        assert_eq!(said(1, 30), "Slow mode: next message in a second.");
    }

    #[test]
    fn numbers_have_words_and_badges_an_end() {
        assert_eq!(counted(1, "message", "messages"), "1 message");
        assert_eq!(counted(0, "message", "messages"), "0 messages");
        assert_eq!((badge(7), badge(100)), ("7".to_owned(), "99+".to_owned()));
    }
}
