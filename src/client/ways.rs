//! By which way the server is reached: a WebSocket, or where the network swallows those, a stream.
//!
//! A way counts once something was heard on it: there are networks that open a socket and pass nothing on.
//! What has worked is tried first; what has not worked twice makes room for the other way, in turn, since
//! nobody can tell a network that swallows sockets from a server that is away.

/// A way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Socket,
    Stream,
}

/// What is known of the ways.
#[derive(Debug)]
pub struct Ways {
    now: Way,
    /// Something was heard on one, since the page is there.
    sockets_work: bool,
    streams_work: bool,
    /// Tries on which nothing was heard, since something was.
    failed: u32,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            now: Way::Socket,
            sockets_work: false,
            streams_work: false,
            failed: 0,
        }
    }
}

/// Sockets that are tried before a stream: some more where sockets have worked, since the server is away
/// then rather than the way to it closed.
const SOCKETS: u32 = 2;
const SOCKETS_THAT_WORKED: u32 = 6;

impl Ways {
    /// The way for another try.
    pub fn next(&mut self) -> Way {
        let sockets = match (self.sockets_work, self.streams_work) {
            (true, _) => SOCKETS_THAT_WORKED,
            (false, true) => 0,
            (false, false) => SOCKETS,
        };
        let is_streams_turn = self.failed >= sockets && self.failed.is_multiple_of(2);
        self.now = match is_streams_turn {
            true => Way::Stream,
            false => Way::Socket,
        };
        self.failed += 1;
        self.now
    }

    /// Something was heard.
    pub fn heard(&mut self) {
        self.failed = 0;
        match self.now {
            Way::Socket => self.sockets_work = true,
            Way::Stream => self.streams_work = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Way::{Socket, Stream};
    use super::*;

    /// The ways that are tried, on a network that passes these.
    fn tried(ways: &mut Ways, passes: &[Way], tries: usize) -> Vec<Way> {
        let mut found = Vec::new();
        for _ in 0..tries {
            let way = ways.next();
            found.push(way);
            if passes.contains(&way) {
                ways.heard();
            }
        }
        found
    }

    #[test]
    fn a_socket_is_tried_first_and_kept_where_it_works() {
        let mut ways = Ways::default();
        assert_eq!(tried(&mut ways, &[Socket, Stream], 3), [Socket; 3]);
        assert_eq!(tried(&mut ways, &[Socket], 3), [Socket; 3]);
    }

    #[test]
    fn a_stream_stands_in_after_two_sockets_and_is_tried_first_from_then_on() {
        let mut ways = Ways::default();
        let found = tried(&mut ways, &[Stream], 5);
        assert_eq!(found, [Socket, Socket, Stream, Stream, Stream]);
        // Elsewhere sockets pass, and streams do not.
        assert_eq!(tried(&mut ways, &[Socket], 3), [Stream, Socket, Socket]);
    }

    #[test]
    fn a_server_that_is_away_is_tried_both_ways_and_sockets_first_where_they_have_worked() {
        let mut ways = Ways::default();
        let found = tried(&mut ways, &[], 6);
        assert_eq!(found, [Socket, Socket, Stream, Socket, Stream, Socket]);
        let mut ways = Ways::default();
        tried(&mut ways, &[Socket], 1);
        let found = tried(&mut ways, &[], 8);
        assert_eq!(found[..6], [Socket; 6]);
        assert_eq!(found[6..], [Stream, Socket]);
        tried(&mut ways, &[Stream], 1);
        assert_eq!(tried(&mut ways, &[Stream, Socket], 2), [Socket; 2]);
    }
}
