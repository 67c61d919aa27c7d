//! Which of those one writes to directly are there: told to oneself, of all of them by one channel.

use hubbub::protocol::User;
use serde_json::{Value, json};

use crate::support::{Browser, TestSocket};

/// A direct thread of these in which something was said.
async fn written(socket: &mut TestSocket, with: &[&User]) -> Value {
    let people: Vec<_> = with.iter().map(|user| user.username.to_string()).collect();
    let thread = socket
        .rpc("post:threads/direct", json!({ "people": people }))
        .await;
    let post = json!({ "id": thread["id"], "message": "hello" });
    socket.rpc("thread:publish", post).await;
    thread["id"].clone()
}

fn channel(user: &User) -> String {
    format!("peers:{}", user.id)
}

/// What comes next on the channel of whoever asks.
async fn told(socket: &mut TestSocket) -> Value {
    loop {
        let (channel, _, data) = socket.publication().await;
        if channel.starts_with("peers:") {
            return data;
        }
    }
}

/// Who is there, as a page knows it.
async fn on_page(browser: &Browser) -> Value {
    let (_, shared) = browser.call("shared", "").await;
    shared["peers"]["online"].clone()
}

on_both_engines! {
    async fn whoever_looks_is_told_of_those_they_write_to_and_of_nobody_else(app) {
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let (eve, ada) = (app.person("eve").await, app.person("ada").await);
        let mut johns = app.socket_of(&john).await;
        written(&mut johns, &[&bill]).await;
        // Somebody in a group, and somebody to whom nothing was said.
        written(&mut johns, &[&bill, &eve]).await;
        johns.rpc("post:threads/direct", json!({ "people": ["ada"] })).await;
        let page = app.signed_in("john").await;
        assert_eq!(on_page(&page).await, json!(null));

        let begun = johns.subscribe(&channel(&john)).await;
        assert_eq!(begun["data"]["online"], json!([]), "{begun}");
        let _eves = app.socket_of(&eve).await;
        let _adas = app.socket_of(&ada).await;
        let bills = app.socket_of(&bill).await;
        let news = told(&mut johns).await;
        assert_eq!(news["online"], json!([bill.id]));
        assert_eq!(on_page(&page).await, json!([bill.id]));
        // Whoever begins to look now is told by the answer.
        let mut again = app.socket_of_again(&john).await;
        let begun = again.subscribe(&channel(&john)).await;
        assert_eq!(begun["data"]["online"], json!([bill.id]));

        drop(bills);
        let gone = async {
            loop {
                app.seconds_pass(2);
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            }
        };
        let news = tokio::select! {
            news = told(&mut johns) => news,
            () = gone => unreachable!(),
        };
        assert_eq!(news["offline"], json!([bill.id]), "{news}");
        assert_eq!(told(&mut again).await["offline"], json!([bill.id]));
        let page = page.text("/").await;
        assert!(!page.contains("presence online"), "{page}");
    }

    async fn a_page_is_drawn_with_who_is_there(app) {
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let mut johns = app.socket_of(&john).await;
        let thread = written(&mut johns, &[&bill]).await;
        let (here, there) = (app.signed_in("john").await, app.signed_in("bill").await);
        let row = format!("href=\"/t/{thread}\"");
        let page = there.text("/").await;
        let (_, row_of_john) = page.split_once(&row).unwrap();
        let (row_of_john, _) = row_of_john.split_once("</li>").unwrap();
        assert!(row_of_john.contains("presence online"), "{row_of_john}");
        let page = here.text("/").await;
        let (_, row_of_bill) = page.split_once(&row).unwrap();
        let (row_of_bill, _) = row_of_bill.split_once("</li>").unwrap();
        assert!(!row_of_bill.contains("presence "), "{row_of_bill}");
    }

    async fn nobody_looks_for_somebody_else(app) {
        let (john, eve) = (app.person("john").await, app.person("eve").await);
        let mut eves = app.socket_of(&eve).await;
        let refused = eves.refusal("subscribe", json!({ "channel": channel(&john) })).await;
        assert_eq!(refused, 103);
        let mut program = app.device_of(&eve, "program").await;
        let post = json!({ "channel": channel(&eve), "data": {} });
        assert_eq!(program.refusal("publish", post).await, 103);
    }
}
