//! The event bus on EventBridge; other functions are started by it too.

use async_trait::async_trait;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use colibri_app::ports::{Bus, BusEvent, Invoke, PortError, PortErrorKind};

use super::port_error;

/// Most events of one call.
const BATCH: usize = 10;
/// Most bytes of one call.
const BATCH_BYTES: usize = 900_000;
/// Source of domain events.
const SOURCE: &str = "colibri";

/// Publishes to the installation's bus.
#[derive(Clone)]
pub struct EventBridgeBus {
    client: aws_sdk_eventbridge::Client,
    bus: String,
}

impl EventBridgeBus {
    /// For a bus by its name.
    pub fn new(client: aws_sdk_eventbridge::Client, bus: &str) -> Self {
        Self { client, bus: bus.to_owned() }
    }

    fn entry(&self, detail_type: &str, detail: &str) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(detail_type)
            .detail(detail)
            .build()
    }

    /// Puts one call's worth; returns the places that were refused.
    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Result<Vec<usize>, PortError> {
        let answer = self
            .client
            .put_events()
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| port_error("bus.publish", &error))?;
        if answer.failed_entry_count == 0 {
            return Ok(Vec::new());
        }
        Ok(answer
            .entries()
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.error_code.is_some())
            .map(|(place, _)| place)
            .collect())
    }
}

#[async_trait]
impl Bus for EventBridgeBus {
    async fn publish(&self, events: Vec<BusEvent>) -> Result<Vec<usize>, PortError> {
        let mut refused = Vec::new();
        for range in ranges(&events) {
            let entries =
                events[range.clone()].iter().map(|event| self.entry(event.name, &event.detail)).collect();
            match self.put(entries).await {
                Ok(places) => refused.extend(places.into_iter().map(|place| range.start + place)),
                // What came before is published: only the rest is the caller's to repeat.
                Err(_) if range.start > 0 => {
                    refused.extend(range.start..events.len());
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }
}

#[async_trait]
impl Invoke for EventBridgeBus {
    async fn start(&self, function: &str, payload: &str) -> Result<(), PortError> {
        let refused = self.put(vec![self.entry(function, payload)]).await?;
        if refused.is_empty() {
            Ok(())
        } else {
            Err(PortError::new(PortErrorKind::Unavailable, "bus.start", "not accepted"))
        }
    }
}

/// Cuts into calls by number and size, in order.
fn ranges(events: &[BusEvent]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (place, event) in events.iter().enumerate() {
        let size = event.detail.len() + event.name.len() + 64;
        if place > start && (place - start == BATCH || bytes + size > BATCH_BYTES) {
            ranges.push(start..place);
            (start, bytes) = (place, 0);
        }
        bytes += size;
    }
    if start < events.len() {
        ranges.push(start..events.len());
    }
    ranges
}

#[cfg(test)]
mod tests {
    use colibri_domain::EventId;

    use super::*;

    #[test]
    fn calls_hold_ten_events() {
        let event =
            BusEvent { name: "message.received", id: EventId::from_unique("1"), detail: "{}".to_owned() };
        assert_eq!(ranges(&vec![event.clone(); 12]), [0..10, 10..12]);
        let large = BusEvent { detail: "x".repeat(600_000), ..event };
        assert_eq!(ranges(&[large.clone(), large]), [0..1, 1..2]);
        assert!(ranges(&[]).is_empty());
    }
}
