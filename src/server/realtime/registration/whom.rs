//! Which connections something is meant for.
//!
//! A user, a client and a credential are all that the engine can tell connections apart by; what
//! they mean is up to the application.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The connections that an instruction is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whom {
    /// All connections of the user with that id. Anonymous connections share the empty id.
    User(String),
    /// One connection, and only if it belongs to that user, where one is given.
    Client {
        user: Option<String>,
        client: Uuid,
    },
    /// All connections opened with one credential.
    Credential(String),
    /// All connections of other users than these.
    AllBut(BTreeSet<String>),
    Everybody,
}
