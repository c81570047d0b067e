//! Every limit checked before anything leaves, and other forms for what does not fit.

use colibri_domain::content::{ContactCard, Content, FileRef, Media};
use colibri_domain::outbound::OutboundContent;

use super::limits;
use crate::check::{
    AskedFile, ButtonForm, FileRules, TextForm, as_asked, at_most, attachment, location, measured, takes,
    too_large, under_text,
};
use crate::send::{Checked, Material, Refusal, RefusalCode as Code};

/// How choices become text here: there are no marks, a text goes as it is written.
const TEXT: TextForm = TextForm { limit: limits::TEXT, length: units, bold: "", italic: "" };

/// What can be tapped.
const BUTTONS: ButtonForm = ButtonForm {
    count: limits::BUTTONS,
    title: limits::BUTTON_TITLE,
    id: limits::CALLBACK_BYTES,
    location_request: true,
    link_text: limits::TEXT,
};

/// How files go here.
const FILES: FileRules = FileRules {
    mime_types: limits::mime_types,
    fitting: fitting_media,
    is_voice: |file| file.size <= limits::bytes(Media::Audio) && takes(limits::VOICE, &file.mime_type),
    without_caption: &[Media::Sticker],
    caption: |caption| at_most(caption, "/caption", limits::CAPTION, units),
};

/// Checks a content and converts it where Telegram has another form for it.
pub fn check(content: &OutboundContent, material: &Material<'_>) -> Result<Checked, Refusal> {
    match content {
        OutboundContent::Text { text, .. } => {
            measured(text, "/text", limits::TEXT, units)?;
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
        OutboundContent::Interactive(asked) => under_text(asked, &BUTTONS, &TEXT),
        OutboundContent::Template(_) => {
            Err(Refusal::new("/kind", Code::UnsupportedType, "there are no templates on this channel"))
        }
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
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
    measured(&card.name, "/contacts/0/name", limits::CAPTION, units)?;
    match card.phones.first() {
        Some(phone) => measured(phone, "/contacts/0/phones/0", 64, units),
        None => Err(Refusal::new("/contacts/0/phones", Code::Empty, "a card needs a phone number")),
    }
}
