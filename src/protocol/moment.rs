//! Days and times as people type and choose them, in whatever zone they are.
//!
//! The calendar is arithmetic; what a zone's clocks show is asked of a function, because only the browser
//! and the server's tables know it. So both sides come to the same moment with the same code.

use super::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// When a day begins, for whoever is to be reminded on it.
const MORNING: i64 = 9 * HOUR;

/// Minutes that a zone's clocks are ahead of UTC at a time.
pub type Ahead<'a> = &'a dyn Fn(Timestamp) -> i64;

/// Days since 1970 of a date: `2026-11-27`.
pub fn day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let year: i64 = parts.next()?.parse().ok()?;
    let month: i64 = parts.next()?.parse().ok()?;
    let day: i64 = parts.next()?.parse().ok()?;
    let is_day =
        (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    is_day.then(|| days(year, month, day))
}

/// When a day begins.
pub fn beginning(day: i64, ahead: Ahead) -> Timestamp {
    shown_at(day * DAY, ahead)
}

/// When clocks show a date and a time: `2026-11-27T09:30`, as fields for them give it.
pub fn local(text: &str, ahead: Ahead) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    let mut parts = time.splitn(3, ':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute);
    let shown = day(date)? * DAY + hour * HOUR + minute * MINUTE;
    is_time.then(|| shown_at(shown, ahead))
}

/// When somebody wants to be reminded, as it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    TwentyMinutes,
    AnHour,
    ThreeHours,
    /// At nine.
    Tomorrow,
    /// On Monday, at nine.
    NextWeek,
}

impl When {
    pub const ALL: [Self; 5] = [
        Self::TwentyMinutes,
        Self::AnHour,
        Self::ThreeHours,
        Self::Tomorrow,
        Self::NextWeek,
    ];

    /// As forms send it.
    pub fn name(self) -> &'static str {
        match self {
            Self::TwentyMinutes => "20m",
            Self::AnHour => "1h",
            Self::ThreeHours => "3h",
            Self::Tomorrow => "tomorrow",
            Self::NextWeek => "week",
        }
    }

    /// As it is offered.
    pub fn label(self) -> &'static str {
        match self {
            Self::TwentyMinutes => "In 20 minutes",
            Self::AnHour => "In an hour",
            Self::ThreeHours => "In 3 hours",
            Self::Tomorrow => "Tomorrow at 9:00",
            Self::NextWeek => "Next Monday at 9:00",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|when| when.name() == name)
    }

    /// That time, from now.
    pub fn from(self, now: Timestamp, ahead: Ahead) -> Timestamp {
        let today = (now.0 + ahead(now) * MINUTE).div_euclid(DAY);
        // The first day of all was a Thursday.
        let since_monday = (today + 3).rem_euclid(7);
        let morning = |day: i64| shown_at(day * DAY + MORNING, ahead);
        match self {
            Self::TwentyMinutes => Timestamp(now.0 + 20 * MINUTE),
            Self::AnHour => Timestamp(now.0 + HOUR),
            Self::ThreeHours => Timestamp(now.0 + 3 * HOUR),
            Self::Tomorrow => morning(today + 1),
            Self::NextWeek => morning(today + 7 - since_monday),
        }
    }
}

/// When clocks show that, in milliseconds as if it were UTC. An hour that is left out in spring is the one
/// after it; of one that comes twice it is one of both.
fn shown_at(shown: i64, ahead: Ahead) -> Timestamp {
    let nearly = Timestamp(shown - ahead(Timestamp(shown)) * MINUTE);
    Timestamp(shown - ahead(nearly) * MINUTE)
}

/// Days since 1970. (The year begins in March here, so that the leap day is its last.)
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20 14:03 UTC, a Friday.
    const NOW: Timestamp = Timestamp(1_795_183_380_000);

    fn at(text: &str) -> Timestamp {
        local(text, &|_| 0).unwrap()
    }

    #[test]
    fn a_date_is_days_since_1970_and_what_is_none_is_nothing() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2000-02-29"), Some(11_016));
        for none in [
            "",
            "2026",
            "2026-13-01",
            "2026-00-01",
            "1969-12-31",
            "a-b-c",
            "2026-11-32",
        ] {
            assert_eq!(day(none), None, "{none}");
        }
        for none in [
            "",
            "2026-11-20",
            "2026-11-20T",
            "2026-11-20T24:00",
            "2026-11-20T9:60",
        ] {
            assert_eq!(local(none, &|_| 0), None, "{none}");
        }
        assert_eq!(local("2026-11-20T14:03", &|_| 0), Some(NOW));
        assert_eq!(local("2026-11-20T14:03:59", &|_| 0), Some(NOW));
        assert_eq!(local("2026-11-20T23:03", &|_| 540), Some(NOW));
        assert_eq!(beginning(0, &|_| -60), Timestamp(HOUR));
    }

    #[test]
    fn what_is_offered_is_counted_from_now_or_in_the_morning_of_whoever_asks() {
        let utc = |when: When| when.from(NOW, &|_| 0);
        assert_eq!(utc(When::TwentyMinutes).0 - NOW.0, 20 * MINUTE);
        assert_eq!(utc(When::AnHour).0 - NOW.0, HOUR);
        assert_eq!(utc(When::ThreeHours).0 - NOW.0, 3 * HOUR);
        assert_eq!(utc(When::Tomorrow), at("2026-11-21T09:00"));
        assert_eq!(utc(When::NextWeek), at("2026-11-23T09:00"));
        // There it is Saturday already.
        let east = |when: When| when.from(NOW, &|_| 13 * 60);
        assert_eq!(east(When::Tomorrow), at("2026-11-21T20:00"));
        assert_eq!(east(When::NextWeek), at("2026-11-22T20:00"));
        // On a Monday it is the next one.
        let monday = at("2026-11-23T08:00");
        assert_eq!(When::NextWeek.from(monday, &|_| 0), at("2026-11-30T09:00"));
    }

    #[test]
    fn nine_is_nine_also_on_the_day_on_which_clocks_are_changed() {
        // Berlin: summer time began on 2027-03-28 at 01:00 UTC.
        let change = at("2027-03-28T01:00");
        let berlin = move |at: Timestamp| if at < change { 60 } else { 120 };
        let evening = at("2027-03-27T18:00");
        assert_eq!(
            When::Tomorrow.from(evening, &berlin),
            at("2027-03-28T07:00")
        );
        assert_eq!(
            local("2027-03-28T00:30", &berlin),
            Some(at("2027-03-27T23:30"))
        );
        let left_out = local("2027-03-28T02:30", &berlin).unwrap();
        assert!([at("2027-03-28T00:30"), at("2027-03-28T01:30")].contains(&left_out));
    }

    #[test]
    fn what_is_offered_keeps_its_name() {
        for when in When::ALL {
            assert_eq!(When::parse(when.name()), Some(when));
        }
        assert_eq!(When::parse("never"), None);
    }
}
