//! Facebook Messenger, through a page.

pub mod capabilities;
pub mod coverage;
pub mod errors;
pub mod limits;

use colibri_domain::content::Media;
use serde_json::Value;

use crate::check::{ButtonForm, FileRules, characters, takes};
use crate::meta::convert::{WITHOUT_CAPTION, fitting};
use crate::meta::product::Product;
use crate::meta::{answer, errors::classify};
use crate::wire::{HttpResponse, Refused};

/// What is its own.
pub(crate) const PRODUCT: Product = Product {
    object: "page",
    length: characters,
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
        "message_deliveries",
        "message_reads",
        "message_echoes",
        "message_reactions",
        "message_edits",
        "messaging_referrals",
        "messaging_optins",
        "messaging_handovers",
        "standby",
    ],
    scopes: &[&["pages_messaging"], &["pages_manage_metadata"]],
    account_fields: "id,name",
    profile_fields: "first_name,last_name,name",
    ids: &["page_id"],
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
