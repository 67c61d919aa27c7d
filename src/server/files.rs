//! What is in files: taken in, looked into, and kept beside the database by its digest.
//!
//! [`store`] keeps bytes, [`kind`] says what they are, [`picture`] makes pictures anew. Whose a file is
//! and who may have it is the business of `chat::files`.

pub mod kind;
pub mod picture;
pub mod store;

pub use store::Store;
