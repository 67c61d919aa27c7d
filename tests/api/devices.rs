//! Devices of several people play with a real server at random, and agree in the end.
//!
//! What runs on a device is the real chat of the browser (`support::device`); the server is the real one,
//! on either engine. In short bursts people write, read, come and go, join and leave, take each other in
//! and out, lose the network and find it again. When all is quiet each device must know what the server
//! says to somebody who has just come (`agreement`), and nothing that is not for its person; then one thing
//! is done on purpose and must be so everywhere (`probes`). The test prints its seed:
//! `DEVICES_TEST_SEED` plays the same steps again (how they interleave with the network is not up to the
//! seed), `DEVICES_TEST_BURSTS` plays longer, and `DEVICES_TEST_LOG` is a folder for what went over the
//! network of each device, if they do not agree.

mod agreement;
mod player;
mod probes;
mod truth;

use std::time::{Duration, Instant};

use hubbub::client::stores::outbox::EntryState;
use hubbub::protocol::{ClientId, ThreadKind, User};

use self::agreement::Agreement;
use self::truth::{Asker, Facts, moved_since, times_written};
use crate::support::chance::{Chance, from_environment};
use crate::support::device::{Device, Network, Passed};
use crate::support::{Settings, TestApp};

const BURSTS: u64 = 20;
const SEED: u64 = 9;
/// So much faster than on the wall time passes.
const FACTOR: u32 = 8;
/// So long everything may take until all agree, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server, people and their devices.
pub struct World {
    app: TestApp,
    people: Vec<User>,
    devices: Vec<Device>,
    /// One for each person.
    askers: Vec<Asker>,
    chance: Chance,
    burst: u64,
    /// What was written, and on which device.
    written: Vec<(Device, ClientId)>,
    /// What was named so far.
    named: u64,
    facts: Facts,
    /// What was done in this burst.
    steps: Vec<String>,
    /// Who is there is told once a second only: it is not waited for each time.
    is_about_presence: bool,
    /// The longest that it took until all agreed.
    slowest: Duration,
}

impl World {
    async fn new(app: TestApp, seed: u64) -> Self {
        app.time().run(FACTOR);
        let mut chance = Chance::new(seed);
        let (john, bill, carol) = (
            app.person("john").await,
            app.person("bill").await,
            app.person("carol").await,
        );
        let first = app
            .named_thread(&john, "secret1-", ThreadKind::Private)
            .await;
        app.join(first, &bill).await;
        let gina = app.guest("gina", &[first]).await;
        let secret = app
            .named_thread(&bill, "secret2-", ThreadKind::Private)
            .await;
        app.join(secret, &carol).await;
        for (owner, name) in [(&bill, "open3-"), (&carol, "open4-")] {
            let thread = app.named_thread(owner, name, ThreadKind::Public).await;
            app.join(thread, &john).await;
        }
        let mut devices = Vec::new();
        for (username, name) in [
            ("john", "browser"),
            ("john", "phone"),
            ("bill", "browser"),
            ("carol", "browser"),
            ("gina", "phone"),
        ] {
            let chance = Chance::new(chance.below(u64::MAX));
            devices.push(Device::new(&app, username, name, chance).await);
        }
        let people = vec![john, bill, carol, gina];
        let mut askers = Vec::new();
        for person in &people {
            let network = Network::signed_in(&app.base, person.username.as_str()).await;
            askers.push(Asker::new(network));
        }
        Self {
            facts: Facts::of(&app.db).await,
            app,
            people,
            devices,
            askers,
            chance,
            burst: 0,
            written: Vec::new(),
            named: 4,
            steps: Vec::new(),
            is_about_presence: false,
            slowest: Duration::ZERO,
        }
    }

    /// Waits until all agree. What does not become so fails the test, with all that was done before.
    async fn settle(&mut self) {
        let begun = Instant::now();
        let mut agreed = 0;
        while agreed < 2 {
            match self.agree().await {
                Ok(()) => agreed += 1,
                Err(what) if begun.elapsed() > PATIENCE => self.fail(&what),
                Err(_) => {
                    agreed = 0;
                    // What ends by itself, such as typing, need not be waited for.
                    self.app.time().pass(500);
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.slowest = self.slowest.max(begun.elapsed());
    }

    fn fail(&self, what: &str) -> ! {
        if let Some(folder) = std::env::var_os("DEVICES_TEST_LOG") {
            for device in &self.devices {
                let passed = device.network().take_passed().into_iter();
                let lines = passed.map(|passed| match passed {
                    Passed::Came(text) => format!("< {text}\n"),
                    Passed::Went(text) => format!("> {text}\n"),
                });
                let file = std::path::Path::new(&folder).join(device.name());
                std::fs::write(file, lines.collect::<String>()).unwrap();
            }
        }
        let steps = self.steps.join("\n  ");
        panic!("after burst {}:\n  {steps}\n{what}", self.burst);
    }

    /// A burst: some steps, in no hurry and in no order; then all have a network, and all is quiet.
    async fn play(&mut self) {
        self.burst += 1;
        self.steps.clear();
        self.facts = Facts::of(&self.app.db).await;
        for device in &self.devices {
            device.network().take_passed();
        }
        let many = 6 + usize::try_from(self.chance.below(14)).unwrap();
        while self.steps.len() < many {
            self.step();
            let pause = self.chance.millis(0, 15);
            tokio::time::sleep(pause).await;
        }
        for device in &self.devices {
            device.mend();
        }
        self.settle().await;
        let outcome = self.nobody_overheard_anything().await;
        let outcome = outcome.and(self.everything_is_written_once().await);
        outcome.unwrap_or_else(|what| self.fail(&what));
    }

    /// What came to a device has nothing in it of a private thread in which its person was at no time.
    async fn nobody_overheard_anything(&self) -> Agreement {
        let now = Facts::of(&self.app.db).await;
        let moved = moved_since(&self.app.db, &self.facts).await;
        for device in &self.devices {
            let passed = device.network().take_passed();
            let heard = |mark: &str| {
                passed.iter().find_map(|passed| match passed {
                    Passed::Came(text) => Some((text, text.find(mark)?)),
                    Passed::Went(_) => None,
                })
            };
            for thread in now.threads.iter().filter(|thread| thread.is_private()) {
                let member = (thread.id, device.person());
                let was_in = [&self.facts.members, &now.members, &moved];
                if was_in.iter().any(|members| members.contains(&member)) {
                    continue;
                }
                for mark in [thread.label(), &thread.said()] {
                    if let Some((heard, at)) = heard(mark) {
                        let around = &heard[at.saturating_sub(300)..heard.len().min(at + 100)];
                        return Err(format!("{} heard … {around} …", device.name()));
                    }
                }
            }
        }
        Ok(())
    }

    /// Everything that was written is there once, or was refused and waits for its author.
    async fn everything_is_written_once(&mut self) -> Agreement {
        let times = times_written(&self.app.db).await;
        for (device, id) in std::mem::take(&mut self.written) {
            let refused = device.with(|chat| {
                let entry = chat.outbox().get(&id)?;
                Some(matches!(entry.state, EntryState::Refused(_)))
            });
            match (times.get(id.as_str()).copied().unwrap_or(0), refused) {
                (1, None) | (0, Some(true)) => {}
                (times, state) => {
                    let name = device.name();
                    return Err(format!("{name}: {id} is there {times} times, {state:?}"));
                }
            }
        }
        Ok(())
    }
}

async fn play(app: TestApp) {
    let seed = from_environment("DEVICES_TEST_SEED", SEED);
    let bursts = from_environment("DEVICES_TEST_BURSTS", BURSTS);
    println!("DEVICES_TEST_SEED={seed} DEVICES_TEST_BURSTS={bursts}");
    let mut world = World::new(app, seed).await;
    world.settle().await;
    for _ in 0..bursts {
        world.play().await;
        world.probe().await;
    }
    println!("all agreed, at the latest after {:?}", world.slowest);
}

fn settings() -> Settings {
    Settings {
        // Time runs, and silence counts as a connection that has died.
        ping_seconds: 1,
        ..Settings::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_devices_agree_whatever_people_do_and_whenever_they_are_away_on_sqlite() {
    play(TestApp::with(settings()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_devices_agree_whatever_people_do_and_whenever_they_are_away_on_postgres() {
    match TestApp::on_postgres_with(settings()).await {
        Some(app) => play(app).await,
        None if std::env::var_os("CI").is_some() => panic!("TEST_POSTGRES_URL is not set"),
        None => eprintln!("not run: TEST_POSTGRES_URL is not set"),
    }
}
