//! What a person is doing with messages at the moment: what the composer is for, whose menu is open, and
//! what was just done. It is one value, so that the page watches one.

use super::rows::RowKey;
use crate::protocol::{Quote, Seq, ThreadId};

/// What is being done with messages, apart from the messages themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doing {
    pub writing: Writing,
    /// The message whose menu is open.
    pub menu: Option<RowKey>,
    /// What an emoji is being picked for.
    pub picking: Option<Picking>,
    /// What is said for a moment.
    pub said: Option<Said>,
}

/// What an emoji is picked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picking {
    /// For what is being written.
    Text,
    /// To be given to a message.
    Reaction(RowKey),
}

impl Doing {
    /// There is nothing to show of it.
    pub fn is_nothing(&self) -> bool {
        self.writing.is_new() && !self.has_menu() && self.said.is_none()
    }

    /// Something is open that lies above all of it.
    pub fn has_menu(&self) -> bool {
        self.menu.is_some() || self.picking.is_some()
    }
}

/// What the composer is for: a new message, an answer, or an earlier message that is being edited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    #[default]
    New,
    /// An answer to a message of the thread.
    Answer(Quote),
    Edit(Edited),
}

/// A message of mine that is edited, by its place, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub thread: ThreadId,
    pub seq: Seq,
    pub text: String,
}

impl Writing {
    /// The message that is being edited.
    pub fn edited(&self) -> Option<&Edited> {
        match self {
            Self::Edit(edited) => Some(edited),
            _ => None,
        }
    }

    pub fn is_new(&self) -> bool {
        *self == Self::New
    }

    /// The message that is answered.
    pub fn quote(&self) -> Option<Quote> {
        match self {
            Self::Answer(quote) => Some(quote.clone()),
            _ => None,
        }
    }
}

/// Something that is said for a moment, and what can be taken back meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    /// A message that was deleted.
    pub undo: Option<(ThreadId, Seq)>,
    /// Tells one saying from the next.
    pub number: u32,
}
