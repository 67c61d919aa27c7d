//! What ways in there are, asked of the server itself, and whether each is in the lists.
//!
//! The routes are read off the router that serves: it prints them when it is debugged. So there is no
//! second table that somebody could forget, and how a route came into the router does not matter.

use std::collections::BTreeSet;

use hubbub::protocol::{Manage, Place, ThreadChange, UserId};
use hubbub::server::chat::socket;
use hubbub::server::http::forms;
use leptos::server_fn::axum::server_fn_paths;

use super::requests::{
    CHANNELS, FORMS, FUNCTIONS, METHODS, OTHERS, PAGES, REST, SERVER_API, SESSIONS,
};
use crate::support::TestApp;

/// Methods of a route and its path. What takes any method says so.
type Routes = BTreeSet<(String, String)>;

/// The routes of a router, by what it prints: first what each does, by its number, then where.
fn routes(printed: &str) -> Routes {
    let (routes, _) = printed.split_once(", fallback_router: ").unwrap();
    let (handlers, paths) = routes.split_once(", node: Node { paths: {").unwrap();
    let numbered = |text: &'static str| {
        move |part: &str| {
            let (number, rest) = part.split_once(text).unwrap();
            (number.to_owned(), rest.to_owned())
        }
    };
    let mut found = Routes::new();
    let handlers: Vec<_> = handlers
        .split("RouteId(")
        .skip(1)
        .map(numbered("): "))
        .collect();
    let paths: Vec<_> = paths
        .split("RouteId(")
        .skip(1)
        .map(numbered("): \""))
        .collect();
    assert_eq!(handlers.len(), paths.len(), "{printed}");
    for (number, path) in paths {
        let path = path.split('"').next().unwrap();
        let (_, handler) = handlers.iter().find(|(known, _)| *known == number).unwrap();
        let methods = match handler.split_once("allow_header: Bytes(b\"") {
            Some((_, methods)) => methods.split('"').next().unwrap(),
            None => "ANY",
        };
        for method in methods.split(',').filter(|method| *method != "HEAD") {
            found.insert((method.to_owned(), path.to_owned()));
        }
    }
    found
}

/// Of these methods and addresses, the routes that they are asked of.
fn asked<'a>(requests: impl Iterator<Item = (&'a str, String)>) -> Routes {
    let route = |(method, address): (&str, String)| {
        let path = address.split('?').next().unwrap_or_default();
        (
            method.to_owned(),
            path.replace("members/{me}", "members/{user}"),
        )
    };
    requests.map(route).collect()
}

/// The routes that the lists know.
fn listed() -> Routes {
    let pages = PAGES
        .iter()
        .map(|page| ("GET", page.replace("{thread}", "{id}")));
    let rest = REST.iter().chain(SESSIONS);
    let rest = rest.map(|(method, path, _)| (*method, format!("/api/v1{path}")));
    let backend = super::SERVER_METHODS.iter();
    let backend = backend.map(|method| ("POST", format!("/api/{method}")));
    asked(pages.chain(rest).chain(backend))
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.into_iter().collect()
}

#[tokio::test]
async fn every_route_is_asked_by_the_outsider() {
    let app = TestApp::on_sqlite().await;
    let routes = routes(&app.routes());
    for place in Place::ROUTES {
        let page = ("GET".to_owned(), place.to_owned());
        assert!(
            routes.contains(&page),
            "the router is not understood: {routes:?}"
        );
    }
    let others = |(_, path): &&(String, String)| !OTHERS.contains(&path.as_str());
    let routes: Routes = routes.iter().filter(others).cloned().collect();
    assert_eq!(routes, listed());
    assert!(SERVER_API.contains("{thread}"));
}

#[tokio::test]
async fn every_function_form_method_and_channel_is_asked_by_the_outsider() {
    let app = TestApp::on_sqlite().await;
    let functions: Vec<_> = server_fn_paths().collect();
    let functions = functions
        .iter()
        .map(|(path, _)| path.trim_start_matches("/api/"));
    assert_eq!(
        names(functions),
        names(FUNCTIONS.iter().map(|(name, _)| *name))
    );
    // Signing out is the last thing that is asked.
    let asked = FORMS.iter().map(|(name, _)| *name).chain(["logout"]);
    assert_eq!(names(forms::FORMS), names(asked));
    assert_eq!(
        names(socket::METHODS),
        names(METHODS.iter().map(|(name, _)| *name))
    );
    let patterns: Vec<_> = app.handlers().patterns().collect();
    assert_eq!(
        names(patterns),
        names(CHANNELS.iter().map(|(pattern, _)| *pattern))
    );
}

#[test]
fn everything_that_can_be_done_about_a_thread_is_tried_by_the_outsider() {
    let user = UserId(1);
    let all = [
        Manage::Join,
        Manage::Leave,
        Manage::Add {
            people: String::new(),
        },
        Manage::Remove { user },
        Manage::MakeOwner { user },
        Manage::Mute {
            user,
            minutes: None,
        },
        Manage::Unmute { user },
        Manage::Change(ThreadChange::default()),
    ];
    for what in all {
        // A new one belongs into the list above, which this cannot be without.
        let name = match what {
            Manage::Join => "\"join\"",
            Manage::Leave => "\"leave\"",
            Manage::Add { .. } => "{\"add\":",
            Manage::Remove { .. } => "{\"remove\":",
            Manage::MakeOwner { .. } => "{\"make_owner\":",
            Manage::Mute { .. } => "{\"mute\":",
            Manage::Unmute { .. } => "{\"unmute\":",
            Manage::Change(_) => "{\"change\":",
        };
        let part = format!("\"what\":{name}");
        assert!(
            FUNCTIONS.iter().any(|(_, body)| body.contains(&part)),
            "{name}"
        );
    }
}
