//! Ogg, MP3, AAC, AMR, WAVE.

use super::{Sniffed, little, small};

pub(super) fn sniff(bytes: &[u8]) -> Option<Sniffed> {
    if bytes.starts_with(b"OggS") {
        return Some(ogg(bytes));
    }
    if bytes.starts_with(b"#!AMR\n") {
        return Some(Sniffed { duration_ms: amr(bytes), ..Sniffed::of("audio/amr") });
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE") {
        let rate = little(bytes, 28, 4).filter(|rate| *rate > 0);
        let length = u64::try_from(bytes.len()).ok();
        let millis = rate.zip(length).map(|(rate, length)| length.saturating_sub(44) * 1000 / rate);
        return Some(Sniffed { duration_ms: small(millis), ..Sniffed::of("audio/wav") });
    }
    if bytes.starts_with(b"ID3") {
        return Some(Sniffed::of("audio/mpeg"));
    }
    match (bytes.first(), bytes.get(1)) {
        // Layer 0 is ADTS, layer 3 is MP3; both begin with eleven or twelve set bits.
        (Some(0xFF), Some(second)) if second & 0xF6 == 0xF0 => Some(Sniffed::of("audio/aac")),
        (Some(0xFF), Some(second)) if second & 0xE6 == 0xE2 => Some(Sniffed::of("audio/mpeg")),
        _ => None,
    }
}

/// The first page names the codec, the last page's position tells the length.
fn ogg(bytes: &[u8]) -> Sniffed {
    let head = &bytes[..bytes.len().min(512)];
    let at = |needle: &[u8]| head.windows(needle.len()).position(|w| w == needle);
    if let Some(start) = at(b"OpusHead") {
        let skip = little(bytes, start + 10, 2).unwrap_or_default();
        let samples = last_position(bytes).map(|position| position.saturating_sub(skip));
        // Positions of Opus always count 48,000 per second.
        let duration_ms = small(samples.map(|samples| samples / 48));
        return Sniffed { duration_ms, ..Sniffed::of("audio/ogg; codecs=opus") };
    }
    if at(b"theora").is_some() {
        return Sniffed::of("video/ogg");
    }
    let vorbis = at(b"\x01vorbis");
    let rate = vorbis.and_then(|start| little(bytes, start + 12, 4)).filter(|rate| *rate > 0);
    let millis =
        rate.zip(last_position(bytes)).and_then(|(rate, position)| Some(position.checked_mul(1000)? / rate));
    Sniffed { duration_ms: small(millis), ..Sniffed::of("audio/ogg") }
}

fn last_position(bytes: &[u8]) -> Option<u64> {
    // A page has at most 65,307 bytes.
    let from = bytes.len().saturating_sub(70_000);
    let page = bytes[from..].windows(4).rposition(|w| w == b"OggS")?;
    little(bytes, from + page + 6, 8).filter(|position| *position < 1 << 48)
}

/// Frames of 20 ms whose length follows from their first byte.
fn amr(bytes: &[u8]) -> Option<u32> {
    const LENGTHS: [usize; 16] = [13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1];
    let (mut at, mut frames) = (6, 0_u32);
    while let Some(first) = bytes.get(at) {
        at += LENGTHS[usize::from((first >> 3) & 0x0F)];
        frames = frames.saturating_add(1);
    }
    Some(frames.saturating_mul(20)).filter(|millis| *millis > 0)
}
