//! The built site, if there is one: compressed, cached for ever, and nothing besides.

use hubbub::server::http::site::Site;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestApp;

#[tokio::test]
async fn files_are_served_in_the_best_form_the_browser_takes() {
    if !Site::is_built() {
        eprintln!("not run: there is no built site");
        return;
    }
    let app = TestApp::on_sqlite().await;
    let browser = app.browser();
    let url = format!("{}/pkg/hubbub.wasm", app.base);
    for (accepted, expected) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip", Some("gzip")),
        ("identity", None),
    ] {
        let request = browser.client.get(&url).header("accept-encoding", accepted);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/wasm");
        let encoding = answer.headers().get("content-encoding");
        assert_eq!(encoding.map(|e| e.to_str().unwrap()), expected);
    }
}

#[tokio::test]
async fn nothing_outside_of_the_site_is_served() {
    let app = TestApp::on_sqlite().await;
    // As it stands: a client library would tidy the path up before sending it.
    let mut raw = TcpStream::connect(app.base.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let request = "GET /pkg/../../../Cargo.toml HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    raw.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    raw.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    for path in [
        "/pkg/..%2f..%2fCargo.toml",
        "/.fingerprint",
        "/pkg/hubbub.wasm.br",
    ] {
        assert_eq!(app.browser().get(path).await.status(), 404, "{path}");
    }
}
