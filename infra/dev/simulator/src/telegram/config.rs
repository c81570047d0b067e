//! Configuration: the bots.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A bot of the business.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    /// Its token; the part before the colon is its id.
    pub token: String,
    /// Handle without `@`.
    pub username: String,
    /// What customers see.
    pub name: String,
    /// The token was taken back: everything is answered with 401.
    #[serde(default)]
    pub revoked: bool,
}

impl Bot {
    /// The bot's id.
    pub fn id(&self) -> &str {
        self.token.split(':').next().unwrap_or_default()
    }
}

/// Configuration of the played Bot API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The bots.
    pub bots: Vec<Bot>,
    /// Messages per second of one bot; more is answered with 429.
    pub per_second: u32,
}

impl Default for Config {
    fn default() -> Self {
        let bot = Bot {
            token: "7424200001:AAcolibri-demo-bot-token-0001".to_owned(),
            username: "ceibo_muebles_bot".to_owned(),
            name: "Ceibo Muebles".to_owned(),
            revoked: false,
        };
        Self { bots: vec![bot], per_second: 30 }
    }
}

impl Config {
    /// Reads a configuration; says what is wrong with it.
    pub fn read(value: Value) -> Result<Self, String> {
        serde_json::from_value(value).map_err(|error| format!("telegram: {error}"))
    }
}
