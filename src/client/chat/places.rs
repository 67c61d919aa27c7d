//! Going from place to place.

use super::{Chat, Effect, Open, Reveal, channel_of};
use crate::api::Mine;
use crate::client::stores::timeline::Need;
use crate::protocol::{ApiError, Content, Panel, Place, Seq, ThreadId};

/// Stands for what a panel shows among the moves that content is asked for by.
const PANEL: u32 = u32::MAX;

impl Chat {
    /// The person wants to be somewhere else.
    pub(super) fn go(&mut self, place: Place) {
        if !place.is_for_members() {
            return self.effect(Effect::Leave(place));
        }
        let is_there = *self.navigation.place() == place;
        let has_failed = self.navigation.failure().is_some();
        if !(is_there && has_failed) {
            self.scrolled_to = None;
        }
        if !is_there {
            self.effect(Effect::Address(place.clone()));
        } else if !has_failed && !self.navigation.is_going() {
            // At most one wants to see again what the place is about.
            if let Some(id) = place.open_thread() {
                let need = self.turn_to(id, self.target(&place));
                self.meet(id, need);
                self.drawn += 1;
            }
            return self.reveal(&place);
        }
        self.show(place);
    }

    /// The form that one is at has led to a place: going back does not show it again.
    pub(super) fn go_on(&mut self, place: Place) {
        match self.navigation.place() {
            Place::NewThread | Place::NewDirect => {
                self.scrolled_to = None;
                self.effect(Effect::Replace(place.clone()));
                self.show(place);
            }
            _ => self.go(place),
        }
    }

    /// Shows a place: at once, if its content is known, and when it has come otherwise.
    pub(super) fn show(&mut self, place: Place) {
        let target = self.target(&place);
        let stays = self.stays(&place);
        let is_here = match &place {
            Place::Home => true,
            // Whoever comes to search writes at once.
            Place::Search { query, .. } if query.is_empty() => {
                self.packed.clear();
                true
            }
            Place::Thread {
                id,
                panel: None | Some(Panel::Notify | Panel::Favourite | Panel::Date),
                ..
            } => {
                let open = self.timelines.get(*id);
                let is_known = open.is_some_and(|open| open.timeline.is_loaded());
                is_known && (stays || self.turn_to(*id, target) == Need::Nothing)
            }
            _ => false,
        };
        if is_here {
            if let Some(id) = place.open_thread() {
                self.look_at(id);
            }
            self.people.showing(None, Vec::new());
            self.look_at_people(None);
            self.arrive(&place);
            self.drawn += 1;
        } else {
            // What happens there from now on is kept for the page that is asked for.
            if let Some(id) = place.open_thread() {
                self.look_at(id);
            }
            let number = self.navigation.set_out(place.clone());
            let wanted = match place {
                // What such a panel is about is no place to read at.
                Place::Thread {
                    panel: Some(panel), ..
                } if panel.is_about_one() => place,
                Place::Thread { id, panel, .. } => Place::Thread {
                    id,
                    message: target,
                    panel,
                },
                place => place,
            };
            self.effect(Effect::Load(number, wanted));
        }
    }

    pub(super) fn arrived(
        &mut self,
        number: u32,
        answer: Result<Mine<Result<Content, ApiError>>, ApiError>,
    ) {
        if number == PANEL {
            return self.panel_came(answer);
        }
        if !self.navigation.is_current(number) {
            return;
        }
        let place = self.navigation.place().clone();
        let content = match answer {
            Ok(mine) if mine.me != self.me.id => return self.belongs_to_another(),
            Ok(mine) => mine.answer,
            Err(error) => Err(error),
        };
        match content {
            Ok(content) => {
                let is_old = self.take_over(&place, content);
                self.end_statuses();
                self.arrive(&place);
                if is_old {
                    self.ask_for_panel();
                }
            }
            Err(ApiError::Unauthenticated) => self.signed_out(),
            // What is there is not thrown away because it could not be had once more.
            Err(error) if error.is_temporary() && self.is_shown_well(&place) => {
                self.navigation.stay();
            }
            // Nor is a thread because of what was to open beside it.
            Err(error) if error.is_temporary() && self.stays(&place) => {
                self.navigation.stay();
                let shown = self.navigation.shown().clone();
                self.effect(Effect::Replace(shown));
                self.effect(Effect::Say(error));
            }
            Err(error) => {
                if let Some(id) = place.open_thread().filter(|_| !error.is_temporary()) {
                    self.timelines.forget(id);
                }
                self.navigation.fail(place, error);
            }
        }
    }

    /// What the panel beside a thread shows is asked for again, once at a time. Nobody is moved by it, and
    /// what cannot be had stays as it was.
    pub(super) fn ask_for_panel(&mut self) {
        if let Some((_, is_old)) = &mut self.panel {
            *is_old = true;
            return;
        }
        let place = self.navigation.shown().clone();
        self.panel = Some((place.clone(), false));
        self.effect(Effect::Load(PANEL, place));
    }

    fn panel_came(&mut self, answer: Result<Mine<Result<Content, ApiError>>, ApiError>) {
        let Some((place, mut is_old)) = self.panel.take() else {
            return;
        };
        let is_shown = place == *self.navigation.shown();
        if let Ok(mine) = answer
            && let Ok(Content::Thread {
                page,
                people,
                owners,
                packed,
            }) = mine.answer
            && is_shown
            && mine.me == self.me.id
        {
            self.packed = packed;
            if people.is_some() {
                let id = page.thread.id;
                is_old |= self.people.is_old(id, page.thread.last_seq);
                self.people.showing(people, owners);
                self.look_at_people(Some(id));
            }
            self.drawn += 1;
        }
        if is_old && is_shown {
            self.ask_for_panel();
        }
    }

    /// A place is shown, whose content is not kept up in any other way.
    fn is_shown_well(&self, place: &Place) -> bool {
        place.open_thread().is_none()
            && place == self.navigation.shown()
            && self.navigation.failure().is_none()
    }

    /// Takes what a place shows into the stores. Whether somebody has come to the thread, or left it, since
    /// those were listed who belong to it.
    pub(super) fn take_over(&mut self, place: &Place, content: Content) -> bool {
        let mut is_old = false;
        match content {
            Content::Home | Content::Form => {}
            Content::Browse(page) => {
                self.directory.showing(page);
                self.people.showing(None, Vec::new());
                self.look_at_people(None);
            }
            Content::Packed(page) => self.packed = page,
            Content::Thread {
                page,
                people,
                owners,
                packed,
            } => {
                self.packed = packed;
                let id = page.thread.id;
                is_old = people.is_some() && self.people.is_old(id, page.thread.last_seq);
                self.directory.seen(&page.thread);
                self.look_at(id);
                let mut need = self.timelines.on_page(*page);
                if !self.stays(place) {
                    need = self.turn_to(id, self.target(place));
                }
                self.people.showing(people, owners);
                self.look_at_people(Some(id));
                self.meet(id, need);
                self.follow(id);
            }
        }
        self.drawn += 1;
        is_old
    }

    /// Keeps a thread's stream coming, whether or not one has joined it.
    pub(super) fn follow(&mut self, thread: ThreadId) {
        let Some(open) = self.timelines.get(thread) else {
            return;
        };
        let Some((epoch, seq)) = open.timeline.position() else {
            return;
        };
        let channel = channel_of(thread);
        self.connection.seen(&channel, epoch, seq.offset());
        if let Some(action) = self.connection.subscribe(&channel) {
            self.effect(Effect::Socket(action));
        }
    }

    fn look_at(&mut self, thread: ThreadId) {
        for gone in self.timelines.look_at(thread) {
            if let Some(action) = self.connection.unsubscribe(&channel_of(gone)) {
                self.effect(Effect::Socket(action));
            }
        }
    }

    /// The place is there. Opening something beside a thread leaves what is read where it is.
    fn arrive(&mut self, place: &Place) {
        let stays = self.stays(place);
        self.navigation.arrive(place.clone());
        match place.open_thread() {
            Some(id) => self.come_to(id),
            None => self.reading.leave(),
        }
        if !stays {
            self.reveal(place);
        }
    }

    fn reveal(&mut self, place: &Place) {
        let Place::Thread { id, message, .. } = place else {
            return;
        };
        let line = self.reading.to_show(*id);
        self.reading.has_shown();
        let reveal = match (self.scrolled_to.take(), message, line) {
            (Some(position), _, _) => Reveal::Position(position),
            (None, Some(seq), _) => Reveal::Message(*seq),
            (None, None, Some(_)) => Reveal::Line,
            (None, None, None) => Reveal::End,
        };
        self.effect(Effect::Reveal(reveal));
    }

    /// Puts the view of a thread at an event, or at the end without one. Gives what that needs.
    fn turn_to(&mut self, thread: ThreadId, target: Option<Seq>) -> Need {
        let Some(Open { timeline, view }) = self.timelines.get_mut(thread) else {
            return Need::Nothing;
        };
        match target {
            Some(seq) => view.go_to(timeline, seq),
            None => view.go_to_end(timeline),
        }
    }

    /// Only what is beside the messages comes or goes: whoever reads is not moved.
    fn stays(&self, place: &Place) -> bool {
        let shown = self.navigation.shown();
        self.scrolled_to.is_none()
            && self.navigation.failure().is_none()
            && place.differs_in_panel_only(shown)
    }

    /// What the page that was just made is to bring into sight.
    pub fn opening(&self) -> Option<Reveal> {
        match self.navigation.shown() {
            Place::Thread {
                message: Some(seq), ..
            } => Some(Reveal::Message(*seq)),
            Place::Thread { id, .. } => self.reading.to_show(*id).map(|_| Reveal::Line),
            _ => None,
        }
    }

    /// The event whose message a place is about; none means the newest.
    fn target(&self, place: &Place) -> Option<Seq> {
        match place {
            Place::Thread { id, message, .. } => {
                let position = self.scrolled_to.map(|position| position.seq);
                let line = self.line_to_show(*id).map(Seq::next);
                position.or(*message).or(line)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Input;
    use super::super::slowly::tests::{at, chat};
    use super::*;
    use crate::client::stores::timeline::tests::{message, page};
    use crate::protocol::frame::SubscribeResult;
    use crate::protocol::{Role, User};

    const THREAD: ThreadId = ThreadId(1);

    #[test]
    fn what_cannot_be_opened_beside_a_thread_for_now_leaves_the_thread_as_it_is() {
        for (error, stays) in [(ApiError::Unreachable, true), (ApiError::NotFound, false)] {
            let (mut chat, _) = chat(Role::Member, 0);
            let beside = Place::Thread {
                id: THREAD,
                message: None,
                panel: Some(Panel::People),
            };
            let asked = chat.take(Input::Go(beside), at(11_000));
            let number = asked.iter().find_map(|effect| match effect {
                Effect::Load(number, _) => Some(*number),
                _ => None,
            });
            let answer = Input::Arrived(number.unwrap(), Err(error));
            let effects = chat.take(answer, at(11_000));
            assert_eq!(chat.navigation().failure().is_none(), stays);
            let is_said = effects
                .iter()
                .any(|effect| matches!(effect, Effect::Say(ApiError::Unreachable)));
            let is_back = effects.iter().any(
                |effect| matches!(effect, Effect::Replace(place) if *place == Place::thread(THREAD)),
            );
            assert_eq!((is_said, is_back), (stays, stays));
        }
    }

    /// What lists these people as of an event comes; the numbers of what is asked for then.
    fn comes(chat: &mut Chat, number: u32, through: i64, people: Vec<User>) -> Vec<u32> {
        let content = Content::Thread {
            page: Box::new(page(0, through)),
            people: Some(people),
            owners: Vec::new(),
            packed: String::new(),
        };
        let answer = Ok(Mine {
            me: chat.me().id,
            answer: Ok(content),
        });
        let effects = chat.take(Input::Arrived(number, answer), at(11_000));
        let asked = effects.iter().filter_map(|effect| match effect {
            Effect::Load(number, _) => Some(*number),
            _ => None,
        });
        asked.collect()
    }

    #[test]
    fn people_who_were_listed_before_somebody_came_are_asked_for_again_and_else_they_are_not() {
        let (mut chat, _) = chat(Role::Member, 0);
        let place = Place::Thread {
            id: THREAD,
            message: None,
            panel: Some(Panel::People),
        };
        chat.take(Input::Go(place), at(11_000));
        chat.people.have_changed(THREAD, Seq(4));
        assert_eq!(comes(&mut chat, 1, 3, vec![]), [PANEL]);
        assert_eq!(comes(&mut chat, PANEL, 3, vec![]), [PANEL], "once more");
        let john = message(1).user;
        assert_eq!(comes(&mut chat, PANEL, 4, vec![john.clone()]), [0; 0]);
        assert_eq!(chat.people().members(), Some(vec![john]));
        // So they are where the stream has left something out, and only there.
        for (offset, asked) in [(3, false), (5, true)] {
            let begins = SubscribeResult {
                offset,
                ..SubscribeResult::default()
            };
            chat.subscribed("thread:1", begins);
            assert_eq!(chat.panel.is_some(), asked, "{offset}");
        }
    }
}
