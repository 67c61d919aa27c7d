//! One thing at a time, while all is quiet: what is done on one device is so on all that it concerns.

use std::collections::BTreeMap;
use std::time::Instant;

use hubbub::client::chat::Input;
use hubbub::protocol::{Place, ThreadId};

use super::player::{drawn, open};
use super::{PATIENCE, World};
use crate::support::device::{Cut, Device};

/// How much is unread there for a device's person; nothing where they do not belong.
fn unread(device: &Device, thread: ThreadId) -> Option<i64> {
    device.with(|chat| Some(chat.directory().my(thread)?.unread()))
}

impl World {
    /// Does one thing on purpose.
    pub async fn probe(&mut self) {
        let device = self.chance.pick(&self.devices).unwrap();
        match self.burst % 10 {
            // It takes seconds until somebody counts as gone.
            5 => self.whoever_is_away_is_seen_to_be(&device).await,
            1 | 6 => self.what_is_marked_as_unread_is_so(&device).await,
            2 | 7 => self.what_is_read_is_read(&device).await,
            3 | 8 => self.all_is_read_and_not_after_all(&device).await,
            _ => self.whoever_types_is_seen_to(&device).await,
        }
    }

    /// Waits until something is so for all devices that it concerns.
    async fn becomes(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            if begun.elapsed() > PATIENCE {
                self.fail(what);
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// The same, and it is still so when all is quiet.
    async fn becomes_and_stays(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        self.becomes(what, &is_so).await;
        self.settle().await;
        if !is_so(self) {
            self.fail(&format!("{what}, for a moment only"));
        }
    }

    fn of_same_person(&self, device: &Device) -> Vec<Device> {
        let me = device.person();
        let devices = self.devices.iter();
        devices
            .filter(|device| device.person() == me)
            .cloned()
            .collect()
    }

    /// One of their threads in which something was said.
    fn written_in(&mut self, device: &Device) -> Option<ThreadId> {
        let written = device.with(|chat| {
            let mine = chat.directory().mine().iter();
            let written = mine.filter(|mine| mine.thread.message_count > 0);
            written.map(|mine| mine.thread.id).collect::<Vec<_>>()
        });
        self.chance.pick(&written)
    }

    async fn whoever_types_is_seen_to(&mut self, device: &Device) {
        let writes = |chat: &hubbub::client::chat::Chat| {
            let id = open(chat)?;
            let mine = chat.directory().my(id)?;
            mine.thread.is_active().then_some(id)
        };
        let Some(id) = device.with(writes) else {
            return;
        };
        let (me, name) = device.with(|chat| (chat.me().id, chat.me().name.to_string()));
        let sees = |device: &Device| device.with(|chat| chat.typing(id).contains(&name.as_str()));
        let concerns = |device: &&Device| device.person() != me && device.with(open) == Some(id);
        let begun = self.devices.clone();
        self.becomes(
            &format!("{name} types in {id}, and is not seen to"),
            |world| {
                device.does(Input::Typing(id));
                world.devices.iter().filter(concerns).all(sees)
            },
        )
        .await;
        for other in begun.iter().filter(|device| !concerns(device)) {
            if sees(other) {
                self.fail(&format!("{} sees that {name} types in {id}", other.name()));
            }
        }
        self.settle().await;
    }

    async fn what_is_marked_as_unread_is_so(&mut self, device: &Device) {
        let Some((id, messages)) = device.with(drawn) else {
            return;
        };
        let (Some(seq), Some(_)) = (self.chance.pick(&messages), unread(device, id)) else {
            return;
        };
        device.does(Input::MarkUnread(id, seq));
        let after = messages.iter().filter(|message| **message >= seq).count();
        let has_all = device.with(|chat| {
            chat.open(id)
                .is_some_and(|open| open.view.shows_end(&open.timeline))
        });
        let after = i64::try_from(after).unwrap();
        let devices = self.of_same_person(device);
        self.becomes_and_stays(&format!("{after} in {id} are unread from {seq} on"), |_| {
            devices.iter().all(|device| {
                let unread = unread(device, id);
                unread == Some(after) || !has_all && unread > Some(after)
            })
        })
        .await;
    }

    async fn what_is_read_is_read(&mut self, device: &Device) {
        let Some(id) = self.written_in(device) else {
            return;
        };
        device.does(Input::Go(Place::Home));
        device.shows(true);
        device.does(Input::Go(Place::thread(id)));
        let devices = self.of_same_person(device);
        self.becomes_and_stays(&format!("{} reads {id}", device.name()), |_| {
            device.scrolls(true);
            devices.iter().all(|device| unread(device, id) == Some(0))
        })
        .await;
    }

    async fn all_is_read_and_not_after_all(&mut self, device: &Device) {
        let devices = self.of_same_person(device);
        if let Some(id) = self.written_in(device) {
            device.does(Input::Go(Place::thread(id)));
            self.settle().await;
            if let Some((_, messages)) = device.with(drawn)
                && let Some(seq) = self.chance.pick(&messages)
            {
                device.does(Input::MarkUnread(id, seq));
            }
        }
        // What one looks at is read anyway.
        for device in &devices {
            device.does(Input::Go(Place::Home));
        }
        self.settle().await;
        let all = |device: &Device| -> BTreeMap<ThreadId, i64> {
            device.with(|chat| {
                let mine = chat.directory().mine().iter();
                let unread = mine.filter(|mine| mine.unread() > 0);
                unread.map(|mine| (mine.thread.id, mine.unread())).collect()
            })
        };
        let before = all(device);
        device.does(Input::ReadAll);
        // It may be taken back before anybody else has heard of it.
        if self.chance.one_in(2) {
            self.becomes("all is read", |_| {
                devices.iter().all(|device| all(device).is_empty())
            })
            .await;
        }
        device.does(Input::UndoReadAll);
        self.becomes_and_stays(&format!("all is as it was: {before:?}"), |_| {
            devices.iter().all(|device| all(device) == before)
        })
        .await;
    }

    /// Without a network on any of their devices nobody is there.
    async fn whoever_is_away_is_seen_to_be(&mut self, device: &Device) {
        let away = self.of_same_person(device);
        for device in &away {
            device.cut(Cut::Told);
        }
        self.is_about_presence = true;
        let others: Vec<Device> = self.devices.clone();
        let others = others
            .into_iter()
            .filter(|other| other.person() != device.person());
        let others: Vec<Device> = others.collect();
        let all = std::mem::replace(&mut self.devices, others);
        self.settle().await;
        self.devices = all;
        for device in &away {
            device.mend();
        }
        self.settle().await;
        self.is_about_presence = false;
    }
}
