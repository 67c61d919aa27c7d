//! When somebody is left in peace: until a time, and at certain hours of certain days.
//!
//! It is stored and sent as words, like [`super::Preferences`], and a word that nobody knows is passed
//! over. Hours are those of the person's own zone. Its rules are known to the server alone, so what
//! travels is the offset that holds and the one that comes next, which is right for months; where
//! somebody says no zone, each device takes its own. What follows from it is said by
//! [`super::notify::Policy`].

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60;

/// When somebody is told of nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Quiet {
    /// Until then they do not want to be disturbed.
    pub until: Option<Timestamp>,
    pub hours: Option<QuietHours>,
    /// Of the zone that they say to be in.
    pub zone: Option<Offsets>,
}

/// Hours of a day, from one minute of it to another; if that is not later, on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    pub from: u16,
    pub to: u16,
    /// On which they begin.
    pub days: Days,
}

/// Days of a week, as a bit for each from Monday on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days(u8);

/// Minutes to add to UTC, and what they are from some time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    pub now: i64,
    pub then: Option<(Timestamp, i64)>,
}

/// How long somebody is not to be disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseLasts {
    HalfAnHour,
    AnHour,
    /// Until nine in the morning of the next day.
    Tomorrow,
    UntilEnded,
    /// It is over.
    Ended,
}

impl Quiet {
    /// What stands for no end in particular.
    pub const NO_END: Timestamp = Timestamp(i64::MAX);

    /// Reads it from words.
    pub fn read(words: &str) -> Self {
        let mut quiet = Self::default();
        for word in words.split(' ') {
            let Some((name, value)) = word.split_once('=') else {
                continue;
            };
            let mut numbers = value.split('/').map_while(|number| number.parse().ok());
            let mut next = || -> Option<i64> { numbers.next() };
            match name {
                "until" => quiet.until = next().map(Timestamp),
                "hours" => quiet.hours = hours(&mut next),
                "zone" => {
                    quiet.zone = next().map(|now| Offsets {
                        now,
                        then: next().and_then(|from| Some((Timestamp(from), next()?))),
                    });
                }
                _ => {}
            }
        }
        quiet
    }

    /// Until when they do not want to be disturbed, if that goes on at that time.
    pub fn paused(self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| *until > now)
    }

    /// Whether they are told of nothing at that time. `own` are the minutes to add to UTC where it is
    /// asked, for who says no zone.
    pub fn is_now(self, now: Timestamp, own: i64) -> bool {
        let offset = self.zone.map_or(own, |zone| zone.at(now));
        let minute = now.0.div_euclid(MINUTE) + offset;
        let is_hour = self.hours.is_some_and(|hours| hours.hold_at(minute));
        is_hour || self.paused(now).is_some()
    }
}

fn hours(next: &mut impl FnMut() -> Option<i64>) -> Option<QuietHours> {
    let minute = |number: i64| u16::try_from(number).ok().filter(|m| i64::from(*m) < DAY);
    Some(QuietHours {
        from: minute(next()?)?,
        to: minute(next()?)?,
        days: Days(u8::try_from(next()?).ok()? & Days::ALL.0),
    })
}

/// The same the other way round; some browsers add the seconds.
fn minutes(clock: &str) -> Option<u16> {
    let mut parts = clock.split(':').map(|part| part.parse::<u16>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl QuietHours {
    /// Reads them from the fields of a form; without a day there are none.
    pub fn of_form(field: &dyn Fn(&str) -> String) -> Option<Self> {
        Some(Self {
            from: minutes(&field("from"))?,
            to: minutes(&field("to"))?,
            days: Days::of(|day| !field(Days::NAMES[day]).is_empty()),
        })
    }

    /// A minute of a day as fields for times have it.
    pub fn clock(minute: u16) -> String {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    /// Whether they hold, at a minute of the person's own time since 1970.
    fn hold_at(self, minute: i64) -> bool {
        let (day, at) = (minute.div_euclid(DAY), minute.rem_euclid(DAY));
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        let has_begun = self.days.has(day) && at >= from;
        match from < to {
            true => has_begun && at < to,
            false => has_begun || self.days.has(day - 1) && at < to,
        }
    }
}

impl Days {
    pub const ALL: Self = Self(0b111_1111);
    pub const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// Those for which that says so, counted from Monday.
    pub fn of(is_one: impl Fn(usize) -> bool) -> Self {
        let bits = (0..7).filter(|day| is_one(*day)).map(|day| 1 << day);
        Self(bits.sum())
    }

    /// Whether a day is one of them, counted from Monday.
    pub fn includes(self, day: usize) -> bool {
        (self.0 >> day) & 1 == 1
    }

    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The same of a day since 1970, which began on a Thursday.
    fn has(self, day: i64) -> bool {
        (self.0 >> (day + 3).rem_euclid(7)) & 1 == 1
    }
}

impl Offsets {
    fn at(self, now: Timestamp) -> i64 {
        match self.then {
            Some((from, then)) if now >= from => then,
            _ => self.now,
        }
    }
}

impl PauseLasts {
    pub const ALL: [Self; 5] = [
        Self::HalfAnHour,
        Self::AnHour,
        Self::Tomorrow,
        Self::UntilEnded,
        Self::Ended,
    ];

    /// As forms send it.
    pub fn name(self) -> &'static str {
        match self {
            Self::HalfAnHour => "half_an_hour",
            Self::AnHour => "an_hour",
            Self::Tomorrow => "tomorrow",
            Self::UntilEnded => "until_ended",
            Self::Ended => "ended",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lasts| lasts.name() == name)
    }

    /// Until when that is, for somebody who is so many minutes from UTC.
    pub fn until(self, now: Timestamp, offset: i64) -> Option<Timestamp> {
        const MORNING: i64 = 9 * 60;
        match self {
            Self::HalfAnHour => Some(Timestamp(now.0 + 30 * MINUTE)),
            Self::AnHour => Some(Timestamp(now.0 + 60 * MINUTE)),
            Self::Tomorrow => {
                let today = (now.0.div_euclid(MINUTE) + offset).div_euclid(DAY);
                let morning = (today + 1) * DAY + MORNING - offset;
                Some(Timestamp(morning * MINUTE))
            }
            Self::UntilEnded => Some(Quiet::NO_END),
            Self::Ended => None,
        }
    }
}

/// Words with a space between them.
impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        if let Some(until) = self.until {
            write!(f, "until={until}")?;
            space = " ";
        }
        if let Some(QuietHours { from, to, days }) = self.hours {
            write!(f, "{space}hours={from}/{to}/{}", days.0)?;
            space = " ";
        }
        if let Some(Offsets { now, then }) = self.zone {
            write!(f, "{space}zone={now}")?;
            if let Some((from, then)) = then {
                write!(f, "/{from}/{then}")?;
            }
        }
        Ok(())
    }
}

impl From<String> for Quiet {
    fn from(words: String) -> Self {
        Self::read(&words)
    }
}

impl From<Quiet> for String {
    fn from(quiet: Quiet) -> Self {
        quiet.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20 is a Friday.
    const FRIDAY: i64 = 1_795_132_800_000;
    const FRI: usize = 4;

    fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
        Timestamp(FRIDAY + ((day * 24 + hour) * 60 + minute) * MINUTE)
    }

    fn on(days: &[usize], from: u16, to: u16) -> Quiet {
        let hours = QuietHours {
            from,
            to,
            days: Days::of(|day| days.contains(&day)),
        };
        Quiet {
            hours: Some(hours),
            ..Quiet::default()
        }
    }

    #[test]
    fn hours_hold_from_their_beginning_to_before_their_end() {
        let lunch = on(&[FRI], 12 * 60, 13 * 60 + 30);
        for (time, is_so) in [
            (at(0, 11, 59), false),
            (at(0, 12, 0), true),
            (at(0, 13, 29), true),
            (at(0, 13, 30), false),
            (at(1, 12, 30), false),
            (at(7, 12, 30), true),
            (at(-7, 12, 30), true),
        ] {
            assert_eq!(lunch.is_now(time, 0), is_so, "{time}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let night = on(&[FRI], 22 * 60, 7 * 60);
        for (time, is_so) in [
            (at(0, 6, 59), false),
            (at(0, 21, 59), false),
            (at(0, 22, 0), true),
            (at(1, 6, 59), true),
            (at(1, 7, 0), false),
            (at(1, 22, 30), false),
        ] {
            assert_eq!(night.is_now(time, 0), is_so, "{time}");
        }
        let whole = on(&[FRI], 0, 0);
        assert!(whole.is_now(at(0, 0, 0), 0) && whole.is_now(at(0, 23, 59), 0));
        assert!(!whole.is_now(at(1, 0, 0), 0) && !whole.is_now(at(-1, 23, 59), 0));
    }

    #[test]
    fn hours_are_those_of_the_zone_in_summer_and_winter_and_of_the_device_without_one() {
        let mut night = on(&[0, 1, 2, 3, 4, 5, 6], 22 * 60, 7 * 60);
        let evening = at(0, 20, 30);
        assert!(!night.is_now(evening, 0) && night.is_now(evening, 120));
        night.zone = Some(Offsets {
            now: 120,
            then: Some((at(2, 0, 0), 60)),
        });
        assert!(night.is_now(evening, 0), "whatever the device says");
        assert!(!night.is_now(at(2, 20, 30), 0) && night.is_now(at(2, 21, 0), 0));
    }

    #[test]
    fn a_pause_ends_by_itself_or_goes_on_until_it_is_ended() {
        let until = |lasts: PauseLasts| Quiet {
            until: lasts.until(at(0, 22, 10), 120),
            ..Quiet::default()
        };
        for (lasts, end) in [
            (PauseLasts::HalfAnHour, at(0, 22, 40)),
            (PauseLasts::AnHour, at(0, 23, 10)),
            // It is Saturday there by now.
            (PauseLasts::Tomorrow, at(2, 7, 0)),
        ] {
            let quiet = until(lasts);
            assert!(quiet.is_now(Timestamp(end.0 - 1), 0), "{lasts:?}");
            assert!(!quiet.is_now(end, 0), "{lasts:?}");
            assert_eq!(quiet.paused(end), None);
        }
        assert!(until(PauseLasts::UntilEnded).is_now(at(90_000, 0, 0), 0));
        assert_eq!(until(PauseLasts::Ended), Quiet::default());
        for lasts in PauseLasts::ALL {
            assert_eq!(PauseLasts::parse(lasts.name()), Some(lasts));
            let json = format!("\"{}\"", lasts.name());
            assert_eq!(serde_json::to_string(&lasts).unwrap(), json);
        }
        assert_eq!(PauseLasts::parse("a_year"), None);
    }

    #[test]
    fn hours_are_read_from_a_form_and_a_strange_one_has_none() {
        let of = |from: &str, to: &str, days: &[&str]| {
            QuietHours::of_form(&|name| match name {
                "from" => from.to_owned(),
                "to" => to.to_owned(),
                day if days.contains(&day) => "on".to_owned(),
                _ => String::new(),
            })
        };
        let night = on(&[0, FRI], 22 * 60 + 5, 7 * 60).hours;
        assert_eq!(of("22:05", "07:00:00", &["mon", "fri"]), night);
        assert!(of("00:00", "23:59", &[]).is_some_and(|hours| hours.days.is_none()));
        for (from, to) in [
            ("24:00", "07:00"),
            ("22:60", "07:00"),
            ("", "07:00"),
            ("22", "x"),
        ] {
            assert_eq!(of(from, to, &["mon"]), None, "{from} {to}");
        }
        for minute in [0, 425, 1439] {
            assert_eq!(minutes(&QuietHours::clock(minute)), Some(minute));
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_what_nobody_knows_is_passed_over() {
        for words in [
            "",
            "until=7",
            "hours=1320/420/31",
            "until=9223372036854775807 hours=0/0/127 zone=-210",
            "hours=1320/420/31 zone=60/1795000000000/120",
        ] {
            assert_eq!(Quiet::read(words).to_string(), words);
            let json = format!("\"{words}\"");
            assert_eq!(
                serde_json::from_str::<Quiet>(&json).unwrap(),
                Quiet::read(words)
            );
        }
        for words in [
            "hours=1440/0/1",
            "hours=-1/0/1",
            "hours=1/2",
            "hours=1/2/300",
            "until=soon",
            "loud=1",
            "until",
        ] {
            assert_eq!(Quiet::read(words), Quiet::default(), "{words}");
        }
        assert_eq!(Quiet::read("hours=1/2/255").to_string(), "hours=1/2/127");
    }
}
