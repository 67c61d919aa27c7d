//! Which connections something is meant for.

use uuid::Uuid;

/// Which connections an order is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// All connections of a user; of everybody anonymous, if it is empty.
    User(String),
    /// One connection, if it belongs to that user.
    Client {
        user: Option<String>,
        client: Uuid,
    },
    /// All connections opened with one credential.
    Credential(String),
    Everybody,
}
