//! Web chat: what visitors send and are shown, who they are, where they come from, and what they are mailed.
//!
//! Each file of `cases/webchat` holds cases of one kind; `covers` says which kinds of message a case shows.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use colibri_channels::coverage::coverage;
use colibri_channels::send::{Material, check};
use colibri_channels::webchat::inbound::{self, Form, Posted};
use colibri_channels::webchat::token::{Claims, TokenError, TokenKind, sign, verify};
use colibri_channels::webchat::{identity, install, mail, origin, outbound, settings};
use colibri_domain::ChannelId;
use colibri_domain::channel::ChannelSource;
use colibri_domain::time::Seconds;
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

type Table = (&'static str, fn(&Value) -> Value);

const TABLES: [Table; 8] = [
    ("inbound", inbound_case),
    ("prechat", prechat_case),
    ("outbound", outbound_case),
    ("origins", origin_case),
    ("identity", identity_case),
    ("install", install_case),
    ("settings", settings_case),
    ("mail", mail_case),
];

fn cases(name: &str) -> (PathBuf, Vec<Value>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("cases/webchat/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}.json: {e}"));
    (path, serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}.json: {e}")))
}

/// `UPDATE_CASES=1` writes what the channel does now into `expected`: read the difference before you keep it.
#[test]
fn every_case_comes_out_as_expected() {
    for (name, run) in TABLES {
        let (path, mut all) = cases(name);
        for case in &mut all {
            let got = run(case);
            if std::env::var_os("UPDATE_CASES").is_some() {
                case["expected"] = got;
            } else {
                assert_eq!(got, case["expected"], "{name}.json: {}", case["name"]);
            }
        }
        if std::env::var_os("UPDATE_CASES").is_some() {
            std::fs::write(path, format!("{:#}\n", Value::from(all))).unwrap();
        }
    }
}

#[test]
fn every_kind_of_message_has_a_case() {
    let mut covered = BTreeSet::new();
    for (name, _) in TABLES {
        for case in cases(name).1 {
            covered.extend(serde_json::from_value::<Vec<String>>(case["covers"].clone()).unwrap_or_default());
        }
    }
    let words: BTreeSet<String> = coverage(ChannelSource::Webchat).words().into_iter().collect();
    assert_eq!(covered, words);
}

fn or_refusal<T: serde::Serialize>(result: Result<T, colibri_channels::send::Refusal>) -> Value {
    match result {
        Ok(value) => json!({ "ok": value }),
        Err(refusal) => json!({ "refused": refusal.pointer, "code": refusal.code }),
    }
}

fn inbound_case(case: &Value) -> Value {
    let text = case["posted"].to_string().replace("<long>", &"x".repeat(4097));
    let posted: Posted = match serde_json::from_str(&text) {
        Ok(posted) => posted,
        Err(_) => return json!("unreadable"),
    };
    let file = serde_json::from_value(case["file"].clone()).ok();
    let body = match inbound::check(&posted, file.as_ref()) {
        Ok(body) => body,
        Err(refusal) => return or_refusal::<()>(Err(refusal)),
    };
    let from = identity::identity("v0000000000000001", None, None, "es");
    serde_json::to_value(inbound::event(from, &posted, &body, Seconds(1_768_478_400))).unwrap()
}

fn prechat_case(case: &Value) -> Value {
    let form: Form = serde_json::from_value(case["form"].clone()).unwrap();
    let asked = serde_json::from_value(case["asked"].clone()).unwrap();
    match inbound::check_form(&form, &asked) {
        Ok(form) => {
            let from = identity::identity("v0000000000000001", None, form.name.as_deref(), "es");
            serde_json::to_value(inbound::introduced(from, &form, "es", Seconds(1_768_478_400))).unwrap()
        }
        Err(refusal) => or_refusal::<()>(Err(refusal)),
    }
}

fn outbound_case(case: &Value) -> Value {
    let content = serde_json::from_value(case["content"].clone()).unwrap();
    let file = serde_json::from_value(case["file"].clone()).ok();
    let material = Material { file: file.as_ref(), template: None, language: "es" };
    let checked = check(ChannelSource::Webchat, &content, &material).map(|checked| checked.shown);
    let shown = outbound::encode(&content, file.as_ref());
    assert_eq!(checked.is_ok(), shown.is_ok(), "what is checked is what is sent");
    or_refusal(shown)
}

fn origin_case(case: &Value) -> Value {
    let sites: Vec<String> = serde_json::from_value(case["sites"].clone()).unwrap();
    let normal: Vec<Option<String>> = sites.iter().map(|site| origin::normal(site)).collect();
    let kept: Vec<String> = normal.iter().flatten().cloned().collect();
    let from: Vec<String> = serde_json::from_value(case["from"].clone()).unwrap();
    let allowed: Vec<&String> = from.iter().filter(|from| origin::allowed(&kept, from)).collect();
    json!({ "normal": normal, "allowed": allowed })
}

fn identity_case(case: &Value) -> Value {
    let secret = SecretString::from(case["secret"].as_str().unwrap().to_owned());
    json!(identity::vouched(&secret, case["user"].as_str().unwrap(), case["hash"].as_str().unwrap()))
}

fn install_case(case: &Value) -> Value {
    let script = "https://hooks.example/webchat/abc123/widget.js";
    serde_json::to_value(install::find(case["html"].as_str().unwrap(), script)).unwrap()
}

fn settings_case(case: &Value) -> Value {
    match settings::check(serde_json::from_value(case["settings"].clone()).unwrap()) {
        Ok(settings) => serde_json::to_value(settings).unwrap(),
        Err(refusals) => refusals.iter().map(|r| json!([r.pointer, r.code])).collect(),
    }
}

fn mail_case(case: &Value) -> Value {
    let answers: Vec<mail::Answer> = serde_json::from_value(case["answers"].clone()).unwrap();
    let text = |name: &str| case[name].as_str().unwrap();
    serde_json::to_value(mail::note(text("language"), text("title"), &answers, text("link"))).unwrap()
}

fn claims(kind: TokenKind, channel: &str, expires: i64) -> Claims {
    Claims {
        kind,
        channel: ChannelId::from_unique(channel),
        visitor: "v0000000000000001".into(),
        expires: Seconds(expires),
        user: None,
        language: None,
        file: None,
    }
}

#[test]
fn a_token_counts_for_its_purpose_channel_key_and_time_only() {
    let (key, other) = (SecretString::from("one".to_owned()), SecretString::from("two".to_owned()));
    let channel = ChannelId::from_unique("a");
    let session = claims(TokenKind::Session, "a", 100);
    let token = sign(&key, &session);
    let read = |key, kind, channel: &str, now| {
        verify(key, &token, kind, &ChannelId::from_unique(channel), Seconds(now))
    };
    assert_eq!(read(&key, TokenKind::Session, "a", 99), Ok(session.clone()));
    assert_eq!(read(&key, TokenKind::Session, "a", 100), Err(TokenError::Expired(Box::new(session))));
    assert_eq!(read(&other, TokenKind::Session, "a", 99), Err(TokenError::Invalid));
    assert_eq!(read(&key, TokenKind::Restore, "a", 99), Err(TokenError::Invalid));
    assert_eq!(read(&key, TokenKind::Session, "b", 99), Err(TokenError::Invalid));
    let none = SecretString::from(String::new());
    assert_eq!(
        verify(
            &none,
            &sign(&none, &claims(TokenKind::Session, "a", 100)),
            TokenKind::Session,
            &channel,
            Seconds(1)
        ),
        Err(TokenError::Invalid)
    );
}

proptest! {
    #[test]
    fn no_changed_token_counts(place in 0_usize..400, with: u8) {
        let key = SecretString::from("one".to_owned());
        let token = sign(&key, &claims(TokenKind::Session, "a", 100));
        let mut bytes = token.clone().into_bytes();
        let place = place % bytes.len();
        bytes[place] = b' ' + with % 95;
        let changed = String::from_utf8(bytes).unwrap();
        let read = verify(&key, &changed, TokenKind::Session, &ChannelId::from_unique("a"), Seconds(1));
        prop_assert!(read.is_err() || changed == token);
    }

    #[test]
    fn reading_anything_as_a_token_or_site_never_fails(text in ".{0,200}") {
        let key = SecretString::from("one".to_owned());
        prop_assert!(verify(&key, &text, TokenKind::Session, &ChannelId::from_unique("a"), Seconds(1)).is_err());
        let _ = (origin::normal(&text), origin::of(&text), install::find(&text, &text));
    }

    #[test]
    fn nothing_typed_becomes_markup_in_a_mail(text in ".{0,80}", title in ".{0,40}") {
        let answers = [mail::Answer { author: Some(text.clone()), text: format!("{text}<script>alert(1)</script>") }];
        let note = mail::note("es", &title, &answers, "https://hooks.example/x?t=\"><script>");
        prop_assert!(!note.html.contains("<script"));
        prop_assert!(!note.subject.contains(['\n', '\r']));
    }
}
