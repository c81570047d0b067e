//! The demo installation's secrets, made on this machine at the first `up`.

use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::place::Place;
use crate::run::Failure;

/// Id of the demo's Meta app.
const APP: &str = "424200000000001";

/// Id of the demo's page.
const PAGE: &str = "424200000000301";

/// Id of the demo's Instagram account.
const INSTAGRAM: &str = "424200000000401";

/// Id of the demo's Telegram bot.
const BOT: &str = "7424200001";

/// People who may sign in, by the part before the `@`.
pub const PEOPLE: [&str; 6] = ["alba", "bruno", "carla", "diego", "elena", "fabian"];

/// Random values that only this checkout knows.
#[derive(Serialize, Deserialize)]
pub struct Demo {
    /// Signs what the simulator posts to the webhook.
    pub app_secret: String,
    /// Answers Meta's handshake.
    pub verify_token: String,
    /// Authorizes calls to the simulator's Graph API.
    pub access_token: String,
    /// The demo bot's token.
    #[serde(default)]
    pub bot_token: String,
    /// Authorizes calls for the demo's page.
    #[serde(default)]
    pub page_token: String,
    /// Authorizes calls for the demo's Instagram account.
    #[serde(default)]
    pub instagram_token: String,
    /// The installation's own key.
    #[serde(default)]
    pub installation_key: String,
    /// Authorizes calls to the played payment provider.
    #[serde(default)]
    pub payment_key: String,
    /// Signs what the played payment provider tells.
    #[serde(default)]
    pub payment_secret: String,
    /// One password for all demo people.
    pub password: String,
}

impl Demo {
    /// Reads the secrets, or makes them.
    ///
    /// # Errors
    /// When `.dev/demo.json` can neither be read nor written.
    pub fn open(place: &Place) -> Result<Self, Failure> {
        let path = place.dev("demo.json");
        let fail = |error: String| Failure::new(format!("{}: {error}", path.display()));
        let demo = match fs::read(&path) {
            Ok(text) => {
                let known: Self = serde_json::from_slice(&text).map_err(|error| fail(error.to_string()))?;
                let all = [
                    &known.bot_token,
                    &known.page_token,
                    &known.instagram_token,
                    &known.installation_key,
                    &known.payment_key,
                    &known.payment_secret,
                ];
                if all.iter().all(|value| !value.is_empty()) {
                    return Ok(known);
                }
                known.completed()?
            }
            Err(_) => Self {
                app_secret: random(16)?,
                verify_token: random(12)?,
                access_token: format!("EAA{}", random(24)?),
                bot_token: bot_token()?,
                page_token: page_token()?,
                instagram_token: instagram_token()?,
                installation_key: random(32)?,
                payment_key: payment_key()?,
                payment_secret: payment_secret()?,
                // Upper case, lower case, digit and symbol, whatever the pool asks for.
                password: format!("Ceibo-{}", random(6)?),
            },
        };
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let file = file.map_err(|error| fail(error.to_string()))?;
        serde_json::to_writer_pretty(file, &demo).map_err(|error| fail(error.to_string()))?;
        Ok(demo)
    }

    /// With everything that an older `up` did not know.
    fn completed(mut self) -> Result<Self, Failure> {
        let fill = |value: &mut String, made: fn() -> Result<String, Failure>| {
            if value.is_empty() {
                *value = made()?;
            }
            Ok::<(), Failure>(())
        };
        fill(&mut self.bot_token, bot_token)?;
        fill(&mut self.page_token, page_token)?;
        fill(&mut self.instagram_token, instagram_token)?;
        fill(&mut self.installation_key, || random(32))?;
        fill(&mut self.payment_key, payment_key)?;
        fill(&mut self.payment_secret, payment_secret)?;
        Ok(self)
    }

    /// What the parameter `MetaApps` takes.
    pub fn meta_apps(&self) -> String {
        json!({ APP: { "secret": self.app_secret, "verify_token": self.verify_token } }).to_string()
    }

    /// What the simulator must know to play the other side of this installation:
    /// it accepts the demo's token, signs with the demo's secret, and keeps two
    /// tokens that show what Meta answers to a bad one.
    pub fn simulator(&self, webhooks: &str) -> Value {
        let app = json!({ "id": APP, "secret": self.app_secret, "verify_token": self.verify_token });
        let token = |token: &str, state: &str| json!({ "token": token, "app": APP, "state": state });
        json!({
            "whatsapp": {
                "callback_url": format!("{webhooks}/whatsapp/{{app}}"),
                "apps": [app],
                "tokens": [
                    token(&self.access_token, "valid"),
                    token("colibri-expired-token", "expired"),
                    token("colibri-unpermitted-token", "unpermitted"),
                ],
            },
            "facebook": graph(&app, &format!("{webhooks}/messenger/{{app}}"), PAGE, &self.page_token),
            "instagram":
                graph(&app, &format!("{webhooks}/instagram/{{app}}"), INSTAGRAM, &self.instagram_token),
            "telegram": { "bots": [{ "token": self.bot_token, "username": "ceibo_muebles_bot", "name": "Ceibo Muebles" }] },
            "stripe": {
                "secret_key": self.payment_key,
                "webhook_secret": self.payment_secret,
                "callback_url": format!("{webhooks}/payments/stripe"),
            },
        })
    }

    /// The demo's WhatsApp number, Telegram bot, page and Instagram account, as the seed connects them.
    pub fn channel(&self) -> Value {
        json!({
            "phone_number_id": "424200000000101",
            "business_account_id": "424200000000201",
            "app_id": APP,
            "display": "+593 90 000 0100",
            "app_secret": self.app_secret,
            "verify_token": self.verify_token,
            "access_token": self.access_token,
            "bot_token": self.bot_token,
            "page_id": PAGE,
            "page_token": self.page_token,
            "instagram_id": INSTAGRAM,
            "instagram_token": self.instagram_token,
            "installation_key": self.installation_key,
        })
    }
}

/// What the simulator must know of a page or an Instagram account.
fn graph(app: &Value, callback_url: &str, account: &str, given: &str) -> Value {
    let token =
        |token: &str, state: &str| json!({ "token": token, "app": APP, "account": account, "state": state });
    json!({
        "callback_url": callback_url,
        "apps": [app],
        "tokens": [
            token(given, "valid"),
            token("colibri-expired-token", "expired"),
            token("colibri-unpermitted-token", "unpermitted"),
        ],
    })
}

/// A token as Facebook gives them to pages.
fn page_token() -> Result<String, Failure> {
    Ok(format!("EAAP{}", random(24)?))
}

/// A token as Instagram's login gives them.
fn instagram_token() -> Result<String, Failure> {
    Ok(format!("IGAA{}", random(24)?))
}

/// A token as Telegram gives them.
fn bot_token() -> Result<String, Failure> {
    Ok(format!("{BOT}:AA{}", random(16)?))
}

/// A key as Stripe gives them to accounts that only play.
fn payment_key() -> Result<String, Failure> {
    Ok(format!("sk_test_{}", random(16)?))
}

fn payment_secret() -> Result<String, Failure> {
    Ok(format!("whsec_{}", random(16)?))
}

/// Address that a person signs in with.
pub fn email(person: &str) -> String {
    format!("{person}@ceibo.example")
}

fn random(bytes: usize) -> Result<String, Failure> {
    let mut buffer = vec![0; bytes];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut buffer))
        .map_err(|error| Failure::new(format!("/dev/urandom: {error}")))?;
    Ok(hex::encode(buffer))
}
