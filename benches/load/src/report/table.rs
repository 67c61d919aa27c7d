//! The report as a table for people.

use std::fmt::{Formatter, Result};

use super::{Check, Figure, OURS, Report, Row, Target, Unit};

/// Every scenario with its servers, then what it was to reach.
pub fn write(report: &Report, f: &mut Formatter<'_>) -> Result {
    let mut scenarios = Vec::new();
    for row in &report.rows {
        if !scenarios.contains(&row.scenario) {
            scenarios.push(row.scenario);
        }
    }
    writeln!(
        f,
        "{:<28} {:>16}  {:>7}  other figures",
        "", "figure", "ours ÷"
    )?;
    for scenario in scenarios {
        writeln!(f, "\n{scenario}")?;
        for row in report.rows.iter().filter(|row| row.scenario == scenario) {
            write_row(report, row, f)?;
        }
        for check in report
            .checks
            .iter()
            .filter(|check| check.scenario == scenario)
        {
            writeln!(f, "  {}", described(check))?;
        }
    }
    if !report.notes.is_empty() {
        writeln!(f, "\nNot measured, or not as it should be")?;
    }
    for note in &report.notes {
        writeln!(f, "  {note}")?;
    }
    if report.is_quick {
        writeln!(f, "\nThis was a quick run: times are rough.")?;
    }
    Ok(())
}

fn write_row(report: &Report, row: &Row, f: &mut Formatter<'_>) -> Result {
    let (first, others) = split(row);
    let ratio = match row.subject == OURS {
        true => None,
        false => report.ratio(row.scenario, &row.subject),
    };
    let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}×"));
    let subject = &row.subject;
    let line = format!("  {subject:<26} {first:>16}  {ratio:>7}  {others}");
    writeln!(f, "{}", line.trim_end())
}

fn split(row: &Row) -> (String, String) {
    let named = |figure: &Figure| format!("{} {}", figure.name.replace('_', " "), shown(figure));
    let others: Vec<String> = row.figures.iter().skip(1).map(named).collect();
    (
        row.figures.first().map_or(String::new(), shown),
        others.join(", "),
    )
}

/// A row as it is shown while others are still being measured.
pub fn on_one_line(row: &Row) -> String {
    let (first, others) = split(row);
    format!("{}: {first}  {others}", row.subject)
        .trim_end()
        .to_owned()
}

fn described(check: &Check) -> String {
    let mark = if check.is_met() { '✓' } else { '✗' };
    let (sign, limit) = match check.target {
        Target::AtLeast(least) => ('≥', least),
        Target::AtMost(most) => ('≤', most),
    };
    let (value, limit) = (number(check.value, check.unit), number(limit, check.unit));
    format!("{mark} {}: {value} (target {sign} {limit})", check.what)
}

fn shown(figure: &Figure) -> String {
    number(figure.value, figure.unit)
}

/// Three digits that matter; thousands apart.
fn number(value: f64, unit: Unit) -> String {
    let text = match value.abs() {
        size if size >= 100.0 => with_commas(value.round() as i64),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    let text = match unit {
        Unit::Code => format!("{value}"),
        Unit::Count if value.fract() == 0.0 => with_commas(value as i64),
        _ => text,
    };
    format!("{text}{}", unit.sign())
}

fn with_commas(value: i64) -> String {
    let digits = value.abs().to_string();
    let mut text = if value < 0 {
        "-".to_owned()
    } else {
        String::new()
    };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_read_them() {
        assert_eq!(number(1_234_567.8, Unit::PerSecond), "1,234,568/s");
        assert_eq!(number(12.34, Unit::Milliseconds), "12.3 ms");
        assert_eq!(number(0.5, Unit::Times), "0.50×");
        assert_eq!(number(5000.0, Unit::Count), "5,000");
        assert_eq!(number(7.0, Unit::Count), "7");
        assert_eq!(number(3008.0, Unit::Code), "3008");
        assert_eq!(with_commas(-1000), "-1,000");
    }
}
