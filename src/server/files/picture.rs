//! Pictures are decoded and made anew: nothing but what they show is kept.
//!
//! Where a camera was, who held it, and whatever else a file may hide is gone with that, and so is a page
//! that pretends to be a picture. How many pixels there are is asked before any memory is taken for
//! them. What moves (GIF) stays as it is, since making it anew would cost more than it could gain; it is
//! decoded all the same.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, overlay};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgba, RgbaImage};

use crate::protocol::{Crop, Picture};

/// More than the largest telephone takes.
const PIXELS: u64 = 64_000_000;
/// Of one side.
const SIDE: u32 = 20_000;
/// Bytes that decoding one may take.
const MEMORY: u64 = 300 * 1024 * 1024;
/// The smaller form fits into this: twice what is drawn, for dense screens.
const SMALL: (u32, u32) = (960, 800);
/// The sides of a picture of somebody: twice what is drawn on a card, and in lists.
const LARGE_SQUARE: u32 = 256;
const SMALL_SQUARE: u32 = 96;
/// Pixels of the longer side of what stands for it until it has come.
const PREVIEW: u32 = 12;

/// A picture, made anew.
pub struct Made {
    pub told: Picture,
    pub kind: &'static str,
    /// Nothing if it stays as it came.
    pub content: Option<Vec<u8>>,
    /// With its kind; nothing if it is small already.
    pub small: Option<(Vec<u8>, &'static str)>,
}

/// Makes a picture of that kind anew. Nothing, if it is none or too large a one.
pub fn make(bytes: &[u8], kind: &str) -> Option<Made> {
    let format = ImageFormat::from_mime_type(kind)?;
    let image = decode(bytes, format)?;
    let told = Picture {
        width: image.width(),
        height: image.height(),
        preview: preview(&image)?,
    };
    if format == ImageFormat::Gif {
        return Some(Made {
            told,
            kind: "image/gif",
            content: None,
            small: None,
        });
    }
    let is_small = image.width() <= SMALL.0 && image.height() <= SMALL.1;
    let small = match is_small {
        true => None,
        false => Some(encode(&image.thumbnail(SMALL.0, SMALL.1), 80)?),
    };
    let (content, kind) = match format {
        // What was exact stays exact.
        ImageFormat::Png => (written(&image, ImageFormat::Png)?, "image/png"),
        _ => encode(&image, 90)?,
    };
    Some(Made {
        told,
        kind,
        content: Some(content),
        small,
    })
}

/// A square of a picture, in two sizes, as a photograph: JPEG.
pub struct Square {
    pub large: Vec<u8>,
    pub small: Vec<u8>,
}

/// Cuts a square out of a picture of that kind: this one, or the one in the middle. Nothing, if it is
/// none or too large a one. It is never made larger than it is, and what shines through gets a white
/// ground, so that nothing behind it can be seen.
pub fn square(bytes: &[u8], kind: &str, crop: Option<Crop>) -> Option<Square> {
    let image = decode(bytes, ImageFormat::from_mime_type(kind)?)?;
    let (width, height) = (image.width(), image.height());
    let crop = crop.unwrap_or(Crop::centred(width, height));
    let Crop { x, y, side } = crop.within(width, height);
    let cut = image.crop_imm(x, y, side, side);
    // One of them is enough, and what is laid on white is small.
    drop(image);
    let large = on_white(scaled(&cut, LARGE_SQUARE));
    Some(Square {
        small: encode(&scaled(&large, SMALL_SQUARE), 88)?.0,
        large: encode(&large, 88)?.0,
    })
}

/// A square that is no larger than that.
fn scaled(image: &DynamicImage, side: u32) -> DynamicImage {
    if image.width() <= side {
        return image.clone();
    }
    // Many pixels are put together quickly first, and only few of them well.
    let near = match image.width() > 4 * side {
        true => image.thumbnail_exact(2 * side, 2 * side),
        false => image.clone(),
    };
    near.resize_exact(side, side, FilterType::Lanczos3)
}

fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut ground = RgbaImage::from_pixel(image.width(), image.height(), Rgba([u8::MAX; 4]));
    overlay(&mut ground, &image.into_rgba8(), 0, 0);
    DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(ground).into_rgb8())
}

/// The pixels, turned as they are meant to be seen.
fn decode(bytes: &[u8], format: ImageFormat) -> Option<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS || decoder.total_bytes() > MEMORY {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    image.apply_orientation(orientation);
    let flat = match image.color().has_alpha() && !is_opaque(&image) {
        true => DynamicImage::ImageRgba8(image.into_rgba8()),
        false => DynamicImage::ImageRgb8(image.into_rgb8()),
    };
    Some(flat)
}

fn is_opaque(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgba8(pixels) => pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX),
        _ => false,
    }
}

/// As a photograph, or exactly, if something shines through it.
fn encode(image: &DynamicImage, quality: u8) -> Option<(Vec<u8>, &'static str)> {
    if image.color().has_alpha() {
        return Some((written(image, ImageFormat::Png)?, "image/png"));
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    image.write_with_encoder(encoder).ok()?;
    Some((bytes, "image/jpeg"))
}

fn written(image: &DynamicImage, format: ImageFormat) -> Option<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).ok()?;
    Some(bytes.into_inner())
}

fn preview(image: &DynamicImage) -> Option<String> {
    let few = image.thumbnail(PREVIEW, PREVIEW);
    let bytes = written(&few, ImageFormat::WebP)?;
    Some(format!("data:image/webp;base64,{}", STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn photo(width: u32, height: u32) -> DynamicImage {
        let part = |n: u32| u8::try_from(n % 256).unwrap();
        let pixel = |x: u32, y: u32| Rgb([part(x), part(y), part(x + y)]);
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
    }

    fn jpeg(image: &DynamicImage) -> Vec<u8> {
        written(image, ImageFormat::Jpeg).unwrap()
    }

    /// A segment with what a camera notes: the picture is to be turned by a quarter.
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let mut exif =
            b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend(b"SECRET PLACE");
        let length = u16::try_from(exif.len() + 2).unwrap();
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(exif);
        bytes.extend(&jpeg[2..]);
        bytes
    }

    #[test]
    fn a_photograph_is_turned_made_smaller_and_tells_nothing_of_its_camera() {
        let bytes = with_exif(&jpeg(&photo(2000, 1000)));
        let made = make(&bytes, "image/jpeg").unwrap();
        assert_eq!((made.told.width, made.told.height), (1000, 2000));
        assert_eq!(made.kind, "image/jpeg");
        let content = made.content.unwrap();
        let holds = |bytes: &[u8]| {
            bytes
                .windows(6)
                .any(|part| part == b"SECRET" || part == b"Exif\0\0")
        };
        assert!(holds(&bytes) && !holds(&content));
        let small = image::load_from_memory(&made.small.unwrap().0).unwrap();
        assert_eq!((small.width(), small.height()), (400, 800));
        assert!(made.told.preview.starts_with("data:image/webp;base64,"));
        assert!(made.told.preview.len() < 800, "{}", made.told.preview.len());
    }

    #[test]
    fn what_is_exact_stays_exact_and_what_shines_through_does_so_still() {
        let half = RgbaImage::from_pixel(20, 10, Rgba([10, 20, 30, 128]));
        let image = DynamicImage::ImageRgba8(half);
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let bytes = written(&image, format).unwrap();
            let made = make(&bytes, format.to_mime_type()).unwrap();
            assert_eq!((made.kind, made.small.is_some()), ("image/png", false));
            let again = image::load_from_memory(&made.content.unwrap()).unwrap();
            assert_eq!(again.into_rgba8(), *image.as_rgba8().unwrap());
        }
    }

    #[test]
    fn what_moves_stays_as_it_is() {
        let bytes = written(&photo(30, 30), ImageFormat::Gif).unwrap();
        let made = make(&bytes, "image/gif").unwrap();
        assert!(made.content.is_none() && made.small.is_none());
    }

    #[test]
    fn a_square_is_cut_out_in_two_sizes_and_tells_nothing_of_its_camera() {
        let image = |bytes: &[u8]| image::load_from_memory(bytes).unwrap();
        // Left red, right blue; turned by a quarter, red is above.
        let halves = RgbImage::from_fn(600, 300, |x, _| match x < 300 {
            true => Rgb([250, 0, 0]),
            false => Rgb([0, 0, 250]),
        });
        let bytes = with_exif(&jpeg(&DynamicImage::ImageRgb8(halves)));
        let side = |y| Some(Crop { x: 0, y, side: 300 });
        for (crop, red, blue) in [(side(0), true, false), (side(9999), false, true)] {
            let square = square(&bytes, "image/jpeg", crop).unwrap();
            for (content, size) in [(&square.large, 256), (&square.small, 96)] {
                let seen = image(content).into_rgb8();
                assert_eq!((seen.width(), seen.height()), (size, size));
                let middle = seen.get_pixel(size / 2, size / 2).0;
                assert_eq!((middle[0] > 200, middle[2] > 200), (red, blue));
                assert!(!content.windows(6).any(|part| part == b"SECRET"));
            }
        }
        let middle = square(&bytes, "image/jpeg", None).unwrap();
        let middle = image(&middle.large).into_rgb8();
        assert!(middle.get_pixel(128, 20).0[0] > 200 && middle.get_pixel(128, 236).0[2] > 200);
    }

    #[test]
    fn a_square_is_never_made_larger_and_has_a_ground() {
        let clear = RgbaImage::from_pixel(40, 30, Rgba([0, 0, 0, 0]));
        let bytes = written(&DynamicImage::ImageRgba8(clear), ImageFormat::Png).unwrap();
        let made = square(&bytes, "image/png", None).unwrap();
        let large = image::load_from_memory(&made.large).unwrap();
        assert_eq!((large.width(), large.height()), (30, 30));
        assert!(!large.color().has_alpha());
        assert_eq!(large.into_rgb8().get_pixel(15, 15).0, [255; 3]);
        assert_eq!(made.small, made.large);
        assert!(square(b"GIF89a<script>", "image/gif", None).is_none());
        assert!(square(&bytes, "image/jpeg", None).is_none());
    }

    #[test]
    fn a_bomb_is_no_picture_and_takes_no_memory() {
        // 50,000 × 50,000 in a hundred bytes.
        let mut png =
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\x02\0\0\0".to_vec();
        png.extend([0; 40]);
        assert!(make(&png, "image/png").is_none());
        let mut gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;".to_vec();
        gif.extend([0; 10]);
        assert!(make(&gif, "image/gif").is_none());
    }

    #[test]
    fn what_only_says_that_it_is_a_picture_is_none() {
        let whole = jpeg(&photo(100, 100));
        for (bytes, kind) in [
            (&b"GIF89a<script>alert(1)</script>"[..], "image/gif"),
            (b"", "image/png"),
            (&whole[..20], "image/jpeg"),
            (&whole, "image/png"),
            (&whole, "image/svg+xml"),
            (&whole, "text/html"),
        ] {
            assert!(make(bytes, kind).is_none(), "{kind}");
        }
    }
}
