//! With which code a client closes, read from the bytes themselves.
//!
//! The library hides the codes that it does not allow, and takes one of the registry (1014, bad
//! gateway) for such a code. So the frames are followed here as they pass: their headers only, a few
//! bytes each.

/// Where in the stream of frames the bytes have got to.
#[derive(Debug, Default)]
pub struct FollowFrames {
    /// The header under way, and of a close the two bytes after it.
    header: [u8; 16],
    known: usize,
    /// Bytes of the payload that are still to pass.
    payload: u64,
}

const CLOSE: u8 = 0x8;

impl FollowFrames {
    /// Takes the next bytes. Gives the code of a close frame that ends in them; what comes after
    /// that is of no interest.
    pub fn follow(&mut self, mut bytes: &[u8]) -> Option<u16> {
        loop {
            let passing = usize::try_from(self.payload)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            self.payload -= passing as u64;
            let (next, rest) = bytes.get(passing..)?.split_first()?;
            bytes = rest;
            if let Some(code) = self.take(*next) {
                return Some(code);
            }
        }
    }

    /// Takes a byte of a header.
    fn take(&mut self, byte: u8) -> Option<u16> {
        self.header[self.known] = byte;
        self.known += 1;
        if self.known < 2 {
            return None;
        }
        let length = self.header[1] & 0x7f;
        let long = match length {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let is_masked = self.header[1] & 0x80 != 0;
        let end = 2 + long + if is_masked { 4 } else { 0 };
        let has_code = self.header[0] & 0xf == CLOSE && (2..126).contains(&length);
        if self.known < end + if has_code { 2 } else { 0 } {
            return None;
        }
        self.known = 0;
        if has_code {
            let [high, low] = [0, 1].map(|at| match is_masked {
                true => self.header[end + at] ^ self.header[end - 4 + at],
                false => self.header[end + at],
            });
            self.payload = u64::from(length) - 2;
            return Some(u16::from_be_bytes([high, low]));
        }
        let spelled = self.header[2..2 + long].iter();
        self.payload = match long {
            0 => u64::from(length),
            _ => spelled.fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let bit = if mask.is_some() { 0x80 } else { 0 };
        let mut frame = vec![first];
        let length = payload.len();
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ 0..126), _) => frame.push(bit | short),
            (_, Ok(middle)) => {
                frame.push(bit | 0x7e);
                frame.extend(middle.to_be_bytes());
            }
            _ => {
                frame.push(bit | 0x7f);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        let key = mask.unwrap_or_default();
        frame.extend(mask.into_iter().flatten());
        frame.extend(
            payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(byte, key)| byte ^ key),
        );
        frame
    }

    proptest! {
        #[test]
        fn the_code_is_found_whatever_comes_before_and_however_the_bytes_are_torn(
            lengths in prop::collection::vec(prop_oneof![0..10usize, 120..130usize, 65_530..65_540usize], 0..4),
            mask in any::<Option<[u8; 4]>>(),
            code in any::<u16>(),
            reason in prop::collection::vec(any::<u8>(), 0..120),
            piece in 1..200usize,
        ) {
            let mut bytes = Vec::new();
            for length in lengths {
                bytes.extend(frame(0x81, mask, &vec![0x88; length]));
            }
            let before = bytes.len();
            bytes.extend(frame(0x88, mask, &[&code.to_be_bytes()[..], &reason].concat()));
            let mut frames = FollowFrames::default();
            let mut found = Vec::new();
            for (at, piece) in bytes.chunks(piece).enumerate().map(|(n, bytes)| (n * piece, bytes)) {
                if let Some(code) = frames.follow(piece) {
                    prop_assert!(at + piece.len() > before);
                    found.push(code);
                }
            }
            prop_assert_eq!(found, vec![code]);
        }

        #[test]
        fn no_bytes_are_too_strange(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
            let mut frames = FollowFrames::default();
            for piece in pieces {
                let _ = frames.follow(&piece);
            }
        }
    }
}
