//! The command line, run as an operator runs it: what it does, and how it says no.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};

use hubbub::server::clock::{Clock, Entropy};
use hubbub::server::db::{Db, Location, Purpose};

use crate::support::hubbub;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    hubbub(folder).args(arguments).output().unwrap()
}

fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = hubbub(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// It failed with exit code 1 and one line that says why.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    let last: Vec<&str> = errors
        .lines()
        .filter(|line| !line.contains("WARN") && !line.contains("INFO"))
        .collect();
    assert_eq!(last.len(), 1, "one sentence: {errors}");
    assert!(last[0].starts_with("hubbub: "), "{errors}");
    last[0].to_owned()
}

#[test]
fn a_busy_port_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let error = refused(&run(folder.path(), &["serve", "--addr", &addr]));
    assert!(error.contains(&addr) && error.contains("another program is using that port"));
}

#[test]
fn a_data_directory_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = refused(&run(folder.path(), &["migrate", "--data-dir", "file/data"]));
    assert!(
        error.contains("cannot write to the data directory file/data"),
        "{error}"
    );
}

#[test]
fn a_database_that_cannot_be_had_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    for (url, problem) in [
        ("mysql://me:hush@localhost/x", "is not understood"),
        ("postgres://me:hush@127.0.0.1:1/x", "Connection refused"),
        ("sqlite://no/such/folder/x.db", "cannot open the database"),
        ("nonsense", "is not understood"),
        // Databases that would be gone with the process.
        ("sqlite://", "is not understood"),
        ("sqlite::memory:", "is not understood"),
    ] {
        let error = refused(&run(folder.path(), &["migrate", "--database-url", url]));
        assert!(
            error.contains(problem) && !error.contains("hush"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_second_server_of_the_same_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate"]).status.success());
    let url = format!("sqlite://{}/data/hubbub.db", folder.path().display());
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let location = Location::parse(&url).unwrap();
    let opened = Db::open(&location, 1, Purpose::Serve, &clock, &entropy).await;
    let _served = opened.unwrap();
    let error = refused(&run(folder.path(), &["serve", "--addr", "127.0.0.1:0"]));
    assert!(error.contains("another server is using"), "{error}");
    assert!(
        run(folder.path(), &["seed"]).status.success(),
        "commands may"
    );
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("x.db"),
        "this is a letter to my aunt".repeat(100),
    )
    .unwrap();
    let error = refused(&run(
        folder.path(),
        &["migrate", "--database-url", "sqlite://x.db"],
    ));
    assert!(error.contains("cannot open the database"), "{error}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate"]).status.success());
    let url = format!("sqlite://{}/data/hubbub.db", folder.path().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'from the future', true, x'00', 1)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let error = refused(&run(folder.path(), &["migrate"]));
    assert!(error.contains("newer version of Hubbub"), "{error}");
}

#[test]
fn a_malformed_configuration_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("Leptos.toml"),
        "[limits]\ncommands-per-second = 0\n",
    )
    .unwrap();
    let error = refused(&run(folder.path(), &["config"]));
    assert!(
        error.contains("Leptos.toml") && error.contains("line 2"),
        "{error}"
    );
    let error = refused(&run(folder.path(), &["config", "--config", "missing.toml"]));
    assert!(error.contains("missing.toml"), "{error}");
    std::fs::write(
        folder.path().join("Leptos.toml"),
        "[database]\nmax-connections = 0\n",
    )
    .unwrap();
    assert!(refused(&run(folder.path(), &["migrate"])).contains("line 2"));
}

#[test]
fn the_configuration_is_shown_as_it_applies() {
    let folder = tempfile::tempdir().unwrap();
    let output = hubbub(folder.path())
        .args(["config", "--registration", "closed"])
        .env("DATABASE_URL", "postgres://me:hush@db/x")
        .env(
            "HUBBUB_ALLOWED_ORIGINS",
            "https://a.example,https://b.example/",
        )
        .output()
        .unwrap();
    let shown = said(&output);
    assert!(shown.contains("registration = \"closed\""), "{shown}");
    assert!(shown.contains("\"https://b.example\""), "{shown}");
    assert!(
        shown.contains("postgres://me:…@db/x") && !shown.contains("hush"),
        "{shown}"
    );
}

#[test]
fn seeding_twice_adds_the_demo_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = said(&run(folder.path(), &["seed"]));
    assert!(
        first.contains("Added 2 people, 1 thread and 4 messages"),
        "{first}"
    );
    let second = said(&run(folder.path(), &["seed"]));
    assert!(second.contains("Nothing to add"), "{second}");
    let more = said(&run(
        folder.path(),
        &["seed", "--users", "5", "--messages", "7"],
    ));
    assert!(
        more.contains("Added 5 people, 0 threads and 7 messages"),
        "{more}"
    );
    let more = said(&run(
        folder.path(),
        &[
            "seed",
            "--users",
            "30",
            "--threads",
            "4",
            "--messages",
            "1001",
        ],
    ));
    assert!(
        more.contains("Added 30 people, 4 threads and 1001 messages"),
        "{more}"
    );
}

#[test]
fn people_and_tokens_are_managed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A command that only uses a database makes none, and says where it looked.
    let error = refused(&run(folder, &["invite"]));
    assert!(
        error.contains("there is no database at sqlite://data/hubbub.db"),
        "{error}"
    );
    assert!(!folder.join("data").exists());
    assert!(run(folder, &["migrate"]).status.success());
    let added = run_with_input(
        folder,
        &["user", "add", "Ada", "--name", "Ada L."],
        "\u{feff}lovelace\r\n",
    );
    assert_eq!(said(&added), "Added ada.\n");
    let again = run_with_input(folder, &["user", "add", "ada"], "lovelace\n");
    assert!(refused(&again).contains("already somebody called ada"));
    let short = run_with_input(folder, &["user", "passwd", "ada"], "x\n");
    assert!(refused(&short).contains("At least 6 characters"));
    let changed = run_with_input(folder, &["user", "passwd", "ada"], "byron-lovelace\n");
    assert!(said(&changed).contains("is changed"));
    let nobody = run_with_input(folder, &["user", "passwd", "eve"], "secret\n");
    assert!(refused(&nobody).contains("nobody called eve"));

    let create = ["token", "create", "--user", "ada", "--name", "laptop"];
    let token = said(&run(folder, &create));
    assert!(
        token.starts_with("hbt_") && token.trim().len() == 68,
        "{token}"
    );
    assert!(refused(&run(folder, &create)).contains("already has a token"));
    let backend = [
        "token",
        "create",
        "--user",
        "ada",
        "--name",
        "backend",
        "--server-api",
    ];
    assert!(said(&run(folder, &backend)).starts_with("hbt_"));
    let revoke = ["token", "revoke", "--user", "ada", "--name", "laptop"];
    assert_eq!(said(&run(folder, &revoke)), "Revoked.\n");
    assert!(refused(&run(folder, &revoke)).contains("has no token"));
    let alone = run(folder, &["user", "ban", "ada"]);
    assert!(refused(&alone).contains("only administrator"));
    let added = run_with_input(folder, &["user", "add", "grace"], "hopper-hopper\n");
    assert_eq!(said(&added), "Added grace.\n");
    assert!(said(&run(folder, &["user", "promote", "grace"])).contains("is an administrator"));
    assert!(said(&run(folder, &["user", "ban", "ada"])).contains("banned"));
    let promote = run(folder, &["user", "promote", "ada"]);
    assert!(refused(&promote).contains("is banned"));
    let backend = ["token", "revoke", "--user", "ada", "--name", "backend"];
    assert!(
        refused(&run(folder, &backend)).contains("has no token"),
        "they have ended"
    );
    assert!(said(&run(folder, &["user", "unban", "ada"])).contains("may sign in again"));
    assert!(refused(&run(folder, &["user", "ban", "nobody"])).contains("nobody called"));

    let link = said(&run(
        folder,
        &["invite", "--public-url", "https://chat.example.org"],
    ));
    assert!(
        link.starts_with("https://chat.example.org/register?invite=hbi_"),
        "{link}"
    );
}

#[test]
fn guests_are_invited_into_threads_by_name_or_number_and_into_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(run(folder, &["seed"]).status.success());
    for thread in ["First thread", "1"] {
        let link = said(&run(folder, &["invite", "--guest", "--thread", thread]));
        assert!(link.contains("/register?invite=hbi_"), "{thread}: {link}");
    }
    let error = refused(&run(folder, &["invite", "--guest", "--thread", "Nowhere"]));
    assert!(
        error.contains("there is no thread called \"Nowhere\""),
        "{error}"
    );
    let error = refused(&run(folder, &["invite", "--guest", "--thread", "4711"]));
    assert!(error.contains("there is no such thread"), "{error}");
    // A guest of nothing, and a member by mistake, are neither.
    assert!(!run(folder, &["invite", "--guest"]).status.success());
    let by_mistake = run(folder, &["invite", "--thread", "First thread"]);
    assert!(!by_mistake.status.success());
}

#[test]
fn help_explains_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = said(&run(folder.path(), &["--help"]));
    for command in [
        "serve", "migrate", "seed", "user", "token", "invite", "backup", "restore", "config",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{command}: {help}");
    }
}

#[test]
fn wrong_arguments_and_a_malformed_env_file_are_one_sentence_too() {
    let folder = tempfile::tempdir().unwrap();
    let output = hubbub(folder.path())
        .arg("config")
        .env("LEPTOS_SITE_ADDR", "localhost:3000")
        .output()
        .unwrap();
    assert!(
        refused(&output).contains("LEPTOS_SITE_ADDR"),
        "the variable is named"
    );
    let error = refused(&run(folder.path(), &["explode"]));
    assert!(
        error.contains("explode") && error.contains("--help"),
        "{error}"
    );
    std::fs::write(folder.path().join(".env"), "DATABASE_URL='unfinished\n").unwrap();
    assert!(refused(&run(folder.path(), &["config"])).contains(".env is malformed"));
    std::fs::write(folder.path().join(".env"), "HUBBUB_REGISTRATION=closed\n").unwrap();
    assert!(said(&run(folder.path(), &["config"])).contains("registration = \"closed\""));
}

#[test]
fn empty_variables_are_not_set_and_values_are_taken_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let mut empty = hubbub(folder.path());
    for name in [
        "HUBBUB_TRUSTED_PROXIES",
        "LEPTOS_SITE_ADDR",
        "HUBBUB_DATA_DIR",
        "DATABASE_URL",
        "HUBBUB_PUBLIC_URL",
        "HUBBUB_ALLOWED_ORIGINS",
        "HUBBUB_REGISTRATION",
        "HUBBUB_CONFIG",
        "HUBBUB_LOG",
        "HUBBUB_COMMANDS_PER_SECOND",
    ] {
        empty.env(name, "");
    }
    let shown = said(&empty.arg("config").output().unwrap());
    assert_eq!(shown, said(&run(folder.path(), &["config"])));
    let text = "HUBBUB_TRUSTED_PROXIES=127.0.0.1, 10.0.0.0/8\n\
                DATABASE_URL=postgres://h/db?password=pa$word1\n";
    std::fs::write(folder.path().join(".env"), text).unwrap();
    let shown = said(&run(folder.path(), &["config"]));
    assert!(
        shown.contains("\"127.0.0.1/32\", \"10.0.0.0/8\""),
        "{shown}"
    );
    assert!(
        shown.contains("postgres://h/db") && !shown.contains("pa$"),
        "{shown}"
    );
    std::fs::write(folder.path().join(".env"), "A=1\nhunter2\n").unwrap();
    let error = refused(&run(folder.path(), &["config"]));
    assert!(
        error.contains("line 2") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn what_people_write_is_nobody_elses_on_this_machine() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate"]).status.success());
    let mode = |path: &str| {
        let metadata = std::fs::metadata(folder.path().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("data"), 0o700);
    assert_eq!(mode("data/hubbub.db"), 0o600);
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path().join("data/hubbub.db"), open).unwrap();
    assert!(run(folder.path(), &["migrate"]).status.success());
    assert_eq!(
        mode("data/hubbub.db"),
        0o600,
        "what was made before is mended"
    );
}

#[test]
fn a_data_directory_may_have_any_name() {
    for name in ["a%41b", "what?", "a#b", "with space"] {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            run(folder.path(), &["migrate", "--data-dir", name])
                .status
                .success()
        );
        assert!(
            folder.path().join(name).join("hubbub.db").is_file(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_backup_is_whole_and_a_restored_one_has_another_history() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    said(&run(folder, &["seed"]));
    let epoch = async || {
        let url = format!("sqlite://{}/data/hubbub.db", folder.display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        let epoch: String = sqlx::query_scalar("select epoch from server_identity")
            .fetch_one(&pool)
            .await
            .unwrap();
        let count: i64 = sqlx::query_scalar("select count(*) from messages")
            .fetch_one(&pool)
            .await
            .unwrap();
        pool.close().await;
        (epoch, count)
    };
    let before = epoch().await;
    assert!(said(&run(folder, &["backup", "copy.db"])).contains("copied to copy.db"));
    assert!(refused(&run(folder, &["backup", "copy.db"])).contains("is there already"));
    said(&run(folder, &["seed", "--messages", "10"]));
    assert_eq!(epoch().await, (before.0.clone(), before.1 + 10));
    let restored = said(&run(folder, &["restore", "copy.db"]));
    assert!(restored.contains("kept as"), "{restored}");
    let after = epoch().await;
    assert_eq!(after.1, before.1);
    assert_ne!(after.0, before.0, "clients must begin anew");
    std::fs::write(folder.join("nonsense"), "nonsense").unwrap();
    assert!(refused(&run(folder, &["restore", "nonsense"])).contains("not a backup"));
    assert_eq!(epoch().await, after, "and nothing is lost");
}
