//! What a file is, by its bytes. Names and claimed types only choose between types that look alike.

mod container;
mod picture;
mod sound;

use colibri_domain::content::Media;
use serde::{Deserialize, Serialize};

/// What the bytes say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sniffed {
    /// The type that we store and serve. Anything a browser could run is `application/octet-stream` or `text/plain`.
    pub mime_type: String,
    /// May be shown inside a page; everything else is served as a download only.
    pub inline: bool,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Milliseconds; on a picture only when it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
}

impl Sniffed {
    fn of(mime_type: &str) -> Self {
        let inline = mime_type == "application/pdf"
            || ["image/", "audio/", "video/"].iter().any(|family| mime_type.starts_with(family));
        Self { mime_type: mime_type.to_owned(), inline, ..Self::default() }
    }

    /// The kind of attachment that these bytes are on their own.
    pub fn media(&self) -> Media {
        match self.mime_type.split('/').next() {
            Some("image") => Media::Image,
            Some("video") => Media::Video,
            Some("audio") => Media::Audio,
            _ => Media::File,
        }
    }
}

/// Looks at the bytes of a whole file. Total: wrong lengths inside a file only cost its dimensions.
pub fn sniff(bytes: &[u8], claimed: Option<&str>, name: Option<&str>) -> Sniffed {
    picture::sniff(bytes)
        .or_else(|| sound::sniff(bytes))
        .or_else(|| container::sniff(bytes, claimed))
        .unwrap_or_else(|| document(bytes, claimed, name))
}

fn document(bytes: &[u8], claimed: Option<&str>, name: Option<&str>) -> Sniffed {
    if bytes.starts_with(b"%PDF-") {
        return Sniffed::of("application/pdf");
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Sniffed::of(zip_family(bytes));
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Sniffed::of(ole_family(claimed, name));
    }
    let known: [(&[u8], &str); 5] = [
        (&[0x1F, 0x8B], "application/gzip"),
        (b"7z\xBC\xAF\x27\x1C", "application/x-7z-compressed"),
        (b"Rar!\x1A\x07", "application/vnd.rar"),
        (b"{\\rtf", "application/rtf"),
        (b"BEGIN:VCARD", "text/vcard"),
    ];
    if let Some((_, mime_type)) = known.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Sniffed::of(mime_type);
    }
    Sniffed::of(if is_text(bytes) { text_family(claimed, name) } else { "application/octet-stream" })
}

/// Office documents are archives whose members have telling names.
fn zip_family(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(8192)];
    let has = |needle: &[u8]| head.windows(needle.len()).any(|w| w == needle);
    if has(b"mimetypeapplication/vnd.oasis.opendocument.text") {
        "application/vnd.oasis.opendocument.text"
    } else if has(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet") {
        "application/vnd.oasis.opendocument.spreadsheet"
    } else if has(b"mimetypeapplication/epub+zip") {
        "application/epub+zip"
    } else if has(b"word/") {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    } else if has(b"xl/") {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    } else if has(b"ppt/") {
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    } else {
        "application/zip"
    }
}

fn ole_family(claimed: Option<&str>, name: Option<&str>) -> &'static str {
    match (claimed.map(essence).as_deref(), extension(name).as_deref()) {
        (Some("application/msword"), _) | (_, Some("doc")) => "application/msword",
        (Some("application/vnd.ms-excel"), _) | (_, Some("xls")) => "application/vnd.ms-excel",
        (Some("application/vnd.ms-powerpoint"), _) | (_, Some("ppt")) => "application/vnd.ms-powerpoint",
        _ => "application/x-ole-storage",
    }
}

/// Text is plain, or a table where somebody says so; markup stays plain text whatever anybody says.
fn text_family(claimed: Option<&str>, name: Option<&str>) -> &'static str {
    match (claimed.map(essence).as_deref(), extension(name).as_deref()) {
        (Some("text/csv"), _) | (_, Some("csv")) => "text/csv",
        (Some("application/json"), _) | (_, Some("json")) => "application/json",
        _ => "text/plain",
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let legible = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() + 4 > head.len(),
    };
    !head.is_empty()
        && legible
        && !head.iter().any(|b| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B))
}

fn essence(mime_type: &str) -> String {
    mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn extension(name: Option<&str>) -> Option<String> {
    name?.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())
}

/// A file name that is safe to show and to save under: no path, no controls, no direction overrides, at most 120
/// characters with its extension kept.
pub fn safe_name(name: &str) -> Option<String> {
    const LONGEST: usize = 120;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let legal = |c: &char| {
        !c.is_control() && !is_direction(*c) && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
    };
    let clean: String = last.chars().filter(legal).collect();
    let clean = clean.trim().trim_start_matches('.');
    if clean.is_empty() {
        return None;
    }
    if clean.chars().count() <= LONGEST {
        return Some(clean.to_owned());
    }
    let (stem, extension) = clean.rsplit_once('.').filter(|(_, e)| e.len() <= 10).unwrap_or((clean, ""));
    let kept: String = stem.chars().take(LONGEST - 11).collect();
    Some(if extension.is_empty() { kept } else { format!("{kept}.{extension}") })
}

/// Characters that change the direction of text around them.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

/// Big-endian number of up to 8 bytes at a place.
fn big(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    Some(part.iter().fold(0, |n, b| (n << 8) | u64::from(*b)))
}

/// Little-endian number of up to 8 bytes at a place.
fn little(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    Some(part.iter().rev().fold(0, |n, b| (n << 8) | u64::from(*b)))
}

fn small(number: Option<u64>) -> Option<u32> {
    number.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0)
}
