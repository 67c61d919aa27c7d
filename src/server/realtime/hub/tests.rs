//! The hub alone: who is reached by what.

use std::time::Duration;

use super::instruction::Stamped;
use super::*;
use crate::protocol::frame::PresenceStatsResult;
use crate::protocol::frame::Publication;
use crate::protocol::frame::raw;
use crate::server::realtime::registration::history::Entry;
use crate::server::realtime::testing::{self, Pipe};
use crate::server::realtime::transport::wire::WireBytes;

fn link(hub: &Hub) -> Arc<Link> {
    testing::open(hub, 1024).0
}

/// The subscription that a connection has begun last.
fn latest<'a>(link: &'a Arc<Link>, channel: &'a str) -> SubscriptionKey<'a> {
    SubscriptionKey {
        link,
        channel,
        generation: link.latest_generation(),
    }
}

fn subscribe<'a>(hub: &Hub, channel: &'a str, link: &'a Arc<Link>) -> SubscriptionKey<'a> {
    link.next_generation();
    let key = latest(link, channel);
    hub.subscribe(&key);
    key
}

fn unsubscribe_by_server(hub: &Hub, user: &str) {
    let unsubscribe = Instruction::Unsubscribe {
        channel: "a".to_owned(),
        code: UnsubscribeCode::Server,
    };
    hub.instruct(&Whom::User(user.to_owned()), unsubscribe);
}

/// A connection that has subscribed, and what it receives.
fn subscriber(hub: &Hub, channel: &str, position: Option<u64>) -> (Arc<Link>, Arc<Pipe>) {
    let (link, pipe) = testing::open(hub, 1024);
    let key = subscribe(hub, channel, &link);
    assert!(hub.enter(&key, position, None));
    let began = hub.go_live(&key, position, false);
    assert_eq!(began, Began::Live);
    (link, pipe)
}

fn of_user(hub: &Hub, user: &str) -> Arc<Link> {
    let link = link(hub);
    identify(hub, &link, user);
    link
}

fn identify(hub: &Hub, link: &Link, user: &str) {
    let credential = Some(format!("session:{user}"));
    hub.identify(
        link,
        Peer {
            user: user.to_owned(),
            credential,
            info: None,
        },
    );
}

fn publish(hub: &Hub, channel: &str, offset: u64) {
    hub.publish(channel, || vec![Publication::new(raw(&7).unwrap(), offset)]);
}

fn mail(link: &Link) -> Vec<Stamped> {
    link.mailbox.take().unwrap().into()
}

/// What the connection's task was told, if it was one thing.
fn told(link: &Link) -> Arc<Instruction> {
    let [stamped] = &mail(link)[..] else {
        panic!("one instruction");
    };
    stamped.instruction.clone()
}

fn received((link, pipe): &(Arc<Link>, Arc<Pipe>)) -> Vec<serde_json::Value> {
    link.flush();
    let texts = pipe.texts().into_iter();
    texts
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect()
}

/// The offsets of the publications that it was sent.
fn offsets(subscriber: &(Arc<Link>, Arc<Pipe>)) -> Vec<u64> {
    let offset = |line: &serde_json::Value| line["push"]["pub"]["offset"].as_u64().unwrap();
    received(subscriber).iter().map(offset).collect()
}

fn deadlines() -> Deadlines {
    let seconds = Duration::from_secs;
    Deadlines {
        ping: seconds(25),
        pong: seconds(8),
        stale: seconds(10),
        grace: seconds(25),
    }
}

fn closed(link: &Link) -> Option<u16> {
    link.mailbox.take().err().map(|disconnect| disconnect.code)
}

#[tokio::test]
async fn a_publication_reaches_its_subscribers_and_nobody_else() {
    let hub = Hub::default();
    let ann = subscriber(&hub, "a", None);
    let ben = subscriber(&hub, "b", None);
    publish(&hub, "a", 1);
    assert_eq!(offsets(&ann), [1]);
    assert!(offsets(&ben).is_empty());
}

#[tokio::test]
async fn nothing_is_encoded_for_nobody() {
    let hub = Hub::default();
    let ann = link(&hub);
    subscribe(&hub, "a", &ann);
    hub.unsubscribe(&latest(&ann, "a"));
    hub.publish("a", || unreachable!("nobody listens"));
    assert_eq!(hub.counts().channels, 0);
}

#[tokio::test]
async fn what_arrives_out_of_order_leaves_in_order() {
    let hub = Hub::default();
    let ann = subscriber(&hub, "a", Some(4));
    for offset in [7, 6, 5, 8] {
        publish(&hub, "a", offset);
    }
    assert_eq!(offsets(&ann), [5, 6, 7, 8]);
}

#[tokio::test(start_paused = true)]
async fn what_stays_missing_is_overdue_and_can_be_given_up() {
    let hub = Hub::default();
    let ann = subscriber(&hub, "a", Some(4));
    publish(&hub, "a", 7);
    let patience = Duration::from_secs(1);
    assert!(hub.overdue(patience).is_empty());
    tokio::time::advance(patience).await;
    let [(channel, missing)] = &hub.overdue(patience)[..] else {
        panic!("one channel waits");
    };
    assert_eq!(
        (channel.as_str(), missing.after, missing.before),
        ("a", 4, 7)
    );
    hub.give_up("a");
    assert!(matches!(&*told(&ann.0), Instruction::Recover { channel } if **channel == *"a"));
    assert!(
        offsets(&ann).is_empty(),
        "what follows a gap is not passed on"
    );
}

#[tokio::test]
async fn only_who_has_entered_is_seen() {
    let hub = Hub::default();
    let (ann, ben) = (of_user(&hub, "1"), of_user(&hub, "1"));
    subscribe(&hub, "a", &ann);
    subscribe(&hub, "a", &ben);
    assert!(hub.presence("a").is_empty());
    let at_the_door = raw(&"at the door").ok();
    hub.enter(&latest(&ann, "a"), None, at_the_door);
    let [seen] = &hub.presence("a")[..] else {
        panic!("one is there");
    };
    assert_eq!(seen.user, "1");
    assert_eq!(seen.chan_info.as_ref().unwrap().get(), r#""at the door""#);
    hub.enter(&latest(&ben, "a"), None, None);
    let stats = hub.presence_stats("a");
    assert_eq!((stats.num_clients, stats.num_users), (2, 1));
    hub.unsubscribe(&latest(&ann, "a"));
    hub.unsubscribe(&latest(&ben, "a"));
    assert_eq!(hub.presence_stats("a"), PresenceStatsResult::default());
}

#[tokio::test]
async fn whom_the_server_takes_out_hears_nothing_more_and_is_told() {
    let hub = Hub::default();
    let (ann, ben) = (subscriber(&hub, "a", None), subscriber(&hub, "a", None));
    identify(&hub, &ann.0, "1");
    publish(&hub, "a", 1);
    unsubscribe_by_server(&hub, "1");
    publish(&hub, "a", 2);
    assert!(matches!(&*told(&ann.0), Instruction::Unsubscribe { .. }));
    let [before, told] = &received(&ann)[..] else {
        panic!("what came before, the farewell, nothing else");
    };
    assert_eq!(before["push"]["pub"]["offset"], 1);
    assert_eq!(told["push"]["unsubscribe"]["code"], 2000);
    assert_eq!(offsets(&ben), [1, 2]);
}

#[tokio::test]
async fn whom_the_server_takes_out_while_it_is_let_in_was_never_there() {
    let hub = Hub::default();
    let (ann, pipe) = testing::open(&hub, 1024);
    identify(&hub, &ann, "1");
    subscribe(&hub, "a", &ann);
    unsubscribe_by_server(&hub, "1");
    assert!(!hub.enter(&latest(&ann, "a"), Some(0), None), "it is out");
    assert_eq!(
        hub.go_live(&latest(&ann, "a"), Some(0), false),
        Began::TakenOut
    );
    assert!(
        received(&(ann, pipe)).is_empty(),
        "what it does not know has no end"
    );
}

#[tokio::test]
async fn closing_a_credential_or_a_user_leaves_the_others_open() {
    let hub = Hub::default();
    let (ann, ben, cleo) = (of_user(&hub, "1"), of_user(&hub, "2"), of_user(&hub, "3"));
    let force = DisconnectCode::ForceDisconnect.into();
    hub.disconnect(&Whom::Credential("session:1".into()), &force);
    hub.disconnect(&Whom::User("2".into()), &force);
    assert_eq!(closed(&ann), Some(3503));
    assert_eq!(closed(&ben), Some(3503));
    assert_eq!(closed(&cleo), None);
}

#[tokio::test]
async fn a_connection_that_becomes_somebody_elses_is_found_by_the_new_name_only() {
    let hub = Hub::default();
    let ann = of_user(&hub, "1");
    hub.identify(
        &ann,
        Peer {
            user: "2".into(),
            ..Peer::default()
        },
    );
    assert_eq!(hub.counts().users, 1);
    hub.disconnect(&Whom::User("1".into()), &DisconnectCode::Slow.into());
    assert_eq!(closed(&ann), None);
    hub.close(&ann);
    assert_eq!(hub.counts(), Counts::default());
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_pinged_woken_and_closed_when_it_does_not_answer() {
    let hub = Hub::default();
    let (deadlines, seconds) = (deadlines(), Duration::from_secs);
    let (answers, silent, stranger) = (of_user(&hub, "1"), of_user(&hub, "2"), link(&hub));
    answers.set_alarm(Some(Instant::now() + seconds(3)));
    tokio::time::advance(seconds(3)).await;
    hub.sweep(&deadlines);
    assert!(matches!(&*told(&answers), Instruction::CheckDeadlines));
    tokio::time::advance(seconds(22)).await;
    hub.sweep(&deadlines);
    assert!(answers.pong(), "it was pinged");
    assert!(!answers.pong(), "a second pong answers nothing");
    tokio::time::advance(seconds(8)).await;
    hub.sweep(&deadlines);
    assert_eq!(closed(&answers), None);
    assert_eq!(closed(&silent), Some(3012));
    assert_eq!(closed(&stranger), Some(3502));
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_socket_takes_nothing_is_slow_and_one_that_moves_is_not() {
    let hub = Hub::default();
    let (deadlines, seconds) = (deadlines(), Duration::from_secs);
    let stuck_and_moving = [(); 2].map(|()| {
        let (link, pipe) = testing::open(&hub, 1024);
        identify(&hub, &link, "1");
        // As its task does while the socket is full.
        link.set_busy(true);
        link.outbox.answer(WireBytes::text(&"x".repeat(16 << 20)));
        link.flush();
        (link, pipe)
    });
    let [(stuck, _), (moving, pipe)] = stuck_and_moving;
    for second in 0..60 {
        tokio::time::advance(seconds(1)).await;
        if second % 5 == 0 {
            pipe.texts();
            moving.flush();
        }
        hub.sweep(&deadlines);
    }
    assert_eq!(closed(&stuck), Some(3008));
    assert_eq!(closed(&moving), None);
}

#[test]
fn what_was_kept_for_a_subscriber_counts_as_gone_out() {
    let hub = Hub::default();
    let (link, pipe) = testing::open(&hub, 1024);
    subscribe(&hub, "a", &link);
    publish(&hub, "a", 5);
    assert!(hub.enter(&latest(&link, "a"), Some(4), None));
    assert_eq!(
        hub.go_live(&latest(&link, "a"), Some(4), false),
        Began::Live
    );
    publish(&hub, "a", 6);
    assert_eq!(offsets(&(link, pipe)), [5, 6]);
}

#[test]
fn an_entry_that_ends_subscriptions_does_so_in_its_place() {
    let hub = Hub::default();
    let leaving = subscriber(&hub, "a", Some(4));
    identify(&hub, &leaving.0, "7");
    let staying = subscriber(&hub, "a", Some(4));
    let left = Entry {
        publication: Publication::new(raw(&7).unwrap(), 6),
        ends: Some(Whom::User("7".to_owned())),
    };
    hub.publish_ending("a", left);
    let subscriptions = hub.counts().subscriptions;
    assert_eq!(subscriptions, 2, "what comes before it is still missing");
    publish(&hub, "a", 7);
    publish(&hub, "a", 5);
    assert_eq!(offsets(&staying), [5, 6, 7]);
    let heard = received(&leaving);
    assert_eq!(heard[0]["push"]["pub"]["offset"], 5);
    assert_eq!(heard[1]["push"]["unsubscribe"]["code"], 2000);
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!(hub.counts().subscriptions, 1);
}

#[test]
fn an_entry_may_end_the_subscriptions_of_all_but_some() {
    let hub = Hub::default();
    let member = subscriber(&hub, "a", Some(4));
    identify(&hub, &member.0, "1");
    let other = subscriber(&hub, "a", Some(4));
    identify(&hub, &other.0, "2");
    let closed = Entry {
        publication: Publication::new(raw(&5).unwrap(), 5),
        ends: Some(Whom::AllBut(["1".to_owned()].into())),
    };
    hub.publish_ending("a", closed);
    publish(&hub, "a", 6);
    assert_eq!(offsets(&member), [5, 6]);
    let heard = received(&other);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0]["push"]["unsubscribe"]["code"], 2000);
}

#[test]
fn an_entry_that_ends_subscriptions_reaches_those_who_have_not_begun() {
    let hub = Hub::default();
    let waiting = of_user(&hub, "7");
    let left = Entry {
        publication: Publication::new(raw(&7).unwrap(), 6),
        ends: Some(Whom::User("7".to_owned())),
    };
    hub.publish_ending("a", left);
    assert_eq!(mail(&waiting).len(), 1);
}

#[test]
fn a_stale_key_neither_ends_nor_advances_a_newer_subscription() {
    let hub = Hub::default();
    let (ann, pipe) = testing::open(&hub, 1024);
    let stale = subscribe(&hub, "a", &ann);
    assert!(hub.unsubscribe(&stale));
    let newer = subscribe(&hub, "a", &ann);
    assert!(!hub.enter(&stale, Some(9), None));
    assert!(hub.presence("a").is_empty());
    assert_eq!(hub.go_live(&stale, Some(9), false), Began::TakenOut);
    assert!(!hub.unsubscribe(&stale));
    assert!(hub.enter(&newer, Some(4), None));
    assert_eq!(hub.go_live(&newer, Some(4), false), Began::Live);
    publish(&hub, "a", 5);
    assert_eq!(offsets(&(ann, pipe)), [5]);
}

#[test]
fn an_entry_that_was_held_does_not_end_a_subscription_that_began_after_it() {
    let hub = Hub::default();
    let (ann, _pipe) = subscriber(&hub, "a", Some(4));
    identify(&hub, &ann, "7");
    let _staying = subscriber(&hub, "a", Some(4));
    let left = Entry {
        publication: Publication::new(raw(&7).unwrap(), 6),
        ends: Some(Whom::User("7".to_owned())),
    };
    hub.publish_ending("a", left);
    assert!(hub.unsubscribe(&latest(&ann, "a")));
    let again = subscribe(&hub, "a", &ann);
    assert!(hub.enter(&again, Some(7), None));
    publish(&hub, "a", 5);
    assert_eq!(hub.go_live(&again, Some(7), false), Began::Live);
    let [stamped] = &mail(&ann)[..] else {
        panic!("its task hears of the one that is meant");
    };
    assert!(stamped.generation < again.generation);
}

#[test]
fn an_entry_that_is_held_ends_what_waits_though_its_channel_is_forgotten() {
    let hub = Hub::default();
    let waiting = of_user(&hub, "7");
    let (last, _pipe) = subscriber(&hub, "a", Some(4));
    let left = Entry {
        publication: Publication::new(raw(&7).unwrap(), 6),
        ends: Some(Whom::User("7".to_owned())),
    };
    hub.publish_ending("a", left);
    assert!(mail(&waiting).is_empty(), "5 has not come");
    assert!(hub.unsubscribe(&latest(&last, "a")));
    assert_eq!(hub.counts().channels, 0);
    assert_eq!(mail(&waiting).len(), 1);
}

#[test]
fn a_subscription_that_is_to_end_can_be_begun_anew_before_what_ends_it_has_come_in_order() {
    let hub = Hub::default();
    let staying = subscriber(&hub, "a", Some(4));
    let (ann, pipe) = subscriber(&hub, "a", Some(4));
    identify(&hub, &ann, "7");
    assert!(!hub.end_early(&latest(&ann, "a")), "nothing ends it");
    let left = Entry {
        publication: Publication::new(raw(&7).unwrap(), 6),
        ends: Some(Whom::User("7".to_owned())),
    };
    hub.publish_ending("a", left);
    assert!(hub.end_early(&latest(&ann, "a")));
    let again = subscribe(&hub, "a", &ann);
    assert!(hub.enter(&again, Some(7), None));
    assert_eq!(hub.go_live(&again, Some(7), false), Began::Live);
    publish(&hub, "a", 5);
    publish(&hub, "a", 7);
    publish(&hub, "a", 8);
    assert_eq!(offsets(&staying), [5, 6, 7, 8]);
    let heard = received(&(ann, pipe));
    assert_eq!(heard[0]["push"]["unsubscribe"]["code"], 2000);
    assert_eq!(heard[1]["push"]["pub"]["offset"], 8, "{heard:?}");
}

#[test]
fn an_entry_that_comes_twice_does_not_end_a_subscription_that_began_after_it() {
    let hub = Hub::default();
    let _staying = subscriber(&hub, "a", Some(4));
    let (ann, _pipe) = subscriber(&hub, "a", Some(4));
    identify(&hub, &ann, "7");
    let left = || Entry {
        publication: Publication::new(raw(&7).unwrap(), 5),
        ends: Some(Whom::User("7".to_owned())),
    };
    hub.publish_ending("a", left());
    assert_eq!(hub.counts().subscriptions, 1);
    let again = subscribe(&hub, "a", &ann);
    assert!(hub.enter(&again, Some(6), None));
    assert_eq!(hub.go_live(&again, Some(6), false), Began::Live);
    hub.publish_ending("a", left());
    assert_eq!(hub.counts().subscriptions, 2);
    assert!(hub.unsubscribe(&again), "it stands");
}
