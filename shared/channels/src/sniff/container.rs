//! MP4 and its relatives, WebM and Matroska.

use super::{Sniffed, big, essence, small};

pub(super) fn sniff(bytes: &[u8], claimed: Option<&str>) -> Option<Sniffed> {
    if bytes.starts_with(&[0x1A, 0x45, 0xDF, 0xA3]) {
        let head = &bytes[..bytes.len().min(64)];
        let webm = head.windows(4).any(|w| w == b"webm");
        let sound = claimed.map(essence).is_some_and(|claimed| claimed.starts_with("audio/"));
        return Some(Sniffed::of(match (webm, sound) {
            (true, true) => "audio/webm",
            (true, false) => "video/webm",
            (false, _) => "video/x-matroska",
        }));
    }
    if bytes.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let moov = child(bytes, b"moov");
    let tracks = moov.map(tracks).unwrap_or_default();
    let brand = bytes.get(8..12)?;
    let mime_type = match brand {
        b"heic" | b"heix" | b"mif1" => "image/heic",
        b"avif" => "image/avif",
        b"M4A " | b"M4B " => "audio/mp4",
        b"qt  " => "video/quicktime",
        _ if !tracks.is_empty() && tracks.iter().all(Option::is_none) => "audio/mp4",
        _ if brand.starts_with(b"3g") => "video/3gpp",
        _ => "video/mp4",
    };
    let (width, height) = tracks.into_iter().flatten().next().unzip();
    let duration_ms = moov.and_then(duration);
    Some(Sniffed { width, height, duration_ms, ..Sniffed::of(mime_type) })
}

/// The content of the first box of this kind.
fn child<'a>(bytes: &'a [u8], kind: &[u8]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(found, _)| *found == kind).map(|(_, content)| content)
}

/// Boxes side by side: kind and content.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let kind = bytes.get(at.checked_add(4)?..at.checked_add(8)?)?;
        let (header, length) = match big(bytes, at, 4)? {
            0 => (8, bytes.len() - at),
            1 => (16, usize::try_from(big(bytes, at + 8, 8)?).ok()?),
            length => (8, usize::try_from(length).ok()?),
        };
        let end = at.checked_add(length)?.min(bytes.len());
        let content = bytes.get(at + header..end)?;
        at = end;
        Some((kind, content))
    })
}

/// For each track its picture size, none for sound.
fn tracks(moov: &[u8]) -> Vec<Option<(u32, u32)>> {
    let size = |trak: &[u8]| {
        let header = child(trak, b"tkhd")?;
        // Version 1 has three fields of eight bytes instead of four; sizes are 16.16 fixed point.
        let at = if header.first() == Some(&1) { 88 } else { 76 };
        Some((small(big(header, at, 2))?, small(big(header, at + 4, 2))?))
    };
    boxes(moov).filter(|(kind, _)| *kind == b"trak").map(|(_, trak)| size(trak)).take(16).collect()
}

fn duration(moov: &[u8]) -> Option<u32> {
    let header = child(moov, b"mvhd")?;
    let (scale, length) = match header.first()? {
        1 => (big(header, 20, 4)?, big(header, 24, 8)?),
        _ => (big(header, 12, 4)?, big(header, 16, 4)?),
    };
    small(length.checked_mul(1000)?.checked_div(scale))
}
