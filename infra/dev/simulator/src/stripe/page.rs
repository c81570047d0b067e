//! The page on which a card is typed. It is the provider's, as a real one would be: the installation never sees a number.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::{Stripe, form};
use crate::sync::lock;

const PAGE: &str = include_str!("pay.html");

/// The code of a refusal.
pub struct Declined(pub String);

/// The page of each session.
pub fn routes(stripe: Stripe) -> Router {
    Router::new().route("/stripe/pay/{session}", get(show).post(pay)).with_state(stripe)
}

fn spanish(headers: &HeaderMap) -> bool {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    wanted.is_none_or(|wanted| !wanted.trim_start().starts_with("en"))
}

/// What a refusal is to who typed the card.
fn words(code: &str, es: bool) -> &'static str {
    let (spanish, english) = match code {
        "" => ("", ""),
        "incorrect_number" => ("El número de la tarjeta no es correcto.", "The card number is not correct."),
        "expired_card" => ("La tarjeta está vencida.", "The card has expired."),
        "insufficient_funds" => {
            ("La tarjeta no tiene fondos suficientes.", "The card has insufficient funds.")
        }
        "lost_card" => ("La tarjeta fue reportada como perdida.", "The card was reported lost."),
        "session_paid" => ("Esto ya está pagado.", "This is paid already."),
        "session_expired" => {
            ("Este enlace venció. Pida otro.", "This link has expired. Ask for another one.")
        }
        "session_missing" => ("Este enlace no existe.", "There is no such link."),
        _ => {
            ("El banco rechazó la tarjeta. Pruebe con otra.", "The bank declined the card. Try another one.")
        }
    };
    if es { spanish } else { english }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn page(session: &Value, code: &str, es: bool) -> Response {
    let amount = session["amount_total"].as_i64().unwrap_or(0);
    let currency = session["currency"].as_str().unwrap_or_default().to_uppercase();
    let total = format!("{currency} {}.{:02}", amount / 100, amount % 100);
    let pick = |spanish: &'static str, english: &'static str| if es { spanish } else { english };
    let text = session["text"].as_str().unwrap_or_default();
    let back = session["cancel_url"].as_str().unwrap_or("/");
    let done = session["status"] == "complete" || code.starts_with("session_");
    let filled = [
        ("lang", pick("es", "en").to_owned()),
        ("title", pick("Pagar con tarjeta", "Pay by card").to_owned()),
        (
            "played",
            pick(
                "Proveedor de pagos simulado: no se cobra nada.",
                "Simulated payment provider: nothing is charged.",
            )
            .to_owned(),
        ),
        ("what", escaped(text)),
        ("total", total),
        ("problem", words(code, es).to_owned()),
        ("number", pick("Número de la tarjeta", "Card number").to_owned()),
        ("month", pick("Mes", "Month").to_owned()),
        ("year", pick("Año", "Year").to_owned()),
        ("pay", pick("Pagar", "Pay").to_owned()),
        ("cancel", pick("Volver sin pagar", "Back without paying").to_owned()),
        ("back", escaped(back)),
        ("cards", pick("Tarjetas de prueba", "Test cards").to_owned()),
        ("good", pick("paga", "pays").to_owned()),
        ("declined", pick("rechazada", "declined").to_owned()),
        ("funds", pick("sin fondos", "insufficient funds").to_owned()),
        (
            "later",
            pick("paga ahora, se rechaza en el próximo débito", "pays now, is declined at the next debit")
                .to_owned(),
        ),
        ("hidden", if done { "hidden" } else { "" }.to_owned()),
    ];
    let html = filled
        .iter()
        .fold(PAGE.to_owned(), |html, (name, value)| html.replace(&format!("{{{{{name}}}}}"), value));
    let status = if code.is_empty() { StatusCode::OK } else { StatusCode::PAYMENT_REQUIRED };
    (status, Html(html)).into_response()
}

async fn show(State(stripe): State<Stripe>, Path(session): Path<String>, headers: HeaderMap) -> Response {
    let es = spanish(&headers);
    let known = lock(&stripe.state).session(&session).cloned();
    match known {
        Some(known) if known["status"] == "complete" => page(&known, "session_paid", es),
        Some(known) => page(&known, "", es),
        None => page(&Value::Null, "session_missing", es),
    }
}

async fn pay(
    State(stripe): State<Stripe>,
    Path(session): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = form::read(&String::from_utf8_lossy(&body));
    let number = fields.get("number").cloned().unwrap_or_default();
    let small = |name: &str| fields.get(name).and_then(|text| text.trim().parse::<u16>().ok()).unwrap_or(0);
    let month = u8::try_from(small("month")).unwrap_or(0);
    match stripe.pay(&session, &number, (month, small("year"))) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(Declined(code)) => {
            let known = lock(&stripe.state).session(&session).cloned().unwrap_or_default();
            page(&known, &code, spanish(&headers))
        }
    }
}
