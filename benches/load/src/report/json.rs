//! The report as JSON: every figure under scenario and server, with its unit in its key.

use std::fs;
use std::thread;

use serde_json::{Map, Value, json};

use super::{Check, Report, Target};

impl Report {
    pub fn to_json(&self) -> Value {
        let mut scenarios = Map::new();
        for row in &self.rows {
            let scenario = scenarios.entry(row.scenario).or_insert_with(|| json!({}));
            let figures: Map<String, Value> = row
                .figures
                .iter()
                .map(|figure| {
                    let key = format!("{}_{}", figure.name, figure.unit.suffix());
                    (key, json!(rounded(figure.value)))
                })
                .collect();
            scenario[&row.subject] = Value::Object(figures);
        }
        json!({
            "machine": machine(),
            "quick": self.is_quick,
            "figures": scenarios,
            "targets": self.checks.iter().map(target).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

fn target(check: &Check) -> Value {
    let (key, limit) = match check.target {
        Target::AtLeast(least) => ("at_least", least),
        Target::AtMost(most) => ("at_most", most),
    };
    let mut value = json!({
        "scenario": check.scenario,
        "what": check.what,
        "value": rounded(check.value),
        "unit": check.unit.suffix(),
        "met": check.is_met(),
    });
    value[key] = json!(limit);
    value
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Where it was measured.
pub fn machine() -> Value {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let uname = rustix::system::uname();
    let first = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key));
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or(String::new(), |(_, value)| value.trim().to_owned())
    };
    json!({
        "cores": cores,
        "kernel": uname.release().to_string_lossy(),
        "processor": first("/proc/cpuinfo", "model name"),
        "memory": first("/proc/meminfo", "MemTotal"),
    })
}
