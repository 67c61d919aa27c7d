//! The command line: `hubbub serve` and what an operator needs beside it.
//!
//! Whatever goes wrong is told in one sentence, and the exit code is 1.

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

use super::auth::names;
use super::auth::password::Passwords;
use super::auth::token::{self, TokenKind};
use super::chat::invitations;
use super::clock::{Clock, Entropy};
use super::config::{Config, Overrides, Secret};
use super::db::invites::{Maker, NotMade};
use super::db::people::Governed;
use super::db::users::Named;
use super::db::{Db, Purpose, finding, people, standing, threads, tokens, users};
use super::db::{Location, backup, copying};
use super::environment::Environment;
use super::http::site::Site;
use super::run;
use super::seed::{self, Amounts};
use crate::protocol::settings::InvitationLasts;
use crate::protocol::{DisplayName, Password, ThreadId, Username};

/// What is logged without a word about it.
const LOG: &str = "info,sqlx::postgres::notice=warn";

// What is written here is shown as it is, so names have no backticks.
#[allow(clippy::doc_markdown)]
/// Self-hosted real-time chat in one binary.
///
/// Without further configuration the data live in an SQLite database under ./data. Settings come
/// from flags, the environment (and .env) and Leptos.toml, in that order; the README lists them.
#[derive(Debug, Parser)]
#[command(name = "hubbub", version)]
struct Cli {
    /// What to do; without it, serve.
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    overrides: Overrides,
    /// What to log: error, warn, info, debug, trace, or a filter such as hubbub=debug.
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// Write the log as one JSON object per line.
    #[arg(long, global = true)]
    log_json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site, the API and the socket.
    ///
    /// Creates the database and brings it up to date first.
    Serve,
    /// Bring the database up to date and stop.
    Migrate,
    /// Fill in demo data.
    ///
    /// Adds john and bill (password "secret") and "First thread" unless they are there, and as
    /// many made-up people, threads and messages as asked for. Never done by `serve`.
    Seed {
        #[command(flatten)]
        amounts: Amounts,
    },
    /// Manage people.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Manage tokens for programs.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Make an invitation to register, for servers that are not open to everybody.
    Invite {
        /// How many people may use it.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        uses: u32,
        /// Days until it expires.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
        /// Whoever comes is a guest: they see the threads they were put into, and nothing else.
        #[arg(long, requires = "threads")]
        guest: bool,
        /// A thread that a guest is put into, by its name or its number; may be given several times.
        #[arg(long = "thread", value_name = "THREAD", requires = "guest")]
        threads: Vec<String>,
    },
    /// Copies the database to a file.
    #[command(about = "Copy the SQLite database to a new file, also while it is served")]
    Backup {
        /// Where to; there must be no such file yet.
        file: PathBuf,
    },
    /// Puts a copy in the database's place.
    #[command(
        about = "Put a backup in the place of the SQLite database, which is kept beside it",
        long_about = "Put a backup in the place of the SQLite database, which is kept beside it.\n\n\
            The server must be stopped. Clients notice that the history is another one."
    )]
    Restore {
        /// What `backup` has made.
        file: PathBuf,
    },
    /// Copies the database into another one.
    #[command(
        about = "Copy the SQLite database into an empty PostgreSQL one",
        long_about = "Copy the SQLite database into an empty PostgreSQL one.\n\n\
            The server must be stopped. What people uploaded stays where it is, in the directory \
            `files` of the data directory."
    )]
    Copy {
        /// Where to.
        #[arg(
            help = "Where to: postgres://user:password@host/name",
            long,
            value_name = "URL"
        )]
        to: Secret,
    },
    /// Make the index that messages are found by anew; a running server fills it, or the next one.
    Reindex,
    /// Print the configuration as it applies, without passwords.
    Config,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a person. The password is asked for, or read from standard input.
    Add {
        username: String,
        /// The name others see; the username without this.
        #[arg(long)]
        name: Option<String>,
    },
    /// Set a new password and end the person's sessions.
    Passwd { username: String },
    /// Close a person's account: their sessions and tokens end, and they cannot sign in.
    Ban { username: String },
    /// Open a closed account again.
    Unban { username: String },
    /// Make a person an administrator.
    Promote { username: String },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it. It is shown this once.
    Create {
        #[arg(long)]
        user: String,
        /// What the token is for, to tell it from others.
        #[arg(long)]
        name: String,
        /// It may use the server API (publish anywhere, disconnect anybody, ban people).
        #[arg(long)]
        server_api: bool,
    },
    /// Revoke a token.
    Revoke {
        #[arg(long)]
        user: String,
        #[arg(long)]
        name: String,
    },
}

/// What the commands work with.
struct Tools {
    config: Config,
    clock: Clock,
    entropy: Entropy,
}

/// Runs the program with the process's arguments.
///
/// # Errors
/// Whatever went wrong, for the operator to read.
pub fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.context("starting")?.block_on(run_command())
}

async fn run_command() -> Result<()> {
    let environment = Environment::load(Path::new(".env"))?;
    let cli = parse_arguments()?;
    let command = cli.command.unwrap_or(Command::Serve);
    let overrides = cli.overrides.or(Overrides::from_environment(&environment)?);
    let config = Config::load(&overrides)?;
    let tools = Tools {
        config,
        clock: Clock::system(),
        entropy: Entropy::system(),
    };
    if matches!(command, Command::Config) {
        print!("{}", tools.config.to_toml()?);
        return Ok(());
    }
    let log = cli.log.or_else(|| environment.get("HUBBUB_LOG"));
    let in_json = environment.get("HUBBUB_LOG_JSON");
    let in_json =
        in_json.is_some_and(|value| !matches!(value.trim(), "0" | "false" | "no" | "off"));
    start_logging(log.as_deref().unwrap_or(LOG), cli.log_json || in_json)?;
    match command {
        Command::Serve => tools.serve().await,
        Command::Migrate => tools.migrate().await,
        Command::Seed { amounts } => tools.seed(&amounts).await,
        Command::User { command } => tools.user(command).await,
        Command::Token { command } => tools.token(command).await,
        Command::Invite {
            uses,
            days,
            guest: _,
            threads,
        } => tools.invite(uses, days, &threads).await,
        Command::Copy { to } => tools.copy(&to).await,
        Command::Backup { file } => tools.backup(&file).await,
        Command::Restore { file } => tools.restore(&file).await,
        Command::Reindex => tools.reindex().await,
        Command::Config => Ok(()),
    }
}

/// The arguments. Help is printed; what is wrong is said in one sentence.
fn parse_arguments() -> Result<Cli> {
    use clap::error::ErrorKind;
    Cli::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
        _ => {
            let text = error.to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            let sentence = on_one_line(&first.trim_start_matches("error: "));
            anyhow::anyhow!("{sentence} (hubbub --help explains)")
        }
    })
}

fn on_one_line(text: &impl ToString) -> String {
    let text = text.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Tools {
    async fn serve(&self) -> Result<()> {
        match Site::is_built() {
            true => {}
            // While developing, pages without their script and style may be all one needs.
            false if cfg!(debug_assertions) => tracing::warn!("{}", run::RunError::NoSite),
            false => return Err(run::RunError::NoSite.into()),
        }
        run::prepare_data_dir(&self.config)?;
        run::raise_file_limit();
        let listener = run::listen(self.config.server.addr).await?;
        let (config, clock) = (&self.config, self.clock.clone());
        run::serve(
            listener,
            config,
            clock,
            self.entropy.clone(),
            asked_to_stop(),
        )
        .await?;
        tracing::info!("stopped");
        Ok(())
    }

    async fn migrate(&self) -> Result<()> {
        run::prepare_data_dir(&self.config)?;
        let db = self.open(Purpose::Prepare).await?;
        db.close().await;
        println!("The database is up to date.");
        Ok(())
    }

    async fn seed(&self, amounts: &Amounts) -> Result<()> {
        run::prepare_data_dir(&self.config)?;
        let db = self.open(Purpose::Prepare).await?;
        let passwords = Passwords::new(self.entropy.clone());
        let report = seed::run(&db, &passwords, &self.clock, amounts).await?;
        db.close().await;
        println!("{report}");
        Ok(())
    }

    async fn user(&self, command: UserCommand) -> Result<()> {
        let db = self.open(Purpose::Use).await?;
        let passwords = Passwords::new(self.entropy.clone());
        match command {
            UserCommand::Add { username, name } => {
                let display = name.as_deref().unwrap_or(username.trim());
                let display = names::display_name(display).context("the display name")?;
                let username = Username::parse(&username).context("the username")?;
                if names::is_reserved(&username) {
                    bail!("nobody can be called {username}: @{username} calls on a whole thread");
                }
                let hash = passwords.hash(&ask_password()?).await?;
                let now = self.clock.now();
                let new = users::NewUser {
                    username: &username,
                    name: &display,
                    password_hash: &hash,
                };
                match users::insert(&db, new, now).await? {
                    Named::Done(_) => println!("Added {username}."),
                    Named::UsernameTaken => bail!("there is already somebody called {username}"),
                    Named::LooksLikeAnother => {
                        bail!("somebody else is called {display:?}, or it looks the same")
                    }
                }
            }
            UserCommand::Passwd { username } => {
                let username = look_up(&username)?;
                let hash = passwords.hash(&ask_password()?).await?;
                if !users::set_password(&db, &username, &hash).await? {
                    bail!("there is nobody called {username}");
                }
                println!("The password of {username} is changed, and their sessions have ended.");
            }
            UserCommand::Ban { username } => {
                let account = find(&db, &username).await?;
                let (outcome, _) = people::shut_out(&db, account.user.id, self.clock.now()).await?;
                match outcome {
                    Governed::Done => {}
                    Governed::Refused => bail!("there is nobody called {username}"),
                    Governed::LastAdministrator => {
                        bail!("{username} is the only administrator: promote somebody else first")
                    }
                }
                println!("{username} is banned; their sessions and tokens have ended.");
            }
            UserCommand::Unban { username } => {
                let account = find(&db, &username).await?;
                if !people::let_in(&db, account.user.id, self.clock.now()).await? {
                    bail!("there is nobody called {username}");
                }
                println!("{username} may sign in again.");
            }
            UserCommand::Promote { username } => {
                let account = find(&db, &username).await?;
                if !standing::appoint(&db, account.user.id, self.clock.now()).await? {
                    bail!("{username} is banned: unban them first");
                }
                println!("{username} is an administrator.");
            }
        }
        db.close().await;
        Ok(())
    }

    async fn copy(&self, to: &Secret) -> Result<()> {
        let (from, to) = (self.config.location()?, Location::parse(&to.0)?);
        let copied = copying::copy(&from, &to, &self.clock, &self.entropy).await?;
        let copying::Copied {
            people,
            threads,
            messages,
        } = copied;
        println!("Copied {people} people, {threads} threads and {messages} messages to {to}.");
        println!("Serve it with DATABASE_URL; what people uploaded stays in the data directory.");
        Ok(())
    }

    async fn token(&self, command: TokenCommand) -> Result<()> {
        let db = self.open(Purpose::Use).await?;
        match command {
            TokenCommand::Create {
                user,
                name,
                server_api,
            } => {
                let owner = find(&db, &user).await?;
                let token = token::generate(TokenKind::Api, &self.entropy);
                let (hash, now) = (token::hash(&token), self.clock.now());
                let name = one_name(&name)?;
                if !tokens::insert(&db, owner.user.id, &name, &hash, server_api, now).await? {
                    bail!("{user} already has a token called {name:?}: revoke it first");
                }
                println!("{token}");
            }
            TokenCommand::Revoke { user, name } => {
                let owner = find(&db, &user).await?;
                if !tokens::delete(&db, owner.user.id, &one_name(&name)?).await? {
                    bail!("{user} has no token called {name:?}");
                }
                println!("Revoked.");
            }
        }
        db.close().await;
        Ok(())
    }

    async fn invite(&self, uses: u32, days: u32, threads: &[String]) -> Result<()> {
        let db = self.open(Purpose::Use).await?;
        let mut guest_in = Vec::with_capacity(threads.len());
        for wanted in threads {
            guest_in.push(find_thread(&db, wanted).await?);
        }
        let terms = invitations::Terms {
            lasts: InvitationLasts::Days(days),
            uses: Some(uses),
            guest_in,
        };
        let (now, maker) = (self.clock.now(), Maker::Operator);
        let made = invitations::make(&db, &self.entropy, now, &terms, maker).await?;
        let place = match made {
            Ok(place) => place,
            Err(NotMade::NoSuchThread) => {
                bail!("there is no such thread that guests could be put into")
            }
            Err(NotMade::NotTheirs | NotMade::TooMany) => bail!("there are too many invitations"),
        };
        db.close().await;
        let addr = self.config.server.addr;
        let site = self.config.server.public_url.clone();
        let site = site.unwrap_or_else(|| format!("http://{addr}"));
        println!("{site}{place}");
        Ok(())
    }

    async fn open(&self, purpose: Purpose) -> Result<Db> {
        let location = self.config.location()?;
        let connections = self.config.database.max_connections.get();
        let opened = Db::open(&location, connections, purpose, &self.clock, &self.entropy).await?;
        Ok(opened.0)
    }

    async fn reindex(&self) -> Result<()> {
        let db = self.open(Purpose::Use).await?;
        finding::begin_anew(&db).await?;
        println!(
            "The index is empty. A server fills it within seconds, from the newest message on."
        );
        Ok(())
    }

    async fn backup(&self, file: &Path) -> Result<()> {
        backup::backup(&self.config.location()?, file).await?;
        println!("The database is copied to {}.", file.display());
        Ok(())
    }

    async fn restore(&self, file: &Path) -> Result<()> {
        run::prepare_data_dir(&self.config)?;
        let location = self.config.location()?;
        let kept = backup::restore(&location, file, &self.clock, &self.entropy).await?;
        println!("The database {location} is as it was when the backup was made.");
        if let Some(kept) = kept {
            println!("What was there before is kept as {}.", kept.display());
        }
        Ok(())
    }
}

fn look_up(username: &str) -> Result<Username> {
    Username::to_look_up(username).context("the username is empty or too long")
}

async fn find(db: &Db, username: &str) -> Result<users::Account> {
    let username = look_up(username)?;
    users::find_account(db, &username)
        .await?
        .with_context(|| format!("there is nobody called {username}"))
}

/// The thread of that name, or with that number.
async fn find_thread(db: &Db, wanted: &str) -> Result<ThreadId> {
    let found = threads::called(db, wanted.trim()).await?;
    match (found.as_slice(), wanted.trim().parse()) {
        ([thread], _) => Ok(*thread),
        // Whether it is there, and one to be put into, is said by the invitation.
        ([], Ok(number)) => Ok(ThreadId(number)),
        ([], Err(_)) => bail!("there is no thread called {wanted:?}"),
        _ => bail!("several threads are called {wanted:?}: name one by its number"),
    }
}

/// A token is called like a person: one line, not too long.
fn one_name(name: &str) -> Result<String> {
    Ok(DisplayName::parse(name)
        .context("the token's name")?
        .as_str()
        .to_owned())
}

/// One line of standard input. At a terminal it is asked for, and not shown while it is typed.
fn ask_password() -> Result<Password> {
    let stdin = std::io::stdin();
    let line = if stdin.is_terminal() {
        rpassword::prompt_password("New password: ").context("reading the password")?
    } else {
        let mut line = String::new();
        let read = stdin.lock().read_line(&mut line);
        read.context("reading the password")?;
        line
    };
    // Some editors put a mark before the first character of a file.
    let line = line.trim_start_matches('\u{feff}');
    Password::parse(line.trim_end_matches(['\r', '\n'])).context("the password")
}

fn start_logging(filter: &str, json: bool) -> Result<()> {
    let filter: tracing_subscriber::EnvFilter = filter
        .parse()
        .map_err(|_| anyhow::anyhow!("{filter:?} is not a log filter"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    if json {
        builder.json().init();
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).init();
    }
    Ok(())
}

/// Resolves on Ctrl-C and on the signal service managers send.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
    tracing::info!("stopping");
}
