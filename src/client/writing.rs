//! What the composer is for at the moment: a new message, an answer, or an earlier message that is
//! being edited.

use crate::protocol::{Quote, Seq};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    #[default]
    New,
    /// An answer to a message of the thread.
    Answer(Quote),
    /// A message of mine, by its place, and what it says.
    Edit(Seq, String),
}

impl Writing {
    /// The text that is being edited.
    pub fn edited(&self) -> Option<&str> {
        match self {
            Self::Edit(_, text) => Some(text),
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
    pub undo: Option<(crate::protocol::ThreadId, Seq)>,
    /// Tells one saying from the next.
    pub number: u32,
}
