//! Times of day and days, for reading.
//!
//! The server renders in the zone that the browser told it last, and so does the browser's first
//! drawing, or the two would differ. Afterwards the browser shows its own time zone. Only the zone's
//! offset comes from the browser; the calendar is arithmetic (Howard Hinnant's `civil_from_days`).

use crate::protocol::{Hours, ReadersClock, Timestamp};

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

/// In which zone to read timestamps, and how to count hours.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    offset: Offset,
    hours: Hours,
    /// Today, where that is known.
    today: Option<Day>,
}

/// Minutes to add to UTC.
#[derive(Clone, Copy, Debug)]
enum Offset {
    Fixed(i64),
    /// At a given time: zones have summers and a history.
    At(fn(Timestamp) -> i64),
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        let same_offset = match (self.offset, other.offset) {
            (Offset::Fixed(a), Offset::Fixed(b)) => a == b,
            (Offset::At(a), Offset::At(b)) => std::ptr::fn_addr_eq(a, b),
            _ => false,
        };
        same_offset && self.today == other.today && self.hours == other.hours
    }
}

impl Zone {
    /// Where nothing is known of the reader.
    pub const UTC: Self = Self {
        offset: Offset::Fixed(0),
        hours: Hours::TwentyFour,
        today: None,
    };

    /// A zone by its offset, with "today" and "yesterday".
    pub fn new(offset: fn(Timestamp) -> i64, hours: Hours, now: Timestamp) -> Self {
        Self {
            offset: Offset::At(offset),
            hours,
            today: None,
        }
        .with_today(now)
    }

    /// As the browser showed times the last time; in UTC and without "today" if it never did.
    pub fn of(clock: ReadersClock) -> Self {
        let Some(offset) = clock.offset else {
            return Self {
                hours: clock.hours,
                ..Self::UTC
            };
        };
        Self {
            offset: Offset::Fixed(offset),
            hours: clock.hours,
            today: None,
        }
        .with_today(clock.now)
    }

    fn with_today(mut self, now: Timestamp) -> Self {
        self.today = Some(self.day(now));
        self
    }

    /// Milliseconds until there is another day.
    pub fn until_midnight(&self, now: Timestamp) -> u32 {
        let left = DAY - self.local(now).rem_euclid(DAY);
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// The day a moment falls on.
    pub fn day(&self, at: Timestamp) -> Day {
        Day(self.local(at).div_euclid(DAY))
    }

    /// `14:03`, or `2:03 PM`.
    pub fn time(&self, at: Timestamp) -> String {
        let minutes = self.local(at).rem_euclid(DAY) / MINUTE;
        let (hour, minute) = (minutes / 60, minutes % 60);
        match self.hours {
            Hours::TwentyFour => format!("{hour:02}:{minute:02}"),
            Hours::Twelve => {
                let half = if hour < 12 { "AM" } else { "PM" };
                format!("{}:{minute:02} {half}", (hour + 11) % 12 + 1)
            }
        }
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

    /// The moment within a sentence: `today, 14:03`, `2 December, 14:03`; with its year if that is
    /// another one, more or less.
    pub fn within(&self, at: Timestamp) -> String {
        let (day, time) = (self.day(at), self.time(at));
        let (year, month, date) = civil(day.0);
        let month = MONTHS[index(month - 1)];
        let days = self.today.map(|today| day.0 - today.0);
        match days {
            Some(0) => format!("today, {time}"),
            Some(-1) => format!("yesterday, {time}"),
            Some(1) => format!("tomorrow, {time}"),
            Some(-180..=180) => format!("{date} {month}, {time}"),
            _ => format!("{date} {month} {year}, {time}"),
        }
    }

    /// `2 December 2026`.
    pub fn date(&self, at: Timestamp) -> String {
        let (year, month, date) = civil(self.day(at).0);
        format!("{date} {} {year}", MONTHS[index(month - 1)])
    }

    /// The same hours, so many minutes from UTC.
    #[must_use]
    pub fn elsewhere(self, offset: i64) -> Self {
        Self {
            offset: Offset::Fixed(offset),
            ..self
        }
    }

    /// Minutes that clocks are ahead of UTC at a time.
    pub fn ahead(&self, at: Timestamp) -> i64 {
        match self.offset {
            Offset::Fixed(minutes) => minutes,
            Offset::At(offset) => offset(at),
        }
    }

    fn local(&self, at: Timestamp) -> i64 {
        at.0 + self.ahead(at) * MINUTE
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
        let tokyo = Zone::new(|_| 9 * 60, Hours::TwentyFour, NOW);
        assert_eq!(tokyo.time(NOW), "23:03");
        let later = Timestamp(NOW.0 + 60 * MINUTE);
        assert_eq!(
            tokyo.day_name(tokyo.day(later)),
            "Saturday, 21 November 2026"
        );
    }

    #[test]
    fn within_a_sentence_what_is_near_is_short() {
        let here = Zone::new(|_| 0, Hours::TwentyFour, NOW);
        let at = |days: i64| here.within(Timestamp(NOW.0 + days * DAY));
        assert_eq!(at(0), "today, 14:03");
        assert_eq!(at(-1), "yesterday, 14:03");
        assert_eq!(at(1), "tomorrow, 14:03");
        assert_eq!(at(12), "2 December, 14:03");
        assert_eq!(at(-365), "20 November 2025, 14:03");
        assert_eq!(Zone::UTC.within(NOW), "20 November 2026, 14:03");
    }

    #[test]
    fn today_and_yesterday_have_names_where_today_is_known() {
        let here = Zone::new(|_| -5 * 60, Hours::Twelve, NOW);
        let yesterday = Timestamp(NOW.0 - DAY);
        assert_eq!(here.day_name(here.day(NOW)), "Today");
        assert_eq!(here.time(NOW), "9:03 AM");
        assert_eq!(here.until_midnight(NOW), 14 * 60 * 60_000 + 57 * 60_000);
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

    #[test]
    fn noon_and_midnight_are_twelve() {
        let utc = Zone {
            hours: Hours::Twelve,
            ..Zone::UTC
        };
        assert_eq!(utc.time(Timestamp(0)), "12:00 AM");
        assert_eq!(utc.time(Timestamp(DAY / 2)), "12:00 PM");
        assert_eq!(utc.time(Timestamp(DAY - MINUTE)), "11:59 PM");
    }
}
