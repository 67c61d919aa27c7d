//! What people do, at random: on any device, with or without a network.

use hubbub::client::chat::{Chat, Input, Scroll};
use hubbub::client::listing::favourites;
use hubbub::protocol::folders::{ArrangeFolder, InFolder};
use hubbub::protocol::frame::raw;
use hubbub::protocol::{
    ApiError, Favour, Manage, MyThread, NewThread, NotifyLevel, Panel, Place, Revise, Role, Seq,
    Thread, ThreadChange, ThreadId, ThreadKind, User, UserId,
};
use serde_json::json;

use super::World;
use crate::support::device::{Cut, Device};

/// Threads in all.
const MOST_THREADS: usize = 12;
/// Longer than one is active for after one has done something, in milliseconds.
const LONG: i64 = 6 * 60_000;

/// The thread that is open, if it can be seen.
pub fn open(chat: &Chat) -> Option<ThreadId> {
    let navigation = chat.navigation();
    let is_here = navigation.failure().is_none() && !navigation.is_going();
    navigation.shown().open_thread().filter(|_| is_here)
}

fn with_people(id: ThreadId) -> Place {
    Place::Thread {
        id,
        message: None,
        panel: Some(Panel::People),
    }
}

impl World {
    /// Somebody does something, if they can.
    pub fn step(&mut self) {
        let device = self.chance.pick(&self.devices).unwrap();
        let done = match self.chance.below(100) {
            0..24 => self.write(&device),
            24..30 => typing(&device),
            30..44 => self.go(&device),
            44..48 => {
                let to_end = self.chance.one_in(2);
                device.scrolls(to_end);
                Some(format!("scrolls (to the end: {to_end})"))
            }
            48..53 => {
                let is_visible = self.chance.one_in(2);
                device.shows(is_visible);
                Some(format!("is looked at: {is_visible}"))
            }
            53..58 => self.mark_unread(&device),
            58..62 => Some(self.read_all(&device)),
            62..70 => self.arrange(&device),
            70..84 => self.manage(&device),
            84..87 => self.revise(&device),
            87..97 => self.lose_or_find_the_network(&device),
            97..99 => {
                device.reloads();
                Some("reloads".to_owned())
            }
            _ => Some(self.pause(&device)),
        };
        if let Some(done) = done {
            self.steps.push(format!("{} {done}", device.name()));
        }
    }

    fn write(&mut self, device: &Device) -> Option<String> {
        let (id, role) = device.with(|chat| {
            let id = open(chat)?;
            let role = chat.directory().my(id).map(|mine| mine.role);
            let thread = chat.directory().thread(id)?;
            thread.takes_posts_of(role, false).then_some((id, role))
        })?;
        let said = self.facts.thread(id)?.said();
        let number = self.written.len();
        let whom = match self.chance.below(4) {
            0 => " @john",
            1 => " @bill",
            _ => "",
        };
        let text = format!("{said}{}-{number}{whom}", self.burst);
        let client_id = device.writes(id, &text)?;
        self.written.push((device.clone(), client_id));
        Some(format!("writes {text} as {role:?}"))
    }

    fn go(&mut self, device: &Device) -> Option<String> {
        let any = self.chance.pick(&self.facts.threads)?.id;
        let mine = device.with(|chat| ids(chat.directory().mine(), |_| true));
        let mine = self.chance.pick(&mine).unwrap_or(any);
        let place = match self.chance.below(8) {
            0 => Place::Home,
            1 => Place::Browse { after: None },
            2 => Place::thread(any),
            3 => Place::Thread {
                id: mine,
                message: Some(Seq(1 + i64::try_from(self.chance.below(30)).unwrap())),
                panel: None,
            },
            4 | 5 => with_people(mine),
            _ => Place::thread(mine),
        };
        let said = format!("goes to {place}");
        device.does(Input::Go(place));
        Some(said)
    }

    fn mark_unread(&mut self, device: &Device) -> Option<String> {
        let (id, messages) = device.with(drawn)?;
        let seq = self.chance.pick(&messages)?;
        device.does(Input::MarkUnread(id, seq));
        Some(format!("marks {id} as unread from {seq} on"))
    }

    fn read_all(&mut self, device: &Device) -> String {
        if self.chance.one_in(2) {
            device.does(Input::UndoReadAll);
            return "takes back that all was read".to_owned();
        }
        device.does(Input::ReadAll);
        "marks all as read".to_owned()
    }

    /// What is where in one's list, and what one is told of.
    fn arrange(&mut self, device: &Device) -> Option<String> {
        let mine = device.with(|chat| chat.directory().mine().to_vec());
        let id = self.chance.pick(&ids(&mine, |_| true))?;
        let (method, data) = match self.chance.below(5) {
            0 | 1 => {
                let level = self.chance.pick(&NotifyLevel::ALL)?;
                device.does(Input::Choose(id, level));
                return Some(format!("wants to be told of {level:?} in {id}"));
            }
            2 | 3 => {
                let favour = self.chance.pick(&Favour::ALL)?;
                let all = favourites(&mine).after(favour, id);
                ("threads:favourites", raw(&all))
            }
            _ => {
                let name = self.chance.pick(&["", "Work", "Play"])?.to_owned();
                let what = self.chance.pick(&["make", "open", "close", "up"])?;
                let put = InFolder {
                    id,
                    name: name.clone(),
                };
                let arrange = ArrangeFolder {
                    what: what.to_owned(),
                    name,
                    to: String::new(),
                };
                match self.chance.one_in(2) {
                    true => ("thread:folder", raw(&put)),
                    false => ("threads:folders", raw(&arrange)),
                }
            }
        };
        let data = data.unwrap();
        let said = format!("arranges {method} {data}");
        device.does(Input::Call(method, data));
        Some(said)
    }

    fn lose_or_find_the_network(&mut self, device: &Device) -> Option<String> {
        if device.network().cut().is_some() {
            device.mend();
            return Some("has a network again".to_owned());
        }
        let how = self.chance.pick(&[Cut::Told, Cut::Broken, Cut::Silent])?;
        device.cut(how);
        Some(format!("has no network: {how:?}"))
    }

    /// For a long time nobody does anything, and then somebody does.
    fn pause(&mut self, device: &Device) -> String {
        if self.chance.one_in(2) {
            self.app.time().pass(LONG);
        }
        device.does(Input::Active);
        "does something".to_owned()
    }

    fn revise(&mut self, device: &Device) -> Option<String> {
        let me = device.person();
        let (id, seq, text) = {
            let (id, messages) = device.with(drawn)?;
            let seq = self.chance.pick(&messages)?;
            let is_mine = device.with(|chat| {
                let open = chat.open(id)?;
                let message = open.timeline.messages(seq, seq).next()?;
                Some(message.user.id == me)
            });
            let said = self.facts.thread(id)?.said();
            (
                id,
                seq,
                is_mine?.then(|| format!("{said}{} changed", self.burst)),
            )
        };
        let emoji = "👍".to_owned();
        let what = match (self.chance.below(4), text) {
            (0, Some(text)) => Revise::Edit { text },
            (1, Some(_)) => Revise::Delete,
            (0 | 1, None) => Revise::Unreact { emoji },
            (2, _) => Revise::Pin,
            _ => Revise::React { emoji },
        };
        let said = format!("does {what:?} with {seq} of {id}");
        let here = device.clone();
        device.begins(async move {
            let body = json!({ "me": me, "thread": id, "seq": seq, "what": what });
            let _: Result<Result<(), ApiError>, ApiError> = here.asks("revise_message", body).await;
            None
        });
        Some(said)
    }

    /// Who belongs to which thread, and what those are.
    fn manage(&mut self, device: &Device) -> Option<String> {
        let mine = device.with(|chat| chat.directory().mine().to_vec());
        let in_charge = ids(&mine, |mine| mine.role == Role::Owner);
        let other = self.chance.pick(&self.people)?;
        match self.chance.below(14) {
            0 | 1 => {
                let found = self
                    .facts
                    .threads
                    .iter()
                    .filter(|thread| thread.kind == "public");
                let found: Vec<ThreadId> = found.map(|thread| thread.id).collect();
                let id = self.chance.pick(&found)?;
                Some(manages(device, id, Manage::Join))
            }
            2 => {
                let id = self.chance.pick(&ids(&mine, |_| true))?;
                Some(manages(device, id, Manage::Leave))
            }
            3..6 => {
                let id = self.chance.pick(&ids(&mine, |_| true))?;
                let people = other.username.to_string();
                Some(manages(device, id, Manage::Add { people }))
            }
            6..9 => {
                let id = self.chance.pick(&in_charge)?;
                let user = self.other_than(device, &other);
                Some(manages(device, id, Manage::Remove { user }))
            }
            9 => {
                let id = self.chance.pick(&in_charge)?;
                Some(manages(device, id, Manage::MakeOwner { user: other.id }))
            }
            10 => {
                let id = self.chance.pick(&in_charge)?;
                let label = self.facts.thread(id)?.label();
                let name = format!("{label}{}-{}", self.burst, self.steps.len());
                let change = ThreadChange {
                    name: Some(name),
                    ..ThreadChange::default()
                };
                Some(manages(device, id, Manage::Change(change)))
            }
            11 => {
                let id = self.chance.pick(&in_charge)?;
                let thread = &mine.iter().find(|mine| mine.thread.id == id)?.thread;
                let change = ThreadChange {
                    archived: Some(thread.is_active()),
                    ..ThreadChange::default()
                };
                Some(manages(device, id, Manage::Change(change)))
            }
            12 => self.start(device, &other),
            _ => {
                let me = device.person();
                let body = json!({ "me": me, "people": other.username });
                begins_thread(device, "open_direct", body, Role::Member);
                Some(format!("writes to {} directly", other.username))
            }
        }
    }

    fn other_than(&self, device: &Device, user: &User) -> UserId {
        let me = device.person();
        let other = self.people.iter().find(|other| other.id != me);
        other.filter(|_| user.id == me).unwrap_or(user).id
    }

    fn start(&mut self, device: &Device, with: &User) -> Option<String> {
        if self.facts.threads.len() >= MOST_THREADS {
            return None;
        }
        self.named += 1;
        let private = self.chance.one_in(2);
        let kind = if private { "secret" } else { "open" };
        let new = NewThread {
            name: format!("{kind}{}-", self.named),
            private,
            people: with.username.to_string(),
            ..NewThread::default()
        };
        let said = format!("starts {} with {}", new.name, with.username);
        let body = json!({ "me": device.person(), "new": new });
        begins_thread(device, "create_thread", body, Role::Owner);
        Some(said)
    }
}

/// Those threads of somebody of which that is so, but direct ones.
fn ids(mine: &[MyThread], is_so: impl Fn(&MyThread) -> bool) -> Vec<ThreadId> {
    let mine = mine
        .iter()
        .filter(|mine| mine.thread.kind != ThreadKind::Direct);
    mine.filter(|mine| is_so(mine))
        .map(|mine| mine.thread.id)
        .collect()
}

/// The thread that is open, and the events of the messages that are drawn of it.
pub fn drawn(chat: &Chat) -> Option<(ThreadId, Vec<Seq>)> {
    let id = open(chat)?;
    let open = chat.open(id)?;
    let messages = open.view.messages(&open.timeline);
    Some((id, messages.map(|message| message.seq).collect()))
}

fn typing(device: &Device) -> Option<String> {
    let id = device.with(open)?;
    device.does(Input::Typing(id));
    device.does(Input::Scroll(id, Scroll::At { end: true }));
    Some(format!("types in {id}"))
}

/// Does something about a thread, as its buttons do.
fn manages(device: &Device, thread: ThreadId, what: Manage) -> String {
    let said = format!("does {what:?} with {thread}");
    let (here, me) = (device.clone(), device.person());
    device.begins(async move {
        let leaves = what == Manage::Leave;
        let body = json!({ "me": me, "thread": thread, "what": what });
        let done: Result<Result<(), ApiError>, ApiError> = here.asks("manage_thread", body).await;
        (leaves && done == Ok(Ok(()))).then_some(Input::Go(Place::Home))
    });
    said
}

/// Begins a thread, and goes there.
fn begins_thread(device: &Device, function: &'static str, body: serde_json::Value, role: Role) {
    let here = device.clone();
    device.begins(async move {
        let begun: Result<Result<Thread, ApiError>, ApiError> = here.asks(function, body).await;
        Some(Input::Created(begun.ok()?.ok()?, role))
    });
}
