//! Limits that channels have in common, and other forms for what does not fit.

use std::collections::HashSet;
use std::fmt::Write as _;

use colibri_domain::FileId;
use colibri_domain::content::{
    Attachment, AttachmentState, Content, FileRef, Interactive, ListSection, Location, Media, ReplyButton,
};
use colibri_domain::outbound::OutboundContent;

use crate::send::{Checked, Conversion, Refusal, RefusalCode as Code};

/// Characters of a link.
const URL_LIMIT: usize = 2000;

/// It goes as it was asked.
pub(crate) fn as_asked(content: &OutboundContent, shown: Content) -> Checked {
    Checked { content: content.clone(), shown, conversions: Vec::new() }
}

/// Not empty and not longer than the limit.
pub(crate) fn text_within(text: &str, pointer: &str, limit: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(pointer, Code::Empty, "must not be empty"));
    }
    not_longer(text, pointer, limit)
}

/// Not longer than the limit.
pub(crate) fn not_longer(text: &str, pointer: &str, limit: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length > limit {
        let detail = format!("has {length} characters, at most {limit} are possible");
        return Err(Refusal::new(pointer, Code::TooLong, detail).limit(limit));
    }
    Ok(())
}

/// It goes in another form.
pub(crate) fn converted(content: OutboundContent, shown: Content, conversion: Conversion) -> Checked {
    Checked { content, shown, conversions: vec![conversion] }
}

/// A channel's rules for files.
pub(crate) struct FileRules {
    /// Types that may go as this; empty = any.
    pub mime_types: fn(Media) -> &'static [&'static str],
    /// What a file goes as that was meant to go as this.
    pub fitting: fn(Media, &FileRef) -> Result<Media, Refusal>,
    /// Whether a sound can go as a voice note.
    pub is_voice: fn(&FileRef) -> bool,
    /// Kinds that have no caption.
    pub without_caption: &'static [Media],
    /// Whether a caption is short enough.
    pub caption: fn(&str) -> Result<(), Refusal>,
}

/// What somebody wants to send a file as.
pub(crate) struct AskedFile<'a> {
    /// From the files API.
    pub id: &'a FileId,
    /// The kind, where it was said.
    pub media: Option<Media>,
    /// Text under it.
    pub caption: Option<&'a str>,
    /// As a voice note.
    pub voice: bool,
}

/// Whether a file of this type is one of these; of none, any is.
pub(crate) fn takes(types: &[&str], mime_type: &str) -> bool {
    types.is_empty() || types.iter().any(|known| same_type(known, mime_type))
}

/// Larger than the limit in bytes.
pub(crate) fn too_large(file: &FileRef, limit: u64) -> Refusal {
    let detail = format!("has {} bytes, at most {limit} are possible", file.size);
    Refusal::new("/file_id", Code::TooLarge, detail).limit(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Checks a file and finds what it goes as.
pub(crate) fn attachment(
    asked: &AskedFile<'_>,
    file: Option<&FileRef>,
    rules: &FileRules,
) -> Result<Checked, Refusal> {
    let file = file
        .filter(|file| file.id == *asked.id)
        .ok_or_else(|| Refusal::new("/file_id", Code::FileMissing, "is no complete file"))?;
    if file.size == 0 {
        return Err(Refusal::new("/file_id", Code::Empty, "the file is empty"));
    }
    let usual = || {
        let shown = |media: &Media| takes((rules.mime_types)(*media), &file.mime_type);
        [Media::Image, Media::Video, Media::Audio].into_iter().find(shown).unwrap_or(Media::File)
    };
    let wanted = asked.media.unwrap_or_else(|| if asked.voice { Media::Audio } else { usual() });
    let voice = asked.voice && wanted == Media::Audio && (rules.is_voice)(file);
    let media = if voice { wanted } else { (rules.fitting)(wanted, file)? };
    let mut conversions = Vec::new();
    if media != wanted {
        conversions.push(Conversion::MediaToFile);
    } else if asked.voice && !voice && media == Media::Audio {
        conversions.push(Conversion::VoiceToAudio);
    }
    let caption = asked.caption.filter(|caption| !caption.trim().is_empty());
    if let Some(caption) = caption {
        if rules.without_caption.contains(&media) {
            let detail = "this kind of file has no caption";
            return Err(Refusal::new("/caption", Code::CaptionNotAllowed, detail));
        }
        (rules.caption)(caption)?;
    }
    let caption = caption.map(str::to_owned);
    let shown = Content::Attachment(Attachment {
        media,
        voice,
        file: Some(file.clone()),
        caption: caption.clone(),
        file_name: file.name.clone(),
        state: AttachmentState::Ready,
    });
    let content =
        OutboundContent::Attachment { file_id: asked.id.clone(), media: Some(media), caption, voice };
    Ok(Checked { content, shown, conversions })
}

/// Rows of all sections.
pub(crate) fn row_count(sections: &[ListSection]) -> usize {
    sections.iter().map(|section| section.rows.len()).sum()
}

type Rows<'a> = Vec<(Option<&'a str>, Vec<(&'a str, Option<&'a str>)>)>;

/// How a channel writes choices that it has no element for.
pub(crate) struct TextForm {
    /// Characters of a text.
    pub limit: usize,
    /// What stands around bold text; empty where there is no such mark.
    pub bold: &'static str,
    /// What stands around small print.
    pub italic: &'static str,
}

/// Buttons as numbered text.
pub(crate) fn numbered_buttons(
    asked: &Interactive,
    buttons: &[ReplyButton],
    form: &TextForm,
) -> Result<Checked, Refusal> {
    let rows = buttons.iter().map(|b| (b.title.as_str(), None));
    numbered(asked, vec![(None, rows.collect())], form)
}

/// A list as numbered text.
pub(crate) fn numbered_sections(
    asked: &Interactive,
    sections: &[ListSection],
    form: &TextForm,
) -> Result<Checked, Refusal> {
    let rows = |s: &'_ ListSection| -> Vec<(String, Option<String>)> {
        s.rows.iter().map(|r| (r.title.clone(), r.description.clone())).collect()
    };
    let owned: Vec<_> = sections.iter().map(|s| (s.title.clone(), rows(s))).collect();
    let borrowed = owned.iter().map(|(title, rows)| {
        (title.as_deref(), rows.iter().map(|(t, d)| (t.as_str(), d.as_deref())).collect())
    });
    numbered(asked, borrowed.collect(), form)
}

/// Everything as one text, choices numbered through all sections.
fn numbered(asked: &Interactive, sections: Rows<'_>, form: &TextForm) -> Result<Checked, Refusal> {
    let TextForm { limit, bold, italic } = *form;
    text_within(&asked.body, "/body", limit)?;
    let mut text = String::new();
    if let Some(header) = asked.header.as_deref().filter(|h| !h.trim().is_empty()) {
        let _ = write!(text, "{bold}{header}{bold}\n\n");
    }
    text.push_str(asked.body.trim_end());
    text.push('\n');
    let mut number = 0;
    for (title, rows) in sections {
        text.push('\n');
        if let Some(title) = title.filter(|t| !t.trim().is_empty()) {
            let _ = writeln!(text, "{title}");
        }
        for (title, description) in rows {
            number += 1;
            let _ = write!(text, "{number}. {title}");
            if let Some(description) = description.filter(|d| !d.trim().is_empty()) {
                let _ = write!(text, ": {description}");
            }
            text.push('\n');
        }
    }
    if let Some(footer) = asked.footer.as_deref().filter(|f| !f.trim().is_empty()) {
        let _ = write!(text, "\n{italic}{footer}{italic}");
    }
    let text = text.trim_end().to_owned();
    not_longer(&text, "/action", limit)?;
    let content = OutboundContent::Text { text: text.clone(), preview_url: false };
    Ok(converted(content, Content::Text { text }, Conversion::ChoicesToText))
}

/// Degrees within the earth's.
pub(crate) fn location(place: &Location) -> Result<(), Refusal> {
    let degrees = |value: f64, limit: f64, pointer: &str| {
        if value.is_finite() && value.abs() <= limit {
            return Ok(());
        }
        Err(Refusal::new(pointer, Code::OutOfRange, format!("must lie between -{limit} and {limit}")))
    };
    degrees(place.latitude, 90.0, "/latitude")?;
    degrees(place.longitude, 180.0, "/longitude")
}

/// Told apart from those before it.
pub(crate) fn unique<'a>(seen: &mut HashSet<&'a str>, text: &'a str, pointer: String) -> Result<(), Refusal> {
    if seen.insert(text) { Ok(()) } else { Err(Refusal::new(pointer, Code::Duplicate, "is there already")) }
}

/// An http or https address with a host.
pub(crate) fn web_link(link: &str, pointer: &str) -> Result<(), Refusal> {
    text_within(link, pointer, URL_LIMIT)?;
    let legal = url::Url::parse(link).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|h| !h.is_empty())
    });
    if legal {
        Ok(())
    } else {
        Err(Refusal::new(pointer, Code::InvalidUrl, "must be an http or https address"))
    }
}

/// Nothing, or a few characters none of which belongs to a word. (Some emoji are letters in boxes or circles.)
pub(crate) fn is_emoji(text: &str) -> bool {
    let symbol = |c: char| matches!(c, '\u{2100}'..='\u{2BFF}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..);
    let word = |c: char| (c.is_alphabetic() && !symbol(c)) || c.is_whitespace() || c.is_control();
    text.is_empty() || (text.len() <= 64 && !text.is_ascii() && !text.chars().any(word))
}

/// Compares types without regard to case and blanks.
pub(crate) fn same_type(a: &str, b: &str) -> bool {
    let letters =
        |text: &str| text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_lowercase()).collect::<String>();
    letters(a) == letters(b)
}
