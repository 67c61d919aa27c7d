//! What waits, what leaves, and who is asked to write.

use super::*;
use crate::server::realtime::testing::Pipe;

fn outbox(capacity: usize, limit: usize) -> (Outbox, Arc<Pipe>) {
    let pipe = Arc::new(Pipe::new(capacity));
    (Outbox::new(pipe.clone(), Dialect::SocketJson, limit), pipe)
}

fn frame(payload: &str) -> WireBytes {
    WireBytes::text(payload)
}

#[test]
fn what_piled_up_leaves_in_one_write_and_only_the_first_asks_for_it() {
    let (outbox, pipe) = outbox(1000, 1000);
    assert_eq!(outbox.push(&frame("a")), Put::Due);
    assert_eq!(outbox.push(&frame("b")), Put::Done);
    outbox.answer(frame("c"));
    assert_eq!(outbox.flush().unwrap(), Flushed::All);
    assert_eq!(pipe.texts(), ["a", "b", "c"]);
    assert_eq!(pipe.writes(), 1);
    assert_eq!(outbox.push(&frame("d")), Put::Due);
}

#[test]
fn a_full_socket_tears_frames_and_nothing_is_lost() {
    let (outbox, pipe) = outbox(7, 100_000);
    let sent: Vec<String> = (0..500).map(|n| n.to_string()).collect();
    for text in &sent {
        outbox.push(&frame(text));
    }
    let mut received = Vec::new();
    while outbox.flush().unwrap() == Flushed::Partly {
        assert_eq!(outbox.push(&frame("")), Put::Done, "the task sees to it");
        received.extend(pipe.texts());
    }
    received.extend(pipe.texts());
    received.retain(|text| !text.is_empty());
    assert_eq!(received, sent);
}

#[test]
fn a_reader_whose_socket_takes_nothing_has_room_up_to_the_limit() {
    let (outbox, pipe) = outbox(1, 20);
    assert_eq!(outbox.push(&frame("12345")), Put::Due);
    assert_eq!(outbox.flush().unwrap(), Flushed::Partly);
    assert_eq!(outbox.push(&frame("12345")), Put::Done);
    assert_eq!(outbox.push(&frame("12345")), Put::TooMuch);
    for _ in 0..7 {
        pipe.texts();
        outbox.flush().unwrap();
    }
    assert_eq!(outbox.push(&frame("12345")), Put::Done);
}

#[test]
fn a_socket_with_room_makes_nobody_slow_however_much_comes_at_once() {
    let (outbox, pipe) = outbox(100_000, 10);
    assert_eq!(outbox.push(&frame(&"x".repeat(50))), Put::Due);
    for _ in 0..100 {
        assert_ne!(outbox.push(&frame(&"x".repeat(50))), Put::TooMuch);
    }
    outbox.flush().unwrap();
    assert_eq!(pipe.texts().len(), 101);
}

#[test]
fn whoever_finds_the_socket_full_says_so() {
    let (outbox, _) = outbox(24, 20);
    for expected in [
        Put::Due,
        Put::Done,
        // What waited has left.
        Put::Due,
        Put::Done,
        Put::Full,
        Put::TooMuch,
    ] {
        assert_eq!(outbox.push(&frame("12345")), expected);
    }
}

#[test]
fn an_answer_takes_no_room_from_what_is_published() {
    let (outbox, pipe) = outbox(1, 20);
    outbox.answer(frame(&"x".repeat(100)));
    assert_eq!(outbox.flush().unwrap(), Flushed::Partly);
    assert_eq!(outbox.push(&frame("12345")), Put::Done);
    assert_eq!(outbox.push(&frame("12345")), Put::Done);
    let mut received = pipe.texts();
    while outbox.flush().unwrap() == Flushed::Partly {
        received.extend(pipe.texts());
    }
    received.extend(pipe.texts());
    assert_eq!(received.len(), 3);
}

#[test]
fn once_stopped_only_the_end_is_written_and_no_frame_is_torn() {
    let (outbox, pipe) = outbox(4, 1000);
    outbox.push(&frame("torn"));
    outbox.push(&frame("dropped"));
    assert_eq!(outbox.flush().unwrap(), Flushed::Partly);
    outbox.stop();
    assert_eq!(outbox.push(&frame("late")), Put::Done);
    outbox.answer(frame("late"));
    outbox.end(WireBytes::close(3000, "bye"));
    outbox.control(frame("too late"));
    let mut received = Vec::new();
    while outbox.flush().unwrap() == Flushed::Partly {
        received.extend(pipe.texts());
    }
    received.extend(pipe.texts());
    assert_eq!(received, ["torn"]);
    assert_eq!(pipe.close_code(), Some(3000));
}

#[test]
fn the_library_may_answer_while_stopped_and_splits_no_frame() {
    let (outbox, pipe) = outbox(4, 1000);
    outbox.push(&frame("torn"));
    assert_eq!(outbox.flush().unwrap(), Flushed::Partly);
    outbox.stop();
    outbox.control(frame("pong"));
    let mut received = Vec::new();
    while outbox.flush().unwrap() == Flushed::Partly {
        received.extend(pipe.texts());
    }
    received.extend(pipe.texts());
    assert_eq!(received, ["torn", "pong"]);
}

#[test]
fn a_full_socket_tells_whether_anything_has_left_since() {
    let (outbox, pipe) = outbox(4, 1000);
    assert!(!outbox.is_full());
    outbox.answer(frame("0123456789"));
    outbox.flush().unwrap();
    assert!(outbox.is_full() && outbox.has_moved());
    assert!(!outbox.has_moved());
    pipe.texts();
    outbox.flush().unwrap();
    assert!(outbox.is_full() && outbox.has_moved());
    while outbox.flush().unwrap() == Flushed::Partly {
        pipe.texts();
    }
    assert!(!outbox.is_full());
}

#[test]
fn a_broken_socket_stays_broken_whoever_asks() {
    let (outbox, pipe) = outbox(1000, 1000);
    pipe.cut();
    outbox.push(&frame("a"));
    assert!(outbox.flush().is_err());
    assert_eq!(outbox.push(&frame("b")), Put::Done);
    outbox.end(WireBytes::close(3000, "bye"));
    assert!(outbox.flush().is_err());
}
