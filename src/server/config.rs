//! The configuration: built-in defaults, then the file, then the environment, then flags.
//!
//! `Leptos.toml` is the file. Its `[package.metadata.leptos]` block belongs to Leptos, the tables
//! after it to us; a key that nobody knows is an error, not a silent default. A missing file is
//! fine: the binary alone must run.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Settings that can be given as flags or in the environment.
#[derive(Args, Clone, Debug, Default)]
pub struct Overrides {
    /// The configuration file. Without this, Leptos.toml in the current directory, if there is one.
    #[arg(long, global = true, env = "HUBBUB_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database.
    #[arg(
        help = "The database: sqlite://path or postgres://user:password@host/name",
        long,
        global = true,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Where the database lives when no URL is given.
    #[arg(long, global = true, env = "HUBBUB_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The address to listen on.
    #[arg(
        long,
        global = true,
        env = "LEPTOS_SITE_ADDR",
        value_name = "ADDR:PORT"
    )]
    pub addr: Option<SocketAddr>,
    /// The address people type.
    #[arg(
        help = "The address people type, such as https://chat.example.org",
        long,
        global = true,
        env = "HUBBUB_PUBLIC_URL",
        value_name = "URL"
    )]
    pub public_url: Option<String>,
    /// Other origins whose pages may use tokens, separated by commas.
    #[arg(
        long,
        global = true,
        env = "HUBBUB_ALLOWED_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGINS"
    )]
    pub allowed_origins: Option<Vec<String>>,
    /// Proxies whose X-Forwarded-For is believed, such as 127.0.0.1/32, separated by commas.
    #[arg(
        long,
        global = true,
        env = "HUBBUB_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "NETWORKS"
    )]
    pub trusted_proxies: Option<Vec<IpNet>>,
    /// Who may register.
    #[arg(long, global = true, env = "HUBBUB_REGISTRATION")]
    pub registration: Option<Registration>,
    /// Attempts to sign in, per account and minute.
    #[arg(
        long,
        global = true,
        env = "HUBBUB_LOGIN_PER_ACCOUNT_PER_MINUTE",
        value_name = "N"
    )]
    pub login_per_account_per_minute: Option<NonZeroU32>,
    /// Attempts to sign in, per client address and minute.
    #[arg(
        long,
        global = true,
        env = "HUBBUB_LOGIN_PER_ADDRESS_PER_MINUTE",
        value_name = "N"
    )]
    pub login_per_address_per_minute: Option<NonZeroU32>,
    /// Commands a second that one socket may send in the long run.
    #[arg(
        long,
        global = true,
        env = "HUBBUB_COMMANDS_PER_SECOND",
        value_name = "N"
    )]
    pub commands_per_second: Option<NonZeroU32>,
    /// Commands that one socket may send at once.
    #[arg(long, global = true, env = "HUBBUB_COMMANDS_BURST", value_name = "N")]
    pub commands_burst: Option<NonZeroU32>,
}

/// The whole configuration, as it applies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub accounts: Accounts,
    pub limits: Limits,
    pub realtime: Realtime,
    /// Leptos' own block; ours is only the address in it.
    package: Package,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// Kept in Leptos' block of the file, under its name there.
    #[serde(skip)]
    pub addr: SocketAddr,
    pub data_dir: PathBuf,
    pub public_url: Option<String>,
    pub allowed_origins: Vec<String>,
    pub trusted_proxies: Vec<IpNet>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Database {
    pub url: Option<String>,
    pub max_connections: NonZeroU32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Accounts {
    pub registration: Registration,
    pub session_idle_days: u32,
    pub session_max_days: u32,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Registration {
    /// Open while the server is there for this machine only (it listens on a loopback address and
    /// has no public one), else by invitation.
    Auto,
    /// Anybody.
    Open,
    /// Whoever has an invitation link.
    Invite,
    /// Nobody.
    Closed,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    pub login_per_account_per_minute: NonZeroU32,
    pub login_per_address_per_minute: NonZeroU32,
    pub commands_per_second: NonZeroU32,
    pub commands_burst: NonZeroU32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Realtime {
    pub ping_seconds: u32,
    pub pong_seconds: u32,
    pub stale_seconds: u32,
    pub queue_bytes: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Package {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Metadata {
    #[serde(default)]
    leptos: LeptosKeys,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct LeptosKeys {
    #[serde(skip_deserializing)]
    output_name: &'static str,
    site_addr: Option<SocketAddr>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            data_dir: "data".into(),
            public_url: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            max_connections: at_least_one(8),
        }
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            registration: Registration::Auto,
            session_idle_days: 30,
            session_max_days: 180,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login_per_account_per_minute: at_least_one(10),
            login_per_address_per_minute: at_least_one(60),
            commands_per_second: at_least_one(50),
            commands_burst: at_least_one(500),
        }
    }
}

impl Default for Realtime {
    fn default() -> Self {
        Self {
            ping_seconds: 25,
            pong_seconds: 8,
            stale_seconds: 10,
            queue_bytes: 1024 * 1024,
        }
    }
}

fn at_least_one(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}

/// Why the configuration could not be used: one sentence for the operator.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("cannot read the configuration file {path}")]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the configuration file {path} is malformed: {problem}")]
    Malformed { path: PathBuf, problem: String },
    #[error("{0:?} is not an origin: it should look like https://chat.example.org, without a path")]
    BadOrigin(String),
}

pub const DEFAULT_FILE: &str = "Leptos.toml";

impl Config {
    /// Reads the file, if there is one, and applies what overrides it.
    ///
    /// # Errors
    /// The file was named but cannot be read, is malformed, or a value makes no sense.
    pub fn load(overrides: &Overrides) -> Result<Self, ConfigError> {
        let mut config = match &overrides.config {
            Some(path) => Self::read(path)?,
            None if Path::new(DEFAULT_FILE).exists() => Self::read(Path::new(DEFAULT_FILE))?,
            None => Self::default(),
        };
        if let Some(addr) = config.package.metadata.leptos.site_addr {
            config.server.addr = addr;
        }
        config.apply(overrides);
        config.check()?;
        Ok(config)
    }

    /// Where the database is.
    pub fn database_url(&self) -> String {
        self.database.url.clone().unwrap_or_else(|| {
            let file = self.server.data_dir.join("hubbub.db");
            format!("sqlite://{}", file.display())
        })
    }

    /// Whether anybody may register, now that it is known who can reach the server. Behind a proxy
    /// it listens on this machine only and is still there for everybody: then it has an address.
    pub fn registration(&self) -> Registration {
        let is_local = self.server.addr.ip().is_loopback() && self.server.public_url.is_none();
        match self.accounts.registration {
            Registration::Auto if is_local => Registration::Open,
            Registration::Auto => Registration::Invite,
            decided => decided,
        }
    }

    /// The configuration as a file would have it, without passwords.
    ///
    /// # Errors
    /// It cannot be written as TOML, which does not happen.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let mut shown = self.clone();
        shown.database.url = Some(super::db::without_password(&self.database_url()));
        shown.package.metadata.leptos = LeptosKeys {
            output_name: "hubbub",
            site_addr: Some(self.server.addr),
        };
        toml::to_string(&shown)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        toml::from_str(&text).map_err(|error| ConfigError::Malformed {
            path: path.to_owned(),
            problem: describe(&error, &text),
        })
    }

    fn apply(&mut self, overrides: &Overrides) {
        let Overrides {
            config: _,
            database_url,
            data_dir,
            addr,
            public_url,
            allowed_origins,
            trusted_proxies,
            registration,
            login_per_account_per_minute,
            login_per_address_per_minute,
            commands_per_second,
            commands_burst,
        } = overrides.clone();
        if database_url.is_some() {
            self.database.url = database_url;
        }
        if public_url.is_some() {
            self.server.public_url = public_url;
        }
        set(&mut self.server.data_dir, data_dir);
        set(&mut self.server.addr, addr);
        set(&mut self.server.allowed_origins, allowed_origins);
        set(&mut self.server.trusted_proxies, trusted_proxies);
        set(&mut self.accounts.registration, registration);
        let limits = &mut self.limits;
        set(
            &mut limits.login_per_account_per_minute,
            login_per_account_per_minute,
        );
        set(
            &mut limits.login_per_address_per_minute,
            login_per_address_per_minute,
        );
        set(&mut limits.commands_per_second, commands_per_second);
        set(&mut limits.commands_burst, commands_burst);
    }

    fn check(&mut self) -> Result<(), ConfigError> {
        self.server.public_url = self.server.public_url.take().filter(|url| !url.is_empty());
        self.database.url = self.database.url.take().filter(|url| !url.is_empty());
        self.server
            .allowed_origins
            .retain(|origin| !origin.trim().is_empty());
        if let Some(url) = &mut self.server.public_url {
            *url = origin(url)?;
        }
        for allowed in &mut self.server.allowed_origins {
            *allowed = origin(allowed)?;
        }
        Ok(())
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// `https://Chat.example.org/` → `https://chat.example.org`, as browsers send it.
fn origin(text: &str) -> Result<String, ConfigError> {
    let trimmed = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let host = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(trimmed),
        _ => Err(ConfigError::BadOrigin(text.to_owned())),
    }
}

/// The parser's complaint on one line, with the place.
fn describe(error: &toml::de::Error, text: &str) -> String {
    let line = error
        .span()
        .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = error.message().replace('\n', ", ");
    match line {
        Some(line) => format!("line {line}: {message}"),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, Overrides) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Leptos.toml");
        std::fs::write(&path, text).unwrap();
        let overrides = Overrides {
            config: Some(path),
            ..Overrides::default()
        };
        (dir, overrides)
    }

    #[test]
    fn the_file_we_ship_says_what_the_defaults_are() {
        let overrides = Overrides {
            config: Some("Leptos.toml".into()),
            ..Overrides::default()
        };
        let shipped = Config::load(&overrides).unwrap();
        assert_eq!(
            shipped.to_toml().unwrap(),
            Config::default().to_toml().unwrap()
        );
    }

    #[test]
    fn what_is_shown_can_be_loaded_again() {
        let mut config = Config::default();
        config.server.addr = SocketAddr::from(([0, 0, 0, 0], 8080));
        let (_dir, overrides) = written(&config.to_toml().unwrap());
        let loaded = Config::load(&overrides).unwrap();
        assert_eq!(loaded.to_toml().unwrap(), config.to_toml().unwrap());
    }

    #[test]
    fn a_flag_beats_the_file() {
        let (_dir, mut overrides) = written("[accounts]\nregistration = \"closed\"\n");
        assert_eq!(
            Config::load(&overrides).unwrap().registration(),
            Registration::Closed
        );
        overrides.registration = Some(Registration::Open);
        assert_eq!(
            Config::load(&overrides).unwrap().registration(),
            Registration::Open
        );
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let (_dir, overrides) = written("[server]\ndata-dir = \"x\"\nport = 1\n");
        let error = Config::load(&overrides).unwrap_err().to_string();
        assert!(
            error.contains("line 3") && error.contains("port"),
            "{error}"
        );
        assert!(!error.contains('\n'));
    }

    #[test]
    fn registration_is_open_on_this_machine_and_by_invitation_elsewhere() {
        let mut config = Config::default();
        assert_eq!(config.registration(), Registration::Open);
        config.server.public_url = Some("https://chat.example.org".into());
        assert_eq!(config.registration(), Registration::Invite);
        config.server.public_url = None;
        config.server.addr = SocketAddr::from(([0, 0, 0, 0], 80));
        assert_eq!(config.registration(), Registration::Invite);
    }

    #[test]
    fn an_origin_is_kept_as_browsers_send_it_and_an_address_with_a_path_is_refused() {
        assert_eq!(
            origin("https://Chat.Example.org/").unwrap(),
            "https://chat.example.org"
        );
        assert!(origin("https://example.org/chat").is_err());
        assert!(origin("example.org").is_err());
        assert!(origin("*").is_err());
    }

    #[test]
    fn the_password_of_the_database_is_not_shown() {
        let mut config = Config::default();
        config.database.url = Some("postgres://me:secret@db/x".into());
        assert!(!config.to_toml().unwrap().contains("secret"));
    }
}
