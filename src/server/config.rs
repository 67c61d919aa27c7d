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

use super::db::{Location, OpenError, without_password};
use super::environment::Environment;

/// Settings that can be given as flags or in the environment.
#[derive(Args, Clone, Debug, Default)]
pub struct Overrides {
    /// The configuration file. Without this, Leptos.toml in the current directory, if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database.
    #[arg(
        help = "The database: sqlite://path or postgres://user:password@host/name",
        long,
        global = true,
        value_name = "URL"
    )]
    pub database_url: Option<Secret>,
    /// Where the database lives when no URL is given.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The address to listen on.
    #[arg(long, global = true, value_name = "ADDR:PORT")]
    pub addr: Option<SocketAddr>,
    /// The address people type.
    #[arg(
        help = "The address people type, such as https://chat.example.org",
        long,
        global = true,
        value_name = "URL"
    )]
    pub public_url: Option<String>,
    /// Other origins whose pages may use tokens, separated by commas.
    #[arg(long, global = true, value_delimiter = ',', value_name = "ORIGINS")]
    pub allowed_origins: Option<Vec<String>>,
    /// Proxies whose X-Forwarded-For is believed, such as 127.0.0.1/32, separated by commas.
    #[arg(long, global = true, value_delimiter = ',', value_name = "NETWORKS")]
    pub trusted_proxies: Option<Vec<Network>>,
    /// Who may register.
    #[arg(long, global = true)]
    pub registration: Option<Registration>,
    /// Attempts to sign in, per account and minute.
    #[arg(long, global = true, value_name = "N")]
    pub login_per_account_per_minute: Option<NonZeroU32>,
    /// Attempts to sign in, per client address and minute.
    #[arg(long, global = true, value_name = "N")]
    pub login_per_address_per_minute: Option<NonZeroU32>,
    /// Commands a second that one socket may send in the long run.
    #[arg(long, global = true, value_name = "N")]
    pub commands_per_second: Option<NonZeroU32>,
    /// Sockets that may be open at once, in all.
    #[arg(long, global = true, value_name = "N")]
    pub max_sockets: Option<NonZeroU32>,
    /// Commands that one socket may send at once.
    #[arg(long, global = true, value_name = "N")]
    pub commands_burst: Option<NonZeroU32>,
    /// The bus to the other servers of the database.
    #[arg(
        help = "The bus to the other servers of the database: nats://host:4222",
        long,
        global = true,
        value_name = "URL"
    )]
    pub nats_url: Option<Secret>,
}

/// Settings by the variable of the environment that gives them, with the flag that stands for each.
const VARIABLES: [(&str, &str); 14] = [
    ("HUBBUB_CONFIG", "--config"),
    ("DATABASE_URL", "--database-url"),
    ("HUBBUB_DATA_DIR", "--data-dir"),
    ("LEPTOS_SITE_ADDR", "--addr"),
    ("HUBBUB_PUBLIC_URL", "--public-url"),
    ("HUBBUB_ALLOWED_ORIGINS", "--allowed-origins"),
    ("HUBBUB_TRUSTED_PROXIES", "--trusted-proxies"),
    ("HUBBUB_REGISTRATION", "--registration"),
    (
        "HUBBUB_LOGIN_PER_ACCOUNT_PER_MINUTE",
        "--login-per-account-per-minute",
    ),
    (
        "HUBBUB_LOGIN_PER_ADDRESS_PER_MINUTE",
        "--login-per-address-per-minute",
    ),
    ("HUBBUB_COMMANDS_PER_SECOND", "--commands-per-second"),
    ("HUBBUB_COMMANDS_BURST", "--commands-burst"),
    ("HUBBUB_MAX_SOCKETS", "--max-sockets"),
    ("HUBBUB_NATS_URL", "--nats-url"),
];

/// What a parser of nothing but these settings is made from.
#[derive(Debug, clap::Parser)]
#[command(no_binary_name = true)]
struct OnlyOverrides {
    #[command(flatten)]
    overrides: Overrides,
}

impl Overrides {
    /// What the environment says.
    ///
    /// # Errors
    /// A value makes no sense; the variable is named.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let mut overrides = Self::default();
        for (variable, flag) in VARIABLES {
            let Some(value) = environment.get(variable) else {
                continue;
            };
            let argument = format!("{flag}={}", value.trim());
            let parsed = <OnlyOverrides as clap::Parser>::try_parse_from([argument]);
            let parsed = parsed.map_err(|_| ConfigError::BadVariable {
                variable,
                expected: expected(flag),
            })?;
            overrides = overrides.or(parsed.overrides);
        }
        Ok(overrides)
    }

    /// These, and those where these say nothing.
    #[must_use]
    pub fn or(self, weaker: Self) -> Self {
        Self {
            config: self.config.or(weaker.config),
            database_url: self.database_url.or(weaker.database_url),
            data_dir: self.data_dir.or(weaker.data_dir),
            addr: self.addr.or(weaker.addr),
            public_url: self.public_url.or(weaker.public_url),
            allowed_origins: self.allowed_origins.or(weaker.allowed_origins),
            trusted_proxies: self.trusted_proxies.or(weaker.trusted_proxies),
            registration: self.registration.or(weaker.registration),
            login_per_account_per_minute: self
                .login_per_account_per_minute
                .or(weaker.login_per_account_per_minute),
            login_per_address_per_minute: self
                .login_per_address_per_minute
                .or(weaker.login_per_address_per_minute),
            commands_per_second: self.commands_per_second.or(weaker.commands_per_second),
            commands_burst: self.commands_burst.or(weaker.commands_burst),
            nats_url: self.nats_url.or(weaker.nats_url),
            max_sockets: self.max_sockets.or(weaker.max_sockets),
        }
    }
}

/// What a variable should look like.
fn expected(flag: &str) -> &'static str {
    match flag {
        "--addr" => "an address and a port, such as 127.0.0.1:3000",
        "--trusted-proxies" => "networks, such as 127.0.0.1/32, separated by commas",
        "--registration" => "auto, open, invite or closed",
        "--login-per-account-per-minute"
        | "--login-per-address-per-minute"
        | "--commands-per-second"
        | "--commands-burst"
        | "--max-sockets" => "a number greater than zero",
        "--nats-url" => "an address such as nats://127.0.0.1:4222",
        _ => "something else",
    }
}

/// A network, or a single address, which is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(pub IpNet);

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let network = text.parse::<IpNet>().ok();
        let network = network.or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from));
        network
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not a network such as 127.0.0.1/32"))
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.0.to_string()
    }
}

/// Text that is not to be printed, because it may hold a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// The whole configuration, as it applies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub cluster: Cluster,
    pub accounts: Accounts,
    pub messages: Messages,
    pub files: Files,
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
    pub trusted_proxies: Vec<Network>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Database {
    pub url: Option<Secret>,
    pub max_connections: NonZeroU32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cluster {
    /// The bus to the other servers of the database; without it this server is the only one.
    pub nats_url: Option<Secret>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Accounts {
    pub registration: Registration,
    /// Who may make invitations, where accounts are made at all.
    pub invitations: Inviters,
    pub session_idle_days: u32,
    pub session_max_days: u32,
}

/// Who may make invitations in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inviters {
    Administrators,
    Everybody,
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

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Messages {
    /// So long after they were posted, their authors may edit and delete them; 0 is for ever.
    pub edit_minutes: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Files {
    /// The largest file, in MiB.
    pub max_mib: NonZeroU32,
    /// All files of one person, in MiB.
    pub quota_mib: NonZeroU32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    pub login_per_account_per_minute: NonZeroU32,
    pub login_per_address_per_minute: NonZeroU32,
    pub commands_per_second: NonZeroU32,
    pub commands_burst: NonZeroU32,
    pub max_sockets: NonZeroU32,
    pub sockets_per_person: NonZeroU32,
    pub sockets_per_address: NonZeroU32,
    pub posts_per_second: NonZeroU32,
    pub posts_burst: NonZeroU32,
    /// What one person may start, open and change that others see, whom they may add and take out, and
    /// how often they may invite.
    pub changes_per_minute: NonZeroU32,
    /// Times that one person asks who is called so, which is once with each key.
    pub lookups_per_minute: NonZeroU32,
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
            invitations: Inviters::Administrators,
            session_idle_days: 30,
            session_max_days: 180,
        }
    }
}

impl Default for Files {
    fn default() -> Self {
        Self {
            max_mib: at_least_one(25),
            quota_mib: at_least_one(2048),
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
            max_sockets: at_least_one(100_000),
            sockets_per_person: at_least_one(100),
            sockets_per_address: at_least_one(2_000),
            posts_per_second: at_least_one(100),
            posts_burst: at_least_one(1000),
            changes_per_minute: at_least_one(60),
            lookups_per_minute: at_least_one(300),
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
    #[error("the variable {variable} is not understood: it should be {expected}")]
    BadVariable {
        variable: &'static str,
        expected: &'static str,
    },
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
    ///
    /// # Errors
    /// The URL is not understood.
    pub fn location(&self) -> Result<Location, OpenError> {
        match &self.database.url {
            Some(Secret(url)) => Location::parse(url),
            None => Ok(Location::File(self.server.data_dir.join("hubbub.db"))),
        }
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
        let shown_url = match (self.location(), &self.database.url) {
            (Ok(location), _) => location.to_string(),
            (Err(_), Some(Secret(url))) => without_password(url),
            (Err(_), None) => String::new(),
        };
        shown.database.url = Some(Secret(shown_url));
        if let Some(Secret(url)) = &mut shown.cluster.nats_url {
            *url = without_password(url);
        }
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
            max_sockets,
            nats_url,
        } = overrides.clone();
        if nats_url.is_some() {
            self.cluster.nats_url = nats_url;
        }
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
        set(&mut limits.max_sockets, max_sockets);
    }

    fn check(&mut self) -> Result<(), ConfigError> {
        self.server.public_url = self
            .server
            .public_url
            .take()
            .filter(|url| !url.trim().is_empty());
        self.database.url = self
            .database
            .url
            .take()
            .filter(|url| !url.0.trim().is_empty());
        self.cluster.nats_url = self
            .cluster
            .nats_url
            .take()
            .filter(|url| !url.0.trim().is_empty());
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

/// `https://Chat.example.org:443/` → `https://chat.example.org`, as browsers send it: in lower case,
/// without the scheme's own port, other scripts in ASCII.
fn origin(text: &str) -> Result<String, ConfigError> {
    let bad = || ConfigError::BadOrigin(text.to_owned());
    let url = url::Url::parse(text.trim()).map_err(|_| bad())?;
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match matches!(url.scheme(), "http" | "https") && is_bare && url.has_host() {
        true => Ok(url.origin().ascii_serialization()),
        false => Err(bad()),
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
        assert_eq!(
            origin("https://chat.example.org:443").unwrap(),
            "https://chat.example.org"
        );
        assert_eq!(
            origin("http://chat.example.org:8080/").unwrap(),
            "http://chat.example.org:8080"
        );
        assert_eq!(
            origin("https://b\u{fc}cher.example").unwrap(),
            "https://xn--bcher-kva.example"
        );
        assert!(origin("https://me@example.org").is_err());
        assert!(origin("https://example.org?x").is_err());
        assert!(origin("https://example.org/chat").is_err());
        assert!(origin("example.org").is_err());
        assert!(origin("*").is_err());
    }

    #[test]
    fn the_password_of_the_database_is_not_shown() {
        let mut config = Config::default();
        config.database.url = Some(Secret("postgres://me:secret@db/x?password=secret".into()));
        assert!(!config.to_toml().unwrap().contains("secret"));
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn a_data_directory_may_have_any_name() {
        let mut config = Config::default();
        config.server.data_dir = "a%41?b#c".into();
        let file = Location::File("a%41?b#c/hubbub.db".into());
        assert_eq!(config.location().unwrap(), file);
    }

    #[test]
    fn a_proxy_may_be_a_single_address_and_spaces_do_not_matter() {
        for (text, network) in [
            ("127.0.0.1", "127.0.0.1/32"),
            (" 10.0.0.0/8 ", "10.0.0.0/8"),
            ("::1", "::1/128"),
        ] {
            assert_eq!(text.parse::<Network>().unwrap().0.to_string(), network);
        }
        assert!("nonsense".parse::<Network>().is_err());
    }
}
