//! Every limit checked before anything leaves, and other forms for what does not fit.

use colibri_domain::content::{ContactCard, Content, FileRef, Media};
use colibri_domain::outbound::{HeaderParameter, OutboundContent, TemplateSend};
use colibri_domain::template::{HeaderFormat, TemplateComponent, TemplateError};

use super::{interactive, limits};
use crate::check::{
    AskedFile, FileRules, as_asked, attachment, location, not_longer, same_type, takes, text_within,
    too_large,
};
use crate::send::{Checked, Material, Refusal, RefusalCode as Code};
use crate::templates::render;

/// How files go here.
const FILES: FileRules = FileRules {
    mime_types: limits::mime_types,
    fitting: fitting_media,
    is_voice: |file| file.size <= limits::bytes(Media::Audio) && same_type(&file.mime_type, limits::OPUS),
    without_caption: &[Media::Audio, Media::Sticker],
    caption: |caption| not_longer(caption, "/caption", limits::CAPTION),
};

/// Checks a content and converts it where WhatsApp has another form for it.
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
        OutboundContent::Interactive(asked) => interactive::check(asked, material.language),
        OutboundContent::Template(template) => self::template(content, template, material),
    }
}

/// A picture, film or sound that does not fit its kind may go as a document.
fn fitting_media(wanted: Media, file: &FileRef) -> Result<Media, Refusal> {
    if wanted == Media::Sticker {
        if !takes(limits::mime_types(wanted), &file.mime_type) {
            return Err(Refusal::new("/media", Code::UnsupportedMedia, "a sticker is a WebP picture"));
        }
        let moving = file.duration_ms.is_some();
        let limit = if moving { limits::bytes(wanted) } else { limits::STATIC_STICKER };
        return if file.size > limit { Err(too_large(file, limit)) } else { Ok(wanted) };
    }
    if takes(limits::mime_types(wanted), &file.mime_type) && file.size <= limits::bytes(wanted) {
        return Ok(wanted);
    }
    let limit = limits::bytes(Media::File);
    if file.size > limit { Err(too_large(file, limit)) } else { Ok(Media::File) }
}

fn cards(cards: &[ContactCard]) -> Result<(), Refusal> {
    if cards.is_empty() {
        return Err(Refusal::new("/contacts", Code::Empty, "needs at least one card"));
    }
    if cards.len() > limits::CONTACTS {
        let detail = format!("has {} cards, at most {} are possible", cards.len(), limits::CONTACTS);
        return Err(Refusal::new("/contacts", Code::TooMany, detail).limit(limits::CONTACTS));
    }
    match cards.iter().position(|card| card.name.trim().is_empty()) {
        Some(at) => Err(Refusal::new(format!("/contacts/{at}/name"), Code::Empty, "must not be empty")),
        None => Ok(()),
    }
}

fn template(
    content: &OutboundContent,
    asked: &TemplateSend,
    material: &Material<'_>,
) -> Result<Checked, Refusal> {
    not_longer(&asked.name, "/name", limits::TEMPLATE_NAME)?;
    let template = material
        .template
        .filter(|known| known.name == asked.name && known.language == asked.language)
        .ok_or_else(|| Refusal::new("/name", Code::TemplateMissing, "no such template in this language"))?;
    template.check(&asked.parameters).map_err(|error| template_refusal(&error))?;
    let header = template.components.iter().find_map(|component| match component {
        TemplateComponent::Header { format, .. } => Some(*format),
        _ => None,
    });
    template_header(header, asked.parameters.header.as_ref(), material.file)?;
    Ok(as_asked(content, render(template, &asked.parameters)))
}

fn template_header(
    format: Option<HeaderFormat>,
    given: Option<&HeaderParameter>,
    file: Option<&FileRef>,
) -> Result<(), Refusal> {
    let refuse = |code, detail| Err(Refusal::new("/parameters/header", code, detail));
    let media = match (format, given) {
        (Some(HeaderFormat::Location), _) => {
            return refuse(
                Code::UnsupportedType,
                "templates with a place as header cannot be sent from here",
            );
        }
        (None, Some(_)) => return refuse(Code::TemplateHeader, "this template has no header"),
        (None | Some(HeaderFormat::Text), None | Some(HeaderParameter::Text { .. })) => return Ok(()),
        (Some(HeaderFormat::Image), Some(HeaderParameter::File { file_id })) => (Media::Image, file_id),
        (Some(HeaderFormat::Video), Some(HeaderParameter::File { file_id })) => (Media::Video, file_id),
        (Some(HeaderFormat::Document), Some(HeaderParameter::File { file_id })) => (Media::File, file_id),
        _ => return refuse(Code::TemplateHeader, "the header takes another kind of value"),
    };
    let (media, file_id) = media;
    let Some(file) = file.filter(|file| file.id == *file_id) else {
        return refuse(Code::FileMissing, "is no complete file");
    };
    match fitting_media(media, file) {
        Ok(fitting) if fitting == media => Ok(()),
        _ => refuse(Code::UnsupportedMedia, "the header takes a file of another type or size"),
    }
}

fn template_refusal(error: &TemplateError) -> Refusal {
    let (pointer, code) = match error {
        TemplateError::NotApproved(_) => ("/name".to_owned(), Code::TemplateNotApproved),
        TemplateError::BodyCount { .. } => ("/parameters/body".to_owned(), Code::TemplateParameterCount),
        TemplateError::Missing(_) => ("/parameters/body".to_owned(), Code::TemplateParameterMissing),
        TemplateError::BadValue(at) => {
            (format!("/parameters/body/{at}/text"), Code::TemplateParameterInvalid)
        }
        TemplateError::Header => ("/parameters/header".to_owned(), Code::TemplateHeader),
        TemplateError::Button(_) => ("/parameters/buttons".to_owned(), Code::TemplateButton),
        TemplateError::TooLong => ("/parameters/body".to_owned(), Code::TemplateTooLong),
    };
    Refusal::new(pointer, code, error.to_string())
}
