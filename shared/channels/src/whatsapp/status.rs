//! Reports about our messages.

use serde_json::Value;

use colibri_domain::Seconds;
use colibri_domain::failure::{Failure, FailureClass, FailureReason};
use colibri_domain::inbound::StatusReport;
use colibri_domain::message::{Pricing, StatusValue};

use super::errors;
use crate::json;
use crate::webhook::KeptWhy;

/// Words of `status` that we read or knowingly pass over.
pub const STATUSES: &[&str] = &["sent", "delivered", "read", "played", "failed", "deleted", "warning"];

/// Reads a report. `Ok(None)` for words that say nothing about the message's way.
pub fn read(report: &Value, now: Seconds) -> Result<Option<StatusReport>, KeptWhy> {
    let value = match json::filled(report, "status").ok_or(KeptWhy::UnknownKind)?.as_str() {
        "sent" => StatusValue::Sent,
        "delivered" => StatusValue::Delivered,
        // A voice note that was played was seen first.
        "read" | "played" => StatusValue::Read,
        "failed" => StatusValue::Failed,
        "deleted" | "warning" => return Ok(None),
        _ => return Err(KeptWhy::UnknownKind),
    };
    let provider_id = json::id(report, "id").ok_or(KeptWhy::NoId)?;
    let recipient =
        ["recipient_user_id", "recipient_participant_user_id", "recipient_id", "recipient_participant_id"]
            .iter()
            .find_map(|key| json::id(report, key));
    let failure = (value == StatusValue::Failed).then(|| {
        json::items(report, "errors").first().map_or_else(
            || Failure::ours(FailureClass::Final, FailureReason::Unknown),
            |error| errors::classify(error, &[]).failure,
        )
    });
    Ok(Some(StatusReport {
        provider_id,
        reference: json::filled(report, "biz_opaque_callback_data"),
        value,
        at: json::seconds(report, "timestamp", now),
        failure,
        recipient,
        pricing: report.get("pricing").and_then(pricing),
    }))
}

fn pricing(pricing: &Value) -> Option<Pricing> {
    let category = json::filled(pricing, "category")?;
    let billable = pricing.get("billable").and_then(Value::as_bool);
    // Newer payloads may say only what type of price it is.
    let regular = json::filled(pricing, "type").is_none_or(|kind| kind == "regular");
    Some(Pricing {
        billable: billable.unwrap_or(regular),
        category,
        model: json::filled(pricing, "pricing_model"),
    })
}
