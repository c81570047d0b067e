//! Limits that channels have in common, and other forms for what does not fit.

use std::collections::HashSet;
use std::fmt::Write as _;

use colibri_domain::FileId;
use colibri_domain::content::{
    Attachment, AttachmentState, Content, FileRef, Interactive, InteractiveAction, ListRow, ListSection,
    Location, Media, ReplyButton,
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
    measured(text, pointer, limit, characters)
}

/// Not longer than the limit.
pub(crate) fn not_longer(text: &str, pointer: &str, limit: usize) -> Result<(), Refusal> {
    at_most(text, pointer, limit, characters)
}

/// Characters of a text.
pub(crate) fn characters(text: &str) -> usize {
    text.chars().count()
}

/// Not empty and not longer than the limit, by a measure of the channel.
pub(crate) fn measured(
    text: &str,
    pointer: &str,
    limit: usize,
    length: fn(&str) -> usize,
) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(pointer, Code::Empty, "must not be empty"));
    }
    at_most(text, pointer, limit, length)
}

/// Not longer than the limit, by a measure of the channel.
pub(crate) fn at_most(
    text: &str,
    pointer: &str,
    limit: usize,
    length: fn(&str) -> usize,
) -> Result<(), Refusal> {
    let length = length(text);
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
#[derive(Clone, Copy)]
pub(crate) struct TextForm {
    /// Length of a text, by the measure beside it.
    pub limit: usize,
    /// The channel's measure.
    pub length: fn(&str) -> usize,
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
    let TextForm { limit, length, bold, italic } = *form;
    measured(&asked.body, "/body", limit, length)?;
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
    at_most(&text, "/action", limit, length)?;
    let content = OutboundContent::Text { text: text.clone(), preview_url: false };
    Ok(converted(content, Content::Text { text }, Conversion::ChoicesToText))
}

/// What a channel with buttons under one text takes: no header, footer or list of their own.
#[derive(Clone, Copy)]
pub struct ButtonForm {
    /// Buttons under a message.
    pub count: usize,
    /// Label of a button, in the text's measure.
    pub title: usize,
    /// What a button sends back, in bytes.
    pub id: usize,
    /// Whether the text may ask for a place.
    pub location_request: bool,
    /// Longest text above a button that opens a link.
    pub link_text: usize,
}

/// Checks something to tap. Lists become buttons, too many choices become numbered text.
pub(crate) fn under_text(
    asked: &Interactive,
    form: &ButtonForm,
    text: &TextForm,
) -> Result<Checked, Refusal> {
    let unsupported = |detail| Err(Refusal::new("/action/type", Code::UnsupportedType, detail));
    match &asked.action {
        InteractiveAction::Buttons { buttons } if buttons.len() > form.count => {
            numbered_buttons(asked, buttons, text)
        }
        InteractiveAction::List { sections, .. } => {
            let fits = |row: &ListRow| (text.length)(&row.title) <= form.title;
            if row_count(sections) <= form.count && sections.iter().flat_map(|s| &s.rows).all(fits) {
                as_buttons(asked, sections, form, text)
            } else {
                numbered_sections(asked, sections, text)
            }
        }
        InteractiveAction::Flow { .. } => unsupported("there are no forms on this channel"),
        InteractiveAction::LocationRequest if !form.location_request => {
            unsupported("this channel cannot ask for a place")
        }
        action => {
            let limit = if matches!(action, InteractiveAction::CtaUrl { .. }) {
                form.link_text.min(text.limit)
            } else {
                text.limit
            };
            measured(&text_of(asked), "/body", limit, text.length)?;
            match action {
                InteractiveAction::Buttons { buttons } => {
                    self::buttons(buttons, "/action/buttons", form, text)?;
                }
                InteractiveAction::CtaUrl { label, url } => {
                    measured(label, "/action/label", form.title, text.length)?;
                    web_link(url, "/action/url")?;
                }
                _ => {}
            }
            Ok(as_asked(&OutboundContent::Interactive(asked.clone()), Content::Interactive(asked.clone())))
        }
    }
}

/// Header, body and footer as the one text that a message has.
pub(crate) fn text_of(asked: &Interactive) -> String {
    let around = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let parts = [around(&asked.header), Some(asked.body.clone()), around(&asked.footer)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// A list's rows as buttons. Second lines, which a button has no room for, go into the text.
fn as_buttons(
    asked: &Interactive,
    sections: &[ListSection],
    form: &ButtonForm,
    text: &TextForm,
) -> Result<Checked, Refusal> {
    let rows: Vec<_> = sections.iter().flat_map(|section| &section.rows).collect();
    let buttons: Vec<ReplyButton> =
        rows.iter().map(|row| ReplyButton { id: row.id.clone(), title: row.title.clone() }).collect();
    self::buttons(&buttons, "/action/sections", form, text)?;
    let mut body = asked.body.trim_end().to_owned();
    let described = |text: &&str| !text.trim().is_empty();
    for (row, second) in rows.iter().filter_map(|r| Some((r, r.description.as_deref().filter(described)?))) {
        let _ = write!(body, "\n{}: {second}", row.title);
    }
    let with_buttons = Interactive { body, action: InteractiveAction::Buttons { buttons }, ..asked.clone() };
    measured(&text_of(&with_buttons), "/body", text.limit, text.length)?;
    let content = OutboundContent::Interactive(with_buttons.clone());
    Ok(converted(content, Content::Interactive(with_buttons), Conversion::ListToButtons))
}

fn buttons(
    buttons: &[ReplyButton],
    pointer: &str,
    form: &ButtonForm,
    text: &TextForm,
) -> Result<(), Refusal> {
    if buttons.is_empty() {
        return Err(Refusal::new(pointer, Code::Empty, "needs at least one button"));
    }
    let mut ids = HashSet::new();
    for (at, button) in buttons.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        measured(&button.title, &format!("{pointer}/title"), form.title, text.length)?;
        let length = button.id.len();
        if length == 0 {
            return Err(Refusal::new(format!("{pointer}/id"), Code::Empty, "must not be empty"));
        }
        if length > form.id {
            let detail = format!("has {length} bytes, at most {} are possible", form.id);
            return Err(Refusal::new(format!("{pointer}/id"), Code::TooLong, detail).limit(form.id));
        }
        unique(&mut ids, &button.id, format!("{pointer}/id"))?;
    }
    Ok(())
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
