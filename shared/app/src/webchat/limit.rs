//! How much one visitor and one address may do. Counted in the table where it costs us something, in memory where it
//! does not; who was refused is refused again from memory until his time is over.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use colibri_domain::Millis;
use colibri_domain::ids::digest;

use super::{Chat, Webchat};
use crate::problem::Problem;

/// So many times within so many seconds.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// What is counted.
    pub what: &'static str,
    /// How often.
    pub times: u32,
    /// Within how long.
    pub seconds: i64,
}

const fn limit(what: &'static str, times: u32, seconds: i64) -> Limit {
    Limit { what, times, seconds }
}

/// Sessions of an address.
pub const SESSIONS: Limit = limit("session", 30, 60);
/// Messages of a visitor.
pub const MESSAGES: Limit = limit("message", 20, 60);
/// Messages of all visitors of an address.
pub const MESSAGES_OF_ADDRESS: Limit = limit("message", 60, 60);
/// New people of an address: each of them may become a contact.
pub const NEWCOMERS: Limit = limit("new", 20, 3_600);
/// Forms of a visitor.
pub const FORMS: Limit = limit("form", 5, 60);
/// Uploads of a visitor.
pub const FILES: Limit = limit("file", 10, 600);
/// Uploads of an address.
pub const FILES_OF_ADDRESS: Limit = limit("file", 30, 600);
/// Sockets of a visitor.
pub const SOCKETS: Limit = limit("socket", 10, 60);
/// Sockets of an address within a minute.
pub const SOCKETS_OF_ADDRESS: Limit = limit("socket", 30, 60);
/// Sockets of an address within the life of a socket: bounds how many are open at once.
pub const OPEN_SOCKETS: Limit = limit("open", 300, 7_200);
/// Reads and receipts of a visitor; counted in memory only.
pub const READS: Limit = limit("read", 120, 60);

/// Entries that are remembered.
const REMEMBERED: usize = 20_000;

/// What a warm function remembers of those who do too much.
#[derive(Default)]
pub struct Limits {
    /// Until when somebody is refused something.
    refused: Mutex<HashMap<String, Millis>>,
    /// Counts of the current stretch.
    counted: Mutex<HashMap<String, (i64, u32)>>,
}

/// The name under which an address is counted: nothing that could be read back. IPv6 customers have whole /64 networks.
#[must_use]
pub fn address(chat: &Chat, source_ip: &str) -> String {
    let network = match source_ip.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) if ip.to_ipv4_mapped().is_none() => {
            ip.segments()[..4].iter().map(|part| format!("{part:x}")).collect::<Vec<_>>().join(":")
        }
        Ok(ip) => ip.to_canonical().to_string(),
        Err(_) => "unknown".to_owned(),
    };
    format!("a:{}", hex::encode(&digest(&[chat.channel.id.as_str(), &network])[..8]))
}

/// Seconds until the current stretch ends, and its number.
fn stretch(limit: Limit, now: Millis) -> (i64, i64) {
    let seconds = now.seconds().0;
    (seconds.div_euclid(limit.seconds), limit.seconds - seconds.rem_euclid(limit.seconds))
}

fn too_many(left: i64) -> Problem {
    Problem::too_many(u32::try_from(left.max(1)).unwrap_or(1))
}

impl Webchat {
    /// Counts one more for somebody; 429 with the seconds to wait where it is too much.
    pub async fn admit(&self, chat: &Chat, who: &str, limit: Limit) -> Result<(), Problem> {
        let now = self.clock.now();
        let (number, left) = stretch(limit, now);
        let window = format!("{}#{number}", limit.what);
        let name = format!("{}#{who}#{window}", chat.channel.id);
        {
            let refused = self.limits.refused.lock().unwrap_or_else(PoisonError::into_inner);
            if refused.get(&name).is_some_and(|until| *until > now) {
                return Err(too_many(left));
            }
        }
        let until = now.plus(left * 1000);
        if self.data(chat).admit(&chat.channel.id, who, &window, limit.times, until).await? {
            return Ok(());
        }
        self.metrics.count("webchat.limited", 1);
        let mut refused = self.limits.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= REMEMBERED {
            refused.retain(|_, until| *until > now);
        }
        refused.insert(name, until);
        Err(too_many(left))
    }

    /// The same for what costs us next to nothing: counted by this process alone.
    pub fn admit_lightly(&self, chat: &Chat, who: &str, limit: Limit) -> Result<(), Problem> {
        let (number, left) = stretch(limit, self.clock.now());
        let mut counted = self.limits.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= REMEMBERED {
            counted.clear();
        }
        let name = format!("{}#{who}#{}", chat.channel.id, limit.what);
        let (at, times) = counted.entry(name).or_insert((number, 0));
        if *at != number {
            (*at, *times) = (number, 0);
        }
        *times += 1;
        if *times > limit.times { Err(too_many(left)) } else { Ok(()) }
    }
}
