//! Publications that go out together.
//!
//! What one commit has brought to a channel is put into one run of bytes once, and not once for
//! each subscriber: most of them take all of it or nothing.

use std::cell::OnceCell;
use std::sync::Arc;

use super::instruction::Generation;
use super::link::Link;
use crate::protocol::frame::{Publication, Reply};
use crate::server::realtime::transport::dialect::{Dialect, Forms, Reader};
use crate::server::realtime::transport::wire::WireBytes;

/// A publication, encoded once for all who receive it in the same dialect.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// Its place in the channel's stream; zero for what is not kept.
    pub offset: u64,
    /// About as many bytes as it has, whoever reads it.
    pub weight: usize,
    pub forms: Arc<Forms>,
    /// Those whose subscription ends with it, before it goes out.
    pub ends: Option<Arc<[Ending]>>,
}

impl Encoded {
    pub fn new(channel: &str, publication: Publication) -> Self {
        Self {
            offset: publication.offset,
            weight: AROUND + channel.len() + publication.data.get().len(),
            forms: Arc::new(Forms::of(Reply::publication(channel, publication))),
            ends: None,
        }
    }

    #[cfg(test)]
    pub fn for_tests(offset: u64, text: &str) -> Self {
        let bytes = WireBytes::text(text);
        Self {
            offset,
            weight: bytes.len(),
            forms: Arc::new(Forms::all_the_same(&bytes)),
            ends: None,
        }
    }

    pub fn bytes(&self, reader: Reader) -> &WireBytes {
        self.forms.form(reader)
    }
}

/// What a publication has around its data and its channel's name, more or less.
const AROUND: usize = 48;

/// A connection whose subscription ends, and up to which generation: if it has subscribed again
/// since, the new subscription stays.
#[derive(Clone, Debug)]
pub struct Ending {
    pub link: Arc<Link>,
    pub up_to: Generation,
}

impl From<Arc<Link>> for Ending {
    /// Whatever the connection has begun by now.
    fn from(link: Arc<Link>) -> Self {
        let up_to = link.latest_generation();
        Self { link, up_to }
    }
}

/// Publications that go out together: most subscribers take all of them or none, and then they are
/// one run of bytes.
#[derive(Debug)]
pub struct Run {
    pub publications: Vec<Encoded>,
    /// All of them, where they are several: with the channel's name, and with its number.
    joined: [[OnceCell<WireBytes>; Dialect::COUNT]; 2],
    /// The first and the last offset, if each is the next one; zero and zero without offsets.
    pub offsets: Option<(u64, u64)>,
}

/// The most bytes in a run of several publications. A run is accepted or refused by an outbox as a
/// whole, so it must not be much larger than a single publication.
const RUN_BYTES: usize = 64 * 1024;

/// Puts publications together.
pub fn runs(publications: Vec<Encoded>) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    let mut bytes = 0;
    for publication in publications {
        let length = publication.weight;
        if bytes + length > RUN_BYTES && !run.is_empty() {
            runs.push(Run::new(std::mem::take(&mut run)));
            bytes = 0;
        }
        bytes += length;
        run.push(publication);
    }
    if !run.is_empty() {
        runs.push(Run::new(run));
    }
    runs
}

impl Run {
    fn new(publications: Vec<Encoded>) -> Self {
        let first = publications.first().map_or(0, |first| first.offset);
        let step = u64::from(first > 0);
        let expected = (0..).map(|n| first + n * step);
        let is_whole = publications
            .iter()
            .zip(expected)
            .all(|(p, offset)| p.offset == offset);
        let last = publications.last().map_or(0, |last| last.offset);
        Self {
            joined: [const { [const { OnceCell::new() }; Dialect::COUNT] }; 2],
            offsets: is_whole.then_some((first, last)),
            publications,
        }
    }

    /// All of it, for who reads like that.
    pub fn bytes(&self, reader: Reader) -> &WireBytes {
        let [only] = &self.publications[..] else {
            let joined = &self.joined[usize::from(reader.number.is_some())];
            return joined[reader.dialect as usize].get_or_init(|| {
                let several = self.publications.iter();
                WireBytes::join(&several.map(|p| p.bytes(reader)).collect::<Vec<_>>())
            });
        };
        only.bytes(reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_an_end() {
        let large = |offset| Encoded::for_tests(offset, &"x".repeat(RUN_BYTES / 3));
        let lengths: Vec<usize> = runs((1..=5).map(large).collect())
            .iter()
            .map(|run| run.publications.len())
            .collect();
        assert_eq!(lengths, [2, 2, 1]);
    }
}
