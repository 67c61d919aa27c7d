//! What must be so when everything is quiet: each device knows what is so, and nothing that is not for its
//! person. What is not so is said in a sentence.

use std::collections::HashSet;

use hubbub::client::chat::Chat;
use hubbub::protocol::{
    Message, MyThread, Panel, Presence, Seq, Shared, ThreadId, ThreadKind, Timestamp, User, UserId,
};

use super::World;
use super::truth::{Facts, Played};
use crate::support::device::Device;

/// Nothing, or what is not as it should be.
pub type Agreement = Result<(), String>;

fn same<T: PartialEq + std::fmt::Debug>(what: &str, known: &T, truth: &T) -> Agreement {
    match known == truth {
        true => Ok(()),
        false => Err(format!("{what}:\n  known: {known:?}\n  truth: {truth:?}")),
    }
}

impl World {
    /// Whether every device knows what is so.
    pub async fn agree(&mut self) -> Agreement {
        for device in &self.devices {
            is_settled(device).map_err(|what| format!("{}: {what}", device.name()))?;
        }
        let facts = Facts::of(&self.app.db).await;
        for at in 0..self.askers.len() {
            let shared = self.askers[at].shared().await;
            let devices = self.devices.clone().into_iter();
            for device in devices.filter(|device| device.person() == shared.me.id) {
                let knows = self.knows(&device, &shared, &facts, at).await;
                knows.map_err(|what| format!("{}: {what}", device.name()))?;
            }
        }
        Ok(())
    }

    async fn knows(
        &mut self,
        device: &Device,
        truth: &Shared,
        facts: &Facts,
        asker: usize,
    ) -> Agreement {
        let me = truth.me.id;
        device.with(|chat| has_list(chat, truth))?;
        for thread in &facts.threads {
            if device.with(|chat| knows_of(chat, thread.id)) {
                let history = self.askers[asker].history(thread).await;
                let history =
                    history.ok_or(format!("{thread:?} is open and not theirs to read"))?;
                let sees_the_end = device.sees_the_end();
                device.with(|chat| has_timeline(chat, thread, history, sees_the_end))?;
            }
        }
        let secret = facts.threads.iter().filter(|thread| thread.is_private());
        let secret = secret.filter(|thread| !facts.is_member(thread.id, me));
        device.with(|chat| knows_nothing_of(chat, secret))?;
        device.with(|chat| has_people(chat, facts))?;
        let there = self.who_is_there();
        match self.is_about_presence {
            true => device.with(|chat| knows_who_is_there(chat, &there)),
            false => Ok(()),
        }
    }

    /// Who is there, with whether they are idle.
    pub fn who_is_there(&self) -> Vec<(UserId, bool)> {
        let now = self.app.now();
        let person = |user: &User| {
            let devices = self
                .devices
                .iter()
                .filter(|device| device.person() == user.id);
            let is_there = devices
                .clone()
                .any(|device| device.network().cut().is_none());
            let active = devices.map(Device::active_at).max()?;
            is_there.then_some((user.id, is_idle(active, now)))
        };
        self.people.iter().filter_map(person).collect()
    }
}

fn is_idle(active: Timestamp, now: Timestamp) -> bool {
    now.0 - active.0 >= Presence::IDLE_AFTER
}

fn is_settled(device: &Device) -> Agreement {
    if let Some(place) = device.left_for() {
        return Err(format!("it was led to {place}"));
    }
    match device.is_quiet() {
        true => Ok(()),
        false => device.with(|chat| {
            let outbox = chat.outbox();
            Err(format!("it is not quiet: {:?} {outbox:?}", chat.status()))
        }),
    }
}

/// All that is known of a thread of theirs. How far they have read it is a number of messages: which of
/// the events after the last of those is named is nobody's business.
fn standing(mine: &MyThread) -> MyThread {
    let mut mine = mine.clone();
    mine.read.seq = Seq::START;
    mine
}

/// Something is known of what was said in a thread.
fn knows_of(chat: &Chat, thread: ThreadId) -> bool {
    let open = chat.open(thread);
    open.is_some_and(|open| open.timeline.tail().is_some())
}

/// Their threads with all that is theirs of each, in the same order; their folders; and whom they have.
fn has_list(chat: &Chat, truth: &Shared) -> Agreement {
    // One that was opened to write to somebody is in no list before something was said.
    let is_listed =
        |mine: &&MyThread| mine.thread.kind != ThreadKind::Direct || mine.thread.message_count > 0;
    let ids = |mine: &[MyThread]| -> Vec<ThreadId> {
        mine.iter()
            .filter(is_listed)
            .map(|mine| mine.thread.id)
            .collect()
    };
    let mine = chat.directory().mine();
    for known in mine.iter().filter(is_listed) {
        let listed = truth
            .threads
            .iter()
            .find(|listed| listed.thread.id == known.thread.id);
        if let Some(listed) = listed {
            same("a thread of theirs", &standing(known), &standing(listed))?;
        }
    }
    same("the list of threads", &ids(mine), &ids(&truth.threads))?;
    same("folders", chat.folders(), &truth.folders)
}

/// What is known of a thread is a stretch of what was said in it, to its end.
fn has_timeline(
    chat: &Chat,
    thread: &Played,
    history: &[Message],
    sees_the_end: bool,
) -> Agreement {
    let Some(open) = chat.open(thread.id) else {
        return Ok(());
    };
    let what = |what: &str| format!("{what} of {}", thread.name);
    let within = |after: Seq, through: Seq| -> Vec<&Message> {
        let messages = history.iter();
        messages
            .filter(|message| after < message.seq && message.seq <= through)
            .collect()
    };
    let Some(tail) = open.timeline.tail() else {
        return Ok(());
    };
    same(&what("the end"), &tail.through, &thread.last_seq)?;
    let known: Vec<&Message> = open
        .timeline
        .messages(tail.after.next(), tail.through)
        .collect();
    same(
        &what("what was said last"),
        &known,
        &within(tail.after, tail.through),
    )?;
    let drawn: Vec<&Message> = open.view.messages(&open.timeline).collect();
    let expected = within(open.view.first().prev(), open.view.last());
    same(&what("what is drawn"), &drawn, &expected)?;
    let is_here = chat.navigation().shown().open_thread() == Some(thread.id);
    if is_here && sees_the_end && !open.view.shows_end(&open.timeline) {
        return Err(what("the end is not drawn"));
    }
    match chat.typing(thread.id).as_slice() {
        [] => Ok(()),
        names => Err(format!("{names:?} go on typing in {}", thread.name)),
    }
}

/// Who is not in private threads knows nothing of them, whatever it is that they know.
fn knows_nothing_of<'a>(chat: &Chat, secret: impl Iterator<Item = &'a Played>) -> Agreement {
    let all = format!("{chat:?}");
    for thread in secret {
        let is_listed = chat.directory().thread(thread.id).is_some();
        let is_typed_in = !chat.typing(thread.id).is_empty();
        if is_listed || is_typed_in || knows_of(chat, thread.id) {
            return Err(format!("{} is known", thread.name));
        }
        if let Some(at) = all.find(thread.label()) {
            let around = &all[at.saturating_sub(200)..all.len().min(at + 100)];
            return Err(format!("{} is known: … {around} …", thread.name));
        }
    }
    Ok(())
}

fn sorted<T: Ord>(of: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = of.into_iter().collect();
    all.sort();
    all
}

/// The thread whose people are listed, if they are.
fn listed(chat: &Chat) -> Option<ThreadId> {
    let navigation = chat.navigation();
    let is_well = navigation.failure().is_none() && !navigation.is_going();
    let place = navigation.shown();
    let is_listed = is_well && place.panel() == Some(Panel::People);
    place.open_thread().filter(|_| is_listed)
}

/// Who belongs to the thread whose people are listed, and who is in charge of it.
fn has_people(chat: &Chat, facts: &Facts) -> Agreement {
    let Some(id) = listed(chat) else {
        return Ok(());
    };
    let of_it = |of: &HashSet<(ThreadId, UserId)>| {
        let of_it = of.iter().filter(|(thread, _)| *thread == id);
        sorted(of_it.map(|(_, user)| *user))
    };
    let members = chat.people().members().ok_or("nobody is listed")?;
    let members = sorted(members.iter().map(|user| user.id));
    same("who belongs to it", &members, &of_it(&facts.members))?;
    let owners = sorted(chat.people().owners().to_vec());
    same("who is in charge", &owners, &of_it(&facts.owners))
}

/// Who of those who are listed is there, and who of those they write to directly.
fn knows_who_is_there(chat: &Chat, there: &[(UserId, bool)]) -> Agreement {
    let among = |people: &[UserId]| {
        let among = there.iter().copied();
        sorted(among.filter(|(user, _)| people.contains(user)))
    };
    if listed(chat).is_some() {
        let members = chat.people().members().unwrap_or_default();
        let members: Vec<UserId> = members.iter().map(|user| user.id).collect();
        same("who is there", &sorted(chat.there()), &among(&members))?;
    }
    let mine = chat.directory().mine().iter();
    let begun = mine.filter(|mine| mine.thread.message_count > 0);
    let peers = begun.filter_map(|mine| mine.thread.peer(chat.me().id));
    let peers: Vec<UserId> = peers.collect();
    same(
        "which peers are there",
        &sorted(chat.peers().to_vec()),
        &among(&peers),
    )
}
