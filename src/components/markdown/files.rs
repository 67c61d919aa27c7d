//! The files of a message as elements. Nothing here listens: a click on a picture is heard by
//! `browser::gallery`, and without the script it leads to the picture.
//!
//! A picture has its size and its preview before it comes, so nothing moves when it does.

use super::{Node, element};
use crate::protocol::FileInfo;
use crate::protocol::file::Shown;
use crate::words;

/// Pixels that a picture is drawn in at most; several share a line.
const ALONE: (u32, u32) = (400, 320);
const BESIDE: (u32, u32) = (200, 160);

/// All files of a message.
pub(super) fn all(files: &[FileInfo]) -> Node {
    let pictures = files.iter().filter(|file| file.shown() == Shown::Picture);
    let bounds = if pictures.count() > 1 { BESIDE } else { ALONE };
    let files = files.iter().map(|file| one(file, bounds));
    element("div", files.collect()).with("class", "files")
}

fn one(file: &FileInfo, bounds: (u32, u32)) -> Node {
    match file.shown() {
        Shown::Picture => picture(file, bounds),
        Shown::Sound => player("audio", file),
        Shown::Film => player("video", file),
        Shown::Card => card(file),
    }
}

fn picture(file: &FileInfo, (width, height): (u32, u32)) -> Node {
    let Some(told) = &file.picture else {
        return card(file);
    };
    let (width, height) = told.within(width, height);
    let sized = |node: Node| {
        node.with("width", width.to_string())
            .with("height", height.to_string())
    };
    let preview = sized(element("img", Vec::new()))
        .with("src", told.preview.clone())
        .with("class", "preview")
        .with("alt", "");
    let picture = sized(element("img", Vec::new()))
        .with("src", file.small_address())
        .with("alt", file.name.as_str().to_owned())
        .with("decoding", "async");
    element("a", vec![preview, picture])
        .with("class", "picture")
        .with("href", file.address())
        .with("target", "_blank")
}

fn player(tag: &'static str, file: &FileInfo) -> Node {
    let player = element(tag, Vec::new())
        .with("controls", "")
        .with("preload", if tag == "video" { "metadata" } else { "none" })
        .with("aria-label", file.name.as_str().to_owned())
        .with("src", file.address());
    element("div", vec![player, card(file)]).with("class", "player")
}

/// A file by its name.
fn card(file: &FileInfo) -> Node {
    let name =
        element("bdi", vec![Node::Text(file.name.as_str().to_owned())]).with("class", "file-name");
    let size = element("span", vec![Node::Text(file.size())]).with("class", "file-size");
    element("a", vec![name, size])
        .with("class", "file")
        .with("href", file.address())
        .with("download", file.name.as_str().to_owned())
        .with("title", words::SAVE_FILE)
}
