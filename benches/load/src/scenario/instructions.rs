//! Instructions per post and per delivery, counted by valgrind: a figure that noise cannot touch.
//!
//! A run with `r` readers and `p` posts, one under way, executes about
//! `start + r × connection + p × post + p × r × delivery` instructions. Two runs that differ in `p`
//! only give `post + r × delivery`; two such pairs with different `r` give both unknowns. The
//! kernel's own work is not counted.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::Bench;
use crate::report::{OURS, Unit, figure};
use crate::server::hubbub::Wishes;
use crate::workload::fanout::{self, Pace, Plan, Until};

const SCENARIO: &str = "instructions in user space";
const READERS: [u32; 2] = [20, 120];
const POSTS: [u32; 2] = [50, 250];

pub fn run(bench: &mut Bench) {
    eprintln!("  {SCENARIO}");
    if !has_valgrind() {
        bench
            .report
            .note(format!("{SCENARIO}: valgrind is not installed"));
        return;
    }
    bench.ours(SCENARIO, |bench| {
        let [few, many] = READERS.map(|readers| per_post(bench, readers));
        let (few, many) = (few?, many?);
        let delivery = (many - few) / f64::from(READERS[1] - READERS[0]);
        let post = few - f64::from(READERS[0]) * delivery;
        let figures = vec![
            figure("instructions_per_delivery", delivery, Unit::Count),
            figure("instructions_per_post", post, Unit::Count),
        ];
        bench.report.add(SCENARIO, OURS, figures);
        Ok(())
    });
}

fn has_valgrind() -> bool {
    let mut command = Command::new("valgrind");
    let asked = command.arg("--version").stdout(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Instructions one more post costs, with all its deliveries.
fn per_post(bench: &mut Bench, readers: u32) -> Result<f64> {
    let [few, many] = POSTS.map(|posts| count(bench, readers, posts));
    Ok((many? - few?) / f64::from(POSTS[1] - POSTS[0]))
}

fn count(bench: &mut Bench, readers: u32, posts: u32) -> Result<f64> {
    let wishes = Wishes {
        within: [
            "valgrind",
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
        ]
        .map(str::to_owned)
        .into(),
        ..Wishes::default()
    };
    let (service, _) = bench.hubbub(wishes)?.serve()?;
    let plan = Plan {
        readers: readers as usize,
        pace: Pace::Window(1),
        until: Until::Posts(posts),
        with_stalled: false,
    };
    fanout::run(&service, plan)?;
    let said = service.process.stop()?;
    let count = said
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, count)| count.trim().parse().ok());
    let count = count.with_context(|| format!("valgrind gave no count; it said:\n{said}"))?;
    ensure!(count > 0.0, "valgrind counted nothing");
    Ok(count)
}
