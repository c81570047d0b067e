//! What we send, and what comes back.

use serde_json::{Value, json};

use colibri_channels::send::{self, Material, MediaHandle, Outgoing, Refusal, SendError};
use colibri_domain::content::FileRef;
use colibri_domain::outbound::OutboundContent;
use colibri_domain::template::Template;
use colibri_domain::window::MessageTag;

use super::{Desk, endpoint, response, written};

pub struct Given {
    pub content: OutboundContent,
    pub file: Option<FileRef>,
    template: Option<Template>,
    media: Option<MediaHandle>,
    language: String,
}

impl Given {
    pub fn read(case: &Value) -> Self {
        let optional = |key: &str| case.get(key).cloned().unwrap_or_default();
        Self {
            content: serde_json::from_value(case["content"].clone())
                .unwrap_or_else(|e| panic!("{e}: {case}")),
            file: serde_json::from_value(optional("file")).unwrap(),
            template: serde_json::from_value(optional("template")).unwrap(),
            media: serde_json::from_value(optional("media")).unwrap(),
            language: case["language"].as_str().unwrap_or("es").to_owned(),
        }
    }

    pub fn material(&self) -> Material<'_> {
        Material { file: self.file.as_ref(), template: self.template.as_ref(), language: &self.language }
    }
}

fn refusal(refusal: &Refusal) -> Value {
    assert!(!refusal.detail.is_empty());
    json!({ "refused": refusal })
}

/// A `content`, a `reaction` or a `read` receipt: the exact request.
pub fn request(desk: &Desk, case: &Value) -> Value {
    let to = case["to"].as_str().unwrap_or(desk.person);
    let reference = case["reference"].as_str().unwrap_or(desk.reference);
    if let Some(read) = case.get("read") {
        let typing = read["typing"].as_bool().unwrap_or_default();
        let message = read["message"].as_str().unwrap();
        return written(
            desk,
            &send::read_receipt_request(desk.source, &endpoint(desk), to, message, typing).unwrap().unwrap(),
        );
    }
    let built = if let Some(reaction) = case.get("reaction") {
        let target = reaction["target"].as_str().unwrap();
        send::reaction_request(
            desk.source,
            &endpoint(desk),
            to,
            target,
            reaction["emoji"].as_str(),
            reference,
        )
    } else {
        let given = Given::read(case);
        let outgoing = Outgoing {
            to,
            content: &given.content,
            material: given.material(),
            media: given.media.as_ref(),
            reply_to: case["reply_to"].as_str(),
            tag: (case["tag"] == "human_agent").then_some(MessageTag::HumanAgent),
            reference,
            callback: case["callback"].as_str(),
        };
        send::request(desk.source, &endpoint(desk), &outgoing)
    };
    match built {
        Ok(request) => written(desk, &request),
        Err(SendError::Refused(refused)) => refusal(&refused),
        Err(SendError::Invalid(error)) => panic!("{error}"),
    }
}

/// A `content`: `"ok"` where it goes as asked, else its new form or why not.
pub fn check(desk: &Desk, case: &Value) -> Value {
    let given = Given::read(case);
    match send::check(desk.source, &given.content, &given.material()) {
        Ok(checked) if checked.conversions.is_empty() => "ok".into(),
        Ok(checked) => json!({ "content": checked.content, "conversions": checked.conversions }),
        Err(refused) => refusal(&refused),
    }
}

/// A `code`: what it means in an answer, and the same in a failed status.
pub fn error(desk: &Desk, case: &Value) -> Value {
    let code = &case["code"];
    let error = json!({ "code": code, "message": "(#x) words", "type": "OAuthException",
        "error_data": { "messaging_product": "whatsapp", "details": "details" }, "fbtrace_id": "A" });
    let http = case.get("http").cloned().unwrap_or_else(|| json!(400));
    let outcome = serde_json::to_value(send::read_response(
        desk.source,
        &response(&json!({
            "http": http, "body": { "error": error },
        })),
    ))
    .unwrap();
    let status = json!({ "status": { "id": "wamid.OURS", "status": "failed", "timestamp": "1767225700",
        "recipient_id": "593900000001", "errors": [{ "code": code, "title": "words", "message": "words",
        "error_data": { "details": "details" } }] } });
    let later = super::inbound::status(desk, &status);
    let failure = &later["statuses"][0]["failure"];
    assert_eq!(failure["class"], outcome["failure"]["class"], "{code} means one thing, whenever it comes");
    assert_eq!(failure["reason"], outcome["failure"]["reason"]);
    outcome
}

/// `http`, `headers`, `body` of an answer, or `written` of a broken connection: what it means.
pub fn answer(desk: &Desk, case: &Value) -> Value {
    if let Some(written) = case["written"].as_bool() {
        return serde_json::to_value(send::transport_failure(written)).unwrap();
    }
    serde_json::to_value(send::read_response(desk.source, &response(case))).unwrap()
}
