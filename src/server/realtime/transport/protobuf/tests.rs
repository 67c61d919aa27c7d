//! Frames in Protobuf: what was written is read as it was meant, and nothing makes the reader panic.

use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::protocol::frame;

/// What a frame says, as JSON lines.
fn lines<T: serde::Serialize>(
    mut frame: &[u8],
    take: fn(&mut &[u8]) -> Result<Option<T>, Malformed>,
) -> Result<Vec<String>, Malformed> {
    let mut lines = Vec::new();
    while let Some(object) = take(&mut frame)? {
        lines.push(frame::to_line(&object).unwrap());
    }
    Ok(lines)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z:0-9]{1,12}",
        1 => Just("Zażółć 🐦 \" \\ \n".to_owned()),
        1 => Just("x".repeat(300)),
    ]
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<i32>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
            prop::collection::btree_map(text(), inner, 0..3)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn raw() -> impl Strategy<Value = frame::Raw> {
    json().prop_map(|value| frame::raw(&value).unwrap())
}

fn maybe_raw() -> impl Strategy<Value = Option<frame::Raw>> {
    prop::option::of(raw())
}

/// A filter in JSON, its fields in the order in which they are written.
fn filter() -> impl Strategy<Value = String> {
    let quoted = || text().prop_map(|text| serde_json::to_string(&text).unwrap());
    let leaf =
        (quoted(), quoted(), quoted(), any::<bool>()).prop_map(|(key, cmp, value, is_list)| {
            match is_list {
                true => format!(r#"{{"key":{key},"cmp":{cmp},"vals":[{value},{key}]}}"#),
                false => format!(r#"{{"key":{key},"cmp":{cmp},"val":{value}}}"#),
            }
        });
    leaf.prop_recursive(3, 6, 2, move |inner| {
        let nodes = prop::collection::vec(inner, 1..3);
        (quoted(), nodes)
            .prop_map(|(op, nodes)| format!(r#"{{"op":{op},"nodes":[{}]}}"#, nodes.join(",")))
    })
}

fn subscribe_request() -> impl Strategy<Value = frame::SubscribeRequest> {
    let bits = (any::<bool>(), any::<bool>(), any::<u32>(), 0..3);
    let filter = prop::option::of(filter());
    let texts = (text(), text(), text());
    (texts, maybe_raw(), any::<u64>(), bits, filter).prop_map(
        |((channel, token, epoch), data, offset, (recover, join_leave, flag, delta), filter)| {
            frame::SubscribeRequest {
                channel,
                token,
                data,
                recover,
                epoch,
                offset,
                flag,
                join_leave,
                delta: match delta {
                    0 => None,
                    1 => Some(frame::DeltaFormat::Fossil),
                    _ => Some(frame::DeltaFormat::Other),
                },
                tf: filter.map(|filter| serde_json::from_str(&filter).unwrap()),
            }
        },
    )
}

fn command() -> impl Strategy<Value = Command> {
    let channel = || text().prop_map(|channel| Some(frame::ChannelRequest { channel }));
    let request = prop_oneof![
        (
            text(),
            maybe_raw(),
            text(),
            prop::collection::btree_map(text(), subscribe_request(), 0..3)
        )
            .prop_map(|(token, data, name, subs)| Command {
                connect: Some(frame::ConnectRequest {
                    token,
                    data,
                    name,
                    subs
                }),
                ..Command::default()
            }),
        subscribe_request().prop_map(|subscribe| Command {
            subscribe: Some(subscribe),
            ..Command::default()
        }),
        channel().prop_map(|unsubscribe| Command {
            unsubscribe,
            ..Command::default()
        }),
        channel().prop_map(|presence| Command {
            presence,
            ..Command::default()
        }),
        channel().prop_map(|presence_stats| Command {
            presence_stats,
            ..Command::default()
        }),
        (text(), maybe_raw()).prop_map(|(channel, data)| Command {
            publish: Some(frame::PublishRequest { channel, data }),
            ..Command::default()
        }),
        (
            text(),
            any::<i32>(),
            prop::option::of((any::<u64>(), text())),
            any::<bool>()
        )
            .prop_map(|(channel, limit, since, reverse)| Command {
                history: Some(frame::HistoryRequest {
                    channel,
                    limit,
                    since: since.map(|(offset, epoch)| frame::StreamPosition { offset, epoch }),
                    reverse,
                }),
                ..Command::default()
            }),
        (text(), maybe_raw()).prop_map(|(method, data)| Command {
            rpc: Some(frame::RpcRequest { method, data }),
            ..Command::default()
        }),
        text().prop_map(|token| Command {
            refresh: Some(frame::RefreshRequest { token }),
            ..Command::default()
        }),
        (text(), text()).prop_map(|(channel, token)| Command {
            sub_refresh: Some(frame::SubRefreshRequest { channel, token }),
            ..Command::default()
        }),
        maybe_raw().prop_map(|data| Command {
            send: Some(frame::SendRequest { data }),
            ..Command::default()
        }),
        Just(()).prop_map(|()| Command::default()),
    ];
    (any::<u32>(), request).prop_map(|(id, command)| Command { id, ..command })
}

fn client_info() -> impl Strategy<Value = frame::ClientInfo> {
    (text(), text(), maybe_raw(), maybe_raw()).prop_map(|(user, client, conn_info, chan_info)| {
        frame::ClientInfo {
            user,
            client,
            conn_info,
            chan_info,
        }
    })
}

fn publication() -> impl Strategy<Value = frame::Publication> {
    (
        raw(),
        prop::option::of(client_info()),
        any::<u64>(),
        prop::collection::btree_map(text(), text(), 0..3),
        any::<u32>(),
        prop::option::weighted(0.3, text()),
    )
        .prop_map(
            |(data, info, offset, tags, time, patch)| frame::Publication {
                info,
                tags,
                time: time.into(),
                delta: patch.is_some(),
                ..frame::Publication::new(patch.map_or(data, |p| frame::raw(&p).unwrap()), offset)
            },
        )
}

fn lasting() -> impl Strategy<Value = frame::RefreshResult> {
    (any::<bool>(), any::<u32>()).prop_map(|(expires, ttl)| frame::RefreshResult { expires, ttl })
}

/// What a push of it tells, too.
fn began() -> impl Strategy<Value = frame::SubscribeResult> {
    let bits = (any::<bool>(), any::<bool>());
    (text(), any::<u64>(), maybe_raw(), bits).prop_map(
        |(epoch, offset, data, (recoverable, positioned))| frame::SubscribeResult {
            recoverable,
            epoch,
            offset,
            positioned,
            data,
            ..frame::SubscribeResult::default()
        },
    )
}

fn subscribe_result() -> impl Strategy<Value = frame::SubscribeResult> {
    let bits = (any::<bool>(), any::<bool>(), any::<bool>());
    let publications = prop::collection::vec(publication(), 0..3);
    (began(), lasting(), publications, bits, any::<u32>()).prop_map(
        |(began, lasting, publications, (recovered, was_recovering, delta), id)| {
            frame::SubscribeResult {
                id: id.into(),
                expires: lasting.expires,
                ttl: lasting.ttl,
                publications,
                recovered,
                was_recovering,
                delta,
                ..began
            }
        },
    )
}

fn ended() -> impl Strategy<Value = Option<frame::Unsubscribed>> {
    (any::<u32>(), text()).prop_map(|(code, reason)| Some(frame::Unsubscribed { code, reason }))
}

fn push() -> impl Strategy<Value = frame::Push> {
    let member = || client_info().prop_map(|info| Some(frame::Member { info }));
    let what = prop_oneof![
        publication().prop_map(|publication| frame::Push {
            publication: Some(publication),
            ..frame::Push::default()
        }),
        member().prop_map(|join| frame::Push {
            join,
            ..frame::Push::default()
        }),
        member().prop_map(|leave| frame::Push {
            leave,
            ..frame::Push::default()
        }),
        began().prop_map(|subscribe| frame::Push {
            subscribe: Some(subscribe),
            ..frame::Push::default()
        }),
        ended().prop_map(|unsubscribe| frame::Push {
            unsubscribe,
            ..frame::Push::default()
        }),
        ended().prop_map(|disconnect| frame::Push {
            disconnect,
            ..frame::Push::default()
        }),
        lasting().prop_map(|refresh| frame::Push {
            refresh: Some(refresh),
            ..frame::Push::default()
        }),
        raw().prop_map(|data| frame::Push {
            message: Some(frame::Message { data }),
            ..frame::Push::default()
        }),
    ];
    (any::<u32>(), text(), what).prop_map(|(id, channel, push)| frame::Push {
        id: id.into(),
        channel,
        ..push
    })
}

fn connect_result() -> impl Strategy<Value = frame::ConnectResult> {
    let subs = prop::collection::btree_map(text(), subscribe_result(), 0..3);
    let names = (text(), text(), text(), text());
    (
        names,
        lasting(),
        maybe_raw(),
        subs,
        any::<u32>(),
        any::<bool>(),
    )
        .prop_map(
            |((client, version, session, node), lasting, data, subs, ping, pong)| {
                frame::ConnectResult {
                    client,
                    version,
                    expires: lasting.expires,
                    ttl: lasting.ttl,
                    data,
                    subs,
                    ping,
                    pong,
                    session,
                    node,
                }
            },
        )
}

fn reply() -> impl Strategy<Value = Reply> {
    let answer = prop_oneof![
        push().prop_map(Reply::push),
        (any::<u32>(), text(), any::<bool>()).prop_map(|(code, message, temporary)| {
            let error = crate::protocol::codes::ReplyError {
                code,
                message,
                temporary,
            };
            Reply::refused(0, error)
        }),
        connect_result().prop_map(|connect| Reply {
            connect: Some(connect),
            ..Reply::default()
        }),
        subscribe_result().prop_map(|subscribe| Reply {
            subscribe: Some(subscribe),
            ..Reply::default()
        }),
        any::<bool>().prop_map(|is_publish| {
            let (publish, unsubscribe) = match is_publish {
                true => (Some(frame::Empty {}), None),
                false => (None, Some(frame::Empty {})),
            };
            Reply {
                unsubscribe,
                publish,
                ..Reply::default()
            }
        }),
        prop::collection::btree_map(text(), client_info(), 0..3).prop_map(|presence| Reply {
            presence: Some(frame::PresenceResult { presence }),
            ..Reply::default()
        }),
        (any::<u32>(), any::<u32>()).prop_map(|(num_clients, num_users)| Reply {
            presence_stats: Some(frame::PresenceStatsResult {
                num_clients,
                num_users
            }),
            ..Reply::default()
        }),
        (
            prop::collection::vec(publication(), 0..3),
            text(),
            any::<u64>()
        )
            .prop_map(|(publications, epoch, offset)| Reply {
                history: Some(frame::HistoryResult {
                    publications,
                    epoch,
                    offset
                }),
                ..Reply::default()
            }),
        maybe_raw().prop_map(|data| Reply {
            rpc: Some(frame::RpcResult { data }),
            ..Reply::default()
        }),
        lasting().prop_map(|refresh| Reply {
            refresh: Some(refresh),
            ..Reply::default()
        }),
        lasting().prop_map(|sub_refresh| Reply {
            sub_refresh: Some(sub_refresh),
            ..Reply::default()
        }),
        Just(()).prop_map(|()| Reply::default()),
    ];
    (any::<u32>(), answer).prop_map(|(id, reply)| Reply { id, ..reply })
}

proptest! {
    #[test]
    fn every_command_is_read_as_it_was_written(commands in prop::collection::vec(command(), 0..4)) {
        let written: Vec<u8> = commands.iter().flat_map(encode_command).collect();
        let expected: Vec<_> = commands.iter().map(|c| frame::to_line(c).unwrap()).collect();
        prop_assert_eq!(lines(&written, take_command), Ok(expected));
    }

    #[test]
    fn every_reply_is_read_as_it_was_written(replies in prop::collection::vec(reply(), 0..4)) {
        let written: Vec<u8> = replies.iter().flat_map(encode_reply).collect();
        let expected: Vec<_> = replies.iter().map(|r| frame::to_line(r).unwrap()).collect();
        prop_assert_eq!(lines(&written, take_reply), Ok(expected));
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = lines(&bytes, take_command);
        let _ = lines(&bytes, take_reply);
        let _ = Emulated::parse(&bytes);
    }

    #[test]
    fn a_frame_that_is_cut_off_is_none(command in command(), cut in any::<prop::sample::Index>()) {
        let written = encode_command(&command);
        let cut = cut.index(written.len());
        let read = lines(&written[..cut], take_command);
        prop_assert_eq!(read.ok(), (cut == 0).then(Vec::new));
    }
}

#[test]
fn an_empty_message_is_a_ping_and_a_pong() {
    assert_eq!(encode_reply(&Reply::default()), [0]);
    let pong = take_command(&mut &[0][..]).unwrap().unwrap();
    assert!(pong.is_pong());
}

#[test]
fn the_numbers_are_those_of_the_published_definition() {
    let publication = frame::Publication::new(frame::raw(&7).unwrap(), 3);
    let written = encode_reply(&Reply::publication("c", publication));
    // A reply's `push` is 4; its channel is 2, `pub` is 4; a publication's data is 4, its offset 6.
    let expected = [12, 0x22, 10, 0x12, 1, b'c', 0x22, 5, 0x22, 1, b'7', 0x30, 3];
    assert_eq!(written, expected);
    // What the Python SDK sends for `connect` with the data `{}` and the name `p`.
    let sent = [11, 0x08, 1, 0x22, 7, 0x12, 2, b'{', b'}', 0x22, 1, b'p'];
    let command = take_command(&mut &sent[..]).unwrap().unwrap();
    let connect = command.connect.unwrap();
    assert_eq!((command.id, connect.name.as_str()), (1, "p"));
    assert_eq!(connect.data.unwrap().get(), "{}");
}

#[test]
fn what_is_not_known_is_passed_over_and_what_is_not_json_is_refused() {
    // A field with the number 99, and then the id.
    let sent = [5, 0x9a, 0x06, 0, 0x08, 4];
    assert_eq!(take_command(&mut &sent[..]).unwrap().unwrap().id, 4);
    let rpc = |data: &[u8]| {
        let mut request = vec![0x0a, u8::try_from(data.len()).unwrap()];
        request.extend(data);
        let mut command = vec![0x6a, u8::try_from(request.len()).unwrap()];
        command.extend(request);
        let mut frame = vec![u8::try_from(command.len()).unwrap()];
        frame.extend(command);
        take_command(&mut &frame[..]).map(|command| command.is_some())
    };
    assert_eq!(rpc(b"[1]"), Ok(true));
    for nonsense in [&b"hello"[..], b"{", b"\xff\xfe", b"1 2"] {
        assert_eq!(rpc(nonsense), Err(Malformed), "{nonsense:?}");
    }
}

#[test]
fn what_is_sent_beside_a_stream_names_its_session() {
    let sent = Emulated {
        node: "n".to_owned(),
        session: "s".to_owned(),
        data: vec![0],
    };
    assert_eq!(Emulated::parse(&sent.encode_to_vec()), Ok(sent));
    assert_eq!(Emulated::parse(&[0xff]), Err(Malformed));
}

#[test]
fn a_patch_is_in_bytes_what_it_is_as_a_text_in_json() {
    let publication = frame::Publication {
        delta: true,
        ..frame::Publication::new(frame::raw(&"1\n1:\"2;").unwrap(), 0)
    };
    let written = encode_reply(&Reply::publication("c", publication));
    let patch = [0x22, 7, b'1', b'\n', b'1', b':', b'"', b'2'];
    assert!(
        written.windows(patch.len()).any(|some| some == patch),
        "{written:?}"
    );
    assert!(written.ends_with(&[b';', 0x40, 1]), "{written:?}");
}
