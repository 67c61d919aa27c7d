//! What keys mean that are pressed anywhere on the page, without a browser.
//!
//! Whoever has the focus comes first: a field, a menu or a dialog takes its own keys before this is
//! asked. What is left is decided here, by what is open at the moment.

use super::listing::Step;

/// A key that is pressed, and where.
// Each is a key of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug)]
pub struct Press<'a> {
    pub key: &'a str,
    /// Ctrl, or Cmd.
    pub has_command: bool,
    pub has_alt: bool,
    pub has_shift: bool,
    /// What has the focus takes text, or is a menu that is gone through by letters.
    pub is_in_text: bool,
}

/// What is open. Several things may be at once: they lie above each other in this order.
// Each comes and goes by itself.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Jumping somewhere, or the list of keys.
    pub dialog: bool,
    /// The menu of a message.
    pub menu: bool,
    /// An answer, or an edit.
    pub writing: bool,
    /// What stands beside a thread.
    pub panel: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Jump,
    /// Lists what keys there are.
    ListKeys,
    Go(Step),
    CloseDialog,
    CloseMenu,
    /// Leaves the answer or the edit.
    LeaveWriting,
    ClosePanel,
    /// The key is one of a text: it goes where one writes.
    Write,
}

/// What a key press asks for; nothing that means nothing here.
pub fn act(press: Press, open: Open) -> Option<Act> {
    let Press {
        key,
        has_command,
        has_alt,
        has_shift,
        is_in_text,
    } = press;
    match (key, has_command, has_alt) {
        ("k" | "K", true, false) if !has_shift => return Some(Act::Jump),
        ("/", true, false) => return Some(Act::ListKeys),
        ("Escape", false, false) => return closes(open),
        _ if open.dialog || open.menu => return None,
        _ => {}
    }
    match (key, has_command, has_alt) {
        ("ArrowUp", false, true) if has_shift => Some(Act::Go(Step::UpToUnread)),
        ("ArrowDown", false, true) if has_shift => Some(Act::Go(Step::DownToUnread)),
        ("ArrowUp", false, true) => Some(Act::Go(Step::Up)),
        ("ArrowDown", false, true) => Some(Act::Go(Step::Down)),
        ("?", false, false) if !is_in_text => Some(Act::ListKeys),
        // Space presses buttons, and scrolls.
        (" ", ..) => None,
        (key, false, false) if !is_in_text && is_letter(key) => Some(Act::Write),
        _ => None,
    }
}

/// What Escape closes: what lies on top.
fn closes(open: Open) -> Option<Act> {
    let order = [
        (open.dialog, Act::CloseDialog),
        (open.menu, Act::CloseMenu),
        (open.writing, Act::LeaveWriting),
        (open.panel, Act::ClosePanel),
    ];
    let top = order.into_iter().find(|(is_open, _)| *is_open);
    top.map(|(_, act)| act)
}

/// Whether a key writes a character. The others have names.
fn is_letter(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some_and(|first| !first.is_control()) && characters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(keys: &str) -> Press<'_> {
        let key = keys.rsplit('+').next().unwrap();
        Press {
            key,
            has_command: keys.contains("Ctrl+"),
            has_alt: keys.contains("Alt+"),
            has_shift: keys.contains("Shift+"),
            is_in_text: false,
        }
    }

    fn in_text(keys: &str) -> Option<Act> {
        let press = Press {
            is_in_text: true,
            ..press(keys)
        };
        act(press, Open::default())
    }

    fn anywhere(keys: &str) -> Option<Act> {
        act(press(keys), Open::default())
    }

    #[test]
    fn each_key_means_one_thing() {
        for (keys, expected) in [
            ("Ctrl+k", Some(Act::Jump)),
            ("Ctrl+Shift+K", None),
            ("Ctrl+/", Some(Act::ListKeys)),
            ("Shift+?", Some(Act::ListKeys)),
            ("Alt+ArrowUp", Some(Act::Go(Step::Up))),
            ("Alt+ArrowDown", Some(Act::Go(Step::Down))),
            ("Alt+Shift+ArrowUp", Some(Act::Go(Step::UpToUnread))),
            ("Alt+Shift+ArrowDown", Some(Act::Go(Step::DownToUnread))),
            ("Escape", None),
        ] {
            assert_eq!(anywhere(keys), expected, "{keys}");
        }
    }

    #[test]
    fn what_is_typed_goes_where_one_writes_unless_it_is_written_already() {
        for letter in ["a", "Ä", "Shift+A", "7", "/", "語", "ß"] {
            assert_eq!(anywhere(letter), Some(Act::Write), "{letter}");
            assert_eq!(in_text(letter), None, "{letter}");
        }
        for other in [
            " ", "Ctrl+a", "Alt+a", "Enter", "Tab", "F5", "ArrowUp", "Shift", "",
        ] {
            assert_eq!(anywhere(other), None, "{other}");
        }
        assert_eq!(in_text("Shift+?"), None);
        assert_eq!(in_text("Ctrl+/"), Some(Act::ListKeys));
        assert_eq!(in_text("Alt+ArrowUp"), Some(Act::Go(Step::Up)));
    }

    #[test]
    fn escape_closes_what_lies_on_top_one_after_the_other() {
        let mut open = Open {
            dialog: true,
            menu: true,
            writing: true,
            panel: true,
        };
        let escape = |open| act(press("Escape"), open);
        assert_eq!(escape(open), Some(Act::CloseDialog));
        open.dialog = false;
        assert_eq!(escape(open), Some(Act::CloseMenu));
        open.menu = false;
        assert_eq!(escape(open), Some(Act::LeaveWriting));
        open.writing = false;
        assert_eq!(escape(open), Some(Act::ClosePanel));
        open.panel = false;
        assert_eq!(escape(open), None);
    }

    #[test]
    fn behind_a_dialog_or_a_menu_nothing_is_done() {
        let dialog = Open {
            dialog: true,
            ..Open::default()
        };
        let menu = Open {
            menu: true,
            ..Open::default()
        };
        for open in [dialog, menu] {
            for keys in ["a", "Shift+?", "Alt+ArrowDown"] {
                assert_eq!(act(press(keys), open), None, "{keys}");
            }
        }
        assert_eq!(act(press("Ctrl+k"), dialog), Some(Act::Jump));
    }
}
