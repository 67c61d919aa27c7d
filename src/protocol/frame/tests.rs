//! Golden frames: each shape as it stands on the wire.

use super::*;

#[test]
fn the_first_frame_of_the_javascript_sdk_is_understood() {
    let frame = "{\"connect\":{\"data\":{\"authToken\":\"x\"},\"name\":\"js\"},\"id\":1}\n{\"subscribe\":{\"channel\":\"a\",\"flag\":1},\"id\":2}";
    let commands: Vec<Command> = parse_lines(frame).unwrap();
    let connect = commands[0].connect.as_ref().unwrap();
    assert_eq!(connect.data.as_ref().unwrap().get(), r#"{"authToken":"x"}"#);
    assert_eq!(commands[1].subscribe.as_ref().unwrap().channel, "a");
    assert_eq!((commands[0].id, commands[1].id), (1, 2));
}

#[test]
fn an_empty_object_is_a_pong_and_one_with_an_id_is_not() {
    let commands: Vec<Command> = parse_lines("{}\n{\"id\":4}").unwrap();
    assert!(commands[0].is_pong());
    assert!(!commands[1].is_pong());
}

#[test]
fn empty_results_are_empty_objects() {
    let reply = Reply {
        id: 2,
        subscribe: Some(SubscribeResult::default()),
        ..Reply::default()
    };
    assert_eq!(
        serde_json::to_string(&reply).unwrap(),
        r#"{"id":2,"subscribe":{}}"#
    );
}

#[test]
fn a_publication_is_a_push_without_an_id() {
    let data = RawValue::from_string(r#"{"a":1}"#.to_owned()).unwrap();
    assert_eq!(
        serde_json::to_string(&Reply::publication("c", Publication::new(data, 3))).unwrap(),
        r#"{"push":{"channel":"c","pub":{"data":{"a":1},"offset":3}}}"#
    );
}

#[test]
fn a_publication_with_a_time_and_tags_tells_them() {
    let publication = Publication {
        time: 1_795_888_800_123,
        tags: [("ticker".to_owned(), "GOOG".to_owned())].into(),
        ..Publication::new(raw(&7).unwrap(), 3)
    };
    assert_eq!(
        json(&Reply::publication("c", publication)),
        r#"{"push":{"channel":"c","pub":{"data":7,"offset":3,"tags":{"ticker":"GOOG"},"time":1795888800123}}}"#
    );
}

#[test]
fn a_recovered_subscription_echoes_the_position_and_carries_what_was_missed() {
    let data = RawValue::from_string("7".to_owned()).unwrap();
    let result = SubscribeResult {
        recoverable: true,
        positioned: true,
        epoch: "Qmed".into(),
        recovered: true,
        was_recovering: true,
        offset: 1,
        publications: vec![Publication::new(data, 2)],
        ..SubscribeResult::default()
    };
    assert_eq!(
        serde_json::to_string(&result).unwrap(),
        r#"{"recoverable":true,"epoch":"Qmed","publications":[{"data":7,"offset":2}],"recovered":true,"offset":1,"positioned":true,"was_recovering":true}"#
    );
}

#[test]
fn whatever_is_embedded_an_object_is_one_line() {
    let data = RawValue::from_string("{\n  \"a\": \"b\\nc\"\r\n}".to_owned()).unwrap();
    let line = to_line(&Reply::publication("c", Publication::new(data, 1))).unwrap();
    assert_eq!(line.lines().count(), 1);
    let reply: Reply = parse(&line).unwrap();
    let data = reply.push.unwrap().publication.unwrap().data;
    assert_eq!(parse::<serde_json::Value>(data.get()).unwrap()["a"], "b\nc");
}

#[test]
fn what_is_not_json_is_an_error() {
    assert!(parse_lines::<Command>("hello").is_err());
    assert!(parse_lines::<Command>("{}\n[").is_err());
}

fn json(reply: &Reply) -> String {
    serde_json::to_string(reply).unwrap()
}

#[test]
fn a_clients_publication_tells_who_published_it() {
    let publication = Publication {
        info: Some(ClientInfo {
            user: "42".into(),
            client: "c1".into(),
            ..ClientInfo::default()
        }),
        ..Publication::new(raw(&1).unwrap(), 2)
    };
    assert_eq!(
        json(&Reply::publication("c", publication)),
        r#"{"push":{"channel":"c","pub":{"data":1,"info":{"user":"42","client":"c1"},"offset":2}}}"#
    );
}

#[test]
fn every_other_push_has_its_shape() {
    let member = || {
        Some(Member {
            info: ClientInfo {
                user: "42".into(),
                client: "c1".into(),
                conn_info: Some(raw(&"x").unwrap()),
                chan_info: None,
            },
        })
    };
    let pushes = [
        Push {
            channel: "c".into(),
            join: member(),
            ..Push::default()
        },
        Push {
            channel: "c".into(),
            leave: member(),
            ..Push::default()
        },
        Push {
            channel: "c".into(),
            unsubscribe: Some(Unsubscribed {
                code: 2000,
                reason: "server unsubscribe".into(),
            }),
            ..Push::default()
        },
        Push {
            refresh: Some(RefreshResult {
                expires: true,
                ttl: 30,
            }),
            ..Push::default()
        },
        Push {
            message: Some(Message {
                data: raw(&[1]).unwrap(),
            }),
            ..Push::default()
        },
    ];
    let expected = [
        r#"{"push":{"channel":"c","join":{"info":{"user":"42","client":"c1","conn_info":"x"}}}}"#,
        r#"{"push":{"channel":"c","leave":{"info":{"user":"42","client":"c1","conn_info":"x"}}}}"#,
        r#"{"push":{"channel":"c","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}}"#,
        r#"{"push":{"refresh":{"expires":true,"ttl":30}}}"#,
        r#"{"push":{"message":{"data":[1]}}}"#,
    ];
    for (push, expected) in pushes.into_iter().zip(expected) {
        assert_eq!(json(&Reply::push(push)), expected);
    }
}

#[test]
fn presence_is_a_map_of_clients_and_its_numbers_may_be_nothing() {
    let presence = PresenceResult {
        presence: [("c1".to_owned(), ClientInfo::default())].into(),
    };
    let reply = Reply {
        id: 4,
        presence: Some(presence),
        ..Reply::default()
    };
    assert_eq!(
        json(&reply),
        r#"{"id":4,"presence":{"presence":{"c1":{"user":"","client":""}}}}"#
    );
    let reply = Reply {
        id: 5,
        presence_stats: Some(PresenceStatsResult::default()),
        ..Reply::default()
    };
    assert_eq!(
        json(&reply),
        r#"{"id":5,"presence_stats":{"num_clients":0,"num_users":0}}"#
    );
}
