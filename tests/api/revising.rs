//! What can be done with a message: answering, editing, deleting, reacting. Each "can" has its
//! "cannot", and each change is an event like any other.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use hubbub::server::db::{Pool, revising};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

/// Posts a message, and gives its place.
async fn post(socket: &mut TestSocket, thread: ThreadId, text: &str) -> i64 {
    let data = json!({ "id": thread, "message": text });
    let posted = socket.rpc("thread:publish", data).await;
    posted["message"]["seq"].as_i64().unwrap()
}

fn revision(thread: ThreadId, seq: i64, what: &Value) -> Value {
    json!({ "id": thread, "seq": seq, "what": what })
}

/// Does something with a message, and gives it as it is then.
async fn revise(socket: &mut TestSocket, thread: ThreadId, seq: i64, what: Value) -> Value {
    socket
        .rpc("thread:revise", revision(thread, seq, &what))
        .await
}

/// The code with which that is refused.
async fn refused(socket: &mut TestSocket, thread: ThreadId, seq: i64, what: Value) -> i64 {
    let reply = socket
        .call("thread:revise", revision(thread, seq, &what))
        .await;
    reply["error"]["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("{reply}"))
}

fn edit(text: &str) -> Value {
    json!({ "edit": { "text": text } })
}

fn react(emoji: &str) -> Value {
    json!({ "react": { "emoji": emoji } })
}

fn unreact(emoji: &str) -> Value {
    json!({ "unreact": { "emoji": emoji } })
}

async fn messages(socket: &mut TestSocket, thread: ThreadId) -> Vec<Value> {
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    page["messages"].as_array().unwrap().clone()
}

/// How many texts are kept that messages no longer say.
/// What administrators have done to others.
async fn deeds(app: &TestApp) -> Vec<String> {
    let deeds = "select act || ' ' || detail from audit_log order by id";
    match app.db.reader() {
        Pool::Sqlite(pool) => sqlx::query_scalar(deeds).fetch_all(pool).await.unwrap(),
        Pool::Postgres(pool) => sqlx::query_scalar(deeds).fetch_all(pool).await.unwrap(),
    }
}

async fn versions(app: &TestApp) -> i64 {
    const COUNT: &str = "select count(*) from message_versions";
    let count = match app.db.reader() {
        Pool::Sqlite(pool) => sqlx::query_scalar(COUNT).fetch_one(pool).await,
        Pool::Postgres(pool) => sqlx::query_scalar(COUNT).fetch_one(pool).await,
    };
    count.unwrap()
}

/// The head of a thread's stream.
async fn head(socket: &mut TestSocket, thread: ThreadId) -> i64 {
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    page["thread"]["last_seq"].as_i64().unwrap()
}

/// Two people in a thread of that kind, each with a socket that hears it.
async fn two(app: &TestApp, kind: ThreadKind) -> (ThreadId, [User; 2], [TestSocket; 2]) {
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    let thread = app.thread(&john, kind).await;
    app.join(thread, &bill).await;
    let sockets = [app.socket_of(&john).await, app.socket_of(&bill).await];
    (thread, [john, bill], sockets)
}

on_both_engines! {
    async fn an_author_edits_and_everybody_sees_it_at_its_place_in_the_stream(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "helo").await;
        let before = head(&mut john, thread).await;
        let edited = revise(&mut john, thread, seq, edit("hello")).await;
        assert_eq!((&edited["text"], &edited["seq"]), (&json!("hello"), &json!(seq)));
        assert_eq!(edited["changed_seq"], json!(before + 1));
        assert_eq!(edited["edited_at"], json!(app.now()));
        bill.publication().await;
        let (_, offset, event) = bill.publication().await;
        assert_eq!(i64::try_from(offset).unwrap(), before + 1);
        assert_eq!(event, json!({ "type": "message_changed", "message": edited }));
        assert_eq!(messages(&mut bill, thread).await, [edited]);
        // The same text once more is no event.
        revise(&mut john, thread, seq, edit("hello")).await;
        assert_eq!(head(&mut john, thread).await, before + 1);
    }

    async fn nobody_edits_what_another_one_has_written_not_even_who_governs(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Public).await;
        let seq = post(&mut bill, thread, "mine").await;
        assert_eq!(refused(&mut john, thread, seq, edit("not yours")).await, 403);
        assert_eq!(refused(&mut bill, thread, seq, edit(" ")).await, 422);
        assert_eq!(refused(&mut bill, thread, seq, edit(&"x".repeat(10_001))).await, 422);
        assert_eq!(refused(&mut bill, thread, seq + 1, edit("nothing is there")).await, 404);
        assert_eq!(messages(&mut bill, thread).await[0]["text"], "mine");
    }

    async fn a_deleted_message_keeps_its_place_and_nothing_of_what_it_said(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut bill, thread, "a secret").await;
        revise(&mut bill, thread, seq, edit("another secret")).await;
        revise(&mut john, thread, seq, react("👍")).await;
        let answer = json!({ "id": thread, "message": "what?", "reply_to": seq });
        john.rpc("thread:publish", answer).await;
        let gone = revise(&mut bill, thread, seq, json!("delete")).await;
        assert_eq!((&gone["text"], &gone["deleted_at"]), (&json!(""), &json!(app.now())));
        assert!(gone.get("reactions").is_none(), "{gone}");
        // By no way in: not in the pages, not quoted, not by a recovery from the beginning.
        let page = messages(&mut john, thread).await;
        assert_eq!(page.len(), 2);
        assert_eq!(page[1]["reply_to"]["text"], "");
        let channel = format!("thread:{thread}");
        let past = json!({ "channel": channel, "limit": 100, "since": { "offset": 0, "epoch": "" } });
        let past = john.ask("history", past).await.to_string();
        assert!(past.contains("message_changed"), "{past}");
        for text in [past, json!(page).to_string()] {
            assert!(!text.contains("secret"), "{text}");
        }
        // It counts as before: nobody's unread changes.
        assert_eq!(page[1]["number"], json!(2));
        for what in [edit("again"), react("👍"), unreact("👍")] {
            assert_eq!(refused(&mut bill, thread, seq, what).await, 404);
        }
        // Deleting it again is no event.
        let before = head(&mut john, thread).await;
        revise(&mut bill, thread, seq, json!("delete")).await;
        assert_eq!(head(&mut john, thread).await, before);
    }

    async fn owners_and_administrators_delete_what_others_wrote_and_others_do_not(app) {
        let governor = app.person("governor").await;
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Public).await;
        let eve = app.person("eve").await;
        let mut eve = app.socket_of(&eve).await;
        let first = post(&mut bill, thread, "one").await;
        let second = post(&mut bill, thread, "two").await;
        let of_the_owner = post(&mut john, thread, "three").await;
        assert_eq!(refused(&mut eve, thread, first, json!("delete")).await, 403);
        assert_eq!(refused(&mut bill, thread, of_the_owner, json!("delete")).await, 403);
        revise(&mut john, thread, first, json!("delete")).await;
        // An administrator does so in person, and that is on record.
        let mut token = app.socket_of(&governor).await;
        assert_eq!(refused(&mut token, thread, second, json!("delete")).await, 403);
        let browser = app.signed_in("governor").await;
        let delete = |thread: ThreadId, seq: i64| {
            json!({ "me": governor.id, "thread": thread, "seq": seq, "what": "delete" })
        };
        assert_eq!(browser.ask("revise_message", delete(thread, second)).await.0, 200);
        assert_eq!(deeds(&app).await, [format!("delete_message {thread}/{second}")]);
        // What two people say to each other is nobody's to govern.
        let people = json!({ "people": ["governor"] });
        let direct = bill.rpc("post:threads/direct", people).await["id"].clone();
        let direct: ThreadId = serde_json::from_value(direct).unwrap();
        let whispered = post(&mut bill, direct, "between us").await;
        assert_ne!(browser.ask("revise_message", delete(direct, whispered)).await.1, json!({ "Ok": null }));
        assert_eq!(messages(&mut bill, direct).await[0]["text"], "between us");
        // Whoever has deleted it may bring it back, and nobody else: also not its author.
        assert_eq!(refused(&mut bill, thread, first, json!("restore")).await, 404);
        let back = revise(&mut john, thread, first, json!("restore")).await;
        assert_eq!(back["text"], "one");
    }

    async fn what_was_deleted_comes_back_for_a_minute_with_all_that_it_had(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "one").await;
        revise(&mut john, thread, seq, edit("two")).await;
        let before = revise(&mut bill, thread, seq, react("🎉")).await;
        for _ in 0..2 {
            revise(&mut john, thread, seq, json!("delete")).await;
            app.seconds_pass(30);
            let back = revise(&mut john, thread, seq, json!("restore")).await;
            assert_eq!(back["text"], "two");
            assert_eq!(back["reactions"], before["reactions"]);
            assert!(back.get("deleted_at").is_none(), "{back}");
        }
        revise(&mut john, thread, seq, json!("delete")).await;
        app.seconds_pass(61);
        assert_eq!(refused(&mut john, thread, seq, json!("restore")).await, 409);
        assert_eq!(versions(&app).await, 2);
        revising::forget_deleted(&app.db, app.now()).await.unwrap();
        assert_eq!(versions(&app).await, 0);
    }

    async fn reactions_are_a_set_for_each_emoji(app) {
        let (thread, [john_, bill_], [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "hello").await;
        revise(&mut john, thread, seq, react("👍")).await;
        revise(&mut bill, thread, seq, react("🎉")).await;
        let message = revise(&mut bill, thread, seq, react("👍")).await;
        let all = json!([
            { "emoji": "👍", "by": [john_.id, bill_.id] },
            { "emoji": "🎉", "by": [bill_.id] },
        ]);
        assert_eq!(message["reactions"], all);
        let before = head(&mut john, thread).await;
        revise(&mut bill, thread, seq, react("👍")).await;
        revise(&mut john, thread, seq, unreact("🎉")).await;
        assert_eq!(head(&mut john, thread).await, before, "nothing was different");
        assert_eq!(messages(&mut john, thread).await[0]["reactions"], all);
        revise(&mut bill, thread, seq, unreact("🎉")).await;
        let page = messages(&mut john, thread).await;
        assert_eq!(page[0]["reactions"], json!([{ "emoji": "👍", "by": [john_.id, bill_.id] }]));
        for (none, code) in [("", 422), ("no", 422), ("👍👍", 422)] {
            assert_eq!(refused(&mut bill, thread, seq, react(none)).await, code);
        }
    }

    async fn a_reaction_is_told_by_what_it_changes_and_recovered_so(app) {
        let (thread, [_, bill_], [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "hello").await;
        john.publication().await;
        revise(&mut bill, thread, seq, react("👍")).await;
        let (_, offset, event) = john.publication().await;
        let reacted = json!({ "to": seq, "user": bill_, "emoji": "👍" });
        assert_eq!(event, json!({ "type": "reacted", "reacted": reacted }));
        // It is for whoever wrote that, who is told of it apart.
        let (_, _, apart) = john.publication().await;
        assert_eq!(apart, json!({ "type": "activity", "unread": true }));
        revise(&mut bill, thread, seq, unreact("👍")).await;
        let (_, _, event) = john.publication().await;
        assert_eq!(event["reacted"]["removed"], true);
        let channel = format!("thread:{thread}");
        let since = json!({ "offset": offset - 1, "epoch": "" });
        let past = john.ask("history", json!({ "channel": channel, "limit": 10, "since": since })).await;
        let past = past["history"]["publications"].as_array().unwrap().clone();
        assert_eq!(past[0]["data"], json!({ "type": "reacted", "reacted": reacted }));
        assert_eq!(past[1]["data"], event);
    }

    async fn a_message_has_twenty_different_emoji_at_most(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "hello").await;
        let emoji: Vec<String> = ('\u{1f600}'..='\u{1f614}').map(String::from).collect();
        for one in &emoji[..20] {
            revise(&mut john, thread, seq, react(one)).await;
        }
        assert_eq!(refused(&mut john, thread, seq, react(&emoji[20])).await, 422);
        revise(&mut bill, thread, seq, react(&emoji[0])).await;
        revise(&mut john, thread, seq, unreact(&emoji[1])).await;
        revise(&mut john, thread, seq, react(&emoji[20])).await;
    }

    async fn an_answer_quotes_what_it_answers_as_it_is_now(app) {
        let (thread, [_, bill_], [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut bill, thread, &"long ".repeat(100)).await;
        let data = json!({ "id": thread, "message": "yes", "reply_to": seq, "client_id": "c1" });
        let posted = john.rpc("thread:publish", data.clone()).await;
        let quote = &posted["message"]["reply_to"];
        assert_eq!((&quote["seq"], &quote["user"]["id"]), (&json!(seq), &json!(bill_.id)));
        assert_eq!(quote["text"].as_str().unwrap(), &"long ".repeat(32));
        let again = john.rpc("thread:publish", data).await;
        assert_eq!(again["message"], posted["message"]);
        revise(&mut bill, thread, seq, edit("short")).await;
        assert_eq!(messages(&mut john, thread).await[1]["reply_to"]["text"], "short");
    }

    async fn nothing_is_an_answer_to_what_is_not_there_or_stands_in_another_thread(app) {
        let (thread, [john_, _], [mut john, _bill]) = two(&app, ThreadKind::Private).await;
        let other = app.thread(&john_, ThreadKind::Private).await;
        let mut again = app.socket_of_again(&john_).await;
        post(&mut again, other, "elsewhere").await;
        let elsewhere = post(&mut again, other, "elsewhere").await;
        post(&mut john, thread, "here").await;
        for seq in [elsewhere + 7, 0, -1] {
            let data = json!({ "id": thread, "message": "yes", "reply_to": seq });
            let reply = john.call("thread:publish", data).await;
            assert_eq!(reply["error"]["code"], 404, "{seq} {reply}");
        }
        assert_eq!(messages(&mut john, thread).await.len(), 1);
    }

    async fn in_an_archived_thread_nothing_is_edited_or_reacted_to(app) {
        let (thread, _, [mut john, _bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "hello").await;
        john.rpc(&format!("patch:threads/{thread}"), json!({ "archived": true })).await;
        for what in [edit("x"), react("👍"), unreact("👍")] {
            assert_eq!(refused(&mut john, thread, seq, what).await, 409);
        }
        revise(&mut john, thread, seq, json!("delete")).await;
    }

    async fn whoever_is_not_in_a_thread_can_do_nothing_with_what_is_said_there(app) {
        let (thread, [_, bill_], [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut bill, thread, "hello").await;
        john.rpc(&format!("delete:threads/{thread}/members/{}", bill_.id), json!({})).await;
        for what in [edit("x"), json!("delete"), json!("restore"), react("👍"), unreact("👍")] {
            assert_eq!(refused(&mut bill, thread, seq, what).await, 404);
        }
    }

    async fn what_has_changed_after_an_event_is_listed_in_that_order(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let mut seqs = Vec::new();
        for text in ["one", "two", "three", "four"] {
            seqs.push(post(&mut john, thread, text).await);
        }
        let known = head(&mut john, thread).await;
        revise(&mut bill, thread, seqs[2], react("👍")).await;
        revise(&mut john, thread, seqs[0], edit("ONE")).await;
        revise(&mut john, thread, seqs[3], json!("delete")).await;
        revise(&mut john, thread, seqs[2], edit("THREE")).await;
        let changed = async |socket: &mut TestSocket, data: Value| {
            let page = socket.rpc("thread:history", data).await;
            let of = |message: &Value| message["seq"].as_i64().unwrap();
            let found: Vec<i64> = page["messages"].as_array().unwrap().iter().map(of).collect();
            (found, page["through"].as_i64().unwrap())
        };
        let all = json!({ "id": thread, "changed_after": known });
        let end = known + 4;
        assert_eq!(changed(&mut john, all).await, (vec![seqs[0], seqs[3], seqs[2]], end));
        let first = json!({ "id": thread, "changed_after": known, "limit": 1 });
        assert_eq!(changed(&mut john, first).await, (vec![seqs[0]], known + 2));
        let later = json!({ "id": thread, "changed_after": known + 2, "after": seqs[2] });
        assert_eq!(changed(&mut john, later).await, (vec![seqs[3]], end));
        let none = json!({ "id": thread, "changed_after": end });
        assert_eq!(changed(&mut john, none).await, (Vec::new(), end));
    }

    async fn without_a_script_all_of_it_is_plain_forms(app) {
        let (thread, _, [mut john, _bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "helo <b>").await;
        let browser = app.signed_in("john").await;
        let panel = format!("/t/{thread}?m={seq}&panel=message");
        let here = format!("/t/{thread}?m={seq}");
        let page = browser.text(&panel).await;
        assert!(page.contains(r#"action="/api/revise_message""#), "{page}");
        let of = async |fields: &[(&str, &str)]| {
            let id = thread.to_string();
            let seq = seq.to_string();
            let mut all = vec![("thread", id.as_str()), ("seq", seq.as_str())];
            all.extend_from_slice(fields);
            browser.post_to(&panel, "/api/revise_message", &all).await
        };
        assert_eq!(of(&[("what", "edit"), ("text", "hello <b>")]).await, here);
        let toggle = format!("{seq} 👍");
        assert_eq!(of(&[("toggle", &toggle)]).await, here);
        let page = browser.text(&here).await;
        assert!(page.contains("hello &lt;b&gt;"), "{page}");
        assert!(page.contains(r#"aria-pressed="true""#), "{page}");
        assert_eq!(of(&[("toggle", &toggle)]).await, here);
        assert!(!browser.text(&here).await.contains("aria-pressed=\"true\""));
        assert_eq!(of(&[("what", "delete")]).await, here);
        assert!(browser.text(&here).await.contains("This message was deleted."));
        assert_eq!(of(&[("what", "restore")]).await, here);
        assert!(browser.text(&here).await.contains("hello &lt;b&gt;"));
        // What was refused is given back with what is wrong.
        let long = "x".repeat(10_001);
        let (status, page) = browser
            .refused("/api/revise_message", &[
                ("thread", &thread.to_string()),
                ("seq", &seq.to_string()),
                ("what", "edit"),
                ("text", &long),
            ])
            .await;
        assert_eq!(status, 422);
        assert!(page.contains(&long), "what was typed is still there");
    }
}

/// So long after they were posted, authors change their messages; owners delete at any time.
async fn limited(app: &TestApp) {
    let (thread, _, [mut john, mut bill]) = two(app, ThreadKind::Private).await;
    let seq = post(&mut bill, thread, "hello").await;
    app.seconds_pass(9 * 60);
    revise(&mut bill, thread, seq, edit("hello!")).await;
    app.seconds_pass(2 * 60);
    assert_eq!(refused(&mut bill, thread, seq, edit("late")).await, 409);
    assert_eq!(refused(&mut bill, thread, seq, json!("delete")).await, 409);
    revise(&mut bill, thread, seq, react("👍")).await;
    revise(&mut john, thread, seq, json!("delete")).await;
}

#[tokio::test]
async fn a_time_limit_is_for_authors() {
    let settings = crate::support::Settings {
        edit_minutes: 10,
        ..Default::default()
    };
    limited(&TestApp::with(settings).await).await;
}
