//! Every limit checked before anything leaves, and other forms for what does not fit.

use std::collections::HashSet;
use std::fmt::Write as _;

use colibri_domain::content::{
    ContactCard, Content, FileRef, Interactive, InteractiveAction, ListSection, Media, ReplyButton,
};
use colibri_domain::outbound::OutboundContent;

use super::limits;
use crate::check::{
    AskedFile, FileRules, TextForm, as_asked, attachment, converted, location, numbered_buttons,
    numbered_sections, row_count, takes, too_large, unique, web_link,
};
use crate::send::{Checked, Conversion, Material, Refusal, RefusalCode as Code};

/// How choices become text here: there are no marks, a text goes as it is written.
const TEXT: TextForm = TextForm { limit: limits::TEXT, bold: "", italic: "" };

/// How files go here.
const FILES: FileRules = FileRules {
    mime_types: limits::mime_types,
    fitting: fitting_media,
    is_voice: |file| file.size <= limits::bytes(Media::Audio) && takes(limits::VOICE, &file.mime_type),
    without_caption: &[Media::Sticker],
    caption: |caption| not_longer(caption, "/caption", limits::CAPTION),
};

/// Checks a content and converts it where Telegram has another form for it.
pub fn check(content: &OutboundContent, material: &Material<'_>) -> Result<Checked, Refusal> {
    match content {
        OutboundContent::Text { text, .. } => {
            text_within(text, "/text", limits::TEXT)?;
            Ok(as_asked(content, Content::Text { text: text.clone() }))
        }
        OutboundContent::Attachment { file_id, media, caption, voice } => {
            let asked = AskedFile { id: file_id, media: *media, caption: caption.as_deref(), voice: *voice };
            attachment(&asked, material.file, &FILES)
        }
        OutboundContent::Location(place) => {
            location(place)?;
            Ok(as_asked(content, Content::Location(place.clone())))
        }
        OutboundContent::Contacts { contacts } => {
            cards(contacts)?;
            Ok(as_asked(content, Content::Contacts { contacts: contacts.clone() }))
        }
        OutboundContent::Interactive(asked) => interactive(asked),
        OutboundContent::Template(_) => {
            Err(Refusal::new("/kind", Code::UnsupportedType, "there are no templates on this channel"))
        }
    }
}

fn text_within(text: &str, pointer: &str, limit: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(pointer, Code::Empty, "must not be empty"));
    }
    not_longer(text, pointer, limit)
}

/// Not longer than the limit, in UTF-16 units.
fn not_longer(text: &str, pointer: &str, limit: usize) -> Result<(), Refusal> {
    let length = text.encode_utf16().count();
    if length > limit {
        let detail = format!("has {length} characters, at most {limit} are possible");
        return Err(Refusal::new(pointer, Code::TooLong, detail).limit(limit));
    }
    Ok(())
}

/// A picture, film or sound that does not fit its kind may go as a document.
fn fitting_media(wanted: Media, file: &FileRef) -> Result<Media, Refusal> {
    if wanted == Media::Sticker && !takes(limits::mime_types(wanted), &file.mime_type) {
        return Err(Refusal::new("/media", Code::UnsupportedMedia, "a sticker is a WebP picture"));
    }
    if takes(limits::mime_types(wanted), &file.mime_type)
        && file.size <= limits::bytes(wanted)
        && has_fitting_sides(wanted, file)
    {
        return Ok(wanted);
    }
    let limit = limits::bytes(if wanted == Media::Sticker { wanted } else { Media::File });
    if file.size > limit { Err(too_large(file, limit)) } else { Ok(Media::File) }
}

fn has_fitting_sides(media: Media, file: &FileRef) -> bool {
    let (Media::Image, Some(width), Some(height)) = (media, file.width, file.height) else { return true };
    let (long, short) = (width.max(height), width.min(height).max(1));
    width.saturating_add(height) <= limits::PICTURE_SIDES && long / short <= limits::PICTURE_RATIO
}

/// One card is one message here.
fn cards(cards: &[ContactCard]) -> Result<(), Refusal> {
    let [card] = cards else {
        return Err(if cards.is_empty() {
            Refusal::new("/contacts", Code::Empty, "needs a card")
        } else {
            let detail = format!("has {} cards, one can be sent at a time", cards.len());
            Refusal::new("/contacts", Code::TooMany, detail).limit(1)
        });
    };
    text_within(&card.name, "/contacts/0/name", limits::CAPTION)?;
    match card.phones.first() {
        Some(phone) => text_within(phone, "/contacts/0/phones/0", 64),
        None => Err(Refusal::new("/contacts/0/phones", Code::Empty, "a card needs a phone number")),
    }
}

/// Checks something to tap. Lists become buttons, too many choices become numbered text.
fn interactive(asked: &Interactive) -> Result<Checked, Refusal> {
    match &asked.action {
        InteractiveAction::Buttons { buttons } if buttons.len() > limits::BUTTONS => {
            numbered_buttons(asked, buttons, &TEXT)
        }
        InteractiveAction::List { sections, .. } if row_count(sections) > limits::BUTTONS => {
            numbered_sections(asked, sections, &TEXT)
        }
        InteractiveAction::List { sections, .. } => as_buttons(asked, sections),
        InteractiveAction::Flow { .. } => {
            Err(Refusal::new("/action/type", Code::UnsupportedType, "there are no forms on this channel"))
        }
        action => {
            text_within(&text_of(asked), "/body", limits::TEXT)?;
            match action {
                InteractiveAction::Buttons { buttons } => self::buttons(buttons, "/action/buttons")?,
                InteractiveAction::CtaUrl { label, url } => {
                    text_within(label, "/action/label", limits::BUTTON_TITLE)?;
                    web_link(url, "/action/url")?;
                }
                _ => {}
            }
            Ok(as_asked(&OutboundContent::Interactive(asked.clone()), Content::Interactive(asked.clone())))
        }
    }
}

/// Header, body and footer as the one text that a message has.
pub(super) fn text_of(asked: &Interactive) -> String {
    let around = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let parts = [around(&asked.header), Some(asked.body.clone()), around(&asked.footer)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// A list's rows as buttons. Second lines, which a button has no room for, go into the text.
fn as_buttons(asked: &Interactive, sections: &[ListSection]) -> Result<Checked, Refusal> {
    let rows: Vec<_> = sections.iter().flat_map(|section| &section.rows).collect();
    let buttons: Vec<ReplyButton> =
        rows.iter().map(|row| ReplyButton { id: row.id.clone(), title: row.title.clone() }).collect();
    self::buttons(&buttons, "/action/sections")?;
    let mut body = asked.body.trim_end().to_owned();
    let described = |text: &&str| !text.trim().is_empty();
    for (row, second) in rows.iter().filter_map(|r| Some((r, r.description.as_deref().filter(described)?))) {
        let _ = write!(body, "\n{}: {second}", row.title);
    }
    let with_buttons = Interactive { body, action: InteractiveAction::Buttons { buttons }, ..asked.clone() };
    text_within(&text_of(&with_buttons), "/body", limits::TEXT)?;
    let content = OutboundContent::Interactive(with_buttons.clone());
    Ok(converted(content, Content::Interactive(with_buttons), Conversion::ListToButtons))
}

fn buttons(buttons: &[ReplyButton], pointer: &str) -> Result<(), Refusal> {
    if buttons.is_empty() {
        return Err(Refusal::new(pointer, Code::Empty, "needs at least one button"));
    }
    let mut ids = HashSet::new();
    for (at, button) in buttons.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        text_within(&button.title, &format!("{pointer}/title"), limits::BUTTON_TITLE)?;
        let length = button.id.len();
        if length == 0 {
            return Err(Refusal::new(format!("{pointer}/id"), Code::Empty, "must not be empty"));
        }
        if length > limits::CALLBACK_BYTES {
            let detail = format!("has {length} bytes, at most {} are possible", limits::CALLBACK_BYTES);
            return Err(
                Refusal::new(format!("{pointer}/id"), Code::TooLong, detail).limit(limits::CALLBACK_BYTES)
            );
        }
        unique(&mut ids, &button.id, format!("{pointer}/id"))?;
    }
    Ok(())
}
