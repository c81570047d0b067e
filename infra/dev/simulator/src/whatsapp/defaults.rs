//! The demo workspace as Meta would know it: templates and customers.

use serde_json::{Value, json};

use super::state::Customer;

const HOUR: i64 = 3_600_000;

/// Templates of the demo business, in Graph's form.
pub fn templates() -> Vec<Value> {
    vec![
        template(
            "424200000000301",
            "pedido_listo",
            "UTILITY",
            "APPROVED",
            json!([
                {"type": "BODY", "text": "Hola, {{1}}. Su pedido {{2}} está listo. ¿Lo retira en la tienda o se lo enviamos?",
                 "example": {"body_text": [["Lucía", "MC-1042"]]}},
                {"type": "FOOTER", "text": "Muebles Ceibo (demo)"},
                {"type": "BUTTONS", "buttons": [
                    {"type": "QUICK_REPLY", "text": "Retiro en tienda"}, {"type": "QUICK_REPLY", "text": "Envío a domicilio"}]}
            ]),
        ),
        template(
            "424200000000302",
            "recordatorio_pago",
            "UTILITY",
            "APPROVED",
            json!([
                {"type": "HEADER", "format": "TEXT", "text": "Pago pendiente"},
                {"type": "BODY", "text": "Hola, {{1}}. Le recordamos el saldo de {{2}} dólares de su pedido {{3}}.",
                 "example": {"body_text": [["Iván", "320", "MC-1038"]]}},
                {"type": "BUTTONS", "buttons": [
                    {"type": "URL", "text": "Ver pedido", "url": "https://ceibo.example/pedidos/{{1}}",
                     "example": ["https://ceibo.example/pedidos/MC-1038"]}]}
            ]),
        ),
        template(
            "424200000000303",
            "encuesta_entrega",
            "UTILITY",
            "APPROVED",
            json!([
                {"type": "BODY", "text": "¿Cómo estuvo la entrega de su pedido? Nos ayuda con un toque."},
                {"type": "BUTTONS", "buttons": [
                    {"type": "QUICK_REPLY", "text": "Muy bien"}, {"type": "QUICK_REPLY", "text": "Regular"},
                    {"type": "QUICK_REPLY", "text": "Mal"}]}
            ]),
        ),
        template(
            "424200000000304",
            "promo_navidad",
            "MARKETING",
            "PAUSED",
            json!([
                {"type": "HEADER", "format": "IMAGE"},
                {"type": "BODY", "text": "Esta Navidad, {{1}}, su sala con 15 % de descuento hasta el 24 de diciembre.",
                 "example": {"body_text": [["Rosa"]]}},
                {"type": "FOOTER", "text": "Responda ALTO para no recibir promociones"}
            ]),
        ),
        {
            let mut rejected = template(
                "424200000000305",
                "feria_quito",
                "MARKETING",
                "REJECTED",
                json!([
                    {"type": "BODY", "text": "{{1}} le espera en la feria de Quito."}
                ]),
            );
            rejected["rejected_reason"] = json!("INVALID_FORMAT");
            rejected
        },
    ]
}

#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
fn template(id: &str, name: &str, category: &str, status: &str, components: Value) -> Value {
    json!({
        "id": id, "name": name, "language": "es", "status": status, "category": category,
        "parameter_format": "POSITIONAL", "components": components, "rejected_reason": "NONE",
        "quality_score": {"score": if status == "PAUSED" { "RED" } else { "GREEN" }},
    })
}

/// Customers of the demo business; `now_ms` is when they are made.
pub fn customers(now_ms: i64) -> Vec<Customer> {
    let people = [
        ("593900000001", "Rosa Chango", Some(2 * 60_000)),
        ("593900000002", "Iván Loor", Some(HOUR / 3)),
        ("593900000003", "Mercedes Paredes", Some(HOUR)),
        ("593900000004", "Martín Ayala", Some(24 * HOUR - 41 * 60_000)),
        ("593900000005", "Lucía Benalcázar", Some(72 * HOUR)),
        ("593900000006", "Pablo Ríos", Some(3 * HOUR)),
        ("593900000007", "Sofía Andrade", Some(4 * HOUR)),
        ("593900000009", "Jorge Tenesaca", Some(2 * HOUR)),
        ("593900000010", "Nelly Farinango", Some(5 * HOUR)),
    ];
    let mut customers: Vec<Customer> = people
        .into_iter()
        .map(|(wa_id, name, ago)| Customer {
            wa_id: Some(wa_id.to_owned()),
            user_id: Some(format!("EC.{}", wa_id.chars().rev().collect::<String>())),
            name: name.to_owned(),
            last_inbound_at: ago.map(|ago| now_ms - ago),
            ..Customer::default()
        })
        .collect();
    customers.push(Customer {
        user_id: Some("EC.8800000000000001".to_owned()),
        username: Some("daniela.m".to_owned()),
        name: "Daniela M.".to_owned(),
        ..Customer::default()
    });
    customers
}
