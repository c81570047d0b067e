//! Numbers, business accounts, webhook subscriptions and tokens.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::WhatsApp;
use super::config::{Number, Override, TokenState};
use super::errors::GraphError;
use super::graph::{Answered, Params, place, success};
use crate::sync::lock;

/// `GET /{phone-number-id}` and `GET /{waba}`.
pub async fn node(whatsapp: WhatsApp, id: String, params: Params, headers: HeaderMap) -> Response {
    let struck = whatsapp.strike(place("number", &id)).await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = whatsapp.check_token(&headers).map(|()| whatsapp.read_node(&id, params.get("fields")));
    whatsapp.finish(answered, &struck.later)
}

/// `GET /{waba}/phone_numbers`.
pub async fn phone_numbers(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let struck = whatsapp.strike(place("number", &id)).await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = whatsapp.check_token(&headers).map(|()| {
        let state = lock(&whatsapp.state);
        let own = state.config.numbers.iter().filter(|number| number.account == id);
        json!({"data": own.map(all_fields).collect::<Vec<_>>()})
    });
    whatsapp.finish(answered, &struck.later)
}

/// `POST /{phone-number-id}` with `webhook_configuration`.
pub async fn update_number(whatsapp: WhatsApp, id: String, headers: HeaderMap, body: Bytes) -> Response {
    let struck = whatsapp.strike(place("number_update", &id)).await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = match whatsapp.check_token(&headers) {
        Ok(()) => whatsapp.override_number(&id, &body).await,
        Err(error) => Err(error),
    };
    whatsapp.finish(answered, &struck.later)
}

/// `GET /{waba}/subscribed_apps`.
pub async fn subscribed(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let answered = whatsapp.check_token(&headers).map(|()| {
        let state = lock(&whatsapp.state);
        let account = state.config.accounts.iter().find(|account| account.id == id && account.subscribed);
        let entries = account.map(|account| {
            let mut entry = json!({"whatsapp_business_api_data": {"id": account.app, "name": "Colibri"}});
            if let Some(own) = &account.callback {
                entry["override_callback_uri"] = json!(own.url);
            }
            entry
        });
        json!({"data": entries.into_iter().collect::<Vec<_>>()})
    });
    whatsapp.finish(answered, &[])
}

/// `POST /{waba}/subscribed_apps`.
pub async fn subscribe(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let struck = whatsapp.strike(place("subscribe", &id)).await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = match whatsapp.check_token(&headers) {
        Ok(()) => whatsapp.subscribe_account(&id, &body).await,
        Err(error) => Err(error),
    };
    whatsapp.finish(answered, &struck.later)
}

/// `DELETE /{waba}/subscribed_apps`.
pub async fn unsubscribe(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let answered = whatsapp.check_token(&headers).and_then(|()| {
        whatsapp.change_account(&id, |account| account.subscribed = false)?;
        Ok(success())
    });
    whatsapp.finish(answered, &[])
}

/// `POST /{app-id}/subscriptions`: the app's own callback.
pub async fn app_subscription(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    Query(params): Query<Params>,
    body: Bytes,
) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_else(|_| json!(params));
    let answered = whatsapp.subscribe_app(&id, &asked).await;
    whatsapp.finish(answered, &[])
}

/// `GET /debug_token`.
pub async fn debug_token(
    State(whatsapp): State<WhatsApp>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let struck = whatsapp.strike(place("debug_token", "")).await;
    if let Some(response) = struck.early {
        return response;
    }
    let bearer = headers.contains_key(http::header::AUTHORIZATION) || params.contains_key("access_token");
    let answered = match (bearer, params.get("input_token")) {
        (false, _) => Err(GraphError::new(190, "An access token is required to request this resource.")),
        (_, None) => Err(GraphError::new(100, "The parameter input_token is required.")),
        (true, Some(token)) => Ok(whatsapp.token_facts(token)),
    };
    whatsapp.finish(answered, &struck.later)
}

fn all_fields(number: &Number) -> Value {
    let level = if number.throughput > 80 { "HIGH" } else { "STANDARD" };
    let mut fields = json!({
        "id": number.id, "display_phone_number": number.display, "verified_name": number.verified_name,
        "quality_rating": number.quality, "throughput": {"level": level}, "code_verification_status": "VERIFIED",
        "name_status": "APPROVED", "status": number.status, "platform_type": "CLOUD_API", "account_mode": "LIVE",
        "messaging_limit_tier": "TIER_2K", "is_official_business_account": false,
        "is_on_biz_app": number.coexistence,
        "health_status": {"can_send_message": if number.status == "CONNECTED" { "AVAILABLE" } else { "BLOCKED" }},
    });
    if let Some(own) = &number.callback {
        fields["webhook_configuration"] = json!({"phone_number": own.url});
    }
    if let (Some(fields), Some(more)) = (fields.as_object_mut(), number.fields.as_object()) {
        fields.extend(more.clone());
    }
    fields
}

/// Only the wanted fields, and always the id.
fn chosen(all: Value, wanted: Option<&String>) -> Value {
    let (Some(wanted), Value::Object(all)) = (wanted, &all) else { return all };
    let wanted: Vec<&str> =
        wanted.split(',').map(|field| field.split('{').next().unwrap_or_default().trim()).collect();
    all.iter()
        .filter(|(name, _)| *name == "id" || wanted.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl WhatsApp {
    fn read_node(&self, id: &str, fields: Option<&String>) -> Value {
        let state = lock(&self.state);
        if let Some(number) = state.number(id) {
            return chosen(all_fields(number), fields);
        }
        let account = state.config.accounts.iter().find(|account| account.id == id);
        let name = account.map_or("", |account| account.name.as_str());
        let all = json!({
            "id": id, "name": name, "currency": "USD", "timezone_id": "1", "country": "EC",
            "message_template_namespace": "colibri_demo", "account_review_status": "APPROVED",
            "business_verification_status": "verified",
        });
        chosen(all, fields)
    }

    async fn override_number(&self, id: &str, body: &[u8]) -> Answered {
        let body: Value = serde_json::from_slice(body)
            .map_err(|_| GraphError::new(100, "The request body is not valid JSON"))?;
        let callback = self.verified_override(&body["webhook_configuration"]).await?;
        let mut state = lock(&self.state);
        let number = state.config.numbers.iter_mut().find(|number| number.id == id);
        let number =
            number.ok_or_else(|| GraphError::new(33, format!("Object with ID '{id}' does not exist")))?;
        if body["webhook_configuration"].is_object() {
            number.callback = callback;
        }
        Ok(success())
    }

    async fn subscribe_account(&self, id: &str, body: &[u8]) -> Answered {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let callback = self.verified_override(&body).await?;
        self.change_account(id, |account| {
            account.subscribed = true;
            account.callback = callback;
        })?;
        Ok(success())
    }

    async fn subscribe_app(&self, id: &str, asked: &Value) -> Answered {
        if asked["object"] != "whatsapp_business_account" {
            return Err(GraphError::new(100, "object must be whatsapp_business_account"));
        }
        let url = asked["callback_url"].as_str().unwrap_or_default();
        let token = asked["verify_token"].as_str().unwrap_or_default();
        self.handshake(url, token).await?;
        let mut state = lock(&self.state);
        let app = state.config.apps.iter_mut().find(|app| app.id == id);
        let app = app.ok_or_else(|| GraphError::new(33, format!("Object with ID '{id}' does not exist")))?;
        app.callback_url = Some(url.to_owned());
        token.clone_into(&mut app.verify_token);
        Ok(success())
    }

    fn change_account(
        &self,
        id: &str,
        change: impl FnOnce(&mut super::config::Account),
    ) -> Result<(), GraphError> {
        let mut state = lock(&self.state);
        let account = state.config.accounts.iter_mut().find(|account| account.id == id);
        change(account.ok_or_else(|| GraphError::new(33, format!("Object with ID '{id}' does not exist")))?);
        Ok(())
    }

    /// The override asked for, after its handshake; none when it is absent or empty.
    async fn verified_override(&self, asked: &Value) -> Result<Option<Override>, GraphError> {
        let Some(url) = asked["override_callback_uri"].as_str().filter(|url| !url.is_empty()) else {
            return Ok(None);
        };
        let token = asked["verify_token"].as_str().unwrap_or_default();
        self.handshake(url, token).await?;
        Ok(Some(Override { url: url.to_owned(), verify_token: token.to_owned() }))
    }

    /// Asks a callback to prove itself: it must echo the challenge.
    pub async fn handshake(&self, url: &str, verify_token: &str) -> Result<(), GraphError> {
        let challenge = self.sim.random().digits(10);
        let joint = if url.contains('?') { '&' } else { '?' };
        let token = encoded(verify_token);
        let asked =
            format!("{url}{joint}hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={token}");
        let answered = self.sim.caller().call(Method::GET, &asked, &[], Bytes::new()).await;
        match answered {
            Ok(answer) if answer.status == 200 && answer.body == challenge => Ok(()),
            Ok(answer) => Err(refused(&format!("HTTP Status Code = {}", answer.status))),
            Err(reason) => Err(refused(&reason)),
        }
    }

    fn token_facts(&self, token: &str) -> Value {
        let state = lock(&self.state);
        let known = state.config.tokens.iter().find(|known| known.token == token);
        let valid =
            state.config.tokens.is_empty() || known.is_some_and(|known| known.state != TokenState::Expired);
        let permitted = known.is_none_or(|known| known.state == TokenState::Valid);
        let scopes: &[&str] = if valid && permitted {
            &["whatsapp_business_management", "whatsapp_business_messaging"]
        } else {
            &[]
        };
        let accounts: Vec<&str> = state.config.accounts.iter().map(|account| account.id.as_str()).collect();
        let granular: Vec<Value> =
            scopes.iter().map(|scope| json!({"scope": scope, "target_ids": accounts})).collect();
        let app =
            known.map(|known| known.app.as_str()).or(state.config.apps.first().map(|app| app.id.as_str()));
        let mut data = json!({
            "app_id": app, "type": "SYSTEM_USER", "application": "Colibri", "expires_at": 0, "is_valid": valid,
            "scopes": scopes, "granular_scopes": granular,
        });
        if !valid {
            data["error"] = json!({"code": 190, "message": "The access token could not be decrypted"});
        }
        json!({"data": data})
    }
}

fn refused(reason: &str) -> GraphError {
    GraphError::new(100, format!("(#2200) Callback verification failed: {reason}"))
}

/// Percent-encodes what a query value may not hold.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
