//! Table and queues over TLS, as functions reach them.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use colibri_testing::TestTable;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::wire::{self, Request, Response};

/// What functions call instead of AWS.
pub struct Cloud {
    /// Its address.
    pub url: String,
    /// Whom functions trust for it.
    pub authority: PathBuf,
    sent: Arc<Mutex<Vec<Value>>>,
}

impl Cloud {
    /// Serves this table and takes everything that is sent to queues. Leaves its certificate in `folder`.
    pub fn start(table: TestTable, folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let authority = folder.join("authority.pem");
        std::fs::write(&authority, made.cert.pem()).expect("the certificate is kept");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate with its key");
        let tls = Arc::new(tls);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let sent: Arc<Mutex<Vec<Value>>> = Arc::default();
        let taken = Arc::clone(&sent);
        std::thread::spawn(move || {
            for connection in listener.incoming().filter_map(Result::ok) {
                let (tls, table, sent) = (Arc::clone(&tls), table.clone(), Arc::clone(&taken));
                std::thread::spawn(move || {
                    let _ = connection.set_nodelay(true);
                    let Ok(session) = ServerConnection::new(tls) else { return };
                    let _ = wire::serve(StreamOwned::new(session, connection), |request| {
                        Some(answer(&table, &sent, &request))
                    });
                });
            }
        });
        Self { url: format!("https://localhost:{port}"), authority, sent }
    }

    /// What was sent to queues since the last asking.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.sent.lock().expect("a lock"))
    }
}

fn answer(table: &TestTable, sent: &Mutex<Vec<Value>>, request: &Request) -> Response {
    let (service, operation) =
        request.header("x-amz-target").and_then(|target| target.split_once('.')).unwrap_or_default();
    let (status, body) = if service == "AmazonSQS" {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let entries = body["Entries"].as_array().cloned().unwrap_or_default();
        let accepted = |entry: &Value| json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "" });
        let accepted: Vec<Value> = entries.iter().map(accepted).collect();
        sent.lock().expect("a lock").extend(entries);
        (200, json!({ "Successful": accepted, "Failed": [] }).to_string())
    } else {
        table.over_the_wire(operation, &request.body)
    };
    let headers = vec![("content-type", "application/x-amz-json-1.0".to_owned())];
    Response { status, headers, body: body.into_bytes() }
}
