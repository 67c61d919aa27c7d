//! A bus of a test's own, as a process that can be killed, halted and started again.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::program::signal;

/// A NATS server on a port that outlives it.
pub struct TestBus {
    port: u16,
    process: Option<Child>,
}

impl Drop for TestBus {
    fn drop(&mut self) {
        self.kill();
    }
}

impl TestBus {
    /// Nothing where no such server is installed, which must not be so where `CI` is set.
    pub async fn start() -> Option<Self> {
        if std::env::var_os("NATS_SERVER").is_none() {
            assert!(
                std::env::var_os("CI").is_none(),
                "NATS_SERVER does not say where it is"
            );
            eprintln!("not run: NATS_SERVER does not say where it is");
            return None;
        }
        let free = TcpListener::bind("127.0.0.78:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut bus = Self {
            port,
            process: None,
        };
        bus.begin().await;
        Some(bus)
    }

    pub fn url(&self) -> String {
        format!("nats://hubbub:secret@127.0.0.78:{}", self.port)
    }

    /// Starts it, after it was killed.
    pub async fn begin(&mut self) {
        let program = std::env::var_os("NATS_SERVER").unwrap();
        let mut command = Command::new(program);
        command.args(["-a", "127.0.0.78", "-p", &self.port.to_string()]);
        command.args(["--user", "hubbub", "--pass", "secret"]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(quiet.spawn().unwrap());
        let address = ("127.0.0.78", self.port);
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the bus did not start");
    }

    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Nothing passes any more, and no connection ends: as if a cable were cut.
    pub fn halt(&self) {
        signal(self.process.as_ref().map(Child::id), "-STOP");
    }

    pub fn go_on(&self) {
        signal(self.process.as_ref().map(Child::id), "-CONT");
    }
}
