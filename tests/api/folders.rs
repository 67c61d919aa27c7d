//! Sections of one's own in one's list: named, ordered and filled by their person, on all their devices, and
//! nobody else's business.

use hubbub::protocol::{Folders, ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

async fn john(app: &TestApp) -> (User, [ThreadId; 2], TestSocket) {
    let john = app.person("john").await;
    let threads = [
        app.thread(&john, ThreadKind::Private).await,
        app.thread(&john, ThreadKind::Public).await,
    ];
    let socket = app.socket_of(&john).await;
    (john, threads, socket)
}

async fn arrange(socket: &mut TestSocket, what: &str, name: &str) -> Value {
    let wanted = json!({ "what": what, "name": name });
    socket.call("threads:folders", wanted).await
}

async fn put(socket: &mut TestSocket, thread: ThreadId, name: &str) -> Value {
    socket
        .call("thread:folder", json!({ "id": thread, "name": name }))
        .await
}

/// Folders by name with what is in them, as programs are told.
async fn folders(socket: &mut TestSocket) -> Vec<(String, Vec<i64>)> {
    let listed = socket.rpc("get:threads/folders", json!({})).await;
    let folder = |folder: &Value| {
        let threads = folder["threads"].as_array().unwrap().iter();
        let threads = threads.map(|id| id.as_i64().unwrap()).collect();
        (folder["name"].as_str().unwrap().to_owned(), threads)
    };
    listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(folder)
        .collect()
}

fn folder(name: &str, threads: &[ThreadId]) -> (String, Vec<i64>) {
    (name.to_owned(), threads.iter().map(|id| id.0).collect())
}

on_both_engines! {
    async fn folders_are_made_ordered_and_filled_and_ones_devices_hear_of_it(app) {
        let (me, [a, b], mut here) = john(&app).await;
        let mut there = app.socket_of_again(&me).await;
        let bill = app.person("bill").await;
        app.join(b, &bill).await;
        let mut bills = app.socket_of(&bill).await;
        for socket in [&mut here, &mut there, &mut bills] {
            socket.everything_so_far().await;
        }
        arrange(&mut here, "make", "Work").await;
        let (channel, _, told) = there.publication().await;
        assert_eq!(channel, format!("user:{}", me.id));
        assert_eq!(told, json!({ "type": "folders_changed" }));
        arrange(&mut here, "make", "Play").await;
        put(&mut here, a, "Work").await;
        put(&mut here, b, "Play").await;
        let expected = [folder("Work", &[a]), folder("Play", &[b])];
        assert_eq!(folders(&mut there).await, expected);
        // A thread is in one at most, and goes where its folder goes.
        put(&mut here, b, "Work").await;
        arrange(&mut here, "down", "Work").await;
        assert_eq!(folders(&mut here).await, [folder("Play", &[]), folder("Work", &[a, b])]);
        let rename = json!({ "what": "rename", "name": "Work", "to": " Labour " });
        here.call("threads:folders", rename).await;
        put(&mut here, a, "").await;
        assert_eq!(folders(&mut here).await, [folder("Play", &[]), folder("Labour", &[b])]);
        let mine = here.rpc("get:threads/mine", json!({})).await.to_string();
        assert_eq!(mine.matches("\"folder\":2").count(), 1, "{mine}");
        // What is so already is told to nobody.
        there.everything_so_far().await;
        put(&mut here, b, "Labour").await;
        arrange(&mut here, "down", "Labour").await;
        arrange(&mut here, "open", "Labour").await;
        assert!(there.everything_so_far().await.is_empty());
        arrange(&mut here, "remove", "Labour").await;
        assert_eq!(folders(&mut here).await, [folder("Play", &[])]);
        let mine = here.rpc("get:threads/mine", json!({})).await.to_string();
        assert!(!mine.contains("\"folder\""), "{mine}");
        assert!(bills.everything_so_far().await.is_empty());
        assert_eq!(folders(&mut bills).await, []);
    }

    async fn nobody_puts_a_thread_anywhere_that_is_not_theirs_nor_learns_that_it_is_there(app) {
        let (_, [private, public], mut johns) = john(&app).await;
        let eve = app.person("eve").await;
        app.join(public, &eve).await;
        let mut eves = app.socket_of(&eve).await;
        arrange(&mut eves, "make", "Mine").await;
        let there = put(&mut eves, private, "Mine").await["error"].clone();
        let missing = put(&mut eves, ThreadId(999_999), "Mine").await["error"].clone();
        assert_eq!(there["code"], 404);
        assert_eq!(there, missing);
        assert_eq!(put(&mut eves, public, "Nowhere").await["error"]["code"], 404);
        put(&mut eves, public, "Mine").await;
        assert_eq!(folders(&mut eves).await, [folder("Mine", &[public])]);
        assert_eq!(folders(&mut johns).await, []);
        let leave = format!("delete:threads/{public}/members/{}", eve.id);
        eves.rpc(&leave, json!({})).await;
        eves.rpc(&format!("post:threads/{public}/members"), json!({})).await;
        assert_eq!(folders(&mut eves).await, [folder("Mine", &[])], "what one left is in none");
    }

    async fn a_bad_name_is_refused_and_so_is_one_too_many(app) {
        let (_, _, mut socket) = john(&app).await;
        for n in 0..Folders::MOST {
            arrange(&mut socket, "make", &format!("Folder {n}")).await;
        }
        for (what, name) in [("make", "More"), ("make", "Folder 1"), ("make", " "), ("burn", "Folder 1")] {
            let refused = arrange(&mut socket, what, name).await;
            assert!(refused.get("error").is_some(), "{what} {name}: {refused}");
        }
        assert_eq!(folders(&mut socket).await.len(), Folders::MOST);
        let wanted = json!({ "what": "burn", "name": "Folder 1" });
        assert_eq!(socket.rpc("post:threads/folders", wanted).await["code"], 400);
        let wanted = json!({ "what": "close", "name": "Folder 1" });
        assert_eq!(socket.rpc("post:threads/folders", wanted).await["code"], 204);
        let listed = socket.rpc("get:threads/folders", json!({})).await;
        assert_eq!(listed["data"][1]["is_closed"], true);
    }

    async fn without_a_script_they_are_made_filled_and_drawn_by_forms(app) {
        let (_, [a, b], mut johns) = john(&app).await;
        let browser = app.signed_in("john").await;
        let act = async |what: &str, name: &str| {
            let fields = [("change", "folder"), ("what", what), ("name", name)];
            assert_eq!(browser.change(&fields).await, "/settings/folders?saved=1");
        };
        act("make", "Work").await;
        act("make", "<b>Play").await;
        let page = browser.text(&format!("/t/{a}?panel=favourite")).await;
        assert!(page.contains("action=\"/api/set_folder\"") && page.contains("value=\"Work\""), "{page}");
        let thread = a.to_string();
        let fields = [("thread", thread.as_str()), ("folder", "Work")];
        let led = browser.post_to("/", "/api/set_folder", &fields).await;
        assert_eq!(led, format!("/t/{a}"));
        assert_eq!(folders(&mut johns).await, [folder("Work", &[a]), folder("<b>Play", &[])]);
        let page = browser.text("/").await;
        let (_, work) = page.split_once("class=\"folder\"").unwrap();
        let (work, rest) = work.split_once("</details>").unwrap();
        assert!(work.contains(&format!("href=\"/t/{a}\"")), "{work}");
        assert!(rest.contains(&format!("href=\"/t/{b}\"")), "{rest}");
        assert!(!page.contains("<b>Play"), "{page}");
        assert_eq!(page.matches("<details open class=\"folder\"").count(), 2, "{page}");
        act("close", "Work").await;
        let page = browser.text("/").await;
        assert_eq!(page.matches("<details open class=\"folder\"").count(), 1, "{page}");
        act("up", "<b>Play").await;
        act("remove", "Work").await;
        assert_eq!(folders(&mut johns).await, [folder("<b>Play", &[])]);
        let taken = [("change", "folder"), ("what", "make"), ("name", "<b>Play")];
        let (status, page) = browser.not_changed(&taken).await;
        assert_eq!(status, 422);
        assert!(page.contains("You have a folder of that name."), "{page}");
        let strange = [("change", "folder"), ("what", "burn"), ("name", "Work")];
        assert_eq!(browser.not_changed(&strange).await.0, 404);
        app.person("eve").await;
        let eve = app.signed_in("eve").await;
        let fields = [("thread", thread.as_str()), ("folder", "")];
        assert_eq!(eve.refused("/api/set_folder", &fields).await.0, 404);
    }
}
