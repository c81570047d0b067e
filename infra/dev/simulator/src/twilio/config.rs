//! Configuration: the account and its numbers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A number of the business.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names)] // what it is called everywhere else
pub struct Number {
    /// The provider's id of it.
    pub sid: String,
    /// With + and the country's code.
    pub number: String,
    /// What the business calls it.
    pub name: String,
    /// Where messages to it go; empty: nowhere.
    #[serde(default)]
    pub sms_url: String,
    /// Takes no pictures.
    #[serde(default)]
    pub text_only: bool,
}

/// Configuration of the played provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The account's id.
    pub account_sid: String,
    /// Signs deliveries, and proves who calls.
    pub auth_token: String,
    /// The account is suspended.
    pub suspended: bool,
    /// Its numbers.
    pub numbers: Vec<Number>,
    /// Messages per second of one number; more is answered with 429.
    pub per_second: u32,
}

impl Default for Config {
    fn default() -> Self {
        let number = |sid: &str, number: &str, name: &str| Number {
            sid: sid.to_owned(),
            number: number.to_owned(),
            name: name.to_owned(),
            sms_url: String::new(),
            text_only: false,
        };
        Self {
            account_sid: "AC00000000000000000000000000000001".to_owned(),
            auth_token: "0123456789abcdef0123456789abcdef".to_owned(),
            suspended: false,
            numbers: vec![
                number("PN00000000000000000000000000000001", "+593990000100", "Ceibo Muebles"),
                number("PN00000000000000000000000000000002", "+15005550009", "Ceibo USA"),
            ],
            per_second: 10,
        }
    }
}

impl Config {
    /// Reads a configuration; says what is wrong with it.
    pub fn read(value: Value) -> Result<Self, String> {
        serde_json::from_value(value).map_err(|error| format!("twilio: {error}"))
    }
}
