//! The program itself, as a process.

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
    child: process::Child,
}

impl Server {
    pub async fn start(folder: &Path, port: u16) -> Self {
        let child = process::Command::from(hubbub(folder))
            .args(["serve", "--addr", &format!("127.0.0.77:{port}")])
            .args(["--data-dir", "data", "--log", "error"])
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut server = Self {
            folder: folder.to_owned(),
            port,
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
        Self::start(&self.folder, self.port).await
    }
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
