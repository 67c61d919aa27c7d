//! Latencies, counted in buckets that grow with the value.
//!
//! Every power of two is cut into 64 buckets, so a figure is exact to 1.6 %, recording is a shift
//! and an increment, and the whole takes 20 KiB however many values there are.

const SPLIT: u32 = 6;
const PER_POWER: usize = 1 << SPLIT;
/// Up to 2^44 nanoseconds: five hours. What is longer counts as that.
const BUCKETS: usize = PER_POWER * (44 - SPLIT as usize + 1);

#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub fn new() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
        }
    }

    /// Counts one value.
    pub fn record(&mut self, value: u64) {
        self.counts[bucket(value)] += 1;
        self.total += 1;
    }

    /// The value that the given share (0 to 1) of all values does not exceed.
    pub fn quantile(&self, share: f64) -> u64 {
        let rank = (share * self.total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return middle(index);
            }
        }
        0
    }
}

fn bucket(value: u64) -> usize {
    if value < PER_POWER as u64 {
        return value as usize;
    }
    let shift = value.ilog2() - SPLIT;
    let index = shift as usize * PER_POWER + (value >> shift) as usize;
    index.min(BUCKETS - 1)
}

fn middle(index: usize) -> u64 {
    if index < 2 * PER_POWER {
        return index as u64;
    }
    let shift = index / PER_POWER - 1;
    let low = (index % PER_POWER + PER_POWER) as u64;
    (low << shift) + (1 << shift) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_own_middle_to_within_two_percent() {
        for value in [0, 1, 63, 64, 127, 128, 1000, 123_456, 9_876_543_210] {
            let found = middle(bucket(value));
            assert_eq!(bucket(found), bucket(value));
            assert!(
                found.abs_diff(value) * 50 <= value,
                "{value} became {found}"
            );
        }
    }

    #[test]
    fn quantiles_are_ranks() {
        let mut histogram = Histogram::new();
        (1..=100).for_each(|value| histogram.record(value * 1000));
        let near = |found: u64, wanted: u64| found.abs_diff(wanted) * 50 <= wanted;
        assert!(near(histogram.quantile(0.5), 50_000));
        assert!(near(histogram.quantile(0.99), 99_000));
        assert_eq!(Histogram::new().quantile(0.5), 0);
    }
}
