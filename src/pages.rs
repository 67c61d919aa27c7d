//! The pages: what each looks like, given its data.

mod chat;
mod login;
mod message;
mod register;

pub use chat::ChatPage;
pub use login::LoginPage;
pub use message::MessagePage;
pub use register::RegisterPage;
