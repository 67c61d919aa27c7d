//! Files that belong to messages, as they are known to whoever may read the message.
//!
//! A message carries all that is needed to draw them: how large a picture is and roughly what it shows,
//! so that nothing on the page moves when it has come. The server says what kind a file is by what is
//! in it; what a browser would run is of no kind at all.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::FileId;
use super::text::{Stored, is_ignorable};

/// What a file is called: the last part of a path, without what cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileName(String);

impl FileName {
    pub const MAX_CHARS: usize = 120;

    /// A name for whatever a browser or a program calls its file. Of one that is too long the end stays,
    /// by which people and systems tell what it is.
    pub fn clean(name: &str) -> Self {
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let can_be_shown = |c: &char| !c.is_control() && !is_ignorable(*c);
        let shown: Vec<char> = name.chars().filter(can_be_shown).collect();
        let from = shown.len().saturating_sub(Self::MAX_CHARS);
        let name: String = shown[from..].iter().collect();
        match name.trim().trim_end_matches('.') {
            "" => Self("file".to_owned()),
            name => Self(name.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Stored for FileName {
    fn from_stored(name: String) -> Self {
        Self(name)
    }
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    pub id: FileId,
    pub name: FileName,
    /// The media type.
    pub kind: String,
    pub bytes: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

/// What is known of a picture before it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// A few pixels of it, as a `data:` address.
    pub preview: String,
}

/// How a file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Picture,
    Sound,
    Film,
    /// By its name, to be saved.
    Card,
}

impl FileInfo {
    /// Files of one message at most.
    pub const MOST: usize = 10;
    /// Of a kind that nothing more is known of.
    pub const UNKNOWN: &'static str = "application/octet-stream";

    pub fn shown(&self) -> Shown {
        match self.kind.split('/').next() {
            Some("image") if self.picture.is_some() => Shown::Picture,
            Some("audio") => Shown::Sound,
            Some("video") => Shown::Film,
            _ => Shown::Card,
        }
    }

    /// Where it is to be had.
    pub fn address(&self) -> String {
        format!("/files/{}/{}", self.id, escaped(self.name.as_str()))
    }

    /// Where a smaller form of a picture is to be had.
    pub fn small_address(&self) -> String {
        format!("{}?small", self.address())
    }

    /// How large it is, for people.
    pub fn size(&self) -> String {
        size(self.bytes)
    }
}

impl Picture {
    /// Width and height as it is drawn: within these bounds, and never larger than it is.
    pub fn within(&self, width: u32, height: u32) -> (u32, u32) {
        let (w, h) = (u64::from(self.width.max(1)), u64::from(self.height.max(1)));
        let (most_w, most_h) = (u64::from(width), u64::from(height));
        let fits = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).max(1);
        if w <= most_w && h <= most_h {
            (self.width.max(1), self.height.max(1))
        } else if w * most_h > h * most_w {
            (width, fits(h * most_w / w))
        } else {
            (fits(w * most_h / h), height)
        }
    }
}

/// An amount of bytes, for people: in thousands, as systems of today count.
pub fn size(bytes: i64) -> String {
    const UNITS: [&str; 4] = ["bytes", "kB", "MB", "GB"];
    let mut unit = 0;
    let (mut whole, mut tenth) = (bytes, 0);
    while whole >= 1000 && unit + 1 < UNITS.len() {
        (whole, tenth) = (whole / 1000, whole % 1000 / 100);
        unit += 1;
    }
    match (unit, whole) {
        (0, 1) => "1 byte".to_owned(),
        (1.., ..10) if tenth > 0 => format!("{whole}.{tenth} {}", UNITS[unit]),
        _ => format!("{whole} {}", UNITS[unit]),
    }
}

/// A name as a part of an address.
pub fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            byte => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A file of that name, and nothing else to tell of it.
    pub fn file(id: i64, name: &str, kind: &str) -> FileInfo {
        FileInfo {
            id: FileId(id),
            name: FileName::clean(name),
            kind: kind.to_owned(),
            bytes: 1_234_567,
            picture: None,
        }
    }

    #[test]
    fn a_file_is_shown_by_what_is_in_it_and_a_picture_only_if_its_size_is_known() {
        let shown = |kind| file(1, "a.png", kind).shown();
        assert_eq!(shown("audio/mpeg"), Shown::Sound);
        assert_eq!(shown("video/mp4"), Shown::Film);
        assert_eq!(shown("image/png"), Shown::Card);
        assert_eq!(shown("text/html"), Shown::Card);
        let picture = FileInfo {
            picture: Some(Picture {
                width: 1,
                height: 1,
                preview: String::new(),
            }),
            ..file(1, "a.html", "image/png")
        };
        assert_eq!(picture.shown(), Shown::Picture);
    }

    #[test]
    fn an_address_holds_any_name() {
        assert_eq!(file(7, "../1.png", "image/png").address(), "/files/7/1.png");
        let address = file(7, "Über \"uns\" & #1.png", "image/png").address();
        assert_eq!(address, "/files/7/%C3%9Cber%20%22uns%22%20%26%20%231.png");
    }

    #[test]
    fn a_name_is_the_last_part_of_a_path_and_can_be_shown() {
        let clean = |name: &str| FileName::clean(name).as_str().to_owned();
        assert_eq!(clean("C:\\Users\\me\\a b.txt"), "a b.txt");
        assert_eq!(clean("/etc/../passwd"), "passwd");
        assert_eq!(clean("in\u{202e}gpj.exe"), "ingpj.exe");
        assert_eq!(clean("a\nb\0.txt"), "ab.txt");
        for nothing in ["", " ", "..", "/", "a/", "\u{200b}"] {
            assert_eq!(clean(nothing), "file", "{nothing:?}");
        }
        let long = format!("{}.png", "ä".repeat(300));
        assert_eq!(clean(&long).chars().count(), FileName::MAX_CHARS);
        assert!(clean(&long).ends_with("ä.png"));
    }

    #[test]
    fn sizes_are_for_people() {
        let sizes = [
            0, 1, 999, 1000, 1_500, 12_345, 999_999, 1_234_567, 26_214_400,
        ];
        assert_eq!(
            sizes.map(size),
            [
                "0 bytes",
                "1 byte",
                "999 bytes",
                "1 kB",
                "1.5 kB",
                "12 kB",
                "999 kB",
                "1.2 MB",
                "26 MB"
            ]
        );
        assert_eq!(size(5_000_000_000_000), "5000 GB");
    }

    #[test]
    fn a_picture_is_drawn_within_bounds_and_keeps_its_proportions() {
        let within = |width, height| {
            let preview = String::new();
            Picture {
                width,
                height,
                preview,
            }
            .within(360, 320)
        };
        assert_eq!(within(100, 50), (100, 50));
        assert_eq!(within(4000, 3000), (360, 270));
        assert_eq!(within(3000, 4000), (240, 320));
        assert_eq!(within(100_000, 1), (360, 1));
        assert_eq!(within(1, 100_000), (1, 320));
        assert_eq!(within(0, 0), (1, 1));
    }
}
