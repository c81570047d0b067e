//! Telegram's tables.

use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use colibri_channels::account::{self, Step, WebhookTarget};
use colibri_channels::send::{self, Outgoing, SendError};
use colibri_channels::{Endpoint, HttpRequest, media as files, webhook};
use colibri_domain::content::Media;
use colibri_domain::inbound::RemoteMedia;

use super::management::result;
use super::outbound::{Given, refusal};
use super::{RECEIVED, TELEGRAM, response};

const TOKEN: &str = "7000001:AAcasetokencasetokencasetokencase";
const ADDRESS: &str = "https://hooks.colibri.example/telegram/ch_1";

fn endpoint() -> Endpoint {
    let token = SecretString::from(TOKEN.to_owned());
    Endpoint::new("https://api.telegram.org", "7000001", None, token).unwrap()
}

/// A request as cases write it: the token is in the address, and there only.
fn written(request: &HttpRequest) -> Value {
    let text = String::from_utf8_lossy(request.body()).into_owned();
    assert!(!text.contains(TOKEN), "the token is in the body");
    assert!(!request.headers().contains_key("authorization"));
    let headers: serde_json::Map<String, Value> =
        request.headers().iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap().into())).collect();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    let url = request.uri().to_string().replace(TOKEN, "<token>");
    json!({ "method": request.method().as_str(), "url": url, "headers": headers, "body": body })
}

/// `message` (completed with chat, sender, id and time where it has none): the one event, notice or kept piece.
pub fn message(case: &Value) -> Value {
    let mut message = case["message"].clone();
    let bo = json!({ "id": 99, "is_bot": false, "first_name": "Bo", "last_name": "Bi", "username": "bobi",
        "language_code": "pt-br" });
    let chat = json!({ "id": 99, "type": "private", "first_name": "Bo" });
    let usual = [("chat", chat), ("from", bo), ("message_id", json!(5)), ("date", json!(1_767_225_600))];
    for (key, usual) in usual {
        if message.get(key).is_none() {
            message[key] = usual;
        }
    }
    // Null in a case means that the member is absent.
    message.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    let mut read = parsed(&json!({ "update_id": 10, "message": message }));
    read["accounts"][0].take()
}

/// A whole `update`, or a `text` as it is.
pub fn update(case: &Value) -> Value {
    match case.get("text") {
        Some(text) => {
            serde_json::to_value(webhook::parse(TELEGRAM, text.as_str().unwrap().as_bytes(), RECEIVED))
                .unwrap()
        }
        None => parsed(&case["update"]),
    }
}

fn parsed(update: &Value) -> Value {
    serde_json::to_value(webhook::parse(TELEGRAM, update.to_string().as_bytes(), RECEIVED)).unwrap()
}

/// `secrets` and `headers` as pairs: `"ok"` or why not.
pub fn secret(case: &Value) -> Value {
    let secrets: Vec<String> = serde_json::from_value(case["secrets"].clone()).unwrap();
    let secrets: Vec<SecretString> = secrets.into_iter().map(SecretString::from).collect();
    let mut headers = HeaderMap::new();
    for pair in case["headers"].as_array().unwrap() {
        let name: HeaderName = pair[0].as_str().unwrap().parse().unwrap();
        headers.append(name, HeaderValue::from_str(pair[1].as_str().unwrap()).unwrap());
    }
    match webhook::verify(TELEGRAM, &secrets, &headers, b"{}") {
        Ok(()) => "ok".into(),
        Err(error) => serde_json::to_value(error).unwrap(),
    }
}

/// A `content` or a `reaction`: the exact request.
pub fn request(case: &Value) -> Value {
    let to = case["to"].as_str().unwrap_or("99");
    let built = if let Some(reaction) = case.get("reaction") {
        let target = reaction["target"].as_str().unwrap();
        send::reaction_request(TELEGRAM, &endpoint(), to, target, reaction["emoji"].as_str(), "")
    } else {
        let given = Given::read(case);
        let outgoing = Outgoing {
            to,
            content: &given.content,
            material: given.material(),
            media: given.media.as_ref(),
            reply_to: case["reply_to"].as_str(),
            reference: "ws_1/1/42",
        };
        send::request(TELEGRAM, &endpoint(), &outgoing)
    };
    match built {
        Ok(request) => written(&request),
        Err(SendError::Refused(refused)) => refusal(&refused),
        Err(SendError::Invalid(error)) => panic!("{error}"),
    }
}

/// A `content`: `"ok"` where it goes as asked, else its new form or why not.
pub fn check(case: &Value) -> Value {
    let given = Given::read(case);
    match send::check(TELEGRAM, &given.content, &given.material()) {
        Ok(checked) if checked.conversions.is_empty() => "ok".into(),
        Ok(checked) => json!({ "content": checked.content, "conversions": checked.conversions }),
        Err(refused) => refusal(&refused),
    }
}

/// `http`, `headers`, `body` of an answer: what it means.
pub fn answer(case: &Value) -> Value {
    serde_json::to_value(send::read_response(TELEGRAM, &response(case))).unwrap()
}

/// `do`: `lookup`, `read_lookup`, `download`, `download_failure`, `reusable`.
pub fn media(case: &Value) -> Value {
    let shown = |request: Result<HttpRequest, _>| match request {
        Ok(request) => written(&request),
        Err(error) => json!({ "invalid": colibri_channels::InvalidRequest::to_string(&error) }),
    };
    match case["do"].as_str().unwrap() {
        "lookup" => {
            let provider_id = case["id"].as_str().unwrap().to_owned();
            let media =
                RemoteMedia { media: Media::Image, provider_id, url: None, mime_type: None, sha256: None };
            shown(files::lookup_request(TELEGRAM, &endpoint(), &media))
        }
        "read_lookup" => result(files::read_lookup(TELEGRAM, &response(case))),
        "download" => {
            let offset = case["offset"].as_u64().unwrap_or_default();
            shown(files::download_request(TELEGRAM, &endpoint(), case["path"].as_str().unwrap(), offset))
        }
        "download_failure" => {
            let status = u16::try_from(case["http"].as_u64().unwrap()).unwrap();
            serde_json::to_value(files::download_failure(TELEGRAM, status)).unwrap()
        }
        "reusable" => {
            let given = Given::read(case);
            let id = case["id"].as_str().unwrap();
            files::is_reusable(TELEGRAM, id, &given.content, given.file.as_ref().unwrap()).into()
        }
        other => panic!("{other}"),
    }
}

/// `do`: `config`, `request`, `read`; `step` for the last two.
pub fn account(case: &Value) -> Value {
    let step = || -> Step { serde_json::from_value(case["step"].clone()).unwrap() };
    match case["do"].as_str().unwrap() {
        "config" => result(
            account::read_config(TELEGRAM, &case["config"])
                .map(|config| json!({ "account": config.account, "token": config.token.expose_secret() })),
        ),
        "request" => {
            let webhook = WebhookTarget {
                url: ADDRESS.to_owned(),
                verify_token: SecretString::from("derived-secret".to_owned()),
            };
            written(&account::request(TELEGRAM, step(), &endpoint(), Some(&webhook)).unwrap())
        }
        "read" => serde_json::to_value(account::read(TELEGRAM, step(), &response(case), ADDRESS)).unwrap(),
        other => panic!("{other}"),
    }
}
