//! What components see of the chat: signals, and the things a person can do.
//!
//! The chat itself is one plain value ([`Chat`]); after each thing that happened, what has changed of
//! it is copied into the signals here. Rows have a signal each, so that what changes in one changes
//! in its place. On the server the same signals hold what the page was rendered from.

use std::sync::{Arc, PoisonError, RwLock};

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser;
use super::browser::storage::Kept;
use super::browser::upload::AllAtHand;
use super::chat::Written;
use super::chat::{Chat, Input, Moment, Reveal, Scroll, ScrollPosition};
use super::connection::{Event, Status};
use super::dates::Zone;
use super::doing::{Doing, Edited, Said, Writing};
use super::driver;
use super::rows::{Row, RowKey, rows};
use super::stores::outbox::{Entry, EntryState};
use super::stores::view::Edges;
use super::uploads::Tray;
use super::watched::Watched;
use crate::app::ChatData;
use crate::components::thread::{REVISE, Revising};
use crate::protocol::frame::Raw;
use crate::protocol::{
    ApiError, ClientId, DirectoryPage, Folders, Hours, May, MessageText, MyThread, NotifyLevel,
    Place, Preferences, Quote, Revise, Role, Seq, Thread, ThreadId, Timestamp, User, UserId,
};
use crate::words;

/// A row with what it shows at the moment. It lives as long as somebody has it: rows come and go.
#[derive(Clone)]
pub struct RowSignal {
    pub key: RowKey,
    row: Arc<RwLock<Row>>,
    changed: ArcTrigger,
}

impl RowSignal {
    fn new(row: Row) -> Self {
        Self {
            key: row.key.clone(),
            row: Arc::new(RwLock::new(row)),
            changed: ArcTrigger::new(),
        }
    }

    /// Looks at the row, and is called again when it has changed.
    pub fn with<R>(&self, look: impl FnOnce(&Row) -> R) -> R {
        self.changed.track();
        self.with_untracked(look)
    }

    pub fn with_untracked<R>(&self, look: impl FnOnce(&Row) -> R) -> R {
        look(&self.row.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, row: Row) {
        let has_changed = self.with_untracked(|known| *known != row);
        if has_changed {
            *self.row.write().unwrap_or_else(PoisonError::into_inner) = row;
            self.changed.notify();
        }
    }
}

impl PartialEq for RowSignal {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.row, &other.row)
    }
}

/// What waits for a person beside what they look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// It may still be taken back that all was marked as read.
    pub can_undo: bool,
    /// Something has happened that is for them, and that they have not seen.
    pub has_news: bool,
    /// How many reminders are due, as little as a badge has room for; empty if none is.
    pub due: String,
    /// So many reports wait for an administrator to see to them.
    pub reports: i64,
    /// Until when they do not want to be disturbed, if that goes on.
    pub paused: Option<Timestamp>,
}

/// What components watch and what a person can do, as one bundle of handles. Copied freely.
#[derive(Clone, Copy)]
pub struct Session {
    pub me: Watched<User>,
    /// As it was when the page was loaded.
    pub is_administrator: bool,
    pub may: May,
    pub status: Watched<Status>,
    pub mine: Watched<Vec<MyThread>>,
    /// Sections of one's own among them.
    pub folders: Watched<Folders>,
    pub directory: Watched<Option<DirectoryPage>>,
    /// What is shown.
    pub place: Watched<Place>,
    /// Why it cannot be shown.
    pub failure: Watched<Option<ApiError>>,
    /// The content of another place is on its way.
    pub is_going: Watched<bool>,
    /// The thread that is open.
    pub thread: Watched<Option<Thread>>,
    pub members: Watched<Option<Vec<User>>>,
    /// Who of them is in charge.
    pub owners: Watched<Vec<UserId>>,
    /// Whom one has blocked.
    pub blocked: Watched<Vec<UserId>>,
    /// What the server is called, and what only a part of the page reads, as JSON.
    pub server_name: Watched<String>,
    /// How many people wait to be contacts, as it is written; empty if nobody does.
    pub requests: Watched<String>,
    pub packed: Watched<String>,
    /// Those of them who are there, with whether they are idle.
    pub there: Watched<Vec<(UserId, bool)>>,
    /// Those of whom one writes to directly who are there, with whether they are idle.
    pub peers: Watched<Vec<(UserId, bool)>>,
    /// Who is writing, as a sentence; empty if nobody is.
    pub typing: Watched<String>,
    /// What waits for the person, wherever they are.
    pub aside: Watched<Aside>,
    pub rows: Watched<Vec<RowSignal>>,
    pub edges: Watched<Edges>,
    /// What waits for the person's decision, or cannot be seen in any thread of theirs.
    pub unsent: Watched<Vec<Entry>>,
    /// Whether what is not sent yet survives the page.
    pub is_kept: Watched<bool>,
    /// What the person is doing with messages.
    pub doing: Watched<Doing>,
    /// The files of what is being written.
    pub tray: Watched<Tray>,
    /// The same as the browser has them.
    pub at_hand: StoredValue<AllAtHand>,
    /// The largest file that one may upload, in MiB.
    pub file_mib: u32,
    /// In which zone to show times: as the browser did the last time, until its own is known.
    pub zone: Watched<Zone>,
    /// How the person counts hours, where that is not as the browser does.
    pub hours: StoredValue<Option<Hours>>,
    /// Told before what a timeline shows is changed, and what is to be brought into sight then.
    pub before_drawing: StoredValue<Option<Callback<Option<Reveal>>>>,
    /// Something is still to be sent.
    pub has_unsent: StoredValue<bool>,
    /// One has come here from another place of this page.
    pub has_moved: StoredValue<bool>,
    /// What is to be brought into sight in a thread that is about to be drawn.
    to_reveal: StoredValue<Option<Reveal>>,
    origin: StoredValue<String>,
    drawn: StoredValue<Option<(u64, Option<ThreadId>)>>,
    inputs: StoredValue<UnboundedSender<Input>>,
    waiting: StoredValue<Option<(Chat, UnboundedReceiver<Input>)>>,
}

impl Session {
    /// The state of a page, from what it was loaded with.
    pub fn new(data: &ChatData) -> Self {
        let (inputs, mailbox) = unbounded();
        let at_first = Moment {
            now: data.shared.clock.now,
            random: 0.5,
            fresh_id: ClientId::from_random([0; 16]),
            is_visible: true,
        };
        let chat = Chat::new(data, at_first);
        let session = Self {
            me: Watched::new(chat.me().clone()),
            is_administrator: data.shared.is_administrator,
            may: data.shared.may,
            status: Watched::new(Status::Connecting),
            mine: Watched::default(),
            folders: Watched::default(),
            directory: Watched::default(),
            place: Watched::new(data.place.clone()),
            failure: Watched::default(),
            is_going: Watched::new(false),
            thread: Watched::default(),
            members: Watched::default(),
            owners: Watched::default(),
            blocked: Watched::default(),
            server_name: Watched::default(),
            requests: Watched::default(),
            packed: Watched::default(),
            there: Watched::default(),
            peers: Watched::default(),
            typing: Watched::default(),
            aside: Watched::default(),
            rows: Watched::default(),
            edges: Watched::default(),
            unsent: Watched::default(),
            is_kept: Watched::new(true),
            doing: Watched::default(),
            tray: Watched::default(),
            at_hand: StoredValue::default(),
            file_mib: data.shared.file_mib,
            zone: Watched::new(Zone::of(data.shared.clock)),
            hours: StoredValue::new(data.shared.preferences.hours),
            before_drawing: StoredValue::new(None),
            has_unsent: StoredValue::new(false),
            has_moved: StoredValue::new(false),
            to_reveal: StoredValue::new(chat.opening()),
            origin: StoredValue::new(data.shared.origin.clone()),
            drawn: StoredValue::new(None),
            inputs: StoredValue::new(inputs),
            waiting: StoredValue::new(None),
        };
        session.show(&chat, None);
        session.waiting.set_value(Some((chat, mailbox)));
        session
    }

    /// Connects. In the browser, once.
    pub fn start(&self) {
        let taken = self.waiting.try_update_value(Option::take).flatten();
        if let Some((chat, mailbox)) = taken
            && let Some(inputs) = self.inputs.try_get_value()
        {
            driver::start(*self, chat, inputs, mailbox);
        }
    }

    pub fn my_id(&self) -> UserId {
        self.me.with_untracked(|me| me.id)
    }

    /// The name of the server, for what is kept in the browser.
    pub fn origin(&self) -> String {
        self.origin.try_get_value().unwrap_or_default()
    }

    /// The person wants to be somewhere else.
    pub fn go(&self, place: Place) {
        self.tell(Input::Go(place));
    }

    /// The browser's history has gone somewhere else.
    pub fn moved(&self, place: Place, position: Option<ScrollPosition>) {
        self.tell(Input::Moved(place, position));
    }

    /// What is shown here has changed: it is asked for again.
    pub fn refresh(&self) {
        self.moved(self.place.get_untracked(), None);
    }

    /// A thread was made, or opened.
    pub fn created(&self, thread: Thread, role: Role) {
        self.tell(Input::Created(thread, role));
    }

    /// What I am in a thread; nothing if I do not belong to it.
    pub fn role(&self, thread: ThreadId) -> Option<Role> {
        self.mine.with(|mine| {
            let mine = mine.iter().find(|mine| mine.thread.id == thread)?;
            Some(mine.role)
        })
    }

    /// Whether I post in a thread.
    pub fn posts_in(&self, thread: &Thread) -> bool {
        thread.takes_posts_of(self.role(thread.id), self.is_administrator)
            && self.muted_until(thread.id).is_none()
    }

    /// Until when I am muted in a thread. Those in charge are not.
    pub fn muted_until(&self, thread: ThreadId) -> Option<Timestamp> {
        self.mine.with(|mine| {
            let mine = mine.iter().find(|mine| mine.thread.id == thread)?;
            let until = mine.muted_until?;
            let is_in_charge = self.is_administrator || mine.role == Role::Owner;
            (!is_in_charge).then_some(until)
        })
    }

    /// The person signs out: the page is about to be left.
    pub fn signing_out(self) {
        self.tell(Input::SigningOut(true));
    }

    /// They stay, after all.
    pub fn staying(self) {
        self.tell(Input::SigningOut(false));
    }

    pub fn scrolled(&self, thread: ThreadId, scroll: Scroll) {
        self.tell(Input::Scroll(thread, scroll));
    }

    /// The person has written what the composer is for. Whether that was a message: what is edited
    /// gives the field back as it was before.
    pub fn has_written(self, thread: ThreadId, text: MessageText) -> bool {
        let writing = self.doing.with_untracked(|doing| doing.writing.clone());
        self.write_as(Writing::New);
        if let Writing::Edit(edited) = writing {
            let text = text.into();
            self.revise(edited.thread, edited.seq, Revise::Edit { text });
            return false;
        }
        let files = self.tray.change(|tray| tray.take(thread));
        let written = Written {
            text,
            files,
            reply_to: writing.quote(),
        };
        self.tell(Input::Write(thread, written));
        true
    }

    /// Does something with a message.
    pub fn revise(self, thread: ThreadId, seq: Seq, what: Revise) {
        spawn_local(async move {
            match (REVISE.load().await, what) {
                (Ok(revise), what) => {
                    revise((self, Revising { thread, seq, what }));
                }
                (Err(_), what) => {
                    self.say(words::PART_MISSING.to_owned(), None);
                    if let Revise::Edit { text } = what {
                        self.give_back(Edited { thread, seq, text });
                    }
                }
            }
        });
    }

    /// A text that could not be saved: it is in the composer again, if nothing else is written there by
    /// now, and else the thread's draft, unless there is one.
    pub fn give_back(self, edited: Edited) {
        let is_here = self.place.with_untracked(Place::open_thread) == Some(edited.thread);
        let is_free = self.doing.with_untracked(|doing| doing.writing.is_new());
        if is_here && is_free {
            return self.write_as(Writing::Edit(edited));
        }
        let kept = Kept::of(&self.origin(), self.my_id());
        if kept.draft(edited.thread).is_empty() {
            kept.keep_draft(edited.thread, &edited.text);
        }
    }

    /// Changes what the person is doing with messages.
    pub fn change(self, change: impl FnOnce(&mut Doing)) {
        let mut doing = self.doing.get_untracked();
        change(&mut doing);
        self.doing.set(doing);
    }

    /// What the composer is for from now on.
    pub fn write_as(self, writing: Writing) {
        self.change(|doing| doing.writing = writing);
    }

    /// The composer is for an answer to a message from now on, and has the focus.
    pub fn answer(self, row: &Row) {
        let quote = Quote {
            seq: row.seq,
            thread_id: None,
            user: row.author.clone(),
            text: match (row.said(), row.files.is_empty()) {
                ("", false) => Quote::FILES.to_owned(),
                (text, _) => Quote::beginning(text),
            },
        };
        self.change(|doing| {
            doing.menu = None;
            doing.writing = Writing::Answer(quote);
        });
        browser::focus("composer-field");
    }

    /// Opens the menu of a message, or closes the one that is open.
    pub fn open_menu(self, key: Option<RowKey>) {
        self.change(|doing| {
            doing.menu = key;
            doing.picking = None;
        });
    }

    /// Says something for a moment.
    pub fn say(self, text: String, undo: Option<(ThreadId, Seq)>) {
        self.change(|doing| {
            let number = doing.said.as_ref().map_or(0, |said| said.number + 1);
            doing.said = Some(Said { text, undo, number });
        });
    }

    /// A row as it is now.
    pub fn row(&self, key: &RowKey) -> Option<Row> {
        self.rows.with_untracked(|rows| {
            let row = rows.iter().find(|row| row.key == *key)?;
            Some(row.with_untracked(Row::clone))
        })
    }

    /// The last message of mine that can be edited.
    pub fn last_of_mine(&self) -> Option<Row> {
        self.rows.with_untracked(|rows| {
            let mut rows = rows.iter().rev().map(|row| row.with_untracked(Row::clone));
            rows.find(|row| row.is_mine && !row.is_deleted && row.seq > Seq::START)
        })
    }

    pub fn retry(&self, client_id: ClientId) {
        self.tell(Input::Retry(client_id));
    }

    pub fn discard(&self, client_id: ClientId) {
        self.tell(Input::Discard(client_id));
    }

    /// From the message of an event on, everything is to be unread.
    pub fn mark_unread(&self, thread: ThreadId, seq: Seq) {
        self.tell(Input::MarkUnread(thread, seq));
    }

    pub fn read_all(&self) {
        self.tell(Input::ReadAll);
    }

    pub fn undo_read_all(&self) {
        self.tell(Input::UndoReadAll);
    }

    /// What of a thread one wants to be told of.
    pub fn choose(&self, thread: ThreadId, level: NotifyLevel) {
        self.tell(Input::Choose(thread, level));
    }

    /// Tells the server of a choice, as soon as there is a connection; what comes of it comes as an event.
    pub fn call(&self, method: &'static str, data: Raw) {
        self.tell(Input::Call(method, data));
    }

    /// Tells the server of a choice that another device may have overtaken later, if there is a connection
    /// now.
    pub fn call_now(&self, method: &'static str, data: Raw) {
        self.tell(Input::CallNow(method, data));
    }

    /// How the person wants everything to look, from now on.
    pub fn prefer(&self, preferences: Preferences) {
        self.tell(Input::Prefer(preferences));
    }

    /// The person changes what they are writing.
    pub fn types(&self, thread: ThreadId) {
        self.tell(Input::Typing(thread));
    }

    /// The person does not want to wait for the next try.
    pub fn try_now(&self) {
        self.tell(Input::Connection(Event::TryNow));
    }

    /// The driver lives as long as the page; if it is gone there is nobody left to tell.
    fn tell(&self, input: Input) {
        if let Some(inputs) = self.inputs.try_get_value() {
            let _ = inputs.unbounded_send(input);
        }
    }

    /// Copies what has changed into the signals.
    pub(super) fn show(&self, chat: &Chat, reveal: Option<Reveal>) {
        self.status.set(chat.status());
        self.me.set(chat.me().clone());
        if self
            .mine
            .with_untracked(|mine| mine != chat.directory().mine())
        {
            self.mine.set(chat.directory().mine().to_vec());
        }
        self.folders.set(chat.folders().clone());
        self.directory.set(chat.directory().page().cloned());
        let navigation = chat.navigation();
        self.is_going.set(navigation.is_going());
        self.failure.set(navigation.failure().cloned());
        let open = navigation.shown().open_thread();
        self.thread
            .set(open.and_then(|id| chat.directory().thread(id).cloned()));
        self.members.set(chat.people().members());
        self.owners.set(chat.people().owners().to_vec());
        self.blocked.set(chat.people().blocked().to_vec());
        self.server_name.set(chat.server_name().to_owned());
        self.requests.set(match chat.requests() {
            0 => String::new(),
            n => words::badge(n),
        });
        self.packed.set(chat.packed().to_owned());
        self.there.set(chat.there());
        self.peers.set(chat.peers().to_vec());
        let due = Some(chat.due()).filter(|due| *due > 0);
        self.aside.set(Aside {
            can_undo: chat.can_undo(),
            has_news: chat.has_news(),
            due: due.map(words::badge).unwrap_or_default(),
            reports: chat.reports(),
            paused: chat.paused(),
        });
        let typing = open.map(|id| words::typing(&chat.typing(id)));
        let is_said = |typing: &String| !typing.is_empty();
        let turn = || chat.turn(open?).map(words::slow);
        self.typing
            .set(typing.filter(is_said).or_else(turn).unwrap_or_default());
        self.unsent.set(unsent(chat));
        // The box of the thread that is left has nothing to do with it.
        let is_elsewhere = open != self.place.with_untracked(Place::open_thread);
        let reveal = match is_elsewhere {
            true => {
                self.to_reveal.set_value(reveal);
                None
            }
            false => reveal,
        };
        let zone_changes = self.drawn.with_value(Option::is_none);
        let now = Some((chat.drawn(), open));
        if zone_changes || self.drawn.try_get_value() != Some(now) || reveal.is_some() {
            self.drawn.set_value(now);
            self.draw(chat, open, reveal);
        }
        self.place.set(navigation.shown().clone());
    }

    /// What the thread that was just drawn is to bring into sight.
    pub fn take_reveal(&self) -> Option<Reveal> {
        self.to_reveal.try_update_value(Option::take).flatten()
    }

    /// Times are shown as the browser and the person have them.
    pub(super) fn show_local_times(&self) {
        self.zone.set(browser::local_zone(
            self.hours.try_get_value().unwrap_or_default(),
        ));
        self.redraw();
    }

    /// What timelines show is to be worked out anew, though nothing in them has changed.
    pub(super) fn redraw(&self) {
        self.drawn.set_value(None);
    }

    fn draw(&self, chat: &Chat, thread: Option<ThreadId>, reveal: Option<Reveal>) {
        let new = thread.map(|id| self.rows_of(chat, id)).unwrap_or_default();
        let edges = thread.and_then(|id| chat.open(id));
        let edges = edges.map(|open| open.view.edges(&open.timeline));
        if let Some(prepare) = self.before_drawing.try_get_value().flatten() {
            prepare.try_run(reveal);
        }
        self.edges.set(edges.unwrap_or_default());
        let old = self.rows.get_untracked();
        let is_same_list =
            old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| old.key == new.key);
        // Mostly in the same order: each is looked for behind the one before it first.
        let mut next = 0;
        let signals: Vec<RowSignal> = new
            .into_iter()
            .map(|row| {
                let (before, after) = old.split_at(next);
                let mut candidates = after.iter().chain(before);
                match candidates.position(|known| known.key == row.key) {
                    Some(distance) => {
                        let at = (next + distance) % old.len();
                        next = at + 1;
                        old[at].set(row);
                        old[at].clone()
                    }
                    None => RowSignal::new(row),
                }
            })
            .collect();
        if !is_same_list {
            self.rows.set(signals);
        }
    }

    fn rows_of(&self, chat: &Chat, thread: ThreadId) -> Vec<Row> {
        let Some(open) = chat.open(thread) else {
            return Vec::new();
        };
        let me = chat.me();
        let shows_end = open.view.shows_end(&open.timeline);
        let on_its_way = chat
            .outbox()
            .of(thread)
            .filter(|entry| shows_end && !open.timeline.has(me.id, &entry.client_id));
        let messages = open.view.messages(&open.timeline);
        // What is drawn begins after it: the line is further up.
        let line = chat.line(thread);
        let line = line.filter(|line| open.view.first() <= line.next());
        rows(
            messages,
            on_its_way,
            me,
            chat.people(),
            self.zone.get_untracked(),
            line,
        )
    }
}

/// What the person has to decide about, and cannot see where they are: refused or held messages of
/// threads that are not open.
fn unsent(chat: &Chat) -> Vec<Entry> {
    let waits = |entry: &&Entry| matches!(entry.state, EntryState::Refused(_) | EntryState::Held);
    chat.outbox().entries().filter(waits).cloned().collect()
}
