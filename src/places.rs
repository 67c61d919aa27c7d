//! The places: what each looks like, given its data. Adding one adds a file here and a line to the
//! table in [`crate::components::chat`], which shows those for members, or in [`crate::app`].

mod browse;
mod home;
mod notice;
mod register;
mod sign_in;

pub use browse::BrowsePlace;
pub use home::HomePlace;
pub use notice::NoticePage;
pub use register::RegisterPage;
pub use sign_in::SignInPage;
