//! Files: uploading them, posting them, and who may have them; every "can" with its "cannot".

use std::path::Path;
use std::time::Duration;

use hubbub::protocol::file::escaped;
use hubbub::protocol::{FileInfo, ThreadId, ThreadKind};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Browser, Settings, TestApp, TestSocket};

/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\
    \0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82";

async fn send(browser: &Browser, name: &str, bytes: &[u8]) -> Response {
    let url = format!("{}/upload?name={}", browser.base, escaped(name));
    let request = browser.client.post(url);
    let request = request.header("sec-fetch-site", "same-origin");
    request.body(bytes.to_vec()).send().await.unwrap()
}

pub async fn upload(browser: &Browser, name: &str, bytes: &[u8]) -> FileInfo {
    let answer = send(browser, name, bytes).await;
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

fn message(thread: ThreadId, text: &str, files: &[&FileInfo]) -> Value {
    let files: Vec<_> = files.iter().map(|file| file.id).collect();
    json!({ "id": thread, "message": text, "files": files })
}

async fn post(socket: &mut TestSocket, message: Value) -> Value {
    socket.rpc("thread:publish", message).await["message"].clone()
}

async fn refused(socket: &mut TestSocket, message: Value) -> i64 {
    let reply = socket.call("thread:publish", message).await;
    reply["error"]["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("{reply}"))
}

async fn status(browser: &Browser, address: &str) -> u16 {
    browser.get(address).await.status().as_u16()
}

/// How many files are kept.
fn kept(dir: &Path) -> usize {
    let all = std::fs::read_dir(dir).into_iter().flatten().flatten();
    all.map(|entry| match entry.path() {
        path if path.is_dir() => kept(&path),
        _ => 1,
    })
    .sum()
}

/// Waits until so many are kept.
pub async fn kept_are(app: &TestApp, count: usize) {
    let dir = app.data.path().join("files");
    for _ in 0..400 {
        if kept(&dir) == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} files are kept instead of {count}", kept(&dir));
}

on_both_engines! {
    async fn files_are_posted_by_a_plain_form_and_what_is_not_posted_is_not_kept(app) {
        app.person("root").await;
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        let browser = app.signed_in("john").await;
        let form = |text: &str, files: &[(&str, &[u8])]| {
            const BOUNDARY: &str = "a-boundary-of-our-own";
            let mut body = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n").into_bytes();
            for (name, bytes) in files {
                let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
                body.extend(head.as_bytes());
                body.extend(*bytes);
                body.extend(b"\r\n");
            }
            body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
            (format!("multipart/form-data; boundary={BOUNDARY}"), body)
        };
        let send = async |browser: &Browser, (kind, body): (String, Vec<u8>)| {
            let url = format!("{}/upload/to/{thread}", browser.base);
            let request = browser.client.post(url).header("content-type", kind);
            let request = request.header("accept", "text/html").header("sec-fetch-site", "same-origin");
            request.body(body).send().await.unwrap()
        };
        let panel = browser.text(&format!("/t/{thread}?panel=files")).await;
        assert!(panel.contains(&format!("action=\"/upload/to/{thread}\"")), "{panel}");
        let two: [(&str, &[u8]); 2] = [("notes.txt", b"tea"), ("", b"")];
        let posted = send(&browser, form("for **you**", &two)).await;
        assert_eq!((posted.status().as_u16(), posted.headers()["location"].to_str().unwrap()), (303, &*format!("/t/{thread}")));
        let mut johns = app.socket_of(&john).await;
        let page = johns.rpc("thread:history", json!({ "id": thread })).await;
        let message = &page["messages"][0];
        assert_eq!((&message["text"], &message["files"][0]["name"]), (&json!("for **you**"), &json!("notes.txt")));
        assert_eq!(message["files"].as_array().unwrap().len(), 1);
        // What is refused is said, what was typed is given back, and nothing is left of the files.
        let many = [("a.txt", b"a".as_slice()); 11];
        let refused = send(&browser, form("too many", &many)).await;
        assert_eq!(refused.status(), 422);
        let page = refused.text().await.unwrap();
        assert!(page.contains("A message has at most 10 files.") && page.contains("too many</textarea>"), "{page}");
        let refused = send(&browser, form("", &[])).await;
        assert_eq!(refused.status(), 422);
        assert_eq!(send(&app.signed_in("bill").await, form("let me in", &two)).await.status(), 404);
        let stranger = send(&app.browser(), form("me too", &two)).await;
        assert!(stranger.headers()["location"].to_str().unwrap().starts_with("/login"));
        // Who may read and not write uploads nothing.
        app.join(thread, &bill).await;
        johns.rpc(&format!("patch:threads/{thread}"), json!({ "announcements": true })).await;
        assert_eq!(send(&app.signed_in("bill").await, form("news", &two)).await.status(), 403);
        kept_are(&app, 1).await;
    }

    async fn a_file_is_posted_and_everybody_in_the_thread_has_it(app) {
        let john = app.person("john").await;
        let bill_ = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill_).await;
        let (mut john, johns) = (app.socket_of(&john).await, app.signed_in("john").await);
        let (mut bill, browser) = (app.socket_of(&bill_).await, app.signed_in("bill").await);
        let picture = upload(&johns, "dot.png", PNG).await;
        let notes = upload(&johns, "notes.txt", b"hello").await;
        let posted = post(&mut john, message(thread, "look", &[&picture, &notes])).await;
        let (_, _, heard) = bill.publication().await;
        assert_eq!(heard["message"]["files"], posted["files"]);
        let listed = bill.rpc("thread:history", json!({ "id": thread })).await;
        assert_eq!(listed["messages"][0]["files"], posted["files"]);
        assert_eq!(posted["files"][0]["picture"]["width"], 1);
        assert_eq!(posted["files"][0]["kind"], "image/png");
        assert!(posted["files"][1].get("picture").is_none());
        assert_eq!(browser.text(&notes.address()).await, "hello");
        assert_eq!(status(&browser, &picture.address()).await, 200);
        assert_eq!(status(&browser, &picture.small_address()).await, 200);
        // Whoever recovers gets them too.
        let channel = format!("thread:{thread}");
        let mut again = app.socket_of_again(&bill_).await;
        let past = again.ask("history", json!({ "channel": channel, "limit": 10 })).await;
        let events = past["history"]["publications"].to_string();
        assert!(events.contains("notes.txt"), "{past}");
    }

    async fn files_may_stand_without_words_and_nothing_may_not(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let (mut socket, browser) = (app.socket_of(&john).await, app.signed_in("john").await);
        let file = upload(&browser, "a.txt", b"a").await;
        assert_eq!(refused(&mut socket, message(thread, " ", &[])).await, 422);
        assert_eq!(post(&mut socket, message(thread, " ", &[&file])).await["text"], "");
        let answer = json!({ "id": thread, "message": "which?", "reply_to": 1 });
        let answer = post(&mut socket, answer).await;
        assert_eq!(answer["reply_to"]["text"], "📎", "and it does not look deleted");
        let many = vec![&file; FileInfo::MOST + 1];
        assert_eq!(refused(&mut socket, message(thread, "x", &many)).await, 422);
    }

    async fn a_post_that_comes_again_is_the_same_message_with_the_same_files(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let (mut socket, browser) = (app.socket_of(&john).await, app.signed_in("john").await);
        let file = upload(&browser, "a.txt", b"a").await;
        let mut again = message(thread, "once", &[&file]);
        again["client_id"] = json!("c1");
        let first = post(&mut socket, again.clone()).await;
        assert_eq!(post(&mut socket, again).await, first);
        assert_eq!(first["files"][0]["name"], "a.txt");
    }

    async fn only_ones_own_files_can_be_posted_and_each_once(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&bill).await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        let of_john = upload(&johns, "a.txt", b"a").await;
        let of_bill = upload(&bills, "b.txt", b"b").await;
        assert_eq!(refused(&mut socket, message(thread, "mine", &[&of_john])).await, 404);
        assert_eq!(refused(&mut socket, message(thread, "x", &[&of_bill, &of_bill])).await, 404);
        let not_there = json!({ "id": thread, "message": "x", "files": [999] });
        assert_eq!(refused(&mut socket, not_there).await, 404);
        post(&mut socket, message(thread, "mine", &[&of_bill])).await;
        assert_eq!(refused(&mut socket, message(thread, "again", &[&of_bill])).await, 404);
        post(&mut app.socket_of_again(&john).await, message(thread, "his", &[&of_john])).await;
    }

    async fn nobody_has_a_file_who_may_not_read_its_message(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let eve = app.person("eve").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        let johns = app.signed_in("john").await;
        let bills = app.signed_in("bill").await;
        let eves = app.signed_in("eve").await;
        let mut socket = app.socket_of(&john).await;
        let file = upload(&johns, "a.txt", b"secret").await;
        for other in [&bills, &eves, &app.browser()] {
            assert!(matches!(status(other, &file.address()).await, 401 | 404), "before it is posted");
        }
        assert_eq!(status(&johns, &file.address()).await, 200);
        let posted = post(&mut socket, message(thread, "x", &[&file])).await;
        assert_eq!(status(&bills, &file.address()).await, 200);
        assert_eq!(status(&eves, &file.address()).await, 404);
        assert_eq!(status(&eves, &format!("/files/{}/other", file.id)).await, 404);
        assert_eq!(status(&app.browser(), &file.address()).await, 401);
        let url = format!("{}/api/v1/files/{}", app.base, file.id);
        let asked = |method: Method, token: String| {
            let request = johns.client.request(method, &url);
            request.bearer_auth(token).send()
        };
        let (of_bill, of_eve) = (app.token(&bill).await, app.token(&eve).await);
        assert_eq!(asked(Method::GET, of_bill).await.unwrap().status(), 200);
        assert_eq!(asked(Method::GET, of_eve.clone()).await.unwrap().status(), 404);
        assert_eq!(asked(Method::GET, "nonsense".to_owned()).await.unwrap().status(), 401);
        // Taking away is for what is not posted, by whoever has uploaded it.
        assert_eq!(asked(Method::DELETE, of_eve).await.unwrap().status(), 204);
        assert_eq!(status(&bills, &file.address()).await, 200);
        // Whoever is taken out has it no longer, and nobody has what was deleted.
        let path = format!("delete:threads/{thread}/members/{}", bill.id);
        socket.rpc(&path, json!({})).await;
        assert_eq!(status(&bills, &file.address()).await, 404);
        let delete = json!({ "id": thread, "seq": posted["seq"], "what": "delete" });
        socket.rpc("thread:revise", delete).await;
        assert_eq!(status(&johns, &file.address()).await, 404);
    }

    async fn what_is_deleted_or_never_posted_is_taken_away_unless_another_needs_it(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let (mut socket, browser) = (app.socket_of(&john).await, app.signed_in("john").await);
        let (first, second) = (upload(&browser, "a", b"same").await, upload(&browser, "b", b"same").await);
        let other = upload(&browser, "c", b"other").await;
        kept_are(&app, 2).await;
        let of_first = post(&mut socket, message(thread, "x", &[&first, &other])).await;
        let of_second = post(&mut socket, message(thread, "y", &[&second])).await;
        let revise = |message: &Value, what: &str| json!({ "id": thread, "seq": message["seq"], "what": what });
        // It can be taken back for a minute, with its files.
        socket.rpc("thread:revise", revise(&of_first, "delete")).await;
        let back = socket.rpc("thread:revise", revise(&of_first, "restore")).await;
        assert_eq!(back["files"].as_array().unwrap().len(), 2);
        assert_eq!(browser.text(&other.address()).await, "other");
        socket.rpc("thread:revise", revise(&of_first, "delete")).await;
        app.seconds_pass(61);
        kept_are(&app, 1).await;
        assert_eq!(browser.text(&second.address()).await, "same");
        socket.rpc("thread:revise", revise(&of_second, "delete")).await;
        app.seconds_pass(61);
        kept_are(&app, 0).await;
        let waiting = upload(&browser, "d", b"waits").await;
        let discarded = upload(&browser, "e", b"not wanted").await;
        let url = format!("{}/upload/{}", app.base, discarded.id);
        let request = browser.client.delete(url).header("sec-fetch-site", "same-origin");
        assert_eq!(request.send().await.unwrap().status(), 204);
        kept_are(&app, 1).await;
        app.days_pass(2);
        kept_are(&app, 0).await;
        let browser = app.signed_in("john").await;
        assert_eq!(status(&browser, &waiting.address()).await, 404);
    }

    async fn what_a_deleted_message_said_is_forgotten_without_being_asked_for(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let mut socket = app.socket_of(&john).await;
        let posted = post(&mut socket, message(thread, "regretted", &[])).await;
        let delete = json!({ "id": thread, "seq": posted["seq"], "what": "delete" });
        socket.rpc("thread:revise", delete).await;
        app.seconds_pass(61);
        for _ in 0..400 {
            if versions(&app).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it is still there");
    }
}

async fn versions(app: &TestApp) -> i64 {
    use hubbub::server::db::Pool;
    let count = "select count(*) from message_versions";
    match app.db.reader() {
        Pool::Sqlite(pool) => sqlx::query_scalar(count).fetch_one(pool).await.unwrap(),
        Pool::Postgres(pool) => sqlx::query_scalar(count).fetch_one(pool).await.unwrap(),
    }
}

#[tokio::test]
async fn what_is_too_large_or_too_much_is_refused_in_words_and_leaves_nothing() {
    let app = TestApp::with(Settings {
        file_mib: 1,
        quota_mib: 2,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let large = vec![b'x'; 1024 * 1024];
    let answer = send(&browser, "a", &[large.as_slice(), b"x"].concat()).await;
    assert_eq!(answer.status(), 413);
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["message"], "A file may have 1 MB at most.");
    kept_are(&app, 0).await;
    upload(&browser, "a", &large).await;
    upload(&browser, "b", &large).await;
    let answer = send(&browser, "c", b"one more").await;
    assert_eq!(answer.status(), 507);
    kept_are(&app, 1).await;
}

#[tokio::test]
async fn uploads_at_once_have_no_more_room_than_one_after_the_other() {
    let app = TestApp::with(Settings {
        file_mib: 1,
        quota_mib: 1,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let large = vec![b'x'; 600 * 1024];
    let (first, second) = tokio::join!(send(&browser, "a", &large), send(&browser, "b", &large),);
    let mut answers = [first.status().as_u16(), second.status().as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [201, 507]);
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_said_and_is_for_now() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    // A file stands where the directory would be.
    let place = app.data.path().join("files");
    std::fs::write(&place, "in the way").unwrap();
    let answer = send(&browser, "a", b"x").await;
    assert_eq!(answer.status(), 503);
    std::fs::remove_file(&place).unwrap();
    upload(&browser, "a", b"x").await;
}

#[tokio::test]
async fn what_a_browser_would_run_is_only_to_be_saved_and_parts_can_be_asked_for() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let header = |response: &Response, name: &str| {
        response
            .headers()
            .get(name)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    for (name, bytes) in [
        (
            "a.html",
            b"<!doctype html><script>alert(1)</script>".as_slice(),
        ),
        (
            "a.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        ),
        ("a.png", b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"),
        ("a.gif", b"GIF89a<script>alert(1)</script>"),
        ("a.js", b"alert(1)"),
    ] {
        let file = upload(&browser, name, bytes).await;
        assert_eq!(
            (file.kind.as_str(), &file.picture),
            (FileInfo::UNKNOWN, &None),
            "{name}"
        );
        let got = browser.get(&file.address()).await;
        assert_eq!(header(&got, "content-type"), FileInfo::UNKNOWN);
        assert!(header(&got, "content-disposition").starts_with("attachment"));
        assert_eq!(header(&got, "x-content-type-options"), "nosniff");
        assert!(header(&got, "content-security-policy").contains("sandbox"));
    }
    let picture = upload(&browser, "../x\".png", PNG).await;
    let got = browser.get(&picture.address()).await;
    assert_eq!(header(&got, "content-type"), "image/png");
    assert!(header(&got, "content-disposition").starts_with("inline"));
    assert_eq!(header(&got, "cache-control"), "private, no-cache");
    let text = upload(&browser, "a.txt", b"0123456789").await;
    let url = format!("{}{}", app.base, text.address());
    let part = browser
        .client
        .get(url)
        .header("range", "bytes=2-4")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.text().await.unwrap(), "234");
}

#[tokio::test]
async fn another_sites_page_uploads_nothing_and_a_stranger_neither() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let url = format!("{}/upload?name=a", app.base);
    let foreign = browser
        .client
        .post(&url)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.body("x").send().await.unwrap().status(), 403);
    assert_eq!(send(&app.browser(), "a", b"x").await.status(), 401);
    kept_are(&app, 0).await;
}

#[tokio::test]
async fn a_program_uploads_by_its_token() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let token = app.token(&john).await;
    let client = app.browser().client;
    let url = format!("{}/api/v1/files?name=log.txt", app.base);
    let uploaded = client
        .post(url)
        .bearer_auth(&token)
        .body("line")
        .send()
        .await
        .unwrap();
    assert_eq!(uploaded.status(), 201);
    let file: FileInfo = uploaded.json().await.unwrap();
    let url = format!("{}/api/v1/threads/{thread}/messages", app.base);
    let body = json!({ "message": "the log", "files": [file.id] }).to_string();
    let posted = client
        .post(url)
        .bearer_auth(&token)
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 201);
}
