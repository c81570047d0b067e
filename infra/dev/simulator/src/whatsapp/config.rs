//! What the played Meta side knows: apps, business accounts, numbers, tokens, templates.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Everything that survives a reset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Callback URL of apps without their own; `{app}` becomes the app's id.
    pub callback_url: String,
    /// Meta apps.
    pub apps: Vec<MetaApp>,
    /// WhatsApp business accounts.
    pub accounts: Vec<Account>,
    /// Business numbers.
    pub numbers: Vec<Number>,
    /// Access tokens; when empty, every token is good.
    pub tokens: Vec<Token>,
    /// How fast statuses come.
    pub timing: Timing,
    /// Which rules are kept.
    pub rules: Rules,
}

impl Config {
    /// Reads a configuration. `app_secret`, `verify_token` and `access_token` beside the lists are
    /// short for the first app's secret and verify token and for one more good token.
    pub fn read(mut value: Value) -> Result<Self, String> {
        let mut short = |name: &str| value.as_object_mut().and_then(|object| object.remove(name));
        let (secret, verify_token, access_token) =
            (short("app_secret"), short("verify_token"), short("access_token"));
        let mut config: Self = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        if let Some(app) = config.apps.first_mut() {
            app.secret = text(secret).unwrap_or_else(|| app.secret.clone());
            app.verify_token = text(verify_token).unwrap_or_else(|| app.verify_token.clone());
        }
        if let Some(token) = text(access_token) {
            let app = config.apps.first().map(|app| app.id.clone()).unwrap_or_default();
            config.tokens.retain(|known| known.token != token);
            config.tokens.push(Token { token, app, state: TokenState::Valid });
        }
        Ok(config)
    }
}

/// A Meta app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetaApp {
    /// App id.
    pub id: String,
    /// App secret, the key of signatures.
    pub secret: String,
    /// Verify token of the handshake.
    pub verify_token: String,
    /// Own callback URL.
    pub callback_url: Option<String>,
}

/// Overrides the callback of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Callback URL.
    pub url: String,
    /// Verify token of its handshake.
    pub verify_token: String,
}

/// A WhatsApp business account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Account id.
    pub id: String,
    /// App that manages it.
    pub app: String,
    /// Name.
    pub name: String,
    /// Whether webhooks leave for it.
    pub subscribed: bool,
    /// Own callback.
    pub callback: Option<Override>,
    /// Templates in Graph's form.
    pub templates: Vec<Value>,
}

/// A business number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Number {
    /// Phone number id.
    pub id: String,
    /// Business account.
    pub account: String,
    /// As people read it.
    pub display: String,
    /// Name shown to customers.
    pub verified_name: String,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: String,
    /// Messages per second, both ways together.
    pub throughput: u32,
    /// `CONNECTED`, `BANNED`, `FLAGGED` and so on.
    pub status: String,
    /// Shared with the WhatsApp Business app.
    pub coexistence: bool,
    /// Own callback.
    pub callback: Option<Override>,
    /// More fields that Graph answers with.
    pub fields: Value,
}

impl Default for Number {
    fn default() -> Self {
        Self {
            id: String::new(),
            account: String::new(),
            display: String::new(),
            verified_name: String::new(),
            quality: "GREEN".to_owned(),
            throughput: 80,
            status: "CONNECTED".to_owned(),
            coexistence: false,
            callback: None,
            fields: json!({}),
        }
    }
}

impl Number {
    /// Only the digits of the number.
    pub fn digits(&self) -> String {
        digits(&self.display)
    }
}

/// An access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "it is the word of the configuration")]
pub struct Token {
    /// The token.
    pub token: String,
    /// App it was made for.
    pub app: String,
    /// Whether it works.
    #[serde(default)]
    pub state: TokenState,
}

/// Whether a token works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It does.
    #[default]
    Valid,
    /// Its time is over: error 190.
    Expired,
    /// It lacks the permissions: error 10.
    Unpermitted,
}

/// Milliseconds from one status to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the unit belongs to the name")]
pub struct Timing {
    /// From acceptance to `sent`.
    pub sent_ms: u64,
    /// From `sent` to `delivered`.
    pub delivered_ms: u64,
    /// From `delivered` to `read`.
    pub read_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self { sent_ms: 300, delivered_ms: 700, read_ms: 1_500 }
    }
}

/// Which rules are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Free messages only within 24 h of the customer's last one.
    pub window: bool,
    /// One message per 6 s to one customer, 45 at once.
    pub pair: bool,
    /// Messages per second of a number.
    pub throughput: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { window: true, pair: true, throughput: true }
    }
}

/// Only the digits of a text.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Id of the demo number.
pub const DEMO_NUMBER: &str = "424200000000101";
/// Id of the demo business account.
pub const DEMO_ACCOUNT: &str = "424200000000201";
/// Id of the demo app.
pub const DEMO_APP: &str = "424200000000001";

impl Default for Config {
    fn default() -> Self {
        let token = |token: &str, state| Token { token: token.to_owned(), app: DEMO_APP.to_owned(), state };
        Self {
            callback_url: "http://127.0.0.1:4600/webhooks/whatsapp/{app}".to_owned(),
            apps: vec![MetaApp {
                id: DEMO_APP.to_owned(),
                secret: "colibri-demo-secret".to_owned(),
                verify_token: "colibri-demo-verify".to_owned(),
                callback_url: None,
            }],
            accounts: vec![Account {
                id: DEMO_ACCOUNT.to_owned(),
                app: DEMO_APP.to_owned(),
                name: "Muebles Ceibo (demo)".to_owned(),
                subscribed: true,
                callback: None,
                templates: super::defaults::templates(),
            }],
            numbers: vec![Number {
                id: DEMO_NUMBER.to_owned(),
                account: DEMO_ACCOUNT.to_owned(),
                display: "+593 90 000 0100".to_owned(),
                verified_name: "Muebles Ceibo (demo)".to_owned(),
                ..Number::default()
            }],
            tokens: vec![
                token("colibri-demo-token", TokenState::Valid),
                token("colibri-expired-token", TokenState::Expired),
                token("colibri-unpermitted-token", TokenState::Unpermitted),
            ],
            timing: Timing::default(),
            rules: Rules::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_can_be_given_beside_the_lists() {
        let short = json!({"app_secret": "s", "verify_token": "v", "access_token": "t"});
        let config = Config::read(short).unwrap();
        assert_eq!((config.apps[0].secret.as_str(), config.apps[0].verify_token.as_str()), ("s", "v"));
        assert_eq!(config.tokens.last().map(|token| token.token.as_str()), Some("t"));
        assert_eq!(config.tokens.len(), 4, "the tokens of the lists stay");
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        assert!(Config::read(json!({"callbackurl": "x"})).is_err());
    }
}
