//! Which publications a subscriber wants to have, by their tags.
//!
//! A client sends a tree: comparisons of one tag each, joined by `and`, `or` and `not`. It is taken apart
//! once, when a subscription begins, and refused if anything in it makes no sense. What a filter keeps
//! back moves the subscriber's position all the same: nothing is missing. It saves traffic and protects
//! nothing, because whoever chose it may choose another.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::protocol::frame::Raw;

/// Nodes and values in one filter, and bytes of it: each publication is held against all of it.
const MOST: usize = 200;
const BYTES: usize = 8 * 1024;

pub type Tags = BTreeMap<String, String>;

/// The filter makes no sense, or is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFilter;

/// What tags must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    Tag(String, Test),
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
}

/// What the value of a tag must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    Is(String),
    IsNot(String),
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    /// As numbers: one of these.
    Compares(Number, &'static [Ordering]),
}

/// A filter as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Node {
    op: String,
    key: String,
    cmp: String,
    val: String,
    vals: Vec<String>,
    nodes: Vec<Node>,
}

impl Filter {
    /// # Errors
    /// It makes no sense, or is too large.
    pub fn parse(json: &Raw) -> Result<Self, BadFilter> {
        if json.get().len() > BYTES {
            return Err(BadFilter);
        }
        let node: Node = serde_json::from_str(json.get()).map_err(|_| BadFilter)?;
        match node.size() > MOST {
            true => Err(BadFilter),
            false => node.try_into(),
        }
    }

    pub fn matches(&self, tags: &Tags) -> bool {
        match self {
            Self::Tag(key, test) => test.holds(tags.get(key).map(String::as_str)),
            Self::All(filters) => filters.iter().all(|filter| filter.matches(tags)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(tags)),
            Self::Not(filter) => !filter.matches(tags),
        }
    }
}

impl Node {
    fn size(&self) -> usize {
        1 + self.vals.len() + self.nodes.iter().map(Self::size).sum::<usize>()
    }
}

impl TryFrom<Node> for Filter {
    type Error = BadFilter;

    fn try_from(node: Node) -> Result<Self, BadFilter> {
        let Node { op, nodes, .. } = &node;
        if op.is_empty() {
            return node.comparison();
        }
        let many = nodes.len();
        let op = op.clone();
        let filters = node.nodes.into_iter().map(Self::try_from);
        let mut filters = filters.collect::<Result<Vec<_>, _>>()?;
        match (op.as_str(), many) {
            ("and", 1..) => Ok(Self::All(filters)),
            ("or", 1..) => Ok(Self::Any(filters)),
            ("not", 1) => filters.pop().map(Box::new).map(Self::Not).ok_or(BadFilter),
            _ => Err(BadFilter),
        }
    }
}

impl Node {
    fn comparison(self) -> Result<Filter, BadFilter> {
        const HIGHER: &[Ordering] = &[Ordering::Greater];
        const NOT_LOWER: &[Ordering] = &[Ordering::Greater, Ordering::Equal];
        const LOWER: &[Ordering] = &[Ordering::Less];
        const NOT_HIGHER: &[Ordering] = &[Ordering::Less, Ordering::Equal];
        let Self {
            key,
            cmp,
            val,
            vals,
            nodes,
            ..
        } = self;
        let number = |orders| {
            let number = Number::parse(&val).ok_or(BadFilter)?;
            Ok(Test::Compares(number, orders))
        };
        // What comes along and is not asked for is a mistake.
        let (has_one, has_some) = (!val.is_empty(), !vals.is_empty());
        let test = match (cmp.as_str(), has_one, has_some) {
            ("gt", true, false) => number(HIGHER)?,
            ("gte", true, false) => number(NOT_LOWER)?,
            ("lt", true, false) => number(LOWER)?,
            ("lte", true, false) => number(NOT_HIGHER)?,
            ("eq", true, false) => Test::Is(val),
            ("neq", true, false) => Test::IsNot(val),
            ("sw", true, false) => Test::StartsWith(val),
            ("ew", true, false) => Test::EndsWith(val),
            ("ct", true, false) => Test::Contains(val),
            ("in", false, true) => Test::In(vals),
            ("nin", false, true) => Test::NotIn(vals),
            ("ex", false, false) => Test::Exists,
            ("nex", false, false) => Test::Missing,
            _ => return Err(BadFilter),
        };
        let names_one = !key.is_empty() || matches!(test, Test::Exists | Test::Missing);
        match names_one && nodes.is_empty() {
            true => Ok(Filter::Tag(key, test)),
            false => Err(BadFilter),
        }
    }
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        match self {
            Self::Is(wanted) => value == Some(wanted),
            Self::IsNot(other) => value != Some(other),
            // A tag that is not there counts as an empty one here, as everywhere the protocol is spoken.
            Self::In(wanted) => wanted
                .iter()
                .any(|wanted| wanted == value.unwrap_or_default()),
            Self::NotIn(others) => others
                .iter()
                .all(|other| other != value.unwrap_or_default()),
            Self::Exists => value.is_some(),
            Self::Missing => value.is_none(),
            Self::StartsWith(start) => value.is_some_and(|value| value.starts_with(start)),
            Self::EndsWith(end) => value.is_some_and(|value| value.ends_with(end)),
            Self::Contains(part) => value.is_some_and(|value| value.contains(part)),
            Self::Compares(number, orders) => value
                .and_then(|value| number.compared_with(value))
                .is_some_and(|order| orders.contains(&order)),
        }
    }
}

/// A decimal number, exactly as it is written: prices are no binary fractions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

/// Sign, digits before the point without zeros in front, digits after it without zeros at the end.
type Digits<'a> = (bool, &'a str, &'a str);

impl Number {
    fn parse(text: &str) -> Option<Self> {
        digits(text).map(|_| Self(text.to_owned()))
    }

    /// How that number stands to this one; nothing, if it is none.
    fn compared_with(&self, other: &str) -> Option<Ordering> {
        let (is_negative, whole, fraction) = digits(other)?;
        let (am_negative, my_whole, my_fraction) = digits(&self.0)?;
        let by_size = whole.len().cmp(&my_whole.len());
        let by_size = by_size
            .then(whole.cmp(my_whole))
            .then(fraction.cmp(my_fraction));
        Some(match (is_negative, am_negative) {
            (false, false) => by_size,
            (true, true) => by_size.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        })
    }
}

fn digits(text: &str) -> Option<Digits<'_>> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let is_zero = whole.is_empty() && fraction.is_empty();
    Some((is_negative && !is_zero, whole, fraction))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::frame::raw;

    fn parse(filter: &Value) -> Result<Filter, BadFilter> {
        Filter::parse(&raw(filter).unwrap())
    }

    fn stock() -> Tags {
        let tags = [
            ("ticker", "AAPL"),
            ("source", "NASDAQ"),
            ("price", "150.25"),
            ("change", "-0.5"),
            ("empty", ""),
        ];
        tags.map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn each_comparison_holds_for_what_it_says_and_not_for_the_rest() {
        let one = |key: &str, cmp: &str, val: &str| json!({ "key": key, "cmp": cmp, "val": val });
        let some =
            |key: &str, cmp: &str, vals: &[&str]| json!({ "key": key, "cmp": cmp, "vals": vals });
        let none = |key: &str, cmp: &str| json!({ "key": key, "cmp": cmp });
        for (filter, expected) in [
            (one("ticker", "eq", "AAPL"), true),
            (one("ticker", "eq", "aapl"), false),
            (one("nothing", "eq", "AAPL"), false),
            (one("ticker", "neq", "GOOG"), true),
            (one("ticker", "neq", "AAPL"), false),
            (one("nothing", "neq", "AAPL"), true),
            (some("ticker", "in", &["GOOG", "AAPL"]), true),
            (some("ticker", "in", &["GOOG"]), false),
            (some("nothing", "in", &["GOOG"]), false),
            (some("nothing", "in", &[""]), true),
            (some("ticker", "nin", &["GOOG"]), true),
            (some("ticker", "nin", &["AAPL"]), false),
            (some("nothing", "nin", &["AAPL"]), true),
            (none("ticker", "ex"), true),
            (none("empty", "ex"), true),
            (none("nothing", "ex"), false),
            (none("nothing", "nex"), true),
            (none("ticker", "nex"), false),
            (one("ticker", "sw", "AA"), true),
            (one("ticker", "sw", "PL"), false),
            (one("source", "ew", "DAQ"), true),
            (one("source", "ew", "NAS"), false),
            (one("source", "ct", "SDA"), true),
            (one("nothing", "ct", "SDA"), false),
            (one("price", "gt", "100"), true),
            (one("price", "gt", "150.25"), false),
            (one("price", "gte", "150.250"), true),
            (one("price", "lt", "1000"), true),
            (one("price", "lt", "20"), false),
            (one("price", "lte", "+150.25"), true),
            (one("price", "lte", "-1"), false),
            (one("change", "lt", "0"), true),
            (one("change", "gt", "-0.25"), false),
            (one("change", "gt", "-0.75"), true),
            (one("ticker", "gt", "1"), false),
            (one("empty", "lt", "1"), false),
            (one("nothing", "lt", "1"), false),
        ] {
            let parsed = parse(&filter).unwrap();
            assert_eq!(parsed.matches(&stock()), expected, "{filter}");
            let not = parse(&json!({ "op": "not", "nodes": [filter] })).unwrap();
            assert_eq!(not.matches(&stock()), !expected);
        }
    }

    #[test]
    fn comparisons_are_joined() {
        let apple = json!({ "key": "ticker", "cmp": "eq", "val": "AAPL" });
        let nyse = json!({ "key": "source", "cmp": "eq", "val": "NYSE" });
        for (op, nodes, expected) in [
            ("and", vec![&apple, &nyse], false),
            ("and", vec![&apple, &apple], true),
            ("or", vec![&nyse, &apple], true),
            ("or", vec![&nyse], false),
        ] {
            let filter = parse(&json!({ "op": op, "nodes": nodes })).unwrap();
            assert_eq!(filter.matches(&stock()), expected, "{op} {nodes:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let fine = json!({ "key": "a", "cmp": "ex" });
        let many: Vec<_> = (0..MOST).map(|_| fine.clone()).collect();
        for nonsense in [
            json!({}),
            json!(7),
            json!({ "key": "a" }),
            json!({ "key": "a", "cmp": "like", "val": "b" }),
            json!({ "cmp": "eq", "val": "b" }),
            json!({ "key": "a", "cmp": "eq" }),
            json!({ "key": "a", "cmp": "eq", "val": "b", "vals": ["c"] }),
            json!({ "key": "a", "cmp": "in", "val": "b" }),
            json!({ "key": "a", "cmp": "in", "vals": [] }),
            json!({ "key": "a", "cmp": "ex", "val": "b" }),
            json!({ "key": "a", "cmp": "gt", "val": "many" }),
            json!({ "key": "a", "cmp": "gt", "val": "1e3" }),
            json!({ "key": "a", "cmp": "ex", "nodes": [fine] }),
            json!({ "op": "and" }),
            json!({ "op": "or", "nodes": [] }),
            json!({ "op": "not", "nodes": [fine, fine] }),
            json!({ "op": "xor", "nodes": [fine] }),
            json!({ "op": "and", "nodes": [fine, {}] }),
            json!({ "op": "and", "nodes": many }),
            json!({ "key": "a", "cmp": "eq", "val": "x".repeat(BYTES) }),
        ] {
            assert_eq!(parse(&nonsense), Err(BadFilter), "{nonsense}");
        }
        let deep = "{\"op\":\"not\",\"nodes\":[".repeat(300) + "{}" + &"]}".repeat(300);
        assert_eq!(
            Filter::parse(&serde_json::from_str(&deep).unwrap()),
            Err(BadFilter)
        );
    }
}
