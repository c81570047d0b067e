//! What files are, by their bytes.
#![allow(missing_docs, clippy::unwrap_used)]

use colibri_channels::sniff::{Sniffed, safe_name, sniff};
use colibri_domain::content::Media;

fn look(bytes: &[u8]) -> Sniffed {
    sniff(bytes, None, None)
}

fn boxed(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [&length[..], kind, content].concat()
}

/// A film or sound of MP4: one track, 12.5 s.
fn mp4(brand: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut header = vec![0; 84];
    header[76..78].copy_from_slice(&width.to_be_bytes());
    header[80..82].copy_from_slice(&height.to_be_bytes());
    let mut movie = vec![0; 20];
    movie[12..16].copy_from_slice(&1000_u32.to_be_bytes());
    movie[16..20].copy_from_slice(&12_500_u32.to_be_bytes());
    let moov = [boxed(b"mvhd", &movie), boxed(b"trak", &boxed(b"tkhd", &header))].concat();
    [boxed(b"ftyp", &[brand, &[0; 4]].concat()), boxed(b"moov", &moov)].concat()
}

fn ogg(codec: &[u8], position: u64) -> Vec<u8> {
    let page = |position: u64, content: &[u8]| {
        [&b"OggS\0\0"[..], &position.to_le_bytes(), &[0; 13], content].concat()
    };
    [page(0, codec), page(position, b"sound")].concat()
}

#[test]
fn pictures_tell_their_size() {
    let png =
        [&b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"[..], &640_u32.to_be_bytes(), &480_u32.to_be_bytes()].concat();
    let jpeg =
        [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2][..], &[0xFF, 0xC0, 0, 11, 8, 1, 0xE0, 2, 0x80, 3]].concat();
    let gif = [&b"GIF89a"[..], &640_u16.to_le_bytes(), &480_u16.to_le_bytes()].concat();
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0".to_vec();
    webp.extend_from_slice(&[0x7F, 2, 0, 0xDF, 1, 0]);
    for (bytes, mime_type) in
        [(png, "image/png"), (jpeg, "image/jpeg"), (gif, "image/gif"), (webp, "image/webp")]
    {
        let found = look(&bytes);
        assert_eq!(found.mime_type, mime_type);
        assert_eq!((found.width, found.height), (Some(640), Some(480)), "{mime_type}");
        assert!(found.inline);
        assert_eq!((found.media(), found.duration_ms), (Media::Image, None));
    }
}

#[test]
fn moving_stickers_have_a_duration() {
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x02\0\0\0\xFF\x01\0\xFF\x01\0".to_vec();
    for _ in 0..3 {
        webp.extend_from_slice(b"ANMF\x10\0\0\0");
        webp.extend_from_slice(&[0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 100, 0, 0, 0]);
    }
    assert_eq!(look(&webp).duration_ms, Some(300));
}

#[test]
fn sounds_and_films_tell_their_length() {
    let opus = ogg(b"OpusHead\x01\x01\x38\x01\x80\xBB\0\0\0\0\0", 48_000 * 3 + 312);
    let found = look(&opus);
    assert_eq!((found.mime_type.as_str(), found.duration_ms), ("audio/ogg; codecs=opus", Some(3000)));
    assert_eq!(found.media(), Media::Audio);
    let vorbis = ogg(b"\x01vorbis\0\0\0\0\x01\x44\xAC\0\0", 44_100 * 2);
    assert_eq!((look(&vorbis).mime_type.as_str(), look(&vorbis).duration_ms), ("audio/ogg", Some(2000)));
    let film = look(&mp4(b"isom", 1280, 720));
    assert_eq!((film.mime_type.as_str(), film.duration_ms), ("video/mp4", Some(12_500)));
    assert_eq!((film.width, film.height), (Some(1280), Some(720)));
    let sound = look(&mp4(b"isom", 0, 0));
    assert_eq!((sound.mime_type.as_str(), sound.duration_ms), ("audio/mp4", Some(12_500)));
    assert_eq!(look(&mp4(b"M4A ", 0, 0)).mime_type, "audio/mp4");
    assert_eq!(look(&mp4(b"3gp5", 176, 144)).mime_type, "video/3gpp");
    let amr = [&b"#!AMR\n"[..], &[0x3C; 32].repeat(50)].concat();
    assert_eq!((look(&amr).mime_type.as_str(), look(&amr).duration_ms), ("audio/amr", Some(1000)));
    assert_eq!(look(b"ID3\x04rest").mime_type, "audio/mpeg");
    assert_eq!(look(&[0xFF, 0xFB, 0x90, 0]).mime_type, "audio/mpeg");
    assert_eq!(look(&[0xFF, 0xF1, 0x50, 0x80]).mime_type, "audio/aac");
}

#[test]
fn webm_is_a_sound_only_where_somebody_says_so() {
    let webm = b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm";
    assert_eq!(sniff(webm, Some("audio/webm;codecs=opus"), None).mime_type, "audio/webm");
    assert_eq!(sniff(webm, Some("text/html"), None).mime_type, "video/webm");
}

#[test]
fn what_a_browser_could_run_is_never_shown_inside_a_page() {
    let claims = [Some("image/svg+xml"), Some("text/html"), Some("application/xhtml+xml"), Some("image/png")];
    let texts = [
        "<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        "<!DOCTYPE html><script>x()</script>",
        "<?xml version='1.0'?><html/>",
        "\u{FEFF}<html>",
        "function(){}",
    ];
    for text in texts {
        for claimed in claims {
            let found = sniff(text.as_bytes(), claimed, Some("picture.svg"));
            assert_eq!(
                (found.mime_type.as_str(), found.inline),
                ("text/plain", false),
                "{text} as {claimed:?}"
            );
        }
    }
    assert!(!look(b"\0\x01\x02binary").inline);
    assert!(!look(b"PK\x03\x04 zip").inline);
}

#[test]
fn polyglots_are_what_their_first_bytes_say() {
    assert_eq!(look(b"GIF89a/*<script>x()</script>*/").mime_type, "image/gif");
    assert_eq!(look(b"%PDF-1.7 <script>").mime_type, "application/pdf");
    assert_eq!(look(b"<html>%PDF-1.7").mime_type, "text/plain");
}

#[test]
fn documents_are_told_apart() {
    let office = |member: &str| [b"PK\x03\x04....[Content_Types].xml PK\x03\x04", member.as_bytes()].concat();
    assert!(look(&office("word/document.xml")).mime_type.ends_with("wordprocessingml.document"));
    assert!(look(&office("xl/workbook.xml")).mime_type.ends_with("spreadsheetml.sheet"));
    assert!(look(&office("ppt/slides.xml")).mime_type.ends_with("presentationml.presentation"));
    assert_eq!(look(b"PK\x03\x04other").mime_type, "application/zip");
    let old = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0];
    assert_eq!(sniff(&old, None, Some("Lista.XLS")).mime_type, "application/vnd.ms-excel");
    assert_eq!(sniff(b"a;b\n1;2\n", Some("text/csv"), None).mime_type, "text/csv");
    assert_eq!(look("ñandú".as_bytes()).mime_type, "text/plain");
    assert_eq!(look(b"").mime_type, "application/octet-stream");
}

#[test]
fn names_lose_paths_and_tricks() {
    assert_eq!(safe_name("../../etc/passwd").as_deref(), Some("passwd"));
    assert_eq!(safe_name("C:\\Users\\x\\factura.pdf").as_deref(), Some("factura.pdf"));
    assert_eq!(safe_name("foto\u{202E}gpj.exe").as_deref(), Some("fotogpj.exe"));
    assert_eq!(safe_name(" .. "), None);
    assert_eq!(safe_name(&format!("{}.pdf", "x".repeat(300))), Some(format!("{}.pdf", "x".repeat(109))));
}
