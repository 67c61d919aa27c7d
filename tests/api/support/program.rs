//! The program itself, as a process.

use std::path::Path;
use std::process::Command;

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
