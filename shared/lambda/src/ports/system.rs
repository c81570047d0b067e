//! Time and chance of this machine: where the ports for both end.

#![allow(clippy::disallowed_methods, reason = "this is what stands behind the ports")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use colibri_app::ports::{Clock, Ids};
use colibri_domain::Millis;
use rand::RngExt as _;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// Time until `instant`; nothing when it has passed.
pub fn until(instant: SystemTime) -> Duration {
    instant.duration_since(SystemTime::now()).unwrap_or_default()
}

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Ids and secrets from the system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn unique(&self) -> String {
        uuid::Uuid::now_v7().simple().to_string()
    }

    fn random(&self, below: u32) -> u32 {
        if below == 0 { 0 } else { rand::rng().random_range(0..below) }
    }

    fn secret(&self) -> String {
        hex::encode(rand::random::<[u8; 32]>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_secrets_are_long() {
        let (first, second) = (SystemIds.unique(), SystemIds.unique());
        assert!(first < second && first.len() == 32);
        assert_eq!(SystemIds.secret().len(), 64);
        assert_eq!(SystemIds.random(0), 0);
        assert!(SystemIds.random(3) < 3);
    }
}
