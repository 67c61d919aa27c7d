//! Direct threads: exactly one for each set of people, and nobody else's business.

use hubbub::protocol::User;
use hubbub::server::db::starting;
use serde_json::{Value, json};

use crate::support::TestSocket;

async fn open(socket: &mut TestSocket, people: &[&User]) -> Value {
    let people: Vec<&str> = people.iter().map(|user| user.username.as_str()).collect();
    socket
        .rpc("post:threads/direct", json!({ "people": people }))
        .await
}

on_both_engines! {
    async fn there_is_one_direct_thread_for_each_set_of_people_whoever_opens_it(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let ann = app.person("ann").await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let one = open(&mut johns, &[&bill]).await;
        assert_eq!((&one["code"], &one["kind"], &one["name"]), (&json!(200), &json!("direct"), &json!("")));
        let names: Vec<_> = one["people"].as_array().unwrap().iter().map(|u| u["username"].clone()).collect();
        assert_eq!(names, ["bill", "john"]);
        let (channel, _, data) = bills.publication().await;
        assert_eq!((channel, &data["type"]), (format!("user:{}", bill.id), &json!("thread_joined")));
        assert_eq!(data["thread"]["people"], one["people"]);
        assert_eq!(open(&mut bills, &[&john]).await["id"], one["id"]);
        assert_eq!(open(&mut johns, &[&bill, &john, &bill]).await["id"], one["id"]);
        let three = open(&mut johns, &[&ann, &bill]).await;
        assert_ne!(three["id"], one["id"]);
        assert_eq!(open(&mut bills, &[&john, &ann]).await["id"], three["id"]);
        bills.everything_so_far().await;
        johns.rpc("thread:publish", json!({ "id": one["id"], "message": "psst" })).await;
        let (channel, _, data) = bills.publication().await;
        assert_eq!((channel, &data["type"]), (format!("user:{}", bill.id), &json!("thread_joined")));
        assert_eq!(bills.publication().await.2["message"]["text"], "psst");
        johns.rpc("thread:publish", json!({ "id": one["id"], "message": "again" })).await;
        assert_eq!(bills.publication().await.2["message"]["text"], "again", "it is in the list by now");
    }

    async fn a_direct_thread_is_in_no_list_until_something_is_said_in_it(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mut johns = app.socket_of(&john).await;
        let id = open(&mut johns, &[&bill]).await["id"].clone();
        let browser = app.signed_in("bill").await;
        assert_eq!(browser.call("shared", "").await.1["threads"], json!([]));
        let page = browser.text(&format!("/t/{id}")).await;
        assert!(page.contains("<h1 dir=\"auto\">john</h1>"), "it can be looked at: {page}");
        // Behind all others, it is followed all the same.
        let mut bills = app.socket_of(&bill).await;
        johns.rpc("thread:publish", json!({ "id": id, "message": "psst" })).await;
        let told = bills.everything_so_far().await;
        let kinds: Vec<_> = told.iter().map(|push| push["pub"]["data"]["type"].clone()).collect();
        assert_eq!(kinds, ["thread_joined", "posted"]);
        assert_eq!(told[0]["pub"]["data"]["thread"]["message_count"], 1);
        let mine = browser.call("shared", "").await.1["threads"].clone();
        assert_eq!((&mine[0]["thread"]["id"], &mine[0]["read"]["number"]), (&id, &json!(0)));
    }

    async fn two_processes_that_open_a_direct_thread_at_once_find_the_same(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let opening = |me: &User, other: &User| {
            let (db, now, people, me) = (app.db.clone(), app.now(), vec![other.id], me.id);
            tokio::spawn(async move { starting::open_direct(&db, &people, me, now).await.unwrap() })
        };
        for round in 0..8 {
            let other = app.person(&format!("other{round}")).await;
            let both = [opening(&john, &other), opening(&other, &john), opening(&john, &other)];
            let mut ids = Vec::new();
            let mut new = 0;
            for opened in both {
                let (thread, is_new) = opened.await.unwrap().expect("both are here");
                new += i32::from(is_new);
                ids.push(thread.id);
            }
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
            assert_eq!(new, 1);
        }
        let _ = bill;
    }

    async fn two_who_write_to_each_other_at_once_make_one_thread(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let open = |people: &str| json!({ "method": "post:threads/direct", "data": { "people": [people] } });
        let (one, other) = (johns.send("rpc", open("bill")).await, bills.send("rpc", open("john")).await);
        let (one, other) = (johns.answer(one).await, bills.answer(other).await);
        assert!(one["rpc"]["data"]["id"].is_i64(), "{one}");
        assert_eq!(one["rpc"]["data"]["id"], other["rpc"]["data"]["id"]);
    }

    async fn nobody_writes_to_nobody_to_strangers_or_to_a_crowd(app) {
        let john = app.person("john").await;
        let mut johns = app.socket_of(&john).await;
        let mut crowd = Vec::new();
        for n in 1..=8 {
            crowd.push(app.person(&format!("person{n}")).await);
        }
        let crowd: Vec<&User> = crowd.iter().collect();
        assert_eq!(open(&mut johns, &crowd[..7]).await["code"], 200, "eight with me");
        let many = open(&mut johns, &crowd).await;
        assert_eq!(many["code"], 422);
        assert!(many["errors"]["people"].as_str().unwrap().contains("At most 8 people"), "{many}");
        assert_eq!(open(&mut johns, &[&john]).await["code"], 422);
        let stranger = json!({ "people": ["nobody"] });
        assert_eq!(johns.rpc("post:threads/direct", stranger).await["code"], 422);
        let browser = app.signed_in("john").await;
        let (status, page) = browser.refused("/api/open_direct", &[("people", "nobody")]).await;
        assert_eq!(status, 422);
        assert!(page.contains("Please check the usernames.") && page.contains("value=\"nobody\""));
        let there = browser.post_to("/", "/api/open_direct", &[("people", "@person1")]).await;
        let page = browser.text(&there).await;
        assert!(page.contains("<h1 dir=\"auto\">person1</h1>"), "{page}");
    }

    async fn an_outsider_does_not_learn_of_a_direct_thread_by_any_way(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mallory = app.person("mallory").await;
        let mut johns = app.socket_of(&john).await;
        let mut others = app.socket_of(&mallory).await;
        let id = open(&mut johns, &[&bill]).await["id"].clone();
        johns.rpc("thread:publish", json!({ "id": id, "message": "between us" })).await;
        for (method, data) in [
            (format!("get:threads/{id}"), json!({})),
            (format!("get:threads/{id}/messages"), json!({})),
            (format!("get:threads/{id}/members"), json!({})),
            (format!("post:threads/{id}/members"), json!({})),
            (format!("post:threads/{id}/messages"), json!({ "message": "hi" })),
            (format!("patch:threads/{id}"), json!({ "name": "x" })),
            (format!("delete:threads/{id}/members/{}", bill.id), json!({})),
            (format!("patch:threads/{id}/members/{}", mallory.id), json!({ "role": "owner" })),
        ] {
            let told = others.rpc(&method, data.clone()).await;
            let missing = others.rpc(&method.replace(&format!("/{id}"), "/4711"), data).await;
            assert_eq!((&told["code"], &told), (&json!(404), &missing), "{method}");
        }
        let channel = json!({ "channel": format!("thread:{id}") });
        for command in ["subscribe", "history", "presence"] {
            assert_eq!(others.refusal(command, channel.clone()).await, 103, "{command}");
        }
        let browser = app.signed_in("mallory").await;
        assert_eq!(browser.get(&format!("/t/{id}?panel=people")).await.status(), 404);
        assert!(!browser.text("/browse").await.contains(&format!("/t/{id}\"")));
        assert_eq!(others.rpc("get:threads", json!({})).await["data"], json!([]));
        assert_eq!(others.everything_so_far().await, [] as [Value; 0]);
    }

    async fn a_direct_thread_is_its_people_nobody_comes_or_goes_or_changes_it(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let ann = app.person("ann").await;
        let mut johns = app.socket_of(&john).await;
        let id = open(&mut johns, &[&bill]).await["id"].clone();
        let browser = app.signed_in("john").await;
        for what in [json!("leave"), json!({ "add": { "people": "ann" } }),
            json!({ "remove": { "user": bill.id } }), json!({ "make_owner": { "user": bill.id } }),
            json!({ "change": { "name": "Ours" } }), json!({ "change": { "private": false } }),
            json!({ "change": { "archived": true } })] {
            let body = json!({ "me": john.id, "thread": id, "what": what });
            assert_eq!(browser.ask("manage_thread", body).await.1, json!({ "Err": "Forbidden" }), "{what}");
        }
        let add = json!({ "user_id": ann.id });
        assert_eq!(johns.rpc(&format!("post:threads/{id}/members"), add).await["code"], 403);
        let leave = format!("delete:threads/{id}/members/{}", john.id);
        assert_eq!(johns.rpc(&leave, json!(null)).await["code"], 403);
        assert_eq!(johns.rpc(&format!("get:threads/{id}"), json!(null)).await["last_seq"], 0);
    }
}
