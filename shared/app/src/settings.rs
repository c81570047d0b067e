//! Settings of the installation that use cases need as values.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Meta apps of the installation: one secret for all numbers behind an app, known without a call to anything.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct MetaApps(BTreeMap<String, MetaApp>);

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MetaApp {
    secret: SecretString,
    verify_token: SecretString,
}

impl MetaApps {
    /// Reads `{"<app id>": {"secret": "…", "verify_token": "…"}}`; an empty text means none.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        if text.trim().is_empty() { Ok(Self::default()) } else { serde_json::from_str(text) }
    }

    /// What signs the deliveries of an app.
    #[must_use]
    pub fn secret(&self, app: &str) -> Option<&SecretString> {
        self.0.get(app).map(|known| &known.secret)
    }

    /// What the handshake of an app must name.
    #[must_use]
    pub fn verify_token(&self, app: &str) -> Option<String> {
        self.0.get(app).map(|known| known.verify_token.expose_secret().to_owned())
    }
}
