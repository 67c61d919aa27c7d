//! What server and browser say to each other: ids, parsed strings, wire types, frames and codes.
//!
//! This module depends on serde and nothing else of ours, and is compiled for both sides, so a
//! value that parses in the browser parses on the server by construction. Wire types are not
//! database rows: they change only when the protocol changes.

pub mod activity;
pub mod avatar;
pub mod channel;
pub mod codec;
pub mod codes;
pub mod content;
pub mod emoji;
pub mod error;
pub mod event;
pub mod favourites;
pub mod file;
pub mod folders;
pub mod forward;
pub mod frame;
pub mod ids;
pub mod json;
pub mod keywords;
pub mod markdown;
pub mod message;
pub mod moment;
pub mod notify;
pub mod person;
pub mod picked;
pub mod place;
pub mod preferences;
pub mod presence;
pub mod quiet;
pub mod reports;
pub mod saved;
pub mod scheduled;
pub mod search;
pub mod settings;
pub mod text;
pub mod thread;
pub mod user;

pub use avatar::Crop;
pub use channel::ChannelName;
pub use content::{Content, Hours, May, ReadersClock, Shared};
pub use emoji::Emoji;
pub use error::{ApiError, Field, FieldError};
pub use event::{ChatNotice, ThreadEvent, UserEvent};
pub use favourites::{Favour, Favourites};
pub use file::{FileInfo, FileName, Picture};
pub use folders::Folders;
pub use ids::{
    AvatarId, DeedId, EntryId, FileId, InvitationId, MessageId, ReportId, ScheduledId, Seq,
    SessionId, ThreadId, Timestamp, UserId,
};
pub use keywords::Keywords;
pub use message::{
    HistoryPage, HistoryRequest, Message, PostRequest, Posted, Quote, Reacted, Reaction,
    ReadRequest, ReadSeveral, Revise,
};
pub use notify::NotifyLevel;
pub use place::{Panel, Place, Section};
pub use preferences::Preferences;
pub use presence::{ActiveRequest, Presence, PresenceNews, PresenceRequest};
pub use quiet::{PauseLasts, Quiet};
pub use saved::{Keep, Kept};
pub use text::{
    ClientId, Description, DisplayName, MessageText, Password, ServerName, StatusText, ThreadName,
    Username,
};
pub use thread::{
    DirectoryPage, DirectoryPosition, Listed, Manage, MyThread, NewThread, Pause, ReadPosition,
    Role, Thread, ThreadChange, ThreadKind,
};
pub use user::{Profile, RegistrationPolicy, SessionInfo, User};
