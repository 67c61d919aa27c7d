//! Who a connection belongs to, as far as the engine cares.
//!
//! The application's own idea of a person stays with the application; the engine needs a name to
//! reach people by, a label to close their connections by, and what others may see of them.

use crate::protocol::frame::Raw;

/// Who is at the other side, as far as the engine cares.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// The user's id; empty for somebody anonymous.
    pub user: String,
    /// The label under which connections of one credential can be closed.
    pub credential: Option<String>,
    /// What others see of the connection.
    pub info: Option<Raw>,
}
