//! The connection fed with every kind of event, and what it asks for in return.

use super::*;
use crate::protocol::frame::raw;

const CONNECTED: &str = r#"{"id":1,"connect":{"client":"c","version":"v","subs":{"thread:1":{"recoverable":true,"positioned":true,"epoch":"e","offset":5}},"ping":25,"pong":true}}"#;

fn connected() -> Connection {
    let mut connection = Connection::default();
    connection.on(Event::Start, 1.0);
    connection.on(Event::Opened, 1.0);
    connection.on(Event::Frame(CONNECTED.into()), 1.0);
    assert_eq!(connection.status(), Status::Connected);
    connection
}

fn sent(actions: &[Action]) -> String {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::Send(text) => Some(text.as_str()),
            _ => None,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn it_opens_authenticates_and_is_connected() {
    let mut connection = Connection::default();
    let (actions, _) = connection.on(Event::Start, 1.0);
    assert!(actions.contains(&Action::Open));
    let (actions, _) = connection.on(Event::Opened, 1.0);
    assert!(sent(&actions).contains("\"connect\""));
    let (actions, notices) = connection.on(Event::Frame(CONNECTED.into()), 1.0);
    assert!(matches!(notices[0], Notice::Connected(_)));
    assert!(actions.contains(&Action::SetTimer(35_000)));
}

#[test]
fn a_ping_is_answered() {
    let (actions, _) = connected().on(Event::Frame("{}".into()), 1.0);
    assert_eq!(sent(&actions), "{}");
}

#[test]
fn it_resumes_from_the_last_publication_it_saw() {
    let mut connection = connected();
    let push = r#"{"push":{"channel":"thread:1","pub":{"data":1,"offset":6}}}"#;
    connection.on(Event::Frame(push.into()), 1.0);
    connection.on(Event::Closed(1006), 1.0);
    assert_eq!(connection.status(), Status::Waiting);
    connection.on(Event::Timer, 1.0);
    let (actions, _) = connection.on(Event::Opened, 1.0);
    let text = sent(&actions);
    assert!(
        text.contains(r#""subs":{"thread:1":{"recover":true,"epoch":"e","offset":6}}"#),
        "{text}"
    );
}

#[test]
fn a_wanted_channel_is_asked_for_again_after_a_reconnect() {
    let mut connection = connected();
    let action = connection.subscribe("thread:9").unwrap();
    assert!(sent(&[action]).contains("thread:9"));
    connection.on(Event::Closed(3001), 1.0);
    connection.on(Event::Timer, 1.0);
    connection.on(Event::Opened, 1.0);
    let again = CONNECTED.replace("\"id\":1", "\"id\":3");
    let (actions, _) = connection.on(Event::Frame(again), 1.0);
    assert!(sent(&actions).contains(r#""subscribe":{"channel":"thread:9"}"#));
}

#[test]
fn a_refused_channel_is_told_and_can_be_asked_for_again() {
    let mut connection = connected();
    connection.subscribe("thread:9").unwrap();
    let refusal = r#"{"id":2,"error":{"code":100,"message":"x","temporary":true}}"#;
    let (_, notices) = connection.on(Event::Frame(refusal.into()), 1.0);
    assert!(matches!(&notices[..], [Notice::NotSubscribed(channel, _)] if channel == "thread:9"));
    assert!(connection.subscribe("thread:9").is_some());
}

#[test]
fn a_server_that_drops_everybody_at_once_is_approached_ever_more_slowly() {
    let mut connection = connected();
    let mut waits = Vec::new();
    for id in 2..5 {
        let (actions, _) = connection.on(Event::Closed(1006), 1.0);
        waits.extend(actions.iter().filter_map(|action| match action {
            Action::SetTimer(wait) => Some(*wait),
            _ => None,
        }));
        connection.on(Event::Timer, 1.0);
        connection.on(Event::Opened, 1.0);
        let again = CONNECTED.replace("\"id\":1", &format!("\"id\":{id}"));
        connection.on(Event::Frame(again), 1.0);
        assert_eq!(connection.status(), Status::Connected);
    }
    assert_eq!(waits, [500, 1000, 2000]);
    connection.on(Event::Frame("{}".into()), 1.0);
    let (actions, _) = connection.on(Event::Closed(1006), 1.0);
    assert!(actions.contains(&Action::SetTimer(500)));
}

#[test]
fn what_the_server_subscribed_us_to_is_not_asked_for() {
    assert!(connected().subscribe("thread:1").is_none());
}

#[test]
fn the_answers_to_open_calls_are_lost_with_the_connection() {
    let mut connection = connected();
    let (id, _) = connection.call("ping", raw(&()).unwrap()).unwrap();
    let (_, notices) = connection.on(Event::Closed(1006), 1.0);
    assert!(matches!(&notices[..], [Notice::Lost(lost)] if *lost == [id]));
    assert!(connection.call("ping", raw(&()).unwrap()).is_none());
}

#[test]
fn an_answer_reaches_its_call_once() {
    let mut connection = connected();
    let (id, _) = connection.call("ping", raw(&()).unwrap()).unwrap();
    let frame = format!(r#"{{"id":{id},"rpc":{{"data":"pong"}}}}"#);
    let (_, notices) = connection.on(Event::Frame(frame.clone()), 1.0);
    assert!(matches!(&notices[..], [Notice::Answered(answered, Ok(_))] if *answered == id));
    let (_, notices) = connection.on(Event::Frame(frame), 1.0);
    assert!(notices.is_empty());
}

#[test]
fn silence_counts_as_a_dead_connection() {
    let mut connection = connected();
    let (actions, _) = connection.on(Event::Timer, 1.0);
    assert_eq!(actions[0], Action::Close);
    assert_eq!(connection.status(), Status::Waiting);
}

#[test]
fn the_end_of_the_session_signs_out_and_it_does_not_come_back() {
    let mut connection = connected();
    let (_, notices) = connection.on(Event::Closed(3503), 1.0);
    assert!(matches!(notices[..], [Notice::SignedOut]));
    let (actions, _) = connection.on(Event::TryNow, 1.0);
    assert!(actions.is_empty());
    assert_eq!(connection.status(), Status::SignedOut);
}

#[test]
fn any_other_close_leads_to_another_try() {
    for code in [1006, 1009, 3001, 3008, 3501, 3507] {
        let mut connection = connected();
        connection.on(Event::Closed(code), 1.0);
        assert_eq!(connection.status(), Status::Waiting, "{code}");
    }
}

#[test]
fn a_refused_connect_signs_out_but_a_temporary_error_does_not() {
    let refuse = |error: &str| {
        let mut connection = Connection::default();
        connection.on(Event::Start, 1.0);
        connection.on(Event::Opened, 1.0);
        connection.on(Event::Frame(format!(r#"{{"id":1,"error":{error}}}"#)), 1.0);
        connection.status()
    };
    assert_eq!(
        refuse(r#"{"code":403,"message":"Forbidden"}"#),
        Status::SignedOut
    );
    assert_eq!(
        refuse(r#"{"code":100,"message":"x","temporary":true}"#),
        Status::Waiting
    );
}

#[test]
fn offline_is_noticed_at_once_and_online_tries_at_once() {
    let mut connection = connected();
    let (actions, _) = connection.on(Event::Offline, 1.0);
    assert_eq!(actions[0], Action::Close);
    assert_eq!(connection.status(), Status::Offline);
    // The socket's own close comes late and changes nothing.
    connection.on(Event::Closed(1006), 1.0);
    let (actions, _) = connection.on(Event::Online, 1.0);
    assert!(actions.contains(&Action::Open));
    assert_eq!(connection.status(), Status::Connecting);
}

#[test]
fn nonsense_from_the_other_side_ends_the_connection_and_not_the_page() {
    let mut connection = connected();
    let (actions, _) = connection.on(Event::Frame("<html>".into()), 1.0);
    assert_eq!(actions[0], Action::Close);
    assert_eq!(connection.status(), Status::Waiting);
}

#[test]
fn a_channel_the_server_adds_is_followed_and_resumed() {
    let mut connection = connected();
    let push = r#"{"push":{"channel":"thread:2","subscribe":{"recoverable":true,"positioned":true,"epoch":"e","offset":3}}}"#;
    let (_, notices) = connection.on(Event::Frame(push.into()), 1.0);
    assert!(matches!(&notices[..], [Notice::Subscribed(channel, _)] if channel == "thread:2"));
    assert_eq!(
        connection.subscribe("thread:2"),
        None,
        "it is there already"
    );
    connection.on(Event::Closed(1006), 1.0);
    connection.on(Event::Timer, 1.0);
    let (actions, _) = connection.on(Event::Opened, 1.0);
    let resumed = r#""thread:2":{"recover":true,"epoch":"e","offset":3}"#;
    assert!(sent(&actions).contains(resumed));
}

#[test]
fn a_channel_the_server_takes_away_is_told_and_not_resumed() {
    let mut connection = connected();
    let push = r#"{"push":{"channel":"thread:1","unsubscribe":{"code":2000,"reason":"x"}}}"#;
    let (actions, notices) = connection.on(Event::Frame(push.into()), 1.0);
    assert_eq!(sent(&actions), "");
    assert!(matches!(&notices[..], [Notice::Unsubscribed(channel)] if channel == "thread:1"));
    connection.on(Event::Closed(1006), 1.0);
    connection.on(Event::Timer, 1.0);
    let (actions, _) = connection.on(Event::Opened, 1.0);
    assert!(!sent(&actions).contains("thread:1"));
}

#[test]
fn a_channel_that_lost_its_state_is_asked_for_again_from_its_position() {
    let mut connection = connected();
    connection.subscribe("thread:9");
    let begins = r#"{"id":2,"subscribe":{"positioned":true,"epoch":"e","offset":4}}"#;
    connection.on(Event::Frame(begins.into()), 1.0);
    let push = r#"{"push":{"channel":"thread:9","unsubscribe":{"code":2500,"reason":"x"}}}"#;
    let (actions, notices) = connection.on(Event::Frame(push.into()), 1.0);
    assert!(notices.is_empty());
    let again = r#""subscribe":{"channel":"thread:9","recover":true,"epoch":"e","offset":4}"#;
    assert!(sent(&actions).contains(again));
}

#[test]
fn a_subscription_that_the_server_made_first_is_no_failure() {
    let mut connection = connected();
    connection.subscribe("thread:9");
    let push = r#"{"push":{"channel":"thread:9","subscribe":{}}}"#;
    let already = r#"{"id":2,"error":{"code":105,"message":"already subscribed"}}"#;
    let (_, notices) = connection.on(Event::Frame(format!("{push}\n{already}")), 1.0);
    assert!(matches!(&notices[..], [Notice::Subscribed(..)]));
}
