//! How everything is to look: stored with the person, told to all their devices, drawn by the server.

use serde_json::json;

use crate::support::TestApp;

const CHOSEN: [(&str, &str); 5] = [
    ("change", "preferences"),
    ("theme", "dark"),
    ("density", "compact"),
    ("hours", "hours-12"),
    ("motion", "still"),
];

/// The element that everything is in, as the server has written it.
fn document(page: &str) -> &str {
    let from = page.find("<html").unwrap();
    &page[from..=from + page[from..].find('>').unwrap()]
}

on_both_engines! {
    async fn what_somebody_prefers_is_in_the_first_drawing_on_all_their_devices_and_on_nobody_elses(app) {
        app.person("john").await;
        app.person("bill").await;
        let (here, there) = (app.signed_in("john").await, app.signed_in("john").await);
        let other = app.signed_in("bill").await;
        assert!(document(&here.text("/").await).contains("class=\"\""));
        assert_eq!(here.change(&CHOSEN).await, "/settings/preferences?saved=1");
        for browser in [&here, &there] {
            let page = browser.text("/browse").await;
            assert!(document(&page).contains("class=\"dark compact hours-12 still\""), "{page}");
            assert!(page.contains("name=\"color-scheme\" content=\"dark\""), "{page}");
            assert_eq!(page.matches("content=\"#17181b\"").count(), 2, "{page}");
            assert!(page.contains("\"hours\":\"Twelve\""), "{page}");
        }
        let page = there.text("/settings/preferences").await;
        for value in ["dark", "compact", "hours-12", "still"] {
            assert!(page.contains(&format!("<option value=\"{value}\" selected")), "{page}");
        }
        let page = other.text("/").await;
        assert!(document(&page).contains("class=\"\"") && page.contains("\"hours\":\"TwentyFour\""));
        // Signed out, a page is as the system has it.
        assert!(document(&app.browser().text("/login").await).contains("class=\"\""));
        here.change(&[("change", "preferences")]).await;
        assert!(document(&there.text("/").await).contains("class=\"\""));
    }

    async fn their_other_devices_hear_of_it_once_and_nobody_else_does(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let browser = app.signed_in("john").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        browser.change(&CHOSEN).await;
        browser.change(&CHOSEN).await;
        browser.change(&[("change", "preferences"), ("theme", "light")]).await;
        for words in ["dark compact hours-12 still", "light"] {
            let (channel, _, told) = johns.publication().await;
            assert_eq!(channel, format!("user:{}", john.id));
            assert_eq!(told, json!({ "type": "preferences_changed", "preferences": words }));
        }
        assert!(bills.everything_so_far().await.is_empty());
    }

    async fn what_nobody_knows_is_not_kept(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        let odd = [
            ("change", "preferences"),
            ("theme", "dark\"><script>"),
            ("density", "compact purple"),
            ("hours", "25"),
        ];
        browser.change(&odd).await;
        let page = browser.text("/").await;
        assert!(document(&page).contains("class=\"compact\""), "{page}");
    }
}

#[tokio::test]
async fn a_stranger_prefers_nothing() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    assert_eq!(app.browser().change(&CHOSEN).await, "/login?next=/settings");
}
