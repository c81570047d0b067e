//! Over real sockets: starting in process, cut connections, uploads, the page, foreign origins.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use colibri_simulator::callback::exchange;
use colibri_simulator::{Options, Running, start};
use http::Method;
use serde_json::{Value, json};

const NUMBER: &str = "424200000000101";

async fn running() -> Running {
    let running = start(Options::default(), 0).await.unwrap();
    // No delivery need arrive anywhere.
    let nowhere = json!({"whatsapp": {"callback_url": format!("{}/nowhere", running.url()), "timing": {"sent_ms": 600_000}}});
    running.app().merge_config(&nowhere).unwrap();
    running
}

async fn call(
    running: &Running,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<(u16, Vec<u8>), String> {
    let mut all = vec![("authorization".to_owned(), "Bearer colibri-demo-token".to_owned())];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let (status, bytes) = exchange(method, &format!("{}{path}", running.url()), &all, body.into()).await?;
    Ok((status, bytes.to_vec()))
}

async fn post(running: &Running, path: &str, body: Value) -> Result<(u16, Value), String> {
    let json = [("content-type", "application/json")];
    let (status, bytes) = call(running, Method::POST, path, &json, body.to_string().into_bytes()).await?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
}

/// How many messages the played Meta has accepted.
async fn accepted(running: &Running) -> usize {
    let (_, bytes) = call(running, Method::GET, "/control/whatsapp/messages", &[], Vec::new()).await.unwrap();
    serde_json::from_slice::<Vec<Value>>(&bytes).unwrap().len()
}

#[tokio::test]
async fn an_accepted_send_can_lose_its_connection() {
    let running = running().await;
    post(&running, "/control/faults", json!({"kind": "lost"})).await.unwrap();
    let message =
        json!({"messaging_product": "whatsapp", "to": "593900000001", "type": "text", "text": {"body": "x"}});
    let path = format!("/graph/v25.0/{NUMBER}/messages");
    assert!(post(&running, &path, message.clone()).await.is_err());
    assert_eq!(accepted(&running).await, 1, "it was accepted all the same");

    post(&running, "/control/faults", json!({"kind": "reset"})).await.unwrap();
    assert!(post(&running, &path, message).await.is_err());
    assert_eq!(accepted(&running).await, 1, "a reset does nothing");
}

#[tokio::test]
async fn an_upload_gives_an_id_and_wrong_types_are_refused() {
    let running = running().await;
    let form = |mime: &str| {
        format!(
            "--b\r\ncontent-disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n\
             --b\r\ncontent-disposition: form-data; name=\"type\"\r\n\r\n{mime}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\ncontent-type: {mime}\r\n\r\nbytes\r\n--b--\r\n"
        )
    };
    let multipart = [("content-type", "multipart/form-data; boundary=b")];
    let path = format!("/graph/v25.0/{NUMBER}/media");
    let (status, body) =
        call(&running, Method::POST, &path, &multipart, form("image/png").into_bytes()).await.unwrap();
    assert_eq!(status, 200);
    let id = serde_json::from_slice::<Value>(&body).unwrap()["id"].as_str().unwrap().to_owned();
    let (_, info) =
        call(&running, Method::GET, &format!("/graph/v25.0/{id}"), &[], Vec::new()).await.unwrap();
    let url = serde_json::from_slice::<Value>(&info).unwrap()["url"].as_str().unwrap().to_owned();
    let path_of_bytes = url.strip_prefix(&running.url()).unwrap();
    assert_eq!(
        call(&running, Method::GET, path_of_bytes, &[], Vec::new()).await.unwrap(),
        (200, b"bytes".to_vec())
    );
    assert_eq!(
        exchange(Method::GET, &url, &[], "".into()).await.unwrap().0,
        401,
        "bytes need the bearer, too"
    );
    let (status, _) =
        call(&running, Method::POST, &path, &multipart, form("image/gif").into_bytes()).await.unwrap();
    assert_eq!(status, 400);
}

#[tokio::test]
async fn the_page_is_one_file_and_other_origins_are_refused() {
    let running = running().await;
    let (status, page) = call(&running, Method::GET, "/phone", &[], Vec::new()).await.unwrap();
    let page = String::from_utf8(page).unwrap();
    assert_eq!(status, 200);
    assert!(!page.contains("src=\"http") && !page.contains("<link rel=\"stylesheet"));
    let from = |origin| call(&running, Method::GET, "/control/health", origin, Vec::new());
    assert_eq!(from(&[("origin", "https://evil.example")]).await.unwrap().0, 403);
    assert_eq!(from(&[("origin", "http://127.0.0.1:4600")]).await.unwrap().0, 200);
}

#[tokio::test]
async fn configuration_and_customers_survive_a_restart() {
    let file = std::env::temp_dir().join(format!("colibri-simulator-{}.json", std::process::id()));
    let options = || Options { state_file: Some(file.clone()), ..Options::default() };
    let first = start(options(), 0).await.unwrap();
    post(&first, "/control/config", json!({"whatsapp": {"callback_url": "http://127.0.0.1:9/x"}}))
        .await
        .unwrap();
    post(&first, "/phone/people/whatsapp", json!({"wa_id": "593900000055", "name": "Mateo"})).await.unwrap();
    drop(first);
    let second = start(options(), 0).await.unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(second.app().config()["whatsapp"]["callback_url"], "http://127.0.0.1:9/x");
    let (_, people) =
        call(&second, Method::GET, "/control/whatsapp/customers", &[], Vec::new()).await.unwrap();
    assert!(String::from_utf8(people).unwrap().contains("Mateo"));
}
