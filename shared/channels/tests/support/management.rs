//! Files, templates and accounts.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use colibri_channels::account::{self, Step, WebhookTarget};
use colibri_channels::{media as files, profile, templates as lists};
use colibri_domain::ChannelId;
use colibri_domain::content::Media;
use colibri_domain::inbound::RemoteMedia;
use colibri_domain::outbound::TemplateParameters;
use colibri_domain::template::Template;

use super::outbound::Given;
use super::{Desk, endpoint, response, written};

pub fn result<T: serde::Serialize, E: serde::Serialize>(result: Result<T, E>) -> Value {
    match result {
        Ok(value) => json!({ "ok": value }),
        Err(error) => json!({ "failed": error }),
    }
}

/// `do`: `lookup`, `read_lookup`, `download`, `download_failure`, `upload`, `read_upload`,
/// `reusable`.
pub fn media(desk: &Desk, case: &Value) -> Value {
    match case["do"].as_str().unwrap() {
        "lookup" => {
            let media = RemoteMedia {
                media: Media::Image,
                provider_id: case["id"].as_str().unwrap().to_owned(),
                url: case["link"].as_str().map(str::to_owned),
                mime_type: None,
                sha256: None,
            };
            match files::lookup(desk.source, &endpoint(desk), &media) {
                Ok(files::Lookup::Ask(request)) => written(desk, &request),
                Ok(files::Lookup::Known(remote)) => json!({ "known": remote }),
                Err(error) => json!({ "invalid": error.to_string() }),
            }
        }
        "read_lookup" => result(files::read_lookup(desk.source, &response(case))),
        "download" => {
            let offset = case["offset"].as_u64().unwrap_or_default();
            let link = case.get("url").or_else(|| case.get("path")).and_then(Value::as_str).unwrap();
            match files::download_request(desk.source, &endpoint(desk), link, offset) {
                Ok(request) => written(desk, &request),
                Err(error) => json!({ "invalid": error.to_string() }),
            }
        }
        "download_failure" => {
            let status = u16::try_from(case["http"].as_u64().unwrap()).unwrap();
            serde_json::to_value(files::download_failure(desk.source, status)).unwrap()
        }
        "upload" => {
            let upload = files::Upload {
                name: case["file_name"].as_str().unwrap(),
                mime_type: case["mime_type"].as_str().unwrap(),
                bytes: case["bytes"].as_str().unwrap().as_bytes(),
            };
            written(desk, &files::upload_request(desk.source, &endpoint(desk), &upload).unwrap())
        }
        "reusable" => {
            let given = Given::read(case);
            let id = case["id"].as_str().unwrap();
            files::is_reusable(desk.source, id, &given.content, given.file.as_ref().unwrap()).into()
        }
        "read_upload" => result(files::read_upload(desk.source, &response(case))),
        other => panic!("{other}"),
    }
}

/// `do`: `list`, `read`, `render`.
pub fn templates(desk: &Desk, case: &Value) -> Value {
    match case["do"].as_str().unwrap() {
        "list" => written(
            desk,
            &lists::list_request(desk.source, &endpoint(desk), case["after"].as_str()).unwrap().unwrap(),
        ),
        "read" => result(lists::read_page(desk.source, &ChannelId::from_unique("1"), &response(case))),
        "render" => {
            let template: Template = serde_json::from_value(case["template"].clone()).unwrap();
            let parameters: TemplateParameters = serde_json::from_value(case["parameters"].clone()).unwrap();
            serde_json::to_value(lists::render(&template, &parameters)).unwrap()
        }
        other => panic!("{other}"),
    }
}

/// `do`: `config`, `request`, `read`; `step` for the last two.
pub fn account(desk: &Desk, case: &Value) -> Value {
    let step = || -> Step { serde_json::from_value(case["step"].clone()).unwrap() };
    match case["do"].as_str().unwrap() {
        "config" => result(account::read_config(desk.source, &case["config"]).map(|config| {
            json!({
                "account": config.account, "parent_account": config.parent_account, "app": config.app,
                "token": config.token.expose_secret(),
                "app_secret": config.app_secret.as_ref().map(ExposeSecret::expose_secret),
            })
        })),
        "request" => {
            let webhook = WebhookTarget {
                url: desk.webhook.to_owned(),
                verify_token: SecretString::from("verify-me".to_owned()),
            };
            written(desk, &account::request(desk.source, step(), &endpoint(desk), Some(&webhook)).unwrap())
        }
        "profile" => {
            let person = case["person"].as_str().unwrap();
            written(desk, &profile::request(desk.source, &endpoint(desk), person).unwrap().unwrap())
        }
        "read_profile" => {
            result(profile::read(desk.source, case["person"].as_str().unwrap(), &response(case)))
        }
        "read" => {
            serde_json::to_value(account::read(desk.source, step(), &response(case), desk.webhook)).unwrap()
        }
        other => panic!("{other}"),
    }
}
