//! Every limit checked before anything leaves, and other forms for what does not fit.

use colibri_domain::content::{Content, FileRef, Media};
use colibri_domain::outbound::OutboundContent;

use super::product::Product;
use crate::check::{
    AskedFile, FileRules, TextForm, as_asked, attachment, measured, takes, too_large, under_text,
};
use crate::send::{Checked, Material, Refusal, RefusalCode as Code};

/// Kinds that have no caption: words and files never share a message here.
pub(crate) const WITHOUT_CAPTION: &[Media] =
    &[Media::Image, Media::Video, Media::Audio, Media::File, Media::Sticker];

/// Checks a content and converts it where the product has another form for it.
pub(crate) fn check(
    product: &Product,
    files: &FileRules,
    content: &OutboundContent,
    material: &Material<'_>,
) -> Result<Checked, Refusal> {
    let text_form = TextForm { limit: product.text, length: product.length, bold: "", italic: "" };
    match content {
        OutboundContent::Text { text, .. } => {
            measured(text, "/text", product.text, product.length)?;
            Ok(as_asked(content, Content::Text { text: text.clone() }))
        }
        OutboundContent::Attachment { file_id, media, caption, voice } => {
            let asked = AskedFile { id: file_id, media: *media, caption: caption.as_deref(), voice: *voice };
            attachment(&asked, material.file, files)
        }
        OutboundContent::Interactive(asked) => under_text(asked, &product.buttons, &text_form),
        OutboundContent::Location(_) | OutboundContent::Contacts { .. } | OutboundContent::Template(_) => {
            Err(Refusal::new("/kind", Code::UnsupportedType, "cannot be sent on this channel"))
        }
    }
}

/// A file that does not fit its kind goes as a document, where the product takes such documents.
pub(crate) fn fitting(product: &Product, wanted: Media, file: &FileRef) -> Result<Media, Refusal> {
    let fits = |media| takes((product.mime_types)(media), &file.mime_type);
    if fits(wanted) && file.size <= (product.bytes)(wanted) {
        return Ok(wanted);
    }
    if !fits(Media::File) {
        return Err(if fits(wanted) {
            too_large(file, (product.bytes)(wanted))
        } else {
            Refusal::new("/media", Code::UnsupportedMedia, "this channel takes no file of this type")
        });
    }
    let limit = (product.bytes)(Media::File);
    if file.size > limit { Err(too_large(file, limit)) } else { Ok(Media::File) }
}

/// A long text as several, each within the limit: cut at a blank where there is one near the end.
pub(crate) fn split(product: &Product, text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while (product.length)(rest) > product.text && parts.len() + 1 < product.parts {
        let mut end = 0;
        for (at, letter) in rest.char_indices() {
            let next = at + letter.len_utf8();
            if (product.length)(&rest[..next]) > product.text {
                break;
            }
            end = next;
        }
        let late = end - end / 4;
        let cut = rest[..end].rfind(char::is_whitespace).filter(|at| *at >= late).unwrap_or(end);
        parts.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    parts.push(rest.to_owned());
    parts
}
