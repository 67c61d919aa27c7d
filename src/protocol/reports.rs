//! What people report of messages, as administrators see it.
//!
//! Only a part of the settings reads this: it travels as text inside of what is always loaded.

use serde::{Deserialize, Serialize};

use super::{ReportId, Timestamp, User};

/// Somebody wants administrators to see to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: ReportId,
    pub reported_at: Timestamp,
    pub by: User,
    /// What they say of it; it may be nothing.
    pub reason: String,
    pub author: User,
    /// What the message said then.
    pub text: String,
    /// There were files with it.
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub has_files: bool,
    /// It is still there.
    pub is_there: bool,
    /// The thread's name and the message's address, for who may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(String, String)>,
}

/// Reports that wait, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportsPage {
    pub reports: Vec<Report>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ReportId>,
}
