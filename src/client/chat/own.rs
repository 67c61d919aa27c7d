//! What is one's own: what one has saved, what one is reminded of, and what has happened that is for
//! oneself. The lists are asked for again when they have changed, and only where they are shown; what waits
//! there is known everywhere.

use super::{Chat, Effect};
use crate::client::notice::Notice;
use crate::protocol::{Message, NotifyLevel, Panel, Place, Thread};

impl Chat {
    /// Something about what I keep for myself is different, here or on another device.
    pub(super) fn saved(&mut self, due: i64) {
        self.due = due;
        let place = self.navigation.place().clone();
        match place {
            Place::Saved { .. } => self.show(place),
            // The panel of what is to be posted later.
            Place::Thread {
                panel: Some(Panel::Later),
                ..
            } => self.ask_for_panel(),
            _ => {}
        }
    }

    /// The time has come for something that I wanted to be reminded of: that is told, whether or not
    /// somebody looks.
    pub(super) fn reminded(&mut self, due: i64, message: Message, thread: Thread) {
        self.saved(due);
        let notice = Notice {
            thread,
            level: NotifyLevel::Everything,
            me: self.me.clone(),
            author: self.people.now(&message.user).clone(),
            is_blocked: self.people.is_blocked(message.user.id),
            has_keyword: false,
            quiet: self.quiet,
            now: self.by_the_server(),
            is_reminder: true,
            message,
        };
        self.effect(Effect::Notify(Box::new(notice)));
    }

    /// Something has happened that is for me, or I have seen all of it.
    pub(super) fn happens(&mut self, has_news: bool) {
        self.has_news = has_news;
        self.look_at_news();
    }

    /// What is new is asked for where it is shown. To ask is to have seen it: so where nobody looks, that
    /// waits until somebody does.
    pub(super) fn look_at_news(&mut self) {
        let place = self.navigation.place().clone();
        let is_shown = matches!(place, Place::Activity { before: None });
        if is_shown && self.has_news && self.moment.is_visible && !self.navigation.is_going() {
            self.show(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::slowly::tests::{at, chat};
    use super::*;
    use crate::client::chat::{Input, Moment};
    use crate::client::stores::timeline::tests::{message, page};
    use crate::protocol::{Content, EntryId, Role};

    /// A chat that shows a place, whose content has come.
    fn showing(place: &Place) -> Chat {
        let (mut chat, _) = chat(Role::Member, 0);
        let asked = chat.take(Input::Go(place.clone()), at(11_000));
        let number = asked.iter().find_map(|effect| match effect {
            Effect::Load(number, wanted) if wanted == place => Some(*number),
            _ => None,
        });
        let answer = Ok(crate::api::Mine {
            me: chat.me().id,
            answer: Ok(Content::Packed("{}".to_owned())),
        });
        chat.take(Input::Arrived(number.unwrap(), answer), at(11_000));
        assert_eq!(chat.navigation().shown(), place);
        chat
    }

    /// What is asked for anew.
    fn asked(chat: &mut Chat) -> Vec<Place> {
        let effects = std::mem::take(&mut chat.effects).into_iter();
        let loads = effects.filter_map(|effect| match effect {
            Effect::Load(_, place) => Some(place),
            _ => None,
        });
        loads.collect()
    }

    #[test]
    fn what_is_due_is_known_everywhere_and_the_list_is_asked_for_where_it_is_shown() {
        let list = Place::Saved { before: None };
        let mut here = showing(&list);
        here.saved(2);
        assert_eq!((here.due(), asked(&mut here)), (2, vec![list]));
        let (mut elsewhere, _) = chat(Role::Member, 0);
        elsewhere.saved(1);
        assert_eq!((elsewhere.due(), asked(&mut elsewhere)), (1, vec![]));
    }

    #[test]
    fn a_reminder_is_told_also_to_who_looks_at_its_thread() {
        let (mut chat, _) = chat(Role::Member, 0);
        chat.reminded(1, message(2), page(0, 2).thread);
        let notices = chat.effects.iter().filter_map(|effect| match effect {
            Effect::Notify(notice) => Some((notice.is_reminder, notice.message.seq)),
            _ => None,
        });
        assert_eq!(notices.collect::<Vec<_>>(), [(true, message(2).seq)]);
    }

    #[test]
    fn what_is_new_is_asked_for_by_who_looks_at_the_list_and_by_nobody_else() {
        let list = Place::Activity { before: None };
        let mut chat = showing(&list);
        chat.happens(true);
        assert_eq!(asked(&mut chat), std::slice::from_ref(&list));
        // It is on its way.
        chat.happens(true);
        assert_eq!(asked(&mut chat), []);
        let mut hidden = showing(&list);
        hidden.moment.is_visible = false;
        hidden.happens(true);
        assert_eq!((hidden.has_news(), asked(&mut hidden)), (true, vec![]));
        let back = Moment {
            is_visible: true,
            ..at(12_000)
        };
        let effects = hidden.take(Input::Active, back);
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::Load(_, place) if *place == list))
        );
        let mut older = showing(&Place::Activity {
            before: Some(EntryId(5)),
        });
        older.happens(true);
        assert_eq!(asked(&mut older), []);
        older.happens(false);
        assert!(!older.has_news());
    }
}
