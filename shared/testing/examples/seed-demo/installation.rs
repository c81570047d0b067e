//! The installation that is filled: its table, bucket, simulator and API.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use aws_sdk_s3::primitives::ByteStream;
use colibri_domain::ContactId;
use colibri_store::Store;
use colibri_store::keys::{self, Key};
use colibri_testing::{TestBucket, TestTable};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::shop::Shop;
use crate::workspace;
use crate::writer::Writer;

type Failure = Box<dyn Error>;

/// Most items of one batch.
const BATCH: usize = 25;

/// The demo's WhatsApp number, Telegram bot, page and Instagram account as the local tool made them.
#[derive(Deserialize)]
pub struct DemoChannel {
    pub phone_number_id: String,
    pub business_account_id: String,
    pub app_id: String,
    pub display: String,
    pub access_token: String,
    /// The demo's Telegram bot; its id stands before the colon.
    pub bot_token: String,
    pub page_id: String,
    pub page_token: String,
    pub instagram_id: String,
    /// Of Instagram's own login.
    pub instagram_token: String,
}

/// Where to write.
pub struct Installation {
    table: String,
    bucket: String,
    dynamodb: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
    http: reqwest::Client,
    /// E-mail to the user pool's subject.
    pub users: BTreeMap<String, String>,
    pub channel: DemoChannel,
    simulator: Option<String>,
    console: Option<(String, String)>,
}

fn var(name: &str) -> Result<String, Failure> {
    std::env::var(name).map_err(|_| format!("{name} is not set").into())
}

/// The time of the machine: the demo happens now.
#[allow(clippy::disallowed_methods)]
pub fn now_millis() -> Result<i64, Failure> {
    Ok(i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis())?)
}

/// Whether an item is of the subscription, its documents, or what is sold.
fn is_billing(pk: &str, sk: &str) -> bool {
    let own = pk.starts_with("O#") && ["SUB", "BILL", "ACCESS", "QUOTA"].contains(&sk);
    own || pk.ends_with("#B") || ["I#CATALOGUE", "I#ISSUER", "I#SERIES"].iter().any(|all| pk.starts_with(all))
}

impl Installation {
    /// Reads the variables that the local tool sets.
    pub fn from_env() -> Result<Self, Failure> {
        let endpoint = var("AWS_ENDPOINT_URL")?;
        let region = Region::new(std::env::var("AWS_REGION").unwrap_or_else(|_| "us-east-1".into()));
        let credentials = Credentials::new(
            std::env::var("AWS_ACCESS_KEY_ID").unwrap_or_else(|_| "test".into()),
            std::env::var("AWS_SECRET_ACCESS_KEY").unwrap_or_else(|_| "test".into()),
            None,
            None,
            "environment",
        );
        let http = aws_smithy_http_client::Builder::new().build_http();
        let dynamodb = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.clone())
            .credentials_provider(credentials.clone())
            .endpoint_url(&endpoint)
            .http_client(http.clone())
            .build();
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials)
            .endpoint_url(&endpoint)
            .force_path_style(true)
            .http_client(http)
            .build();
        let simulator =
            std::env::var("WHATSAPP_BASE_URL").ok().map(|url| url.trim_end_matches("/graph").to_owned());
        let console = std::env::var("COLIBRI_CONSOLE_URL").ok().zip(std::env::var("DEMO_PASSWORD").ok());
        Ok(Self {
            table: var("TABLE_NAME")?,
            bucket: var("BUCKET_NAME")?,
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            s3: aws_sdk_s3::Client::from_conf(s3),
            http: reqwest::Client::builder().no_proxy().build()?,
            users: serde_json::from_str(&var("DEMO_USERS")?)?,
            channel: serde_json::from_str(&var("DEMO_CHANNEL")?)?,
            simulator,
            console,
        })
    }

    /// Whether the demo's contacts are there.
    pub async fn is_filled(&self) -> Result<bool, Failure> {
        self.has(&keys::head(&workspace::ceibo(), ContactId(1))).await
    }

    async fn has(&self, at: &Key) -> Result<bool, Failure> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let call = self.dynamodb.get_item().table_name(&self.table);
        Ok(call.key("PK", text(&at.pk)).key("SK", text(&at.sk)).send().await?.item.is_some())
    }

    /// Takes away what was seeded before about these contacts, and what was said to them since: its times are in its
    /// keys, so that what comes would stand beside it.
    async fn clear(&self, partitions: BTreeSet<String>) -> Result<(), Failure> {
        let mut cleared = futures::stream::iter(partitions)
            .map(|partition| async move {
                let query =
                    self.dynamodb.query().table_name(&self.table).key_condition_expression("PK = :pk");
                let query = query.expression_attribute_values(":pk", AttributeValue::S(partition));
                let mut items = query.projection_expression("PK, SK").into_paginator().items().send();
                let mut requests = Vec::new();
                while let Some(key) = items.try_next().await? {
                    let delete = DeleteRequest::builder().set_key(Some(key)).build()?;
                    requests.push(WriteRequest::builder().delete_request(delete).build());
                }
                for batch in requests.chunks(BATCH) {
                    self.write(batch.to_vec()).await?;
                }
                Ok::<_, Failure>(())
            })
            .buffer_unordered(4);
        while let Some(outcome) = cleared.next().await {
            outcome?;
        }
        Ok(())
    }

    /// Copies every item without its events; returns how many. Where there is something already, counters that have
    /// counted others since stay as they are.
    pub async fn copy(&self, from: &TestTable, again: bool) -> Result<usize, Failure> {
        let mut items = Vec::new();
        let mut pages = from.client().scan().table_name("colibri").into_paginator().items().send();
        while let Some(mut item) = pages.try_next().await? {
            item.remove("ev");
            items.push(item);
        }
        let part = |item: &HashMap<String, AttributeValue>, name: &str| {
            item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
        };
        if again && self.is_filled().await? {
            let contact = |pk: &String| pk.contains("#C#");
            self.clear(items.iter().map(|item| part(item, "PK")).filter(contact).collect()).await?;
            for counter in ["SEQ", "QUOTA"] {
                let Some(place) = items.iter().position(|item| part(item, "SK") == counter) else { continue };
                if self.has(&Key { pk: part(&items[place], "PK"), sk: counter.to_owned() }).await? {
                    items.swap_remove(place);
                }
            }
        }
        // Money that was moved since stays as it is written: its numbers go on from there.
        if self.has(&keys::subscription(&workspace::organization())).await? {
            items.retain(|item| !is_billing(&part(item, "PK"), &part(item, "SK")));
        }
        let count = items.len();
        let batches: Vec<Vec<_>> = items.chunks(BATCH).map(<[_]>::to_vec).collect();
        let mut puts = futures::stream::iter(batches).map(|batch| self.put(batch)).buffer_unordered(4);
        while let Some(put) = puts.next().await {
            put?;
        }
        Ok(count)
    }

    async fn put(&self, items: Vec<HashMap<String, AttributeValue>>) -> Result<(), Failure> {
        let mut requests = Vec::new();
        for item in items {
            requests.push(
                WriteRequest::builder()
                    .put_request(PutRequest::builder().set_item(Some(item)).build()?)
                    .build(),
            );
        }
        self.write(requests).await
    }

    async fn write(&self, requests: Vec<WriteRequest>) -> Result<(), Failure> {
        let mut pending = HashMap::from([(self.table.clone(), requests)]);
        for _ in 0..10 {
            let answer = self.dynamodb.batch_write_item().set_request_items(Some(pending)).send().await?;
            pending = answer.unprocessed_items.unwrap_or_default();
            if pending.is_empty() {
                return Ok(());
            }
        }
        Err("the table does not take all items".into())
    }

    /// Puts the demo's pictures and sounds where their files say they are.
    pub async fn upload(&self) -> Result<(), Failure> {
        for asset in crate::talks::ASSETS {
            let key = format!("W/{}/{}", workspace::ceibo(), crate::talks::file_id(asset.name));
            let call = self.s3.put_object().bucket(&self.bucket).key(key).content_type(asset.mime_type);
            call.body(ByteStream::from_static(asset.bytes)).send().await?;
        }
        Ok(())
    }

    /// Whether the subscription is still the one that was just seeded.
    pub async fn sells_as_seeded(&self, seeded: &Store) -> Result<bool, Failure> {
        let at = keys::subscription(&workspace::organization());
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let call = self.dynamodb.get_item().table_name(&self.table);
        let item = call.key("PK", text(&at.pk)).key("SK", text(&at.sk)).send().await?.item;
        let version = item.and_then(|item| item.get("ver")?.as_n().ok()?.parse::<u64>().ok());
        let known = seeded.organization(&workspace::organization()).subscription().await?;
        Ok(version.is_some() && version == known.map(|known| known.version))
    }

    /// Puts the invoices where their links lead.
    pub async fn upload_documents(&self, bucket: &TestBucket) -> Result<(), Failure> {
        for name in bucket.names() {
            let Some(object) = bucket.object(&name) else { continue };
            let call = self.s3.put_object().bucket(&self.bucket).key(name).content_type(object.mime_type);
            call.body(ByteStream::from(object.bytes)).send().await?;
        }
        Ok(())
    }

    /// Tells the simulator which payments and which card the payment provider has of the demo. Without one, nothing.
    pub async fn tell_books(&self, books: &Value) {
        let Some(simulator) = &self.simulator else { return };
        let _ = self.http.post(format!("{simulator}/control/stripe/books")).json(books).send().await;
    }

    /// Tells the simulator who wrote when, so that its windows agree with ours. Without one, nothing.
    pub async fn tell_simulator(&self, writer: &Writer) {
        let Some(simulator) = &self.simulator else { return };
        let customers: Vec<Value> = writer
            .people()
            .into_iter()
            .map(|(digits, name, last)| json!({ "wa_id": digits, "name": name, "last_inbound_at": last.map(|at| at.0) }))
            .collect();
        for part in customers.chunks(100) {
            let _ = self.http.post(format!("{simulator}/control/whatsapp/customers")).json(part).send().await;
        }
        for (provider, id, name, last) in writer.reached() {
            let person = json!({ "id": id, "name": name, "last_inbound_at": last.0 });
            let _ = self
                .http
                .post(format!("{simulator}/control/{provider}/customers"))
                .json(&person)
                .send()
                .await;
        }
    }

    /// Puts the chat on the shop's page and lets a visitor use it, once.
    async fn open_shop(&self, console: &str, token: &str) -> Result<(), Failure> {
        let (Some(site), Ok(link)) = (&self.simulator, var("SHOP_LINK_FILE")) else { return Ok(()) };
        let workspace = workspace::ceibo().to_string();
        let shop = Shop { http: &self.http, console, site, workspace: &workspace, token };
        let (base, new) = shop.connect().await?;
        std::fs::write(link, format!("{site}/shop?script={base}/widget.js"))?;
        if new { shop.talk(&base).await } else { Ok(()) }
    }

    /// Connects the demo's number, bot, page and Instagram account as their owner would: through the API, which stores the token and registers the
    /// webhooks at the providers.
    pub async fn connect(&self) -> bool {
        let Some((console, password)) = &self.console else { return false };
        let owner = "alba@ceibo.example";
        let answer = self
            .http
            .post(format!("{console}/session/sign-in"))
            .json(&json!({ "email": owner, "password": password }))
            .send()
            .await;
        let Ok(answer) = answer else { return false };
        let Ok(session) = answer.json::<Value>().await else { return false };
        let Some(token) = session["access_token"].as_str() else { return false };
        let channel = &self.channel;
        let number = json!({
            "source": "whatsapp_cloud",
            "name": "WhatsApp ventas",
            "config": {
                "phone_number_id": channel.phone_number_id,
                "business_account_id": channel.business_account_id,
                "app_id": channel.app_id,
                "access_token": channel.access_token,
            },
            "checklist": ["number_not_in_app", "provider_bills_usage", "sector_allowed", "government_checked"],
        });
        let bot = json!({
            "source": "telegram",
            "name": "Telegram",
            "config": { "bot_token": channel.bot_token },
        });
        let url = format!("{console}/console/{}/channels", workspace::ceibo());
        let page = json!({
            "source": "facebook",
            "name": "Messenger",
            "config": {
                "page_id": channel.page_id, "app_id": channel.app_id, "access_token": channel.page_token,
            },
            "checklist": ["page_is_ours", "page_name_is_bot_name", "operator_is_agency", "human_agent_granted"],
        });
        let instagram = json!({
            "source": "instagram",
            "name": "Instagram",
            "config": {
                "instagram_id": channel.instagram_id, "app_id": channel.app_id,
                "access_token": channel.instagram_token,
            },
            "checklist": ["professional_account", "message_access_allowed", "human_agent_granted"],
        });
        let mut connected = true;
        for account in [number, bot, page, instagram] {
            connected &= self.connected(&url, token, &account).await;
        }
        if let (true, Err(error)) = (connected, self.open_shop(console, token).await) {
            eprintln!("the shop has no chat: {error}");
        }
        connected
    }

    async fn connected(&self, url: &str, token: &str, request: &Value) -> bool {
        match self.http.post(url).bearer_auth(token).json(request).send().await {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) => {
                eprintln!("channel not connected: {}", answer.text().await.unwrap_or_default());
                false
            }
            Err(error) => {
                eprintln!("channel not connected: {error}");
                false
            }
        }
    }
}
