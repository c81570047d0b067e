//! Every limit checked before anything leaves, and text for what has no other form here.

use colibri_domain::content::{Content, FileRef, Interactive, InteractiveAction, Media};
use colibri_domain::outbound::OutboundContent;

use super::limits;
use crate::check::{
    AskedFile, ButtonForm, FileRules, TextForm, as_asked, at_most, attachment, converted, measured, takes,
    text_of, too_large, under_text, web_link,
};
use crate::send::{Checked, Conversion, Material, Refusal, RefusalCode as Code};

/// How choices become text here.
const TEXT: TextForm = TextForm { limit: limits::TEXT, length: units, bold: "", italic: "" };

/// Nothing can be tapped.
const BUTTONS: ButtonForm =
    ButtonForm { count: 0, title: limits::TEXT, id: 256, location_request: false, link_text: limits::TEXT };

/// How files go here.
const FILES: FileRules = FileRules {
    mime_types: limits::mime_types,
    fitting: picture,
    is_voice: |_| false,
    without_caption: &[],
    caption: |caption| at_most(caption, "/caption", limits::TEXT, units),
};

/// Checks a content and converts it where text messages have another form for it.
pub fn check(content: &OutboundContent, material: &Material<'_>) -> Result<Checked, Refusal> {
    let unsupported = |detail| Err(Refusal::new("/kind", Code::UnsupportedType, detail));
    match content {
        OutboundContent::Text { text, .. } => {
            measured(text, "/text", limits::TEXT, units)?;
            Ok(as_asked(content, Content::Text { text: text.clone() }))
        }
        OutboundContent::Attachment { file_id, media, caption, voice } => {
            let asked = AskedFile { id: file_id, media: *media, caption: caption.as_deref(), voice: *voice };
            attachment(&asked, material.file, &FILES)
        }
        OutboundContent::Interactive(asked) => match &asked.action {
            InteractiveAction::CtaUrl { label, url } => link(asked, label, url),
            _ => under_text(asked, &BUTTONS, &TEXT),
        },
        OutboundContent::Location(_) => unsupported("a text message carries no place"),
        OutboundContent::Contacts { .. } => unsupported("a text message carries no cards"),
        OutboundContent::Template(_) => unsupported("there are no templates on this channel"),
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Pictures go, and nothing else.
fn picture(wanted: Media, file: &FileRef) -> Result<Media, Refusal> {
    if wanted != Media::Image || !takes(limits::mime_types(wanted), &file.mime_type) {
        let detail = "a text message carries pictures only: JPEG, PNG or GIF";
        return Err(Refusal::new("/file_id", Code::UnsupportedMedia, detail));
    }
    if file.size > limits::FILE_BYTES { Err(too_large(file, limits::FILE_BYTES)) } else { Ok(wanted) }
}

/// A button that opens a link is written out.
fn link(asked: &Interactive, label: &str, url: &str) -> Result<Checked, Refusal> {
    measured(&asked.body, "/body", limits::TEXT, units)?;
    measured(label, "/action/label", limits::TEXT, units)?;
    web_link(url, "/action/url")?;
    let text = format!("{}\n\n{label}: {url}", text_of(asked));
    at_most(&text, "/body", limits::TEXT, units)?;
    let content = OutboundContent::Text { text: text.clone(), preview_url: false };
    Ok(converted(content, Content::Text { text }, Conversion::ChoicesToText))
}
