//! The provider: takes what we send or not, reports what became of it, and has the bytes of media.

use std::sync::Weak;

use async_trait::async_trait;
use bytes::Bytes;
use colibri_app::ports::{CallLimits, Http, HttpError};
use serde_json::{Value, json};

use super::faults::Trouble;
use super::world::{Shared, World};
use crate::locked;
use crate::path::{delivery_for, report};
use crate::ports::response;

/// The provider as functions reach it.
pub struct Provider {
    pub(super) world: Weak<Shared>,
}

type Answer = Result<http::Response<Bytes>, HttpError>;

#[allow(clippy::unnecessary_wraps)] // so that it can be returned as it is
fn error(status: u16, code: Option<i64>) -> Answer {
    let body = code.map_or(
        json!({}),
        |code| json!({ "error": { "message": "no", "type": "OAuthException", "code": code } }),
    );
    Ok(response(status, body.to_string()))
}

#[async_trait]
impl Http for Provider {
    async fn call(&self, request: http::Request<Bytes>, limits: CallLimits) -> Answer {
        let Some(shared) = self.world.upgrade() else {
            return Err(HttpError::NotSent("the world has ended".into()));
        };
        let world = World(shared);
        world.pause(5, 200).await;
        if world.troubles.hits(Trouble::Reset) {
            return Err(HttpError::NotSent("connection refused".into()));
        }
        if request.method() == http::Method::GET {
            return media(&world, &request);
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        if body["status"] == "read" {
            return Ok(response(200, json!({ "success": true }).to_string()));
        }
        let account = request.uri().path().split('/').nth(2).unwrap_or_default().to_owned();
        message(&world, &account, &body, limits).await
    }
}

fn media(world: &World, request: &http::Request<Bytes>) -> Answer {
    if world.troubles.hits(Trouble::ServerError) {
        return error(500, None);
    }
    if request.uri().path().starts_with("/bytes/") {
        return Ok(response(200, Bytes::from_static(b"\xFF\xD8\xFF\xE0 a picture")));
    }
    let id = request.uri().path().rsplit('/').next().unwrap_or_default();
    let body = json!({
        "messaging_product": "whatsapp", "id": id, "mime_type": "image/jpeg", "file_size": 14,
        "url": format!("{}/bytes/{id}", super::functions::GRAPH),
    });
    Ok(response(200, body.to_string()))
}

async fn message(world: &World, account: &str, body: &Value, limits: CallLimits) -> Answer {
    let troubles = &world.troubles;
    if troubles.hits(Trouble::TooManyRequests) {
        let mut answer = error(429, Some(130_429))?;
        answer.headers_mut().insert("retry-after", http::HeaderValue::from_static("7"));
        return Ok(answer);
    }
    if troubles.hits(Trouble::PairLimit) {
        return error(400, Some(131_056));
    }
    if troubles.hits(Trouble::ServerError) {
        return error(500, Some(131_000));
    }
    let gateway = troubles.hits(Trouble::BadGateway);
    if gateway && world.random.chance(500) {
        return error(502, None);
    }
    let text = body["text"]["body"].as_str().unwrap_or_default().to_owned();
    let id = format!("wamid.out.{:016x}", world.random.next());
    *locked(&world.ledger).taken.entry(text.clone()).or_default() += 1;
    let early = troubles.hits(Trouble::StatusEarly);
    reports(world, account, &id, body, early);
    if early {
        world.pause(2_000, 8_000).await;
    }
    if troubles.hits(Trouble::SlowProvider) {
        world.pause(3_000, 15_000).await;
    }
    if troubles.hits(Trouble::AnswerLost) {
        world.scheduler.sleep(i64::try_from(limits.timeout.as_millis()).unwrap_or(20_000)).await;
        return Err(HttpError::AnswerLost("time-out".into()));
    }
    if gateway {
        return error(502, None);
    }
    if troubles.hits(Trouble::Nonsense) {
        return Ok(response(200, "<html>"));
    }
    *locked(&world.ledger).confirmed.entry(text).or_default() += 1;
    let to = body["to"].as_str().unwrap_or_default();
    let answer = json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": to, "wa_id": to }],
        "messages": [{ "id": id }],
    });
    Ok(response(200, answer.to_string()))
}

/// What became of a message that the provider took.
fn reports(world: &World, account: &str, id: &str, body: &Value, early: bool) {
    let to = body["to"].as_str().unwrap_or_default();
    let reference = body["biz_opaque_callback_data"].as_str();
    let mut values = vec!["sent"];
    if world.troubles.hits(Trouble::FailsLater) {
        values.push("failed");
    } else {
        values.extend(["delivered", "read"].into_iter().take(world.random.below(3)));
    }
    let shuffled = world.troubles.hits(Trouble::StatusShuffled);
    let start = world.scheduler.now().seconds().0;
    let first = if early { 0 } else { 500 };
    for (place, value) in values.into_iter().enumerate() {
        let order = i64::try_from(place).unwrap_or(0);
        let code = (value == "failed").then_some(131_026);
        let said = report(id, value, start + order, to, reference, code);
        let delivery = delivery_for(account, said["entry"][0]["changes"][0]["value"].clone());
        let after = if shuffled { world.random.between(0, 8_000) } else { first + order * 3_000 };
        let times = if world.troubles.hits(Trouble::StatusTwice) { 2 } else { 1 };
        for _ in 0..times {
            world.deliver(delivery.clone(), 0, after);
        }
    }
}
