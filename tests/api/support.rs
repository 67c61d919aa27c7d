//! A server in this process, people to use it, and the words tests are written in.

mod app;
mod bus;
pub mod chance;
pub mod clients;
mod database;
pub mod device;
pub mod engine;
pub mod listener;
mod program;
mod socket;
mod stream;
mod time;

pub use app::{Browser, Settings, TestApp};
pub use bus::TestBus;
pub use program::{Server, command, free_port, hubbub};
pub use socket::{Speech, TestSocket, closed, heard_until_closed, say_goodbye, speaking};

/// Writes each test down once and runs it on `SQLite` and on `PostgreSQL`.
///
/// `PostgreSQL` is where `TEST_POSTGRES_URL` says (`make test` sees to it); without it those tests
/// say so and pass, so that plain `cargo test` needs nothing installed. Where `CI` is set they fail:
/// a test that was not run must not look like one that passed.
macro_rules! on_both_engines {
    ($( $(#[$doc:meta])* async fn $name:ident($app:ident) $body:block )*) => {
        $( $(#[$doc])* async fn $name($app: $crate::support::TestApp) $body )*

        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name($crate::support::TestApp::on_sqlite().await).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    match $crate::support::TestApp::on_postgres().await {
                        Some(app) => super::$name(app).await,
                        None if std::env::var_os("CI").is_some() => {
                            panic!("TEST_POSTGRES_URL is not set")
                        }
                        None => eprintln!("not run: TEST_POSTGRES_URL is not set"),
                    }
                }
            )*
        }
    };
}

/// Writes each test down once and runs it in everything that the engine speaks.
macro_rules! whatever_is_spoken {
    ($( $(#[$doc:meta])* async fn $name:ident() $body:block )*) => {
        $( $(#[$doc])* async fn $name() $body )*

        whatever_is_spoken!(@as in_json Json $($name)*);
        whatever_is_spoken!(@as in_protobuf Protobuf $($name)*);
        whatever_is_spoken!(@as in_a_stream Stream $($name)*);
        whatever_is_spoken!(@as in_a_protobuf_stream ProtobufStream $($name)*);
        whatever_is_spoken!(@as in_events Events $($name)*);
    };
    (@as $module:ident $speech:ident $($name:ident)*) => {
        mod $module {
            use crate::support::{Speech, speaking};
            $(
                #[tokio::test]
                async fn $name() {
                    speaking(Speech::$speech, super::$name()).await;
                }
            )*
        }
    };
}
