//! The bucket in process: the real SDK client over a map of bytes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RequestChecksumCalculation,
    ResponseChecksumValidation, RuntimeComponents, retry::RetryConfig,
};
use aws_sdk_s3::{Client, Config};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use colibri_store::{Files, SignedRequest};

use crate::{locked, role};

/// Name of the bucket.
pub const BUCKET: &str = "colibri-files";

/// Bytes with their type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Object {
    pub mime_type: String,
    pub bytes: Bytes,
}

type Objects = Arc<Mutex<BTreeMap<String, Object>>>;

/// Bytes that a part of a multipart upload has at least, unless it is the last one.
const SMALLEST_PART: usize = 5 * 1_048_576;

/// A multipart upload that is not completed.
#[derive(Debug, Default)]
struct Upload {
    mime_type: String,
    parts: BTreeMap<usize, Bytes>,
}

type Uploads = Arc<Mutex<Vec<Upload>>>;

/// An empty bucket of its own.
#[derive(Clone)]
pub struct TestBucket {
    objects: Objects,
    client: Client,
}

impl TestBucket {
    /// An empty bucket.
    #[allow(clippy::new_without_default)] // a test says that it makes one
    pub fn new() -> Self {
        let objects = Objects::default();
        let connector = SharedHttpConnector::new(Connector(Arc::clone(&objects), Uploads::default()));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url("http://bucket.invalid")
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::disabled())
            .interceptor(Watch)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        Self { objects, client: Client::from_conf(config) }
    }

    /// The store's view of this bucket.
    pub fn files(&self) -> Files {
        Files::new(self.client.clone(), BUCKET)
    }

    /// Names of everything in it.
    pub fn names(&self) -> Vec<String> {
        locked(&self.objects).keys().cloned().collect()
    }

    /// One object.
    pub fn object(&self, name: &str) -> Option<Object> {
        locked(&self.objects).get(name).cloned()
    }

    /// Puts an object.
    pub fn put(&self, name: &str, mime_type: &str, bytes: impl Into<Bytes>) {
        let object = Object { mime_type: mime_type.into(), bytes: bytes.into() };
        locked(&self.objects).insert(name.to_owned(), object);
    }

    /// What a browser does with a signed upload.
    pub fn upload(&self, signed: &SignedRequest, bytes: impl Into<Bytes>) {
        let mime_type = signed.headers.get("content-type").cloned().unwrap_or_default();
        locked(&self.objects).insert(name(&signed.url), Object { mime_type, bytes: bytes.into() });
    }
}

/// Name of an object from an address in path style.
fn name(address: &str) -> String {
    let path = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = path.split('?').next().unwrap_or_default();
    path.splitn(3, '/').nth(2).unwrap_or_default().to_owned()
}

/// The prefix that an address asks a list for.
fn listed(address: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    if !query.split('&').any(|part| part == "list-type=2") {
        return None;
    }
    let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
    Some(prefix.replace("%2F", "/"))
}

/// Sees requests that are signed for somebody else, too: they are carried out under the role that signed them.
#[derive(Debug)]
struct Watch;

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "role"
    }

    fn read_before_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let action = match request.method() {
            "PUT" | "POST" => "s3:PutObject",
            "DELETE" => "s3:DeleteObject",
            _ if listed(request.uri()).is_some() => "s3:ListBucket",
            _ => "s3:GetObject",
        };
        let object = name(request.uri());
        role::call(action, object.find('/').map_or(object.as_str(), |end| &object[..=end]), "");
        Ok(())
    }
}

#[derive(Debug)]
struct Connector(Objects, Uploads);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut objects = locked(&self.0);
        let upload = upload(&mut objects, &mut locked(&self.1), &request);
        HttpConnectorFuture::ready(Ok(upload.unwrap_or_else(|| answer(&mut objects, &request))))
    }
}

/// A parameter of an address; empty where it has no value.
fn parameter<'a>(address: &'a str, name: &str) -> Option<&'a str> {
    let mut all =
        address.split_once('?')?.1.split('&').map(|part| part.split_once('=').unwrap_or((part, "")));
    all.find_map(|(known, value)| (known == name).then_some(value))
}

/// The three calls of a multipart upload, as strict about sizes and tags as S3; `None` for any other call.
fn upload(
    objects: &mut BTreeMap<String, Object>,
    uploads: &mut Vec<Upload>,
    request: &HttpRequest,
) -> Option<HttpResponse> {
    let body = request.body().bytes().unwrap_or_default();
    if request.method() == "POST" && parameter(request.uri(), "uploads").is_some() {
        let mime_type = request.headers().get("content-type").unwrap_or_default().to_owned();
        uploads.push(Upload { mime_type, ..Upload::default() });
        let id = uploads.len();
        let begun = format!(
            "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        );
        return Some(response(200, SdkBody::from(begun)));
    }
    let id: usize = parameter(request.uri(), "uploadId")?.parse().ok()?;
    let upload = uploads.get_mut(id.checked_sub(1)?)?;
    if request.method() == "PUT" {
        let number: usize = parameter(request.uri(), "partNumber")?.parse().ok()?;
        upload.parts.insert(number, Bytes::copy_from_slice(body));
        let mut taken = response(200, SdkBody::empty());
        taken.headers_mut().insert("etag", format!("tag-{id}-{number}"));
        return Some(taken);
    }
    let list = String::from_utf8_lossy(body);
    let count = upload.parts.len();
    let whole = upload.parts.iter().all(|(number, bytes)| {
        let listed = list.contains(&format!("<ETag>tag-{id}-{number}</ETag>"));
        listed && (*number == count || bytes.len() >= SMALLEST_PART)
    });
    if !whole || list.matches("<Part>").count() != count {
        let refused =
            "<Error><Code>InvalidPart</Code><Message>parts are missing or too small</Message></Error>";
        return Some(response(400, SdkBody::from(refused)));
    }
    let bytes = upload.parts.values().flat_map(|part| part.iter().copied()).collect();
    let mime_type = std::mem::take(&mut upload.mime_type);
    objects.insert(name(request.uri()), Object { mime_type, bytes });
    Some(response(200, SdkBody::from("<CompleteMultipartUploadResult/>")))
}

fn answer(objects: &mut BTreeMap<String, Object>, request: &HttpRequest) -> HttpResponse {
    if let Some(prefix) = listed(request.uri()) {
        let names = objects.keys().filter(|name| name.starts_with(&prefix)).take(1_000);
        let contents: Vec<String> =
            names.map(|name| format!("<Contents><Key>{name}</Key></Contents>")).collect();
        let contents = contents.concat();
        let body = format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>");
        return response(200, SdkBody::from(body));
    }
    let name = name(request.uri());
    if request.method() == "PUT" {
        let bytes = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
        let mime_type = request.headers().get("content-type").unwrap_or_default().to_owned();
        objects.insert(name, Object { mime_type, bytes });
        return response(200, SdkBody::empty());
    }
    if request.method() == "DELETE" {
        objects.remove(&name);
        return response(204, SdkBody::empty());
    }
    let Some(object) = objects.get(&name) else {
        if !role::may_list() {
            return response(403, SdkBody::empty());
        }
        let missing = "<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>";
        return response(
            404,
            if request.method() == "HEAD" { SdkBody::empty() } else { SdkBody::from(missing) },
        );
    };
    let range = request
        .headers()
        .get("range")
        .and_then(|r| r.strip_prefix("bytes=0-"))
        .and_then(|end| end.parse::<usize>().ok());
    let end = range.map_or(object.bytes.len(), |last| object.bytes.len().min(last + 1));
    let body =
        if request.method() == "HEAD" { SdkBody::empty() } else { SdkBody::from(object.bytes.slice(..end)) };
    let mut answer = response(if range.is_some() { 206 } else { 200 }, body);
    answer.headers_mut().insert("content-length", end.to_string());
    answer.headers_mut().insert("content-type", object.mime_type.clone());
    answer
}

fn response(status: u16, body: SdkBody) -> HttpResponse {
    let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::new(status.into(), body)
}
