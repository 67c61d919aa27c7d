//! Durable posts on a disk that takes five milliseconds longer to be sure.

use std::path::Path;

use anyhow::Result;

use super::{Bench, posts};
use crate::report::Target::AtMost;
use crate::report::{Unit, figure};
use crate::server::hubbub::{FIRST_THREAD, Wishes};

const SCENARIO: &str = "durable posts with a slow disk";
const FAST: &str = "hubbub, fsync as it is";
const SLOW: &str = "hubbub, fsync + 5 ms";
const DELAY_MS: &str = "5";

pub fn run(bench: &mut Bench) {
    eprintln!("  {SCENARIO}");
    let Some(library) = bench.slow_fsync.clone() else {
        bench.report.note(format!(
            "{SCENARIO}: the library that delays fsync was not built"
        ));
        return;
    };
    bench.ours(SCENARIO, |bench| {
        measure(bench, FAST, None)?;
        measure(bench, SLOW, Some(&library))
    });
    let posts = |name| bench.report.find(SCENARIO, name, "posts");
    if let (Some(fast), Some(slow)) = (posts(FAST), posts(SLOW)) {
        let value = (fast / slow, Unit::Times);
        bench
            .report
            .check(SCENARIO, "fewer posts", value, AtMost(4.0));
    }
}

fn measure(bench: &mut Bench, name: &str, library: Option<&Path>) -> Result<()> {
    let mut wishes = Wishes::default();
    if let Some(library) = library {
        wishes.env = vec![
            ("LD_PRELOAD".to_owned(), library.display().to_string()),
            ("SLOW_FSYNC_MS".to_owned(), DELAY_MS.to_owned()),
        ];
    }
    let hubbub = bench.hubbub(wishes)?;
    let (mut service, _) = hubbub.serve()?;
    hubbub.writer_joins(&mut service, &[FIRST_THREAD])?;
    let span = bench.span();
    let mut figures = posts::measure(&service, vec![FIRST_THREAD], span)?;
    if library.is_some() {
        // At 5 ms each there cannot have been more commits than this.
        figures.push(figure("commits_at_most", 200.0, Unit::PerSecond));
    }
    bench.report.add(SCENARIO, name, figures);
    Ok(())
}
