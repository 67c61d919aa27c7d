//! Pictures of people: setting, replacing and removing one's own, and who sees it; every "can" with
//! its "cannot".

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use hubbub::protocol::{AvatarId, ThreadKind, User};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Browser, Settings, TestApp, TestSocket};

/// A picture of one colour above and another below.
fn picture(above: [u8; 3], below: [u8; 3]) -> Vec<u8> {
    let halves = RgbImage::from_fn(200, 400, |_, y| Rgb(if y < 200 { above } else { below }));
    let mut bytes = Cursor::new(Vec::new());
    let image = DynamicImage::ImageRgb8(halves);
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

const RED: [u8; 3] = [240, 0, 0];
const BLUE: [u8; 3] = [0, 0, 240];

fn red() -> Vec<u8> {
    picture(RED, RED)
}

fn blue() -> Vec<u8> {
    picture(BLUE, BLUE)
}

async fn send(browser: &Browser, square: &str, bytes: &[u8]) -> Response {
    let url = format!("{}/avatar{square}", browser.base);
    let request = browser.client.post(url);
    let request = request.header("sec-fetch-site", "same-origin");
    request.body(bytes.to_vec()).send().await.unwrap()
}

async fn set(browser: &Browser, bytes: &[u8]) -> AvatarId {
    let answer = send(browser, "", bytes).await;
    assert_eq!(answer.status(), 200);
    answer.json::<User>().await.unwrap().avatar.unwrap()
}

/// A form as a browser posts it without JavaScript.
async fn post_form(browser: &Browser, field: &str, bytes: &[u8]) -> Response {
    let head = format!(
        "--line\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"me.png\"\r\n\
         content-type: image/png\r\n\r\n"
    );
    let body = [head.as_bytes(), bytes, b"\r\n--line--\r\n"].concat();
    let request = browser.client.post(format!("{}/avatar", browser.base));
    let request = request.header("content-type", "multipart/form-data; boundary=line");
    let request = request.header("accept", "text/html");
    let request = request.header("origin", &browser.base);
    request.body(body).send().await.unwrap()
}

async fn status(browser: &Browser, address: &str) -> u16 {
    browser.get(address).await.status().as_u16()
}

async fn middle(browser: &Browser, address: &str) -> [u8; 3] {
    let bytes = browser.get(address).await.bytes().await.unwrap();
    let image = image::load_from_memory(&bytes).unwrap().into_rgb8();
    assert_eq!(image.width(), image.height());
    image.get_pixel(image.width() / 2, image.height() / 2).0
}

/// The next news of somebody that comes.
async fn news(socket: &mut TestSocket) -> Value {
    loop {
        let (_, _, event) = socket.publication().await;
        if event["type"] == "profile_changed" {
            return event["user"].clone();
        }
    }
}

fn kept(dir: &Path) -> usize {
    let all = std::fs::read_dir(dir).into_iter().flatten().flatten();
    all.map(|entry| match entry.path() {
        path if path.is_dir() => kept(&path),
        _ => 1,
    })
    .sum()
}

fn kept_by(app: &TestApp) -> usize {
    kept(&app.data.path().join("files"))
}

/// Waits until so many are kept: the server looks every few seconds.
async fn kept_are(app: &TestApp, count: usize) {
    for _ in 0..400 {
        if kept_by(app) == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} are kept instead of {count}", kept_by(app));
}

on_both_engines! {
    async fn a_picture_is_seen_by_everybody_at_once_wherever_its_person_is_shown(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        let (mut phone, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let (johns, browser) = (app.signed_in("john").await, app.signed_in("bill").await);
        let message = |text| json!({ "id": thread, "message": text });
        let before = phone.rpc("thread:publish", message("before")).await;
        assert!(before["message"]["user"].get("avatar").is_none());
        let avatar = set(&johns, &red()).await;
        for socket in [&mut phone, &mut bills] {
            let user = news(socket).await;
            assert_eq!((&user["username"], &user["avatar"]), (&json!("john"), &json!(avatar)));
        }
        let after = phone.rpc("thread:publish", message("after")).await;
        assert_eq!(after["message"]["user"]["avatar"], json!(avatar));
        // What was written before shows it too, to who asks later.
        let page = bills.rpc("thread:history", json!({ "id": thread })).await;
        let direct = json!({ "people": ["john"] });
        let direct = bills.rpc("post:threads/direct", direct).await;
        let said = json!({ "id": direct["id"], "message": "hello" });
        bills.rpc("thread:publish", said).await;
        for shown in [
            page["messages"][0]["user"].clone(),
            bills.rpc(&format!("get:threads/{thread}/members"), json!({})).await["data"][1].clone(),
            bills.rpc("get:users", json!({})).await["people"][1].clone(),
            bills.rpc(&format!("get:users/{}", john.id), json!({})).await,
            bills.rpc(&format!("get:users/{}/card", john.id), json!({})).await["user"].clone(),
            direct["people"][1].clone(),
            bills.rpc("get:threads/mine", json!({})).await["data"][0]["thread"]["people"][1].clone(),
            phone.rpc("get:me", json!({})).await["user"].clone(),
        ] {
            assert_eq!(shown["username"], "john", "{shown}");
            assert_eq!(shown["avatar"], json!(avatar), "{shown}");
        }
        let none = bills.rpc("get:me", json!({})).await;
        assert!(none["user"].get("avatar").is_none(), "who has none has no field for it: {none}");
        let drawn = browser.text(&format!("/t/{thread}")).await;
        assert!(drawn.contains(&format!("src=\"{}\"", avatar.address())), "{drawn}");
    }

    async fn only_who_is_signed_in_sees_it_and_only_as_long_as_it_is_the_one(app) {
        let john = app.person("john").await;
        app.person("bill").await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        let first = set(&johns, &red()).await;
        for address in [first.address(), first.large_address()] {
            assert!(middle(&bills, &address).await[0] > 200);
            assert_eq!(status(&app.browser(), &address).await, 401);
        }
        for guessed in [AvatarId(first.0 + 1), AvatarId(0), AvatarId(-1), AvatarId(john.id.0)] {
            assert_eq!(status(&bills, &guessed.address()).await, 404);
        }
        assert_eq!(status(&bills, "/avatars/x").await, 404);
        assert_eq!(kept_by(&app), 2);
        let second = set(&johns, &blue()).await;
        assert_ne!(first, second);
        assert_eq!(status(&bills, &first.address()).await, 404);
        assert!(middle(&bills, &second.address()).await[2] > 200);
        assert_eq!(kept_by(&app), 2, "the old one is gone");
        let remove = [("change", "remove_picture")];
        bills.change(&remove).await;
        assert_eq!(status(&bills, &second.address()).await, 200, "one removes one's own");
        johns.change(&remove).await;
        assert_eq!(status(&bills, &second.address()).await, 404);
        assert_eq!(kept_by(&app), 0);
    }

    async fn whoever_leaves_takes_their_picture_along_and_others_keep_the_same_one(app) {
        app.person("john").await;
        app.person("bill").await;
        app.person("eve").await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        let eves = app.signed_in("eve").await;
        let (of_john, of_bill) = (set(&johns, &red()).await, set(&bills, &red()).await);
        assert_ne!(of_john, of_bill);
        assert_eq!(kept_by(&app), 2, "what is the same is kept once");
        let of_eve = set(&eves, &blue()).await;
        eves.change(&[("change", "leave"), ("password", "secret")]).await;
        assert_eq!(status(&johns, &of_eve.address()).await, 404);
        kept_are(&app, 2).await;
        bills.change(&[("change", "remove_picture")]).await;
        assert_eq!(status(&johns, &of_bill.address()).await, 404);
        assert_eq!(status(&johns, &of_john.address()).await, 200);
        johns.change(&[("change", "remove_picture")]).await;
        assert_eq!(kept_by(&app), 0);
    }

    async fn the_square_that_was_chosen_is_the_one_that_is_shown(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        let picture = picture(RED, BLUE);
        for (square, colour) in [("?x=0&y=0&side=150", 0), ("?x=20&y=240&side=150", 2), ("?x=0&y=999&side=150", 2)] {
            let answer = send(&browser, square, &picture).await;
            let avatar = answer.json::<User>().await.unwrap().avatar.unwrap();
            assert!(middle(&browser, &avatar.large_address()).await[colour] > 200, "{square}");
        }
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused_in_words_and_leaves_nothing() {
    let app = TestApp::with(Settings {
        file_mib: 1,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    // 50,000 × 50,000 in a few bytes.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\x02\0\0\0".to_vec();
    bomb.extend([0; 40]);
    for bytes in [
        b"".as_slice(),
        b"only words",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        b"GIF89a<script>alert(1)</script>",
        &bomb,
        &red()[..60],
    ] {
        let answer = send(&browser, "", bytes).await;
        assert_eq!(answer.status(), 422);
        let said: Value = answer.json().await.unwrap();
        let said = said["message"].as_str().unwrap();
        assert!(said.starts_with("That is no picture"), "{said}");
        assert_eq!(kept_by(&app), 0);
    }
    let large = [red(), vec![0; 1024 * 1024]].concat();
    assert_eq!(send(&browser, "", &large).await.status(), 413);
    assert_eq!(kept_by(&app), 0);
    // What was there stays.
    let avatar = set(&browser, &red()).await;
    assert_eq!(send(&browser, "", b"x").await.status(), 422);
    assert_eq!(status(&browser, &avatar.address()).await, 200);
}

#[tokio::test]
async fn another_sites_page_sets_nothing_and_a_stranger_neither() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let foreign = browser.client.post(format!("{}/avatar", app.base));
    let foreign = foreign.header("sec-fetch-site", "cross-site").body(red());
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    assert_eq!(send(&app.browser(), "", &red()).await.status(), 401);
    let form = post_form(&app.browser(), "picture", &red()).await;
    let to = form.headers()["location"].to_str().unwrap();
    assert!(to.starts_with("/login"), "{to}");
    assert_eq!(kept_by(&app), 0);
}

#[tokio::test]
async fn a_picture_is_shown_as_one_and_kept_by_the_browser_alone() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let avatar = set(&browser, &red()).await;
    let got = browser.get(&avatar.address()).await;
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("cache-control", "private, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(got.headers()[name], value, "{name}");
    }
    let policy = got.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("sandbox"), "{policy}");
    let gone = browser.get("/avatars/1").await;
    assert!(gone.headers().get("cache-control").is_none());
}

#[tokio::test]
async fn whoever_has_no_room_gets_no_picture() {
    let app = TestApp::with(Settings {
        file_mib: 1,
        quota_mib: 1,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let full = vec![b'x'; 1024 * 1024];
    let upload = browser.client.post(format!("{}/upload?name=a", app.base));
    let upload = upload.header("sec-fetch-site", "same-origin").body(full);
    assert_eq!(upload.send().await.unwrap().status(), 201);
    assert_eq!(send(&browser, "", &red()).await.status(), 507);
    assert_eq!(kept_by(&app), 1);
}

#[tokio::test]
async fn without_javascript_a_form_sets_it_and_says_what_is_wrong() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let page = browser.text("/settings").await;
    assert!(page.contains("action=\"/avatar\""), "{page}");
    for (field, bytes) in [
        ("picture", b"words".as_slice()),
        ("picture", b""),
        ("other", &red()),
    ] {
        let answer = post_form(&browser, field, bytes).await;
        assert_eq!(answer.status(), 422);
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("That is no picture that can be shown here."),
            "{page}"
        );
    }
    let answer = post_form(&browser, "picture", &picture(RED, BLUE)).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/settings?saved=1");
    let page = browser.text("/settings").await;
    let address = page.split("src=\"/avatars/").nth(1).unwrap();
    let address = format!("/avatars/{}", address.split('"').next().unwrap());
    assert_eq!(status(&browser, &address).await, 200);
}

#[tokio::test]
async fn a_program_sets_and_removes_it_by_its_token() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let (of_john, of_bill) = (app.token(&john).await, app.token(&bill).await);
    let client = app.browser().client;
    let ask = |method: Method, path: &str, token: &str, body: Vec<u8>| {
        let url = format!("{}/api/v1{path}", app.base);
        client
            .request(method, url)
            .bearer_auth(token)
            .body(body)
            .send()
    };
    let put = ask(Method::PUT, "/me/avatar?x=0&y=0&side=9", &of_john, red());
    let user: User = put.await.unwrap().json().await.unwrap();
    assert_eq!(user.id, john.id);
    let path = format!("/avatars/{}", user.avatar.unwrap());
    let status = |response: Response| response.status().as_u16();
    assert_eq!(
        status(ask(Method::GET, &path, &of_bill, vec![]).await.unwrap()),
        200
    );
    assert_eq!(
        status(ask(Method::GET, &path, "nonsense", vec![]).await.unwrap()),
        401
    );
    assert_eq!(
        status(
            ask(Method::PUT, "/me/avatar", "nonsense", red())
                .await
                .unwrap()
        ),
        401
    );
    assert_eq!(
        status(
            ask(Method::PUT, "/me/avatar", &of_bill, vec![])
                .await
                .unwrap()
        ),
        422
    );
    assert_eq!(
        status(
            ask(Method::DELETE, "/me/avatar", &of_bill, vec![])
                .await
                .unwrap()
        ),
        204
    );
    assert_eq!(
        status(ask(Method::GET, &path, &of_bill, vec![]).await.unwrap()),
        200
    );
    assert_eq!(
        status(
            ask(Method::DELETE, "/me/avatar", &of_john, vec![])
                .await
                .unwrap()
        ),
        204
    );
    assert_eq!(
        status(ask(Method::GET, &path, &of_bill, vec![]).await.unwrap()),
        404
    );
}
