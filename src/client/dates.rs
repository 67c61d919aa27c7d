//! Times of day and days, for reading.
//!
//! The server renders in UTC, and so does the browser's first render, or the two would differ.
//! Afterwards the browser shows its own time zone. Only the zone's offset comes from the browser;
//! the calendar is arithmetic (Howard Hinnant's `civil_from_days`).

use crate::protocol::Timestamp;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const WEEKDAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day, as a number that grows by one each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

/// In which zone to read timestamps.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    /// Minutes to add to UTC at a given time.
    offset: fn(Timestamp) -> i64,
    /// Today, where that is known.
    today: Option<Day>,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.today == other.today && std::ptr::fn_addr_eq(self.offset, other.offset)
    }
}

impl Zone {
    /// The server's zone, and the browser's before it is known.
    pub const UTC: Self = Self {
        offset: |_| 0,
        today: None,
    };

    /// A zone by its offset, with "today" and "yesterday".
    pub fn new(offset: fn(Timestamp) -> i64, now: Timestamp) -> Self {
        let mut zone = Self {
            offset,
            today: None,
        };
        zone.today = Some(zone.day(now));
        zone
    }

    /// The day a moment falls on.
    pub fn day(&self, at: Timestamp) -> Day {
        Day(self.local(at).div_euclid(DAY))
    }

    /// `14:03`.
    pub fn time(&self, at: Timestamp) -> String {
        let minutes = self.local(at).rem_euclid(DAY) / MINUTE;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// "Today", "Yesterday", or the date in full.
    pub fn day_name(&self, day: Day) -> String {
        match self.today {
            Some(today) if day == today => "Today".to_owned(),
            Some(today) if day.0 == today.0 - 1 => "Yesterday".to_owned(),
            _ => full_date(day),
        }
    }

    /// The whole moment, for a tooltip.
    pub fn moment(&self, at: Timestamp) -> String {
        format!("{}, {}", full_date(self.day(at)), self.time(at))
    }

    fn local(&self, at: Timestamp) -> i64 {
        at.0 + (self.offset)(at) * MINUTE
    }
}

/// The moment as `<time datetime>` wants it, in UTC.
pub fn iso(at: Timestamp) -> String {
    let (year, month, day) = civil(at.0.div_euclid(DAY));
    let time = Zone::UTC.time(at);
    format!("{year:04}-{month:02}-{day:02}T{time}Z")
}

fn full_date(day: Day) -> String {
    let (year, month, date) = civil(day.0);
    let weekday = WEEKDAYS[index(day.0.rem_euclid(7))];
    let month = MONTHS[index(month - 1)];
    format!("{weekday}, {date} {month} {year}")
}

fn index(n: i64) -> usize {
    usize::try_from(n).unwrap_or_default()
}

fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20 14:03 UTC, a Friday.
    const NOW: Timestamp = Timestamp(1_795_183_380_000);

    #[test]
    fn a_moment_is_read_in_its_zone() {
        assert_eq!(iso(NOW), "2026-11-20T14:03Z");
        assert_eq!(Zone::UTC.moment(NOW), "Friday, 20 November 2026, 14:03");
        let tokyo = Zone::new(|_| 9 * 60, NOW);
        assert_eq!(tokyo.time(NOW), "23:03");
        let later = Timestamp(NOW.0 + 60 * MINUTE);
        assert_eq!(
            tokyo.day_name(tokyo.day(later)),
            "Saturday, 21 November 2026"
        );
    }

    #[test]
    fn today_and_yesterday_have_names_where_today_is_known() {
        let here = Zone::new(|_| -5 * 60, NOW);
        let yesterday = Timestamp(NOW.0 - DAY);
        assert_eq!(here.day_name(here.day(NOW)), "Today");
        assert_eq!(here.day_name(here.day(yesterday)), "Yesterday");
        assert_eq!(
            Zone::UTC.day_name(Zone::UTC.day(NOW)),
            "Friday, 20 November 2026"
        );
    }

    #[test]
    fn leap_days_and_the_epoch_are_right() {
        assert_eq!(iso(Timestamp(0)), "1970-01-01T00:00Z");
        assert_eq!(iso(Timestamp(951_782_400_000)), "2000-02-29T00:00Z");
        assert_eq!(iso(Timestamp(-60_000)), "1969-12-31T23:59Z");
    }
}
