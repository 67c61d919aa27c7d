//! What a file is, by how it begins: never by its name, and never by what a browser says.
//!
//! Only what a browser shows without running anything in it has a kind. All else, pages and drawings
//! that may hold scripts above all, is only to be saved.

use crate::protocol::FileInfo;

/// Bytes that are enough to tell.
pub const HEAD: usize = 512;

/// Pictures that can be made anew, and sounds and films that browsers play.
const KINDS: [(&str, &str); 15] = [
    ("image/jpeg", "image/jpeg"),
    ("image/png", "image/png"),
    ("image/gif", "image/gif"),
    ("image/webp", "image/webp"),
    ("audio/mpeg", "audio/mpeg"),
    ("audio/m4a", "audio/mp4"),
    ("audio/aac", "audio/aac"),
    ("audio/ogg", "audio/ogg"),
    ("audio/opus", "audio/ogg"),
    ("audio/x-flac", "audio/flac"),
    ("audio/x-wav", "audio/wav"),
    ("video/mp4", "video/mp4"),
    ("video/x-m4v", "video/mp4"),
    ("video/webm", "video/webm"),
    ("video/quicktime", "video/mp4"),
];

/// The media type of what begins like that.
pub fn of(head: &[u8]) -> &'static str {
    let found = infer::get(head).map(|found| found.mime_type());
    let known = KINDS.iter().find(|(kind, _)| Some(*kind) == found);
    known.map_or(FileInfo::UNKNOWN, |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_show_is_known_by_its_beginning() {
        assert_eq!(of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(of(b"\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg");
        assert_eq!(of(b"GIF89a<script>alert(1)</script>"), "image/gif");
        assert_eq!(of(b"ID3\x03\0\0\0\0\0\0"), "audio/mpeg");
        let webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm";
        assert_eq!(of(&[webm.as_slice(), &[0; 256]].concat()), "video/webm");
        assert_eq!(of(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), "video/mp4");
    }

    #[test]
    fn what_could_run_or_is_not_known_is_only_to_be_saved() {
        for head in [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>".as_slice(),
            b"<?xml version='1.0'?><svg>",
            b"<!doctype html><script>alert(1)</script>",
            b"%PDF-1.7",
            b"MZ\x90\0",
            b"#!/bin/sh",
            b"plain text",
            b"",
        ] {
            assert_eq!(of(head), FileInfo::UNKNOWN, "{head:?}");
        }
    }
}
