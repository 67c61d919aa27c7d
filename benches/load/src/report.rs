//! What was measured, and what it was measured against.
//!
//! A row is one server in one scenario, a check is a figure of ours beside its target. Both are
//! kept as numbers with units, and turned into a table for people and JSON for programs.

mod json;
mod table;

use std::fmt;

use crate::workload::Usage;

pub use json::machine;

/// How our own server is called in every scenario.
pub const OURS: &str = "hubbub";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    PerSecond,
    Seconds,
    Milliseconds,
    Microseconds,
    Percent,
    Kib,
    Mib,
    Times,
    Count,
    /// A number that is a name, such as that of a close frame.
    Code,
}

/// A number with its name and unit.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: Unit,
}

pub fn figure(name: &'static str, value: f64, unit: Unit) -> Figure {
    Figure { name, value, unit }
}

/// Per cent of a processor that others used, where it is enough to matter.
pub fn others(usage: Usage) -> Option<Figure> {
    let percent = usage.others_percent();
    (percent >= 5.0).then(|| figure("cpu_of_others", percent, Unit::Percent))
}

#[derive(Debug)]
pub struct Row {
    pub scenario: &'static str,
    pub subject: String,
    /// The first is what servers are compared by.
    pub figures: Vec<Figure>,
}

/// What a figure ought to be.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
}

#[derive(Debug)]
pub struct Check {
    pub scenario: &'static str,
    pub what: String,
    pub value: f64,
    pub unit: Unit,
    pub target: Target,
}

impl Check {
    pub fn is_met(&self) -> bool {
        match self.target {
            Target::AtLeast(least) => self.value >= least,
            Target::AtMost(most) => self.value <= most,
        }
    }
}

#[derive(Debug, Default)]
pub struct Report {
    pub is_quick: bool,
    pub rows: Vec<Row>,
    pub checks: Vec<Check>,
    /// What could not be measured, and why.
    pub notes: Vec<String>,
}

impl Report {
    /// Keeps a row, and shows it at once: the whole takes long.
    pub fn add(&mut self, scenario: &'static str, subject: &str, figures: Vec<Figure>) {
        let row = Row {
            scenario,
            subject: subject.to_owned(),
            figures,
        };
        eprintln!("    {}", table::on_one_line(&row));
        self.rows.push(row);
    }

    pub fn note(&mut self, note: String) {
        eprintln!("    {note}");
        self.notes.push(note);
    }

    pub fn check(
        &mut self,
        scenario: &'static str,
        what: impl Into<String>,
        (value, unit): (f64, Unit),
        target: Target,
    ) {
        self.checks.push(Check {
            scenario,
            what: what.into(),
            value,
            unit,
            target,
        });
    }

    /// A figure that was measured before.
    pub fn find(&self, scenario: &str, subject: &str, name: &str) -> Option<f64> {
        let is_it = |row: &&Row| row.scenario == scenario && row.subject == subject;
        let row = self.rows.iter().find(is_it)?;
        let figure = row.figures.iter().find(|figure| figure.name == name)?;
        Some(figure.value)
    }

    /// Our first figure of a scenario, as a multiple of somebody else's.
    pub fn ratio(&self, scenario: &str, subject: &str) -> Option<f64> {
        let first = |subject: &str| {
            let is_it = |row: &&Row| row.scenario == scenario && row.subject == subject;
            let row = self.rows.iter().find(is_it)?;
            row.figures.first().map(|figure| figure.value)
        };
        Some(first(OURS)? / first(subject)?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(self, f)
    }
}

impl Unit {
    /// As it ends a key in JSON.
    fn suffix(self) -> &'static str {
        match self {
            Self::PerSecond => "per_second",
            Self::Seconds => "seconds",
            Self::Milliseconds => "ms",
            Self::Microseconds => "us",
            Self::Percent => "percent",
            Self::Kib => "kib",
            Self::Mib => "mib",
            Self::Times => "times",
            Self::Count => "count",
            Self::Code => "code",
        }
    }

    /// As it is read after a number.
    fn sign(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Seconds => " s",
            Self::Milliseconds => " ms",
            Self::Microseconds => " µs",
            Self::Percent => " %",
            Self::Kib => " KiB",
            Self::Mib => " MiB",
            Self::Times => "×",
            Self::Count | Self::Code => "",
        }
    }
}
