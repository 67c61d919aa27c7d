//! Contacts: asking, saying yes and no, taking it back and ending it; what both hear of it, and what others
//! and those who are blocked do not.

use hubbub::protocol::{ThreadKind, User};
use serde_json::{Value, json};

use crate::support::TestSocket;

/// Names with what each is to whoever asks.
async fn contacts(socket: &mut TestSocket) -> Vec<(String, String)> {
    let list = socket.rpc("get:me/contacts", json!({})).await;
    let contacts = list["contacts"].as_array().unwrap().iter();
    let named = |contact: &Value| {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        (word(&contact["user"]["username"]), word(&contact["tie"]))
    };
    contacts.map(named).collect()
}

fn is(name: &str, tie: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), tie.to_owned())]
}

async fn ask(socket: &mut TestSocket, whom: &User) -> Value {
    let path = format!("put:users/{}/contact", whom.id);
    socket.rpc(&path, json!({})).await["code"].clone()
}

async fn end(socket: &mut TestSocket, whom: &User) -> Value {
    let path = format!("delete:users/{}/contact", whom.id);
    socket.rpc(&path, json!({})).await["code"].clone()
}

/// How many wait, as this socket is told next.
async fn told(socket: &mut TestSocket) -> i64 {
    loop {
        let (_, _, data) = socket.publication().await;
        if data["type"] == "contacts" {
            return data["number"].as_i64().unwrap();
        }
    }
}

on_both_engines! {
    async fn who_is_asked_says_yes_and_both_hear_of_it_on_all_devices(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let eve = app.person("eve").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let mut phone = app.socket_of_again(&bill).await;
        let mut eves = app.socket_of(&eve).await;
        assert_eq!(ask(&mut johns, &bill).await, 204);
        assert_eq!([told(&mut johns).await, told(&mut bills).await, told(&mut phone).await], [0, 1, 1]);
        assert_eq!(contacts(&mut johns).await, is("bill", "asked"));
        assert_eq!(contacts(&mut bills).await, is("john", "waits"));
        // Asked twice is one request, and tells nobody anything.
        assert_eq!(ask(&mut johns, &bill).await, 204);
        assert_eq!(bills.everything_so_far().await, [] as [Value; 0]);
        let (_, shared) = app.signed_in("bill").await.call("shared", "").await;
        assert_eq!(shared["requests"], 1);
        assert_eq!(ask(&mut bills, &john).await, 204);
        assert_eq!([told(&mut johns).await, told(&mut bills).await, told(&mut phone).await], [0, 0, 0]);
        assert_eq!(contacts(&mut johns).await, is("bill", "contact"));
        assert_eq!(contacts(&mut bills).await, is("john", "contact"));
        assert_eq!(end(&mut johns, &bill).await, 204);
        assert_eq!(contacts(&mut bills).await, []);
        assert_eq!(eves.everything_so_far().await, [] as [Value; 0]);
    }

    async fn a_request_is_declined_and_taken_back(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        ask(&mut johns, &bill).await;
        assert_eq!(end(&mut bills, &john).await, 204);
        assert_eq!(contacts(&mut johns).await, []);
        ask(&mut johns, &bill).await;
        assert_eq!(end(&mut johns, &bill).await, 204);
        assert_eq!(contacts(&mut bills).await, []);
        bills.everything_so_far().await;
        // What is over already is over.
        assert_eq!(end(&mut johns, &bill).await, 204);
        assert_eq!(bills.everything_so_far().await, [] as [Value; 0]);
    }

    async fn two_who_ask_each_other_at_once_have_agreed(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        for round in 0..10 {
            let (one, other) = tokio::join!(ask(&mut johns, &bill), ask(&mut bills, &john));
            assert_eq!([one, other], [204, 204], "round {round}");
            assert_eq!(contacts(&mut johns).await, is("bill", "contact"));
            assert_eq!(contacts(&mut bills).await, is("john", "contact"));
            end(&mut bills, &john).await;
        }
    }

    async fn nobody_asks_themselves_who_is_not_here_or_who_has_blocked_them(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let gone = app.person("gone").await;
        hubbub::server::db::people::shut_out(&app.db, gone.id, app.now()).await.unwrap();
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        assert_eq!(ask(&mut johns, &john).await, 404);
        assert_eq!(ask(&mut johns, &gone).await, 404);
        ask(&mut johns, &bill).await;
        ask(&mut bills, &john).await;
        johns.everything_so_far().await;
        let block = format!("put:users/{}/block", john.id);
        assert_eq!(bills.rpc(&block, json!({})).await["code"], 204);
        assert_eq!(told(&mut johns).await, 0, "they are no contacts any more");
        assert_eq!(contacts(&mut johns).await, []);
        for (socket, whom) in [(&mut johns, &bill), (&mut bills, &john)] {
            assert_eq!(ask(socket, whom).await, 404);
        }
        // Of being blocked alone, nobody hears.
        let eve = app.person("eve").await;
        let mut eves = app.socket_of(&eve).await;
        let block = format!("put:users/{}/block", eve.id);
        assert_eq!(bills.rpc(&block, json!({})).await["code"], 204);
        assert_eq!(eves.everything_so_far().await, [] as [Value; 0]);
    }

    async fn a_guest_asks_and_is_asked_by_those_they_know(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let tea = app.thread(&john, ThreadKind::Private).await;
        let gus = app.guest("gus", &[tea]).await;
        let (mut guests, mut bills) = (app.socket_of(&gus).await, app.socket_of(&bill).await);
        assert_eq!(ask(&mut guests, &bill).await, 404);
        assert_eq!(ask(&mut bills, &gus).await, 404);
        assert_eq!(ask(&mut guests, &john).await, 204);
        let mut johns = app.socket_of(&john).await;
        assert_eq!(ask(&mut johns, &gus).await, 204);
        assert_eq!(contacts(&mut guests).await, is("john", "contact"));
        // Whom they know no more is not in their list.
        let leave = format!("delete:threads/{tea}/members/{}", john.id);
        assert_eq!(johns.rpc(&leave, json!({})).await["code"], 204);
        assert_eq!(contacts(&mut guests).await, []);
    }

    async fn contacts_are_on_top_of_everybody_and_come_first_where_people_are_named(app) {
        let john = app.person("john").await;
        let zoe = app.person("janez").await;
        for name in ["jack", "jill", "jim", "joe", "juan", "judy"] {
            app.person(name).await;
        }
        let (mut johns, mut zoes) = (app.socket_of(&john).await, app.socket_of(&zoe).await);
        ask(&mut johns, &zoe).await;
        let browser = app.signed_in("john").await;
        let page = browser.text("/people").await;
        assert!(page.contains("You have asked") && page.contains("Withdraw"), "{page}");
        let zoes_browser = app.signed_in("janez").await;
        let page = zoes_browser.text("/people").await;
        assert!(page.contains("They ask to be your contact") && page.contains("Accept"), "{page}");
        let form = [("change", "contact"), ("id", &*john.id.to_string())];
        assert_eq!(zoes_browser.change(&form).await, "/people");
        let page = browser.text("/people").await;
        assert!(page.contains(">Contacts<") && page.contains("Remove"), "{page}");
        assert!(!browser.text("/people?search=j").await.contains(">Contacts<"));
        let (_, found) = browser.call("suggest_people", "text=j").await;
        assert_eq!(found[0]["username"], "janez", "{found}");
        assert!(browser.text("/people/janez").await.contains("Remove"));
        assert_eq!(contacts(&mut zoes).await, is("john", "contact"));
    }
}
