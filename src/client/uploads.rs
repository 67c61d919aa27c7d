//! Files on their way to the server, before they are posted: what composers show of them.
//!
//! One plain value for all threads, so that what is on its way goes on when one looks at another thread;
//! the bytes and the requests are the business of `browser::upload`. What has come waits on the server
//! for its message, and is kept with the draft.

use crate::protocol::{FileInfo, ThreadId};

/// A file that was chosen for a message in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub key: u32,
    pub thread: ThreadId,
    pub name: String,
    pub bytes: i64,
    pub state: UploadState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// So many hundredths have been sent.
    Sending(u8),
    Done(FileInfo),
    /// Why not, in words.
    Failed(String),
}

/// The files of messages that are being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tray {
    uploads: Vec<Upload>,
    last: u32,
    /// What could not be taken in, in words.
    refused: Option<(ThreadId, String)>,
}

impl Tray {
    pub fn of(&self, thread: ThreadId) -> impl Iterator<Item = &Upload> {
        let uploads = self.uploads.iter();
        uploads.filter(move |upload| upload.thread == thread)
    }

    pub fn get(&self, key: u32) -> Option<&Upload> {
        self.uploads.iter().find(|upload| upload.key == key)
    }

    pub fn refused(&self, thread: ThreadId) -> Option<&str> {
        let (there, refused) = self.refused.as_ref()?;
        (*there == thread).then_some(refused)
    }

    /// There is nothing to show of it.
    pub fn is_empty(&self, thread: ThreadId) -> bool {
        self.of(thread).next().is_none() && self.refused(thread).is_none()
    }

    /// Something is still on its way, or has failed: the message waits.
    pub fn is_busy(&self, thread: ThreadId) -> bool {
        let waits = |upload: &Upload| !matches!(upload.state, UploadState::Done(_));
        self.of(thread).any(waits)
    }

    /// What can be posted.
    pub fn files(&self, thread: ThreadId) -> Vec<FileInfo> {
        let done = |upload: &Upload| match &upload.state {
            UploadState::Done(file) => Some(file.clone()),
            _ => None,
        };
        self.of(thread).filter_map(done).collect()
    }

    /// Takes in a file, if the message has room for it and it is not larger than a file may be.
    pub fn add(&mut self, thread: ThreadId, name: &str, bytes: i64, most_mib: u32) -> Option<u32> {
        let refused = if self.of(thread).count() >= FileInfo::MOST {
            format!("A message has at most {} files.", FileInfo::MOST)
        } else if bytes > i64::from(most_mib) * 1024 * 1024 {
            format!("{name} is too large: a file may have {most_mib} MB.")
        } else {
            return Some(self.push(thread, name, bytes, UploadState::Sending(0)));
        };
        self.refused = Some((thread, refused));
        None
    }

    /// Takes in what was uploaded for a draft that was left, unless it is known.
    pub fn found(&mut self, thread: ThreadId, file: FileInfo) {
        let is_known = self.files(thread).iter().any(|known| known.id == file.id);
        if !is_known && self.of(thread).count() < FileInfo::MOST {
            let name = file.name.as_str().to_owned();
            self.push(thread, &name, file.bytes, UploadState::Done(file));
        }
    }

    fn push(&mut self, thread: ThreadId, name: &str, bytes: i64, state: UploadState) -> u32 {
        self.last += 1;
        self.uploads.push(Upload {
            key: self.last,
            thread,
            name: name.to_owned(),
            bytes,
            state,
        });
        self.last
    }

    /// How far one has got, or what came of it. One that was taken out meanwhile stays out.
    pub fn set(&mut self, key: u32, state: UploadState) {
        if let Some(upload) = self.uploads.iter_mut().find(|upload| upload.key == key) {
            upload.state = state;
        }
    }

    /// Takes one out.
    pub fn remove(&mut self, key: u32) -> Option<Upload> {
        self.refused = None;
        let at = self.uploads.iter().position(|upload| upload.key == key)?;
        Some(self.uploads.remove(at))
    }

    /// Takes out what a message of the thread takes along. Keys are not given out again: something of an
    /// older one may come late.
    pub fn take(&mut self, thread: ThreadId) -> Vec<FileInfo> {
        let files = self.files(thread);
        self.uploads.retain(|upload| upload.thread != thread);
        self.refused = None;
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::file::tests::file;

    const HERE: ThreadId = ThreadId(1);
    const MIB: i64 = 1024 * 1024;

    fn done(id: i64) -> UploadState {
        UploadState::Done(file(id, "a.png", "image/png"))
    }

    #[test]
    fn a_message_waits_until_all_its_files_have_come() {
        let mut tray = Tray::default();
        let first = tray.add(HERE, "a.png", 10, 25).unwrap();
        let second = tray.add(HERE, "b.png", 10, 25).unwrap();
        tray.set(first, done(1));
        assert!(tray.is_busy(HERE));
        tray.set(second, UploadState::Failed("no".to_owned()));
        assert!(tray.is_busy(HERE), "one decides what becomes of it");
        tray.remove(second);
        assert!(!tray.is_busy(HERE));
        assert_eq!(tray.take(HERE), [file(1, "a.png", "image/png")]);
        assert!(tray.is_empty(HERE));
    }

    #[test]
    fn each_thread_has_files_of_its_own_which_go_on_while_one_is_elsewhere() {
        let mut tray = Tray::default();
        let key = tray.add(HERE, "a.png", 10, 25).unwrap();
        assert!(tray.is_empty(ThreadId(2)) && !tray.is_busy(ThreadId(2)));
        assert!(tray.take(ThreadId(2)).is_empty());
        tray.set(key, done(1));
        assert_eq!(tray.files(HERE).len(), 1);
    }

    #[test]
    fn what_is_too_much_or_too_large_is_refused_in_words() {
        let mut tray = Tray::default();
        assert_eq!(tray.add(HERE, "film.mp4", 26 * MIB, 25), None);
        let said = "film.mp4 is too large: a file may have 25 MB.";
        assert_eq!(tray.refused(HERE), Some(said));
        assert_eq!(tray.refused(ThreadId(2)), None);
        for _ in 0..FileInfo::MOST {
            assert!(tray.add(HERE, "a", 25 * MIB, 25).is_some());
        }
        assert_eq!(tray.add(HERE, "a", 1, 25), None);
        assert_eq!(tray.refused(HERE), Some("A message has at most 10 files."));
        assert!(tray.add(ThreadId(2), "a", 1, 25).is_some());
    }

    #[test]
    fn what_was_left_with_a_draft_is_found_once() {
        let mut tray = Tray::default();
        tray.found(HERE, file(1, "a.png", "image/png"));
        tray.found(HERE, file(1, "a.png", "image/png"));
        assert_eq!(tray.files(HERE).len(), 1);
    }

    #[test]
    fn what_comes_late_of_a_file_that_was_taken_out_changes_nothing() {
        let mut tray = Tray::default();
        let key = tray.add(HERE, "a", 1, 25).unwrap();
        tray.take(HERE);
        let next = tray.add(HERE, "b", 1, 25).unwrap();
        tray.set(key, done(1));
        assert_ne!(key, next);
        assert!(tray.files(HERE).is_empty());
        assert!(tray.remove(key).is_none());
    }
}
