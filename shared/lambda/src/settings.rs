//! The settings of a function: read once at its start, every fault told at once.

use std::collections::BTreeMap;

use colibri_app::provider::ProviderUrls;
use secrecy::SecretString;

use crate::needs::Need;

/// What every function is told.
const ALWAYS: [&str; 1] = ["STAGE"];
/// Variables whose value is an address.
const ADDRESSES: [&str; 21] = [
    "DEAD_LETTER_QUEUE_URL",
    "INBOUND_QUEUE_URL",
    "STATUS_QUEUE_URL",
    "MEDIA_QUEUE_URL",
    "OUTBOUND_QUEUE_URL",
    "SOCKET_ENDPOINT",
    "COGNITO_ISSUER",
    "JWKS_URL",
    "WHATSAPP_BASE_URL",
    "TELEGRAM_BASE_URL",
    "MESSENGER_BASE_URL",
    "INSTAGRAM_BASE_URL",
    "TWILIO_BASE_URL",
    "PUBLIC_WEBHOOK_URL",
    "PUBLIC_CONSOLE_URL",
    "FILES_ORIGIN",
    "SOCKET_URL",
    "VISITOR_SOCKET_ENDPOINT",
    "VISITOR_SOCKET_URL",
    "NOTE_QUEUE_URL",
    "STRIPE_BASE_URL",
];
/// Variables whose value is never shown, and which may be empty: what they are for then answers that it is not set up.
const SECRETS: [&str; 3] = ["INSTALLATION_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"];

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("settings: {}", .0.join("; "))]
pub struct SettingsError(pub Vec<String>);

/// Where the providers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAddresses {
    /// Base addresses without a slash at their end.
    pub urls: ProviderUrls,
    /// Whether these addresses, and no other, may be private ones.
    pub allow_private: bool,
}

/// Checked settings of one function.
#[derive(Clone)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
    meta_apps: Option<SecretString>,
    secrets: BTreeMap<&'static str, SecretString>,
}

impl Settings {
    /// Reads from the process's environment.
    pub fn from_env(needs: &[Need]) -> Result<Self, SettingsError> {
        Self::read(needs, |name| std::env::var(name).ok())
    }

    /// Reads the variables of `needs` and checks them all before it complains.
    pub fn read(needs: &[Need], get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut settings = Self { values: BTreeMap::new(), meta_apps: None, secrets: BTreeMap::new() };
        let mut faults = Vec::new();
        for name in ALWAYS.into_iter().chain(needs.iter().flat_map(|need| need.variables().iter().copied())) {
            let value = get(name).unwrap_or_default();
            if let Some(fault) = fault(name, &value) {
                faults.push(format!("{name} {fault}"));
            } else if name == "META_APPS_SECRET" {
                settings.meta_apps = Some(value.into());
            } else if SECRETS.contains(&name) {
                settings.secrets.insert(name, value.into());
            } else {
                settings.values.insert(name, value.trim_end_matches('/').to_owned());
            }
        }
        faults.sort();
        faults.dedup();
        if faults.is_empty() { Ok(settings) } else { Err(SettingsError(faults)) }
    }

    /// A checked value; asking for one that the function did not declare is a fault of its `main`, which stops it at start.
    #[track_caller]
    pub(crate) fn value(&self, name: &'static str) -> &str {
        let Some(value) = self.values.get(name) else { undeclared(name) };
        value
    }

    /// Like `value`, for what is optional by the function's declaration.
    pub(crate) fn get(&self, name: &'static str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Name of the installation.
    pub fn stage(&self) -> &str {
        self.value("STAGE")
    }

    /// Secrets and verify tokens of the Meta apps, as JSON.
    #[track_caller]
    pub fn meta_apps(&self) -> SecretString {
        let Some(apps) = &self.meta_apps else { undeclared("META_APPS_SECRET") };
        apps.clone()
    }

    /// The installation's own key; empty where it has none.
    #[track_caller]
    pub fn installation_key(&self) -> SecretString {
        self.secret("INSTALLATION_KEY")
    }

    /// A secret, empty where it is not set up.
    #[track_caller]
    pub(crate) fn secret(&self, name: &'static str) -> SecretString {
        let Some(secret) = self.secrets.get(name) else { undeclared(name) };
        secret.clone()
    }

    /// Base address that providers call.
    #[track_caller]
    pub fn webhook_url(&self) -> &str {
        self.value("PUBLIC_WEBHOOK_URL")
    }

    /// Base address of the console.
    #[track_caller]
    pub fn console_url(&self) -> &str {
        self.value("PUBLIC_CONSOLE_URL")
    }

    /// Origin of signed file addresses, for the content security policy.
    #[track_caller]
    pub fn files_origin(&self) -> &str {
        self.value("FILES_ORIGIN")
    }

    /// Address of the WebSocket for browsers.
    #[track_caller]
    pub fn socket_url(&self) -> &str {
        self.value("SOCKET_URL")
    }

    /// Address of the visitors' WebSocket.
    #[track_caller]
    pub fn visitor_socket_url(&self) -> &str {
        self.value("VISITOR_SOCKET_URL")
    }

    /// Where the providers are.
    #[track_caller]
    pub fn providers(&self) -> ProviderAddresses {
        ProviderAddresses {
            urls: ProviderUrls {
                whatsapp: self.value("WHATSAPP_BASE_URL").to_owned(),
                telegram: self.value("TELEGRAM_BASE_URL").to_owned(),
                messenger: self.value("MESSENGER_BASE_URL").to_owned(),
                instagram: self.value("INSTAGRAM_BASE_URL").to_owned(),
                twilio: self.value("TWILIO_BASE_URL").to_owned(),
            },
            allow_private: self.value("OUTBOUND_ALLOW_PRIVATE") == "1",
        }
    }
}

/// What is wrong with a value, if anything.
fn fault(name: &str, value: &str) -> Option<String> {
    if value.trim().is_empty() && !SECRETS.contains(&name) {
        return Some("is missing".to_owned());
    }
    if ADDRESSES.contains(&name) {
        return url::Url::parse(value).err().map(|error| format!("is no address: {error}"));
    }
    match name {
        "META_APPS_SECRET"
            if serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(value).is_err() =>
        {
            Some("is no JSON object".to_owned())
        }
        "OUTBOUND_ALLOW_PRIVATE" if value != "0" && value != "1" => Some("is neither 0 nor 1".to_owned()),
        _ => None,
    }
}

#[track_caller]
fn undeclared(name: &str) -> ! {
    panic!("{name} is used but not among what this function declares to need")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(needs: &[Need], pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(needs, |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let needs = [Need::Table, Need::Providers, Need::MetaApps, Need::SocketUrl];
        let pairs = [
            ("WHATSAPP_BASE_URL", "graph"),
            ("OUTBOUND_ALLOW_PRIVATE", "yes"),
            ("META_APPS_SECRET", "[]"),
            ("SOCKET_URL", "wss://x/y"),
        ];
        let Err(SettingsError(faults)) = read(&needs, &pairs) else { panic!("accepted") };
        let names: Vec<_> = faults.iter().filter_map(|fault| fault.split(' ').next()).collect();
        assert_eq!(
            names,
            [
                "INSTAGRAM_BASE_URL",
                "MESSENGER_BASE_URL",
                "META_APPS_SECRET",
                "OUTBOUND_ALLOW_PRIVATE",
                "STAGE",
                "TABLE_NAME",
                "TELEGRAM_BASE_URL",
                "TWILIO_BASE_URL",
                "WHATSAPP_BASE_URL"
            ]
        );
    }

    #[test]
    fn base_addresses_lose_their_last_slash() {
        let pairs = [
            ("STAGE", "dev"),
            ("WHATSAPP_BASE_URL", "https://graph.facebook.com/"),
            ("TELEGRAM_BASE_URL", "https://api.telegram.org"),
            ("MESSENGER_BASE_URL", "https://graph.facebook.com"),
            ("INSTAGRAM_BASE_URL", "https://graph.instagram.com"),
            ("TWILIO_BASE_URL", "https://api.twilio.com"),
            ("OUTBOUND_ALLOW_PRIVATE", "0"),
        ];
        let settings = read(&[Need::Providers], &pairs).unwrap();
        let urls = ProviderUrls {
            whatsapp: "https://graph.facebook.com".to_owned(),
            telegram: "https://api.telegram.org".to_owned(),
            messenger: "https://graph.facebook.com".to_owned(),
            instagram: "https://graph.instagram.com".to_owned(),
            twilio: "https://api.twilio.com".to_owned(),
        };
        assert_eq!(settings.providers(), ProviderAddresses { urls, allow_private: false });
    }

    #[test]
    fn secrets_do_not_show_in_faults() {
        let Err(error) =
            read(&[Need::MetaApps], &[("STAGE", "dev"), ("META_APPS_SECRET", "{\"1\":{\"secret\":\"hush\"")])
        else {
            panic!("accepted")
        };
        assert!(!error.to_string().contains("hush"));
    }
}
