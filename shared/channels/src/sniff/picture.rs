//! JPEG, PNG, GIF, WebP.

use super::{Sniffed, big, little, small};

pub(super) fn sniff(bytes: &[u8]) -> Option<Sniffed> {
    let (mime_type, size, duration) = if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        ("image/jpeg", jpeg(bytes), None)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        ("image/png", (big(bytes, 16, 4), big(bytes, 20, 4)), None)
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        ("image/gif", (little(bytes, 6, 2), little(bytes, 8, 2)), None)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        ("image/webp", webp(bytes), webp_duration(bytes))
    } else {
        return None;
    };
    let (width, height) = (small(size.0), small(size.1));
    Some(Sniffed { width, height, duration_ms: small(duration), ..Sniffed::of(mime_type) })
}

type Size = (Option<u64>, Option<u64>);

/// Walks the segments to the frame header.
fn jpeg(bytes: &[u8]) -> Size {
    let mut at = 2;
    while let (Some(0xFF), Some(&marker)) = (bytes.get(at), bytes.get(at + 1)) {
        match marker {
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return (big(bytes, at + 7, 2), big(bytes, at + 5, 2));
            }
            0xD9 | 0xDA => break,
            _ => match big(bytes, at + 2, 2).and_then(|length| usize::try_from(length).ok()) {
                Some(length) if length >= 2 => at += 2 + length,
                _ => break,
            },
        }
    }
    (None, None)
}

fn webp(bytes: &[u8]) -> Size {
    let plus_one = |n: Option<u64>| n.map(|n| n + 1);
    match bytes.get(12..16) {
        Some(b"VP8 ") => (little(bytes, 26, 2).map(|n| n & 0x3FFF), little(bytes, 28, 2).map(|n| n & 0x3FFF)),
        Some(b"VP8L") => {
            let bits = little(bytes, 21, 4);
            (plus_one(bits.map(|b| b & 0x3FFF)), plus_one(bits.map(|b| (b >> 14) & 0x3FFF)))
        }
        Some(b"VP8X") => (plus_one(little(bytes, 24, 3)), plus_one(little(bytes, 27, 3))),
        _ => (None, None),
    }
}

/// Sum of the frames' durations; at least 1 for an animation, whatever its frames say.
fn webp_duration(bytes: &[u8]) -> Option<u64> {
    const ANIMATED: u8 = 0x02;
    if bytes.get(12..16) != Some(b"VP8X") || bytes.get(20)? & ANIMATED == 0 {
        return None;
    }
    let (mut at, mut total) = (12_usize, 0_u64);
    while let (Some(kind), Some(length)) = (bytes.get(at..at + 4), little(bytes, at + 4, 4)) {
        if kind == b"ANMF" {
            total = total.saturating_add(little(bytes, at + 20, 3).unwrap_or_default());
        }
        let length = usize::try_from(length).ok()?;
        let Some(next) = at.checked_add(8 + length + (length & 1)) else { break };
        at = next;
    }
    Some(total.clamp(1, u64::from(u32::MAX)))
}
