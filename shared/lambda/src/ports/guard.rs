//! Which addresses outside calls may reach. What a user or a payload names must not lead into our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Resolves names itself and hands out public addresses only: what was checked is what is connected to.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One private address among public ones is an attempt, not an accident: refuse the name.
            if found.is_empty() || found.iter().any(|address| !is_public(address.ip())) {
                return Err("the name leads to an address that is not public".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Checks an address before it is called; literal IP addresses never meet the resolver.
pub fn check(url: &Url) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http and https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("no credentials in addresses");
    }
    if !matches!(url.port_or_known_default(), Some(80 | 443)) {
        return Err("only ports 80 and 443");
    }
    match url.host() {
        None => Err("no host"),
        Some(Host::Ipv4(ip)) if !is_public(IpAddr::V4(ip)) => Err("not a public address"),
        Some(Host::Ipv6(ip)) if !is_public(IpAddr::V6(ip)) => Err("not a public address"),
        Some(Host::Domain(name)) if is_local_name(name) => Err("not a public name"),
        Some(_) => Ok(()),
    }
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || [".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end))
}

/// Whether an address is reachable on the public internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => embedded_v4(ip).map_or_else(|| is_public_v6(ip), is_public_v4),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let reserved = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !reserved
}

/// Global unicast only, without the parts of it that are kept for documentation, tunnels and the like.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let global = (a & 0xe000) == 0x2000;
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x3fff;
    global && !special
}

/// The IPv4 address that an IPv6 address carries: mapped, compatible, translated, 6to4.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    let leading_zeros = s[..5].iter().all(|part| *part == 0);
    if leading_zeros && (s[5] == 0xffff || (s[5] == 0 && !(s[6] == 0 && s[7] <= 1))) {
        return Some(join(s[6], s[7]));
    }
    if s[0] == 0x0064 && s[1] == 0xff9b {
        return Some(join(s[6], s[7]));
    }
    (s[0] == 0x2002).then(|| join(s[1], s[2]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_inside_are_refused() {
        for address in [
            "http://127.0.0.1/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://198.18.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://[2001:db8::1]/",
            "http://[2001::1]/",
            "http://localhost:8080/",
            "http://metadata.google.internal/",
            "http://x.localhost./",
            "http://example.com:22/",
            "https://example.com:8443/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "http://user:pw@example.com/",
        ] {
            let url = Url::parse(address).unwrap();
            assert!(check(&url).is_err(), "{address}");
        }
    }

    #[test]
    fn addresses_outside_pass() {
        for address in [
            "https://example.com/",
            "http://93.184.216.34/",
            "https://[2606:2800:220:1::1]/",
            "https://[::ffff:93.184.216.34]/",
        ] {
            assert_eq!(check(&Url::parse(address).unwrap()), Ok(()), "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_way_of_writing_an_inner_address_passes(a in 0_u8..4, b: u8, c: u8, d: u8, form in 0_usize..7) {
            let ip = match a {
                0 => Ipv4Addr::new(127, b, c, d),
                1 => Ipv4Addr::new(10, b, c, d),
                2 => Ipv4Addr::new(169, 254, c, d),
                _ => Ipv4Addr::new(192, 168, c, d),
            };
            let number = u32::from(ip);
            let [w, x, y, z] = ip.octets();
            let host = match form {
                0 => ip.to_string(),
                1 => number.to_string(),
                2 => format!("0x{number:x}"),
                3 => format!("0{w:o}.0{x:o}.0{y:o}.0{z:o}"),
                4 => format!("[{}]", ip.to_ipv6_mapped()),
                5 => format!("[64:ff9b::{:x}:{:x}]", number >> 16, number & 0xffff),
                _ => format!("{w}.{x}.{}", u32::from(y) << 8 | u32::from(z)),
            };
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            prop_assert!(check(&url).is_err(), "{}", host);
        }

        #[test]
        fn whatever_carries_an_inner_address_is_as_private_as_that(number: u32) {
            let ip = Ipv4Addr::from(number);
            prop_assert_eq!(is_public(IpAddr::V6(ip.to_ipv6_mapped())), is_public(IpAddr::V4(ip)));
        }
    }

    #[tokio::test]
    async fn names_that_lead_inside_are_refused() {
        use std::str::FromStr as _;
        assert!(PublicOnly.resolve(Name::from_str("localhost").unwrap()).await.is_err());
    }
}
