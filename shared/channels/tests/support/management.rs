//! Files, templates and accounts.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use colibri_channels::account::{self, Step, WebhookTarget};
use colibri_channels::{media as files, templates as lists};
use colibri_domain::ChannelId;
use colibri_domain::content::Media;
use colibri_domain::inbound::RemoteMedia;
use colibri_domain::outbound::TemplateParameters;
use colibri_domain::template::Template;

use super::{WHATSAPP, endpoint, response, written};

pub fn result<T: serde::Serialize, E: serde::Serialize>(result: Result<T, E>) -> Value {
    match result {
        Ok(value) => json!({ "ok": value }),
        Err(error) => json!({ "failed": error }),
    }
}

/// `do`: `lookup`, `read_lookup`, `download`, `download_failure`, `upload`, `read_upload`.
pub fn media(case: &Value) -> Value {
    match case["do"].as_str().unwrap() {
        "lookup" => {
            let media = RemoteMedia {
                media: Media::Image,
                provider_id: case["id"].as_str().unwrap().to_owned(),
                url: None,
                mime_type: None,
                sha256: None,
            };
            match files::lookup_request(WHATSAPP, &endpoint(), &media) {
                Ok(request) => written(&request),
                Err(error) => json!({ "invalid": error.to_string() }),
            }
        }
        "read_lookup" => result(files::read_lookup(WHATSAPP, &response(case))),
        "download" => {
            let offset = case["offset"].as_u64().unwrap_or_default();
            match files::download_request(WHATSAPP, &endpoint(), case["url"].as_str().unwrap(), offset) {
                Ok(request) => written(&request),
                Err(error) => json!({ "invalid": error.to_string() }),
            }
        }
        "download_failure" => {
            let status = u16::try_from(case["http"].as_u64().unwrap()).unwrap();
            serde_json::to_value(files::download_failure(WHATSAPP, status)).unwrap()
        }
        "upload" => {
            let upload = files::Upload {
                name: case["file_name"].as_str().unwrap(),
                mime_type: case["mime_type"].as_str().unwrap(),
                bytes: case["bytes"].as_str().unwrap().as_bytes(),
            };
            written(&files::upload_request(WHATSAPP, &endpoint(), &upload).unwrap())
        }
        "read_upload" => result(files::read_upload(WHATSAPP, &response(case))),
        other => panic!("{other}"),
    }
}

/// `do`: `list`, `read`, `render`.
pub fn templates(case: &Value) -> Value {
    match case["do"].as_str().unwrap() {
        "list" => {
            written(&lists::list_request(WHATSAPP, &endpoint(), case["after"].as_str()).unwrap().unwrap())
        }
        "read" => result(lists::read_page(WHATSAPP, &ChannelId::from_unique("1"), &response(case))),
        "render" => {
            let template: Template = serde_json::from_value(case["template"].clone()).unwrap();
            let parameters: TemplateParameters = serde_json::from_value(case["parameters"].clone()).unwrap();
            serde_json::to_value(lists::render(&template, &parameters)).unwrap()
        }
        other => panic!("{other}"),
    }
}

/// `do`: `config`, `request`, `read`; `step` for the last two.
pub fn account(case: &Value) -> Value {
    let step = || -> Step { serde_json::from_value(case["step"].clone()).unwrap() };
    match case["do"].as_str().unwrap() {
        "config" => result(account::read_config(WHATSAPP, &case["config"]).map(|config| {
            json!({
                "account": config.account, "parent_account": config.parent_account, "app": config.app,
                "token": config.token.expose_secret(),
                "app_secret": config.app_secret.as_ref().map(ExposeSecret::expose_secret),
            })
        })),
        "request" => {
            let webhook = WebhookTarget {
                url: "https://hooks.colibri.example/whatsapp/424200000000001".to_owned(),
                verify_token: SecretString::from("verify-me".to_owned()),
            };
            written(&account::request(WHATSAPP, step(), &endpoint(), Some(&webhook)).unwrap())
        }
        "read" => serde_json::to_value(account::read(WHATSAPP, step(), &response(case), "")).unwrap(),
        other => panic!("{other}"),
    }
}
