//! The page of a thread with fifty messages, rendered by the server for somebody signed in.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Bench;
use crate::clock::milliseconds;
use crate::net::http;
use crate::report::Target::AtLeast;
use crate::report::{self, OURS, Unit, figure};
use crate::server::Service;
use crate::server::hubbub::{FIRST_THREAD, Wishes};
use crate::workload::pages::{self, Plan};

const SCENARIO: &str = "pages of a thread with 50 messages";
/// A message of the demo's opening, which is on the page only if one may read the thread.
const TEXT: &str = "Loud and clear";

pub fn run(bench: &mut Bench) {
    eprintln!("  {SCENARIO}");
    bench.ours(SCENARIO, ours);
}

fn ours(bench: &mut Bench) -> Result<()> {
    let wishes = Wishes {
        // With the four of the demo's opening.
        messages: 46,
        ..Wishes::default()
    };
    let (service, _) = bench.hubbub(wishes)?.serve()?;
    let plan = Plan {
        path: format!("/t/{FIRST_THREAD}"),
        cookie: format!("hubbub_session={}", sign_in(&service)?),
        contains: TEXT.to_owned(),
        connections: 24,
        span: bench.span(),
    };
    let outcome = pages::run(&service.process, &plan)?;
    let pages = outcome.pages as f64;
    let rate = pages / outcome.usage.seconds;
    let quantile = |share| milliseconds(outcome.latency.quantile(share));
    let cost = 1e6 * outcome.usage.cpu_seconds / pages;
    let mut figures = vec![
        figure("pages", rate, Unit::PerSecond),
        figure("p50", quantile(0.5), Unit::Milliseconds),
        figure("p99", quantile(0.99), Unit::Milliseconds),
        figure("cpu", outcome.usage.cpu_percent(), Unit::Percent),
        figure("cpu_per_page", cost, Unit::Microseconds),
        figure("page", outcome.bytes as f64 / 1024.0, Unit::Kib),
    ];
    figures.extend(report::others(outcome.usage));
    let report = &mut bench.report;
    report.add(SCENARIO, OURS, figures);
    report.check(SCENARIO, "pages", (rate, Unit::PerSecond), AtLeast(2_500.0));
    Ok(())
}

/// Signs in as one of the demo's two people.
fn sign_in(service: &Service) -> Result<String> {
    let who = json!({ "username": "john", "password": "secret" }).to_string();
    let (status, body) = http::ask(service.process.addr, "POST", "/api/v1/sessions", &who)?;
    ensure!(status < 300, "signing in failed with status {status}");
    let answer: Value = serde_json::from_str(&body)?;
    let token = answer["token"].as_str().context("no token")?;
    Ok(token.to_owned())
}
