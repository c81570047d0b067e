//! One origin for the browser: console, API, sockets and webhooks behind one port,
//! as a domain does on AWS, and the demo page beside them.

use std::convert::Infallible;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::relay::{self, Way};
use crate::run::Failure;

type Body = BoxBody<Bytes, hyper::Error>;

const DEMO_PAGE: &str = include_str!("page/demo.html");

#[derive(Deserialize)]
struct Settings {
    port: u16,
    emulator_port: u16,
    table_port: u16,
    webhook_api: String,
    console_api: String,
    socket_api: String,
    visitor_socket_api: String,
    socket_stage: String,
    simulator_port: u16,
    email: String,
    password: String,
}

/// Serves until it is told to end.
///
/// # Errors
/// When the settings cannot be read or the port not be used.
pub fn serve(path: &str) -> Result<(), Failure> {
    let fail = |error: &dyn std::fmt::Display| Failure::new(format!("proxy: {error}"));
    let text = fs::read(path).map_err(|error| fail(&error))?;
    let settings: Settings = serde_json::from_slice(&text).map_err(|error| fail(&error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| fail(&error))?;
    runtime.block_on(accept(Arc::new(settings))).map_err(|error| fail(&error))
}

async fn accept(settings: Arc<Settings>) -> std::io::Result<()> {
    let (way, follows) = watch::channel(Way::Open);
    let way = Arc::new(way);
    let table = relay::serve(settings.table_port, settings.emulator_port, follows);
    tokio::try_join!(table, console(settings, way)).map(|_| ())
}

async fn console(settings: Arc<Settings>, way: Arc<watch::Sender<Way>>) -> std::io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, settings.port))).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (settings, way) = (Arc::clone(&settings), Arc::clone(&way));
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&settings), Arc::clone(&way), request));
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A browser that goes away is no event.
            let _ = connection.with_upgrades().await;
        });
    }
}

async fn answer(
    settings: Arc<Settings>,
    way: Arc<watch::Sender<Way>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    if !is_local(&request) {
        // Keeps a foreign name that points here (DNS rebinding) from reading the demo's password.
        return Ok(plain(StatusCode::MISDIRECTED_REQUEST, "this address serves 127.0.0.1 only"));
    }
    let path = request.uri().path();
    if path == "/demo" || path == "/demo/" {
        return Ok(demo_page(&settings));
    }
    if path == "/_local/table" && request.method() == http::Method::POST {
        return Ok(change_way(&way, request).await);
    }
    let framed = request.headers().get("sec-fetch-dest").is_some_and(|value| value == "iframe");
    match forward(&settings, request).await {
        Ok(response) if framed => Ok(frameable(response)),
        Ok(response) => Ok(response),
        Err(error) => {
            eprintln!("{error}");
            Ok(plain(StatusCode::BAD_GATEWAY, "the local cloud does not answer: cargo dev up"))
        }
    }
}

fn is_local<T>(request: &Request<T>) -> bool {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost")
}

/// Tests cut the functions off from the table, and let them back.
async fn change_way(way: &watch::Sender<Way>, request: Request<Incoming>) -> Response<Body> {
    let text =
        request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let Some(wanted) = std::str::from_utf8(&text).ok().and_then(Way::parse) else {
        return plain(StatusCode::BAD_REQUEST, "open, cut or reset");
    };
    let _ = way.send(wanted);
    plain(StatusCode::OK, "done")
}

/// Where a path of the one origin lives in the emulator.
fn target(settings: &Settings, path_and_query: &str) -> String {
    let below = |api: &str, rest: &str| format!("/_aws/execute-api/{api}{rest}");
    if let Some(rest) = path_and_query.strip_prefix("/webhooks/") {
        return below(&settings.webhook_api, &format!("/$default/{rest}"));
    }
    let path = path_and_query.split('?').next().unwrap_or_default();
    let socket_api = match path {
        "/socket" => Some(&settings.socket_api),
        "/visitor-socket" => Some(&settings.visitor_socket_api),
        _ => None,
    };
    if let Some(api) = socket_api {
        let query = path_and_query.split_once('?').map_or_else(String::new, |(_, query)| format!("?{query}"));
        return below(api, &format!("/{}{query}", settings.socket_stage));
    }
    below(&settings.console_api, &format!("/$default{path_and_query}"))
}

async fn forward(settings: &Settings, mut request: Request<Incoming>) -> Result<Response<Body>, String> {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let target = target(settings, path);
    *request.uri_mut() = target.parse::<Uri>().map_err(|error| format!("{target}: {error}"))?;
    let wants_upgrade = request.headers().contains_key(header::UPGRADE);
    let caller = wants_upgrade.then(|| hyper::upgrade::on(&mut request));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.emulator_port));
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    tokio::spawn(async move {
        let _ = connection.with_upgrades().await;
    });
    *request.version_mut() = http::Version::HTTP_11;
    let mut response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    if let (Some(caller), StatusCode::SWITCHING_PROTOCOLS) = (caller, response.status()) {
        let cloud = hyper::upgrade::on(&mut response);
        tokio::spawn(join(caller, cloud));
    }
    Ok(response.map(BodyExt::boxed))
}

/// Carries bytes both ways until either side closes.
async fn join(caller: hyper::upgrade::OnUpgrade, cloud: hyper::upgrade::OnUpgrade) {
    if let (Ok(caller), Ok(cloud)) = tokio::join!(caller, cloud) {
        let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(caller), &mut TokioIo::new(cloud)).await;
    }
}

/// Lets the demo page, and nobody else, show the console in a frame.
fn frameable(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.remove(header::X_FRAME_OPTIONS);
    let policy = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|value| value.to_str().ok());
    let open = policy.map(|policy| policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'"));
    if let Some(value) = open.and_then(|policy| HeaderValue::from_str(&policy).ok()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

fn demo_page(settings: &Settings) -> Response<Body> {
    let values = serde_json::json!({
        "email": settings.email,
        "password": settings.password,
        "phone": format!("http://127.0.0.1:{}/phone", settings.simulator_port),
        "signed_in": format!("http://127.0.0.1:{}/control/demo/signed-in", settings.simulator_port),
        "origin": format!("http://127.0.0.1:{}", settings.port),
    });
    let page = DEMO_PAGE.replace("\"__SETTINGS__\"", &values.to_string());
    let mut response = Response::new(full(page));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(full(format!("{text}\n")));
    *response.status_mut() = status;
    response
}

fn full(text: String) -> Body {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            port: 4600,
            emulator_port: 4566,
            table_port: 4602,
            webhook_api: "wh".into(),
            console_api: "co".into(),
            socket_api: "so".into(),
            visitor_socket_api: "vi".into(),
            socket_stage: "local".into(),
            simulator_port: 4601,
            email: "alba@ceibo.example".into(),
            password: "secret".into(),
        }
    }

    #[test]
    fn paths_reach_the_api_that_serves_them() {
        let to = |path| target(&settings(), path);
        assert_eq!(to("/"), "/_aws/execute-api/co/$default/");
        assert_eq!(
            to("/console/W1/contacts?inbox=all"),
            "/_aws/execute-api/co/$default/console/W1/contacts?inbox=all"
        );
        assert_eq!(
            to("/webhooks/whatsapp/42?hub.mode=subscribe"),
            "/_aws/execute-api/wh/$default/whatsapp/42?hub.mode=subscribe"
        );
        assert_eq!(to("/socket?ticket=t"), "/_aws/execute-api/so/local?ticket=t");
        assert_eq!(to("/visitor-socket?ticket=t"), "/_aws/execute-api/vi/local?ticket=t");
        assert_eq!(to("/sockets"), "/_aws/execute-api/co/$default/sockets");
    }

    #[test]
    fn only_local_names_are_served() {
        let request = |host: &str| Request::builder().header(header::HOST, host).body(());
        for (host, expected) in
            [("127.0.0.1:4600", true), ("localhost:4600", true), ("evil.example:4600", false)]
        {
            assert_eq!(request(host).ok().map(|request| is_local(&request)), Some(expected), "{host}");
        }
    }

    #[test]
    fn a_framed_console_may_be_shown_by_the_demo_page_only() {
        let mut response = plain(StatusCode::OK, "");
        response.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'"),
        );
        response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        let response = frameable(response);
        assert_eq!(
            response.headers()[header::CONTENT_SECURITY_POLICY],
            "default-src 'self'; frame-ancestors 'self'"
        );
        assert!(!response.headers().contains_key(header::X_FRAME_OPTIONS));
    }
}
