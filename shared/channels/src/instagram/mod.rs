//! Instagram messages: through a linked page, or by Instagram's own login.

pub mod capabilities;
pub mod coverage;
pub mod errors;
pub mod limits;

use colibri_domain::content::Media;
use serde_json::Value;

use crate::check::{ButtonForm, FileRules, takes};
use crate::meta::convert::{WITHOUT_CAPTION, fitting};
use crate::meta::product::Product;
use crate::meta::{answer, errors::classify};
use crate::wire::{HttpResponse, Refused};

/// What is its own.
pub(crate) const PRODUCT: Product = Product {
    object: "instagram",
    length: str::len,
    text: limits::TEXT,
    parts: limits::PARTS,
    buttons: ButtonForm {
        count: limits::QUICK_REPLIES,
        title: limits::QUICK_REPLY_TITLE,
        id: limits::PAYLOAD,
        location_request: false,
        link_text: limits::BUTTON_TEXT,
    },
    mime_types: limits::mime_types,
    bytes: limits::bytes,
    rules: errors::RULES,
    subscribed: &[
        "messages",
        "messaging_postbacks",
        "messaging_seen",
        "message_reactions",
        "messaging_referral",
        "messaging_optins",
        "message_edit",
        "standby",
    ],
    scopes: &[&["instagram_manage_messages", "instagram_business_manage_messages"]],
    account_fields: "id,username,name",
    profile_fields: "name,username",
    ids: &["instagram_id", "page_id"],
};

/// How files go here.
pub(crate) const FILES: FileRules = FileRules {
    mime_types: limits::mime_types,
    fitting: |media, file| fitting(&PRODUCT, media, file),
    // A sound is always shown as a recording.
    is_voice: |file| {
        file.size <= limits::bytes(Media::Audio) && takes(limits::mime_types(Media::Audio), &file.mime_type)
    },
    without_caption: WITHOUT_CAPTION,
    caption: |_| Ok(()),
};

/// The body of an accepted request, or what its refusal means.
pub(crate) fn accepted(response: &HttpResponse) -> Result<Value, Refused> {
    answer::accepted(response, |error| classify(errors::RULES, error))
}

/// The same for a question.
pub(crate) fn answered(response: &HttpResponse) -> Result<Value, Refused> {
    answer::answered(response, |error| classify(errors::RULES, error))
}
