//! Configuration: apps, accounts and tokens.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Product;

/// A Meta app.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its id.
    pub id: String,
    /// Signs what it is told.
    pub secret: String,
    /// Answers the handshake.
    pub verify_token: String,
}

/// A page, or an Instagram account of a business.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// What people see.
    pub name: String,
    /// Handle without `@`.
    #[serde(default)]
    pub username: Option<String>,
}

/// How good a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Works.
    Valid,
    /// Its time is over.
    Expired,
    /// Lacks the rights to write.
    Unpermitted,
}

/// An access token of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The token itself.
    #[serde(rename = "token")]
    pub value: String,
    /// The app that it was given to.
    pub app: String,
    /// The account that it acts for.
    pub account: String,
    /// How good it is.
    pub state: TokenState,
}

/// Configuration of one played product.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where events go; `{app}` becomes the app's id.
    pub callback_url: String,
    /// The apps.
    pub apps: Vec<App>,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The tokens.
    pub tokens: Vec<Token>,
    /// Messages per second of one account; more is refused.
    pub per_second: u32,
}

impl Config {
    /// The demo's.
    pub fn of(product: &Product) -> Self {
        let (account, name, username) = product.account;
        let app = "424200000000001";
        let token = |token: &str, state| Token {
            value: token.to_owned(),
            app: app.to_owned(),
            account: account.to_owned(),
            state,
        };
        Self {
            callback_url: format!("http://127.0.0.1:4600/webhooks{}/{{app}}", product.root),
            apps: vec![App {
                id: app.to_owned(),
                secret: "colibri-demo-secret".to_owned(),
                verify_token: "colibri-demo-verify".to_owned(),
            }],
            accounts: vec![Account {
                id: account.to_owned(),
                name: name.to_owned(),
                username: username.map(str::to_owned),
            }],
            tokens: vec![
                token("colibri-demo-token", TokenState::Valid),
                token("colibri-expired-token", TokenState::Expired),
                token("colibri-unpermitted-token", TokenState::Unpermitted),
            ],
            per_second: 300,
        }
    }

    /// Reads a configuration; says what is wrong with it.
    pub fn read(product: &Product, value: Value) -> Result<Self, String> {
        serde_json::from_value(value).map_err(|error| format!("{}: {error}", product.name))
    }

    /// The account with this id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }
}
