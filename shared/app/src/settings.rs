//! Settings of the installation that use cases need as values.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
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

/// The installation's own key: secrets that only we and one other side must know follow from it, so that checking one
/// needs no call to anything.
#[derive(Clone, Default)]
pub struct InstallationKey(Option<SecretString>);

/// Shortest key that is one, in bytes.
const SHORTEST_KEY: usize = 32;

impl InstallationKey {
    /// Takes the key; a short one is none.
    #[must_use]
    pub fn new(key: SecretString) -> Self {
        Self((key.expose_secret().len() >= SHORTEST_KEY).then_some(key))
    }

    /// The secret of a thing for a purpose, 64 letters and digits; none where the installation has no key.
    #[must_use]
    pub fn derive(&self, purpose: &str, name: &str) -> Option<SecretString> {
        let mut mac =
            Hmac::<sha2::Sha256>::new_from_slice(self.0.as_ref()?.expose_secret().as_bytes()).ok()?;
        // The length keeps one pair from looking like another.
        mac.update(format!("{}:{purpose}:{name}", purpose.len()).as_bytes());
        Some(SecretString::from(hex::encode(mac.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(key: &str, purpose: &str, name: &str) -> Option<String> {
        let key = InstallationKey::new(SecretString::from(key.to_owned()));
        key.derive(purpose, name).map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn derived_secrets_differ_by_key_purpose_and_name() {
        let (one, other) = ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdeg");
        let all = [(one, "a", "b"), (one, "a", "c"), (one, "b", "b"), (one, "a:b", ""), (other, "a", "b")]
            .map(|(key, purpose, name)| derived(key, purpose, name));
        assert!(all.iter().all(Option::is_some));
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
        assert_eq!(derived(one, "a", "b"), all[0], "the same every time");
        assert_eq!(derived("short", "a", "b"), None);
    }
}
