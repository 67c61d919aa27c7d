//! Demo data: the tutorial's two people and their thread, and as much believable filling as asked.
//!
//! The same amounts give the same data on every fresh database (the generator is seeded), spread
//! over the time before now. Messages of a thread are made in blocks and written with bulk statements.

use std::fmt;

use clap::Args;
use fake::Fake;
use fake::faker::lorem::en::{Paragraph, Sentence};
use fake::faker::name::en::Name;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::auth::password::Passwords;
use super::clock::Clock;
use super::db::seeding::{self, NewMessage, NewUser};
use super::db::users::Named;
use super::db::{Db, memberships, starting, users};
use super::error::{Error, Result};
use crate::protocol::{
    Description, DisplayName, Password, ThreadId, ThreadKind, ThreadName, Timestamp, UserId,
    Username,
};

const PASSWORD: &str = "secret";
const FIRST_THREAD: &str = "First thread";
const PEOPLE: [(&str, &str); 2] = [("john", "John"), ("bill", "Bill")];
/// Messages in one transaction.
const BLOCK: usize = 20_000;
const MINUTE: i64 = 60_000;
/// Messages in the first thread when nothing was asked for.
const OPENING: [&str; 4] = [
    "Hello, Bill. Is this thing on?",
    "Loud and clear, John.",
    "Good. Then let us see whether it still is after a restart.",
    "It will be. What is acknowledged is on disk.",
];

/// How much to make up.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Amounts {
    /// People to make up. All have the password "secret".
    #[arg(long, default_value_t = 0)]
    pub users: u32,
    /// Public threads to make up.
    #[arg(long, default_value_t = 0)]
    pub threads: u32,
    /// Messages to make up, spread over the made-up threads (or put into the first one).
    #[arg(long, default_value_t = 0)]
    pub messages: u32,
}

/// What was added.
#[derive(Debug, Default)]
pub struct Report {
    people: usize,
    threads: usize,
    messages: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            people,
            threads,
            messages,
        } = self;
        if people + threads + messages == 0 {
            return f.write_str("Nothing to add: the demo people and their thread are there.");
        }
        let threads = counted(*threads, "thread");
        let messages = counted(*messages, "message");
        write!(f, "Added {people} people, {threads} and {messages}. ")?;
        f.write_str("Sign in as john or bill with the password \"secret\".")
    }
}

fn counted(n: usize, word: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {word}{plural}")
}

/// Adds what is missing of the demo, and what was asked for.
///
/// # Errors
/// The database fails.
pub async fn run(
    db: &Db,
    passwords: &Passwords,
    clock: &Clock,
    amounts: &Amounts,
) -> Result<Report> {
    let password = Password::parse(PASSWORD).map_err(Error::internal)?;
    let hash = passwords.hash(&password).await?;
    let mut seeder = Seeder {
        db,
        hash,
        now: clock.now(),
        // The same on every fresh database; other people and texts on one that has some already.
        rng: StdRng::seed_from_u64(seeding::count_users(db).await?),
        report: Report::default(),
    };
    let (people, first) = seeder.demo().await?;
    let mut authors = seeder.people(amounts.users).await?;
    authors.extend(people);
    let mut threads = seeder.threads(amounts.threads, authors[0]).await?;
    for thread in &threads {
        // Everybody in every thread would be a crowd: a few dozen each.
        let crowd = seeder.some(&authors, 40);
        seeding::insert_members(db, *thread, &crowd, seeder.now).await?;
    }
    if threads.is_empty() {
        threads.push(first);
    }
    seeder
        .messages(&threads, &authors, amounts.messages as usize)
        .await?;
    seeding::take_stock(db).await?;
    Ok(seeder.report)
}

struct Seeder<'a> {
    db: &'a Db,
    hash: String,
    now: Timestamp,
    rng: StdRng,
    report: Report,
}

impl Seeder<'_> {
    /// John, Bill, and the thread they talk in.
    async fn demo(&mut self) -> Result<(Vec<UserId>, ThreadId)> {
        let mut ids = Vec::new();
        let mut is_new = false;
        for (username, name) in PEOPLE {
            let username = Username::parse(username).map_err(Error::internal)?;
            let name = DisplayName::parse(name).map_err(Error::internal)?;
            let new = users::NewUser {
                username: &username,
                name: &name,
                password_hash: &self.hash,
            };
            let id = match users::insert(self.db, new, self.now).await? {
                Named::Done(user) => {
                    is_new = true;
                    self.report.people += 1;
                    user.id
                }
                Named::UsernameTaken => self.existing(&username).await?,
                Named::LooksLikeAnother => {
                    let problem = format!("somebody looks like the demo's {username}");
                    return Err(Error::internal(problem));
                }
            };
            ids.push(id);
        }
        let first = match self.first_thread(ids[0]).await? {
            Some(id) if !is_new => {
                starting::make_everybodys(self.db, id).await?;
                return Ok((ids, id));
            }
            Some(id) => id,
            None => self.create_first_thread(ids[0]).await?,
        };
        starting::make_everybodys(self.db, first).await?;
        for id in &ids {
            memberships::insert(self.db, first, *id, *id, self.now).await?;
        }
        Ok((ids, first))
    }

    async fn existing(&self, username: &Username) -> Result<UserId> {
        users::find_account(self.db, username)
            .await?
            .map(|account| account.user.id)
            .ok_or_else(|| Error::internal("a username is taken by nobody"))
    }

    async fn first_thread(&self, john: UserId) -> Result<Option<ThreadId>> {
        Ok(seeding::oldest_thread_called(self.db, FIRST_THREAD, john).await?)
    }

    async fn create_first_thread(&mut self, john: UserId) -> Result<ThreadId> {
        let name = ThreadName::parse(FIRST_THREAD).map_err(Error::internal)?;
        let new = starting::NewThread {
            name: &name,
            description: &Description::default(),
            kind: ThreadKind::Public,
            creator: john,
            people: &[],
        };
        let thread = starting::start(self.db, new, self.now).await?;
        let problem =
            || Error::internal("somebody else has a thread that is called like the demo's");
        let thread = thread.done().ok_or_else(problem)?;
        self.report.threads += 1;
        let bill = Username::parse(PEOPLE[1].0).map_err(Error::internal)?;
        let bill = self.existing(&bill).await?;
        let messages: Vec<_> = OPENING
            .into_iter()
            .zip(1..)
            .map(|(text, n)| NewMessage {
                author: if n % 2 == 1 { john } else { bill },
                text: text.to_owned(),
                client_id: format!("opening-{n}"),
                created_at: Timestamp(self.now.0 - (10 - n) * MINUTE),
            })
            .collect();
        seeding::insert_messages(self.db, thread.id, &messages).await?;
        self.report.messages += messages.len();
        Ok(thread.id)
    }

    async fn people(&mut self, count: u32) -> Result<Vec<UserId>> {
        let people: Vec<NewUser> = (0..count).map(|_| self.person()).collect();
        let ids = seeding::insert_users(self.db, &people, &self.hash, self.now).await?;
        self.report.people += ids.len();
        Ok(ids)
    }

    fn person(&mut self) -> NewUser {
        let name: String = Name().fake_with_rng(&mut self.rng);
        let letters = |c: char| c.is_ascii_alphanumeric() || c == ' ';
        let plain: String = name.chars().filter(|c| letters(*c)).collect();
        let stem: String = plain
            .to_lowercase()
            .replace(' ', ".")
            .chars()
            .take(20)
            .collect();
        // The number tells namesakes apart, over several runs as well.
        let number: u32 = self.rng.random_range(1000..1_000_000_000);
        NewUser {
            username: format!("{stem}.{number}"),
            name,
        }
    }

    async fn threads(&mut self, count: u32, creator: UserId) -> Result<Vec<ThreadId>> {
        let mut ids = Vec::new();
        // Names that were taken are made up anew, with a number.
        let mut is_again = false;
        while ids.len() < count as usize {
            let missing = ids.len()..count as usize;
            let names: Vec<String> = missing.map(|_| self.thread_name(is_again)).collect();
            let made = seeding::insert_threads(self.db, &names, creator, self.now).await?;
            self.report.threads += made.len();
            ids.extend(made);
            is_again = true;
        }
        Ok(ids)
    }

    fn thread_name(&mut self, is_numbered: bool) -> String {
        let sentence: String = Sentence(2..5).fake_with_rng(&mut self.rng);
        let name = sentence.trim_end_matches('.');
        match is_numbered {
            true => format!("{name} {}", self.rng.random_range(2..1_000_000)),
            false => name.to_owned(),
        }
    }

    async fn messages(
        &mut self,
        threads: &[ThreadId],
        authors: &[UserId],
        count: usize,
    ) -> Result<()> {
        let run: u64 = self.rng.random();
        // Unlike everything else, client ids must not repeat when the same run is asked for twice.
        let run = format!("seed-{:x}-{run:x}", self.now.0);
        let (share, rest) = (count / threads.len(), count % threads.len());
        for (at, thread) in threads.iter().enumerate() {
            let total = share + usize::from(at < rest);
            // A message a minute up to now, but none before what was said last.
            let count = i64::try_from(total).unwrap_or(i64::MAX).max(1);
            let said_last = seeding::active_at(self.db, *thread).await?;
            let start = said_last
                .0
                .max(self.now.0.saturating_sub(count.saturating_mul(MINUTE)));
            let step = ((self.now.0 - start) / count).max(1);
            let mut time = Timestamp(start);
            let mut left = total;
            while left > 0 {
                let block = left.min(BLOCK);
                let messages: Vec<_> = (0..block)
                    .map(|_| {
                        let number = self.report.messages;
                        self.report.messages += 1;
                        time.0 += self.rng.random_range((step + 3) / 4..=step);
                        NewMessage {
                            author: authors[self.rng.random_range(0..authors.len())],
                            text: self.text(),
                            client_id: format!("{run}-{number}"),
                            created_at: time,
                        }
                    })
                    .collect();
                seeding::insert_messages(self.db, *thread, &messages).await?;
                left -= block;
            }
        }
        Ok(())
    }

    fn text(&mut self) -> String {
        match self.rng.random_range(0..10) {
            0 => Paragraph(1..4).fake_with_rng(&mut self.rng),
            1..=3 => Sentence(8..16).fake_with_rng(&mut self.rng),
            _ => Sentence(3..9).fake_with_rng(&mut self.rng),
        }
    }

    fn some(&mut self, people: &[UserId], most: usize) -> Vec<UserId> {
        let mut chosen: Vec<UserId> = (0..most.min(people.len()))
            .map(|_| people[self.rng.random_range(0..people.len())])
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}
