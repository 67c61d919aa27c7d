//! Two servers behind the proxies of `deploy`, as they are there: only the addresses are others.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hubbub::protocol::ThreadKind;
use serde_json::json;

use crate::support::{Browser, Settings, TestApp, TestBus, TestSocket, closed};

/// A proxy that runs until this is dropped.
struct Proxy {
    process: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where such a program is. Nothing where it is not installed, which must not be so where `CI` is set.
fn program(name: &str) -> Option<PathBuf> {
    let ours = std::env::var_os("PROXIES").map(PathBuf::from);
    let places = ours.into_iter().chain(["/usr".into()]);
    let mut places = places.flat_map(|place| ["sbin", "bin"].map(|bin| place.join(bin).join(name)));
    let found = places.find(|path| path.is_file());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "{name} is not installed"
    );
    if found.is_none() {
        eprintln!("not run: {name} is not installed");
    }
    found
}

fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.79:0").unwrap();
    free.local_addr().unwrap().to_string()
}

/// A sample of `deploy`, for these servers and at that address.
fn sample(name: &str, listening: &str, at: &str, servers: [&TestApp; 2]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(name);
    let mut text = std::fs::read_to_string(path).unwrap();
    let addresses = servers.map(|app| app.base.strip_prefix("http://").unwrap());
    let put = |text: &str, placeholder: &str, address: &str| {
        assert!(text.contains(placeholder), "{placeholder} is in the sample");
        text.replace(placeholder, address)
    };
    text = put(&text, "10.0.0.1:3000", addresses[0]);
    text = put(&text, "10.0.0.2:3000", addresses[1]);
    put(&text, listening, at)
}

async fn run(program: PathBuf, arguments: &[&str], folder: tempfile::TempDir, at: &str) -> Proxy {
    let process = Command::new(program)
        .args(arguments)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let proxy = Proxy {
        process,
        _folder: folder,
    };
    for _ in 0..500 {
        let answer = reqwest::get(format!("http://{at}/healthz")).await;
        if answer.is_ok_and(|answer| answer.status() == 200) {
            return proxy;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the proxy does not answer");
}

async fn nginx(at: &str, servers: [&TestApp; 2]) -> Option<Proxy> {
    let program = program("nginx")?;
    let folder = tempfile::tempdir().unwrap();
    let sample = sample(
        "nginx.conf",
        "listen 8080",
        &format!("listen {at}"),
        servers,
    );
    let scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let scratch = scratch.map(|kind| format!("{kind}_temp_path {kind};"));
    let whole = format!(
        "daemon off; pid nginx.pid; error_log stderr;\n\
         events {{}}\nhttp {{ access_log off; {}\n{sample}\n}}\n",
        scratch.join(" ")
    );
    std::fs::write(folder.path().join("nginx.conf"), whole).unwrap();
    let prefix = folder.path().to_str().unwrap().to_owned();
    let arguments = ["-p", prefix.as_str(), "-c", "nginx.conf"];
    Some(run(program, &arguments, folder, at).await)
}

async fn caddy(at: &str, servers: [&TestApp; 2]) -> Option<Proxy> {
    let program = program("caddy")?;
    let folder = tempfile::tempdir().unwrap();
    let sample = sample("Caddyfile", ":8080", &format!("http://{at}"), servers);
    let whole = format!("{{\n\tadmin off\n}}\n{sample}");
    std::fs::write(folder.path().join("Caddyfile"), whole).unwrap();
    let arguments = ["run", "--config", "Caddyfile", "--adapter", "caddyfile"];
    Some(run(program, &arguments, folder, at).await)
}

/// What somebody does through a proxy while one of the servers behind it stops.
async fn used_through(at: &str, servers: [TestApp; 2]) {
    let [one, other] = servers;
    let base = format!("http://{at}");
    let john = one.person("john").await;
    let thread = one.thread(&john, ThreadKind::Private).await;
    let browser = Browser::new(&base);
    let answer = browser.sign_in("john", "secret").await;
    assert_eq!(answer.status(), 303, "signed in");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    for _ in 0..6 {
        assert!(
            browser.text("/").await.contains("A thread"),
            "on either server"
        );
    }
    let headers = [("cookie", cookie.as_str()), ("origin", base.as_str())];
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let mut socket = TestSocket::open_with(&base, &headers).await.unwrap();
        let reply = socket.ask("connect", json!({})).await;
        assert!(reply.get("connect").is_some(), "{reply}");
        sockets.push(socket);
    }
    let posted = sockets[0]
        .rpc(
            "thread:publish",
            json!({ "id": thread, "message": "to all" }),
        )
        .await;
    for socket in &mut sockets {
        let (channel, offset, data) = socket.publication().await;
        assert_eq!(channel, format!("thread:{thread}"));
        assert_eq!(offset, posted["message"]["seq"].as_u64().unwrap());
        assert_eq!(data["message"]["text"], "to all");
    }

    one.stop();
    let mut ended = 0;
    for socket in sockets {
        tokio::select! {
            code = closed(socket) => {
                assert_eq!(code, 3001, "come back later");
                ended += 1;
            }
            () = tokio::time::sleep(Duration::from_secs(6)) => {}
        }
    }
    assert!(
        (1..4).contains(&ended),
        "{ended} of four were on the one that stopped"
    );
    for _ in 0..4 {
        let mut socket = TestSocket::open_with(&base, &headers).await.unwrap();
        let reply = socket.ask("connect", json!({})).await;
        assert!(reply.get("connect").is_some(), "{reply}");
        assert!(browser.text("/").await.contains("A thread"));
    }
    drop(other);
}

async fn two_at(public_url: String) -> Option<(TestBus, [TestApp; 2])> {
    let bus = TestBus::start().await?;
    let url = TestApp::a_postgres_database().await?;
    let settings = Settings {
        nats_url: Some(bus.url()),
        public_url: Some(public_url),
        ..Settings::default()
    };
    let one = TestApp::among(&url, settings.clone()).await;
    let other = TestApp::among(&url, settings).await;
    Some((bus, [one, other]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_spreads_people_over_two_servers_and_one_of_them_may_stop() {
    let at = free_address();
    let Some((_bus, servers)) = two_at(format!("http://{at}")).await else {
        return;
    };
    let Some(_proxy) = nginx(&at, [&servers[0], &servers[1]]).await else {
        return;
    };
    used_through(&at, servers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caddy_spreads_people_over_two_servers_and_one_of_them_may_stop() {
    let at = free_address();
    let Some((_bus, servers)) = two_at(format!("http://{at}")).await else {
        return;
    };
    let Some(_proxy) = caddy(&at, [&servers[0], &servers[1]]).await else {
        return;
    };
    used_through(&at, servers).await;
}
