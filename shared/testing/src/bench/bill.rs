//! What something costs.

use std::ops::{AddAssign, Mul, Sub};

use super::prices;
use crate::Call;

/// Amounts of everything that is billed; fractions where several share one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bill {
    /// Requests to HTTP APIs.
    pub http: f64,
    /// Invocations.
    pub invocations: f64,
    /// Their milliseconds.
    pub millis: f64,
    /// Requests to queues: sends, receives, deletes.
    pub queue: f64,
    /// Read units.
    pub reads: f64,
    /// Write units of the table.
    pub writes: f64,
    /// Write units of indexes.
    pub index_writes: f64,
    /// Frames to sockets.
    pub pushes: f64,
    /// Events on the bus.
    pub events: f64,
    /// Bytes of logs.
    pub log_bytes: f64,
}

impl Bill {
    /// Calls to the table, with the time that waiting for them takes.
    pub fn calls(calls: &[Call]) -> Self {
        let mut bill = Self::default();
        for call in calls {
            bill.millis += prices::waits::TABLE;
            match call.operation.as_str() {
                "GetItem" | "Query" | "BatchGetItem" | "TransactGetItems" | "Scan" => {
                    bill.reads += call.units;
                }
                _ => {
                    bill.writes += call.units - call.index_units;
                    bill.index_writes += call.index_units;
                }
            }
        }
        bill
    }

    /// An invocation by itself.
    pub fn invocation() -> Self {
        Self { invocations: 1.0, millis: prices::waits::OWN, log_bytes: prices::LOG_LINE, ..Self::default() }
    }

    /// Everything that is counted one by one: not time, not bytes.
    pub fn units(&self) -> f64 {
        self.http
            + self.invocations
            + self.queue
            + self.reads
            + self.writes
            + self.index_writes
            + self.pushes
            + self.events
    }

    /// US dollars for a million of it.
    pub fn dollars(&self) -> f64 {
        self.http * prices::HTTP_REQUEST
            + self.invocations * prices::INVOCATION
            + self.millis * prices::MILLISECOND
            + self.queue * prices::QUEUE_REQUEST
            + self.reads * prices::READ
            + (self.writes + self.index_writes) * prices::WRITE
            + self.pushes * prices::PUSH
            + self.events * prices::EVENT
            + self.log_bytes * prices::LOG_BYTE
    }

    /// Its parts that are not nothing, by name.
    pub fn parts(&self) -> Vec<(&'static str, f64)> {
        let all = [
            ("API requests", self.http),
            ("invocations", self.invocations),
            ("queue requests", self.queue),
            ("read units", self.reads),
            ("write units", self.writes),
            ("index write units", self.index_writes),
            ("pushes", self.pushes),
            ("events", self.events),
            ("ms", self.millis),
            ("log bytes", self.log_bytes),
        ];
        all.into_iter().filter(|(_, amount)| amount.abs() > 0.001).collect()
    }
}

impl AddAssign for Bill {
    fn add_assign(&mut self, other: Self) {
        self.http += other.http;
        self.invocations += other.invocations;
        self.millis += other.millis;
        self.queue += other.queue;
        self.reads += other.reads;
        self.writes += other.writes;
        self.index_writes += other.index_writes;
        self.pushes += other.pushes;
        self.events += other.events;
        self.log_bytes += other.log_bytes;
    }
}

impl Mul<f64> for Bill {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            http: self.http * times,
            invocations: self.invocations * times,
            millis: self.millis * times,
            queue: self.queue * times,
            reads: self.reads * times,
            writes: self.writes * times,
            index_writes: self.index_writes * times,
            pushes: self.pushes * times,
            events: self.events * times,
            log_bytes: self.log_bytes * times,
        }
    }
}

impl Sub for Bill {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let mut difference = self;
        difference += other * -1.0;
        difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_the_sum_of_its_parts() {
        let mut bill = Bill::invocation();
        bill += Bill { http: 1.0, queue: 3.0, writes: 2.0, index_writes: 4.0, reads: 0.5, ..Bill::default() };
        assert!((bill.units() - 11.5).abs() < 1e-9);
        let dollars = 1.0 + 0.2 + 0.003_333_35 + 1.5 + 6.0 * 0.625 + 0.0625 + 0.15;
        assert!((bill.dollars() - dollars).abs() < 1e-9, "{}", bill.dollars());
        assert_eq!((bill - bill).parts(), []);
        assert!(((bill * 0.5).units() - 5.75).abs() < 1e-9);
    }

    #[test]
    fn units_of_an_index_are_not_counted_twice() {
        let call = |operation: &str, units, index_units| Call {
            operation: operation.into(),
            index: None,
            partitions: Vec::new(),
            units,
            index_units,
            ok: true,
        };
        let bill =
            Bill::calls(&[call("PutItem", 7.0, 4.0), call("GetItem", 1.0, 0.0), call("Query", 0.5, 0.5)]);
        assert_eq!((bill.writes, bill.index_writes, bill.reads), (3.0, 4.0, 1.5));
        assert!((bill.millis - 12.0).abs() < 1e-9);
    }
}
