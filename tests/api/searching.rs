//! Finding messages by what they say: the same on both engines, and only what one may read now.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use hubbub::server::db::finding;
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

async fn post(socket: &mut TestSocket, thread: ThreadId, text: &str) -> i64 {
    let data = json!({ "id": thread, "message": text });
    let posted = socket.rpc("thread:publish", data).await;
    posted["message"]["seq"].as_i64().unwrap()
}

async fn search(socket: &mut TestSocket, query: &str) -> Value {
    socket.rpc("get:search", json!({ "q": query })).await
}

/// What was found, newest first, as it is shown.
async fn found(socket: &mut TestSocket, query: &str) -> Vec<String> {
    texts(&search(socket, query).await)
}

fn texts(page: &Value) -> Vec<String> {
    let text = |hit: &Value| {
        let pieces = hit["excerpt"].as_array().unwrap().iter();
        pieces
            .map(|piece| match piece["is_marked"] == true {
                true => format!("[{}]", piece["text"].as_str().unwrap()),
                false => piece["text"].as_str().unwrap().to_owned(),
            })
            .collect()
    };
    page["hits"].as_array().unwrap().iter().map(text).collect()
}

async fn one(app: &TestApp) -> (User, ThreadId, TestSocket) {
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let socket = app.socket_of(&john).await;
    (john, thread, socket)
}

on_both_engines! {
    async fn words_parts_of_words_and_single_characters_are_found(app) {
        let (_, thread, mut john) = one(&app).await;
        for text in ["Tea is ready", "the TEApot", "Café in Zürich", "我们喝茶吧", "ok", "a1"] {
            post(&mut john, thread, text).await;
        }
        assert_eq!(found(&mut john, "tea").await, ["the [TEA]pot", "[Tea] is ready"]);
        assert_eq!(found(&mut john, "pot").await, ["the TEA[pot]"]);
        assert_eq!(found(&mut john, "tea ready").await, ["[Tea] is [ready]"]);
        assert_eq!(found(&mut john, "zurich cafe").await, ["[Café] in [Zürich]"]);
        assert_eq!(found(&mut john, "茶").await, ["我们喝[茶]吧"]);
        assert_eq!(found(&mut john, "喝茶").await, ["我们[喝茶]吧"]);
        assert_eq!(found(&mut john, "ok").await, ["[ok]"]);
        assert_eq!(found(&mut john, "茶喝").await, [""; 0]);
        assert_eq!(found(&mut john, "teapots").await, [""; 0]);
        assert_eq!(found(&mut john, "").await, [""; 0]);
    }

    async fn pairs_of_letters_alone_are_no_word(app) {
        let (_, thread, mut john) = one(&app).await;
        // Has all pairs of "banana", and not the word.
        post(&mut john, thread, "ban ana nan").await;
        post(&mut john, thread, "banana").await;
        assert_eq!(found(&mut john, "banana").await, ["[banana]"]);
        assert_eq!(found(&mut john, "\"ban ana\"").await, ["[ban ana] nan"]);
        assert_eq!(found(&mut john, "ban -banana").await, ["[ban] ana nan"]);
    }

    async fn what_is_no_word_harms_nobody(app) {
        let (_, thread, mut john) = one(&app).await;
        post(&mut john, thread, "100% of it's \"done\" (really): a_b * AND OR").await;
        for query in ["100%", "it's", "(really)", "a_b", "*", "AND OR", "\"done\"", "' or 1=1 --", "\0", "&|!<->"] {
            search(&mut john, query).await;
        }
        assert_eq!(found(&mut john, "100% it's").await.len(), 1);
        assert_eq!(found(&mut john, "AND OR").await.len(), 1);
        assert_eq!(found(&mut john, "%").await.len(), 1, "among the newest, without the index");
        let letters: String = (0..5_000u32).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
        for long in ["x".repeat(5_000), letters, "word ".repeat(1_000)] {
            assert_eq!(found(&mut john, &long).await, [""; 0]);
        }
    }

    async fn who_where_and_when_narrow_it_down(app) {
        let (john_, thread, mut john) = one(&app).await;
        let bill = app.person("bill").await;
        app.join(thread, &bill).await;
        let mut bill = app.socket_of(&bill).await;
        let other = app.thread(&john_, ThreadKind::Private).await;
        post(&mut john, thread, "tea one").await;
        post(&mut bill, thread, "tea two https://example.org").await;
        app.days_pass(2);
        let mut john = app.socket_of_again(&john_).await;
        post(&mut john, other, "tea three").await;
        assert_eq!(found(&mut john, "tea from:bill").await.len(), 1);
        assert_eq!(found(&mut john, "tea from:nobody").await.len(), 0);
        assert_eq!(found(&mut john, &format!("tea in:{other}")).await, ["[tea] three"]);
        assert_eq!(found(&mut john, &format!("in:{thread}")).await.len(), 2);
        assert_eq!(found(&mut john, "has:link").await.len(), 1);
        assert_eq!(found(&mut john, "tea -one -two").await, ["[tea] three"]);
        // It is the 18th of November 2026 when a test begins.
        assert_eq!(found(&mut john, "on:2026-11-18").await.len(), 2);
        assert_eq!(found(&mut john, "tea after:2026-11-18").await, ["[tea] three"]);
        assert_eq!(found(&mut john, "tea before:2026-11-19").await.len(), 2);
    }

    async fn what_is_edited_or_deleted_is_found_as_it_is_at_once(app) {
        let (_, thread, mut john) = one(&app).await;
        let seq = post(&mut john, thread, "coffee").await;
        let revise = |what: Value| json!({ "id": thread, "seq": seq, "what": what });
        john.rpc("thread:revise", revise(json!({ "edit": { "text": "tea" } }))).await;
        assert_eq!(found(&mut john, "coffee").await, [""; 0]);
        assert_eq!(found(&mut john, "tea").await, ["[tea]"]);
        john.rpc("thread:revise", revise(json!("delete"))).await;
        assert_eq!(found(&mut john, "tea").await, [""; 0]);
        assert_eq!(found(&mut john, &format!("in:{thread}")).await, [""; 0]);
        john.rpc("thread:revise", revise(json!("restore"))).await;
        assert_eq!(found(&mut john, "tea").await, ["[tea]"]);
    }

    async fn what_is_behind_a_spoiler_stays_there_and_marks_are_not_shown(app) {
        let (_, thread, mut john) = one(&app).await;
        post(&mut john, thread, "**who** did it: ||the butler||").await;
        assert_eq!(found(&mut john, "butler").await, ["who did it: [spoiler]"]);
        assert_eq!(found(&mut john, "who").await, ["[who] did it: [spoiler]"]);
    }

    async fn what_has_files_and_what_lacks_a_word_is_found(app) {
        let (_, thread, mut john) = one(&app).await;
        let browser = app.signed_in("john").await;
        let url = format!("{}/upload?name=a.txt", app.base);
        let request = browser.client.post(url).header("sec-fetch-site", "same-origin");
        let file: Value = request.body("x").send().await.unwrap().json().await.unwrap();
        post(&mut john, thread, "tea with sugar").await;
        let data = json!({ "id": thread, "message": "tea and a file", "files": [file["id"]] });
        john.rpc("thread:publish", data).await;
        assert_eq!(found(&mut john, "has:file").await, ["tea and a file"]);
        assert_eq!(found(&mut john, "tea has:file").await, ["[tea] and a file"]);
        assert_eq!(found(&mut john, "has:image").await, [""; 0]);
        assert_eq!(found(&mut john, "-sugar").await, ["tea and a file"]);
    }

    async fn nobody_finds_what_they_may_not_read_now(app) {
        let (_, thread, mut john) = one(&app).await;
        let bill_ = app.person("bill").await;
        let mut bill = app.socket_of(&bill_).await;
        let public = app.thread(&bill_, ThreadKind::Public).await;
        post(&mut john, thread, "a secret").await;
        post(&mut bill, public, "no secret").await;
        assert_eq!(found(&mut bill, "secret").await, ["no [secret]"]);
        assert_eq!(found(&mut bill, &format!("secret in:{thread}")).await, [""; 0]);
        assert_eq!(found(&mut john, "secret").await.len(), 2, "everybody reads a public one");
        app.join(thread, &bill_).await;
        assert_eq!(found(&mut bill, "secret").await.len(), 2);
        let member = format!("delete:threads/{thread}/members/{}", bill_.id);
        john.rpc(&member, json!({})).await;
        assert_eq!(found(&mut bill, "secret").await, ["no [secret]"]);
    }

    async fn pages_go_on_where_the_last_one_ended(app) {
        let (_, thread, mut john) = one(&app).await;
        for n in 0..45 {
            post(&mut john, thread, &format!("tea number {n}")).await;
        }
        let mut all = Vec::new();
        let mut before = Value::Null;
        let mut pages = 0;
        loop {
            let page = john.rpc("get:search", json!({ "q": "tea", "before": before })).await;
            all.extend(texts(&page));
            pages += 1;
            match page.get("next") {
                Some(next) => before = next.clone(),
                None => break,
            }
        }
        let expected: Vec<String> = (0..45).rev().map(|n| format!("[tea] number {n}")).collect();
        assert_eq!(all, expected);
        assert_eq!(pages, 3);
    }

    async fn the_index_is_filled_from_the_newest_on_while_posts_go_on(app) {
        let (_, thread, mut john) = one(&app).await;
        for n in 0..5 {
            post(&mut john, thread, &format!("tea {n}")).await;
        }
        finding::begin_anew(&app.db).await.unwrap();
        let page = search(&mut john, "tea").await;
        assert_eq!((texts(&page).len(), &page["is_indexing"]), (0, &json!(true)));
        post(&mut john, thread, "tea, again").await;
        assert_eq!(found(&mut john, "tea").await, ["[tea], again"]);
        assert!(finding::index_some(&app.db, 2).await.unwrap());
        assert_eq!(found(&mut john, "tea").await, ["[tea], again", "[tea] 4", "[tea] 3"]);
        while finding::index_some(&app.db, 2).await.unwrap() {}
        let page = search(&mut john, "tea").await;
        assert_eq!((texts(&page).len(), page.get("is_indexing")), (6, None));
    }

    async fn a_page_without_a_script_shows_what_was_found(app) {
        let (_, thread, mut john) = one(&app).await;
        let seq = post(&mut john, thread, "<b>tea</b>").await;
        let page = app.signed_in("john").await.text("/search?q=TEA").await;
        assert!(page.contains("<mark>tea</mark>"), "{page}");
        assert!(page.contains(&format!("/t/{thread}?m={seq}")), "{page}");
        assert!(!page.contains("<b>tea"), "{page}");
    }
}
