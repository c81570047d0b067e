//! The chat on the demo's shop: connected as its owner would, used as a visitor would.

use std::error::Error;

use reqwest::Client;
use serde_json::{Value, json};

type Failed = Box<dyn Error>;

/// What is needed to play both sides.
pub struct Shop<'a> {
    pub http: &'a Client,
    /// Base address of the console.
    pub console: &'a str,
    /// Where the shop's page is.
    pub site: &'a str,
    pub workspace: &'a str,
    /// The owner's access token.
    pub token: &'a str,
}

impl Shop<'_> {
    async fn console(&self, method: http::Method, path: &str, body: &Value) -> Result<Value, Failed> {
        let url = format!("{}/console/{}/{path}", self.console, self.workspace);
        let mut request = self.http.request(method, url).bearer_auth(self.token);
        if !body.is_null() {
            request =
                request.header("idempotency-key", format!("demo-{}", body.to_string().len())).json(body);
        }
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    async fn page(&self, base: &str, path: &str, token: Option<&str>, body: &Value) -> Result<Value, Failed> {
        let mut request = self.http.post(format!("{base}/{path}")).header("origin", self.site).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await?.error_for_status()?;
        if answer.status() == 204 { Ok(Value::Null) } else { Ok(answer.json().await?) }
    }

    /// The chat's base address; made where there is none.
    pub async fn connect(&self) -> Result<(String, bool), Failed> {
        let known = self.console(http::Method::GET, "channels", &Value::Null).await?;
        let chats = known["items"].as_array().into_iter().flatten();
        let mut connected = chats.filter(|c| c["source"] == "webchat" && c["state"] == "connected");
        if let Some(chat) = connected.next() {
            let path = format!("channels/{}/webchat", chat["id"].as_str().unwrap_or_default());
            let answer = self.console(http::Method::GET, &path, &Value::Null).await?;
            return Ok((answer["base_url"].as_str().ok_or("no chat")?.to_owned(), false));
        }
        let request = json!({ "source": "webchat", "name": "Chat de la tienda", "config": {
            "title": "Muebles Ceibo",
            "welcome": "¡Hola! ¿En qué podemos ayudarle?",
            "colour": "#7c4a21",
            "allowed_origins": [self.site],
            "offline_note": "Respondemos de 9:00 a 18:00. Deje su correo y le escribimos.",
            "prechat": { "enabled": true, "fields": [
                { "name": "name", "required": true }, { "name": "email", "required": false } ] },
        } });
        let answer = self.console(http::Method::POST, "channels", &request).await?;
        Ok((answer["setup"]["webhook_url"].as_str().ok_or("no chat")?.to_owned(), true))
    }

    /// A visitor asks, an agent offers choices, the visitor taps one.
    pub async fn talk(&self, base: &str) -> Result<(), Failed> {
        let page = format!("{}/shop", self.site);
        let session = self.page(base, "sessions", None, &json!({ "page": page, "language": "es" })).await?;
        let token = session["token"].as_str().ok_or("no session")?;
        self.page(base, "prechat", Some(token), &json!({ "name": "Daniela Suárez" })).await?;
        let ask = json!({ "client_message_id": "00000000-0000-4000-8000-000000000001", "type": "text",
            "text": "Hola, ¿la mesa de comedor viene también para cuatro?" });
        self.page(base, "messages", Some(token), &ask).await?;
        let (contact, identity) = self.found("Daniela").await?;
        let offer = json!({ "contact_channel_id": identity, "content": { "kind": "interactive",
            "body": "¡Hola, Daniela! Viene en dos tamaños. ¿Cuál le interesa?",
            "action": { "type": "buttons", "buttons": [
                { "id": "cuatro", "title": "Cuatro puestos" }, { "id": "seis", "title": "Seis puestos" } ] } } });
        self.console(http::Method::POST, &format!("messages/{contact}"), &offer).await?;
        let tap = json!({ "client_message_id": "00000000-0000-4000-8000-000000000002", "type": "reply",
            "reply": { "id": "cuatro", "title": "Cuatro puestos" } });
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        self.page(base, "messages", Some(token), &tap).await?;
        Ok(())
    }

    /// The contact of a name and his identity, once the queue has brought him.
    async fn found(&self, name: &str) -> Result<(u64, String), Failed> {
        for _ in 0..40 {
            let list = self.console(http::Method::GET, "contacts?inbox=all&limit=20", &Value::Null).await?;
            let rows = list["items"].as_array().into_iter().flatten();
            for row in rows.filter(|row| row["name"].as_str().is_some_and(|n| n.starts_with(name))) {
                if let (Some(id), Some(identity)) = (row["id"].as_u64(), row["channels"][0]["id"].as_str()) {
                    return Ok((id, identity.to_owned()));
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        Err("the visitor did not arrive".into())
    }
}
