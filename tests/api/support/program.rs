//! The program itself, as a process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::process;

/// The program in a folder of its own, without any setting from outside: a test must never reach
/// a database that somebody uses.
pub fn hubbub(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubbub"));
    command.current_dir(folder);
    for (name, _) in std::env::vars() {
        if name == "DATABASE_URL" || name.starts_with("HUBBUB_") || name.starts_with("LEPTOS_") {
            command.env_remove(name);
        }
    }
    command
}

/// A server as a process of its own, on a port and a database that outlive it.
pub struct Server {
    folder: PathBuf,
    port: u16,
    arguments: Vec<String>,
    child: process::Child,
}

impl Server {
    pub async fn start(folder: &Path, port: u16) -> Self {
        Self::start_with(folder, port, &[]).await
    }

    /// The same with more arguments.
    pub async fn start_with(folder: &Path, port: u16, arguments: &[&str]) -> Self {
        let child = process::Command::from(hubbub(folder))
            .args(["serve", "--addr", &format!("127.0.0.77:{port}")])
            .args(["--data-dir", "data", "--log", "error"])
            .args(arguments)
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut server = Self {
            folder: folder.to_owned(),
            port,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            child,
        };
        let url = format!("http://127.0.0.77:{port}/readyz");
        for _ in 0..1500 {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "the server did not start: {ended:?}");
            let answer = reqwest::get(&url).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server did not become ready");
    }

    pub async fn kill_and_restart(mut self) -> Self {
        self.child.kill().await.unwrap();
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        Self::start_with(&self.folder, self.port, &arguments).await
    }

    /// It does nothing any more, and its connections stay open.
    pub fn halt(&self) {
        signal(self.child.id(), "-STOP");
    }

    pub fn go_on(&self) {
        signal(self.child.id(), "-CONT");
    }
}

/// Sends a signal to a process that has not ended.
pub fn signal(process: Option<u32>, signal: &str) {
    let id = process.unwrap().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.unwrap().success());
}

/// A port that nobody listens on, on the address that servers of their own process have.
pub fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.77:0").unwrap();
    free.local_addr().unwrap().port()
}

/// What a command says that is run in the folder of such a server.
pub fn command(folder: &Path, arguments: &[&str]) -> String {
    let output = hubbub(folder)
        .args(arguments)
        .args(["--data-dir", "data", "--log", "error"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
