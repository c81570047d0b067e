//! Who listens on a port.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::run::Failure;

/// Longest time that a process of ours takes to let go of its port.
const ENDING: Duration = Duration::from_secs(3);

/// Whether something accepts connections on a local port.
pub fn is_open(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_ok()
}

/// Refuses to go on when a port that we need belongs to somebody else.
///
/// # Errors
/// Names the process that holds the port.
pub fn must_be_free(port: u16, what: &str) -> Result<(), Failure> {
    let asked = Instant::now();
    // Who was just told to end may still be at it.
    while is_open(port) && asked.elapsed() < ENDING {
        std::thread::sleep(Duration::from_millis(100));
    }
    if !is_open(port) {
        return Ok(());
    }
    let holder = holder(port).unwrap_or_else(|| "a process of another user".to_owned());
    Err(Failure::new(format!(
        "port {port}, wanted for the {what}, is taken by {holder}.\n\
         Stop it, or choose other ports: COLIBRI_PORT_BASE=5600 cargo dev up"
    )))
}

/// `name (pid 123: command line)` of the process that listens on a port.
fn holder(port: u16) -> Option<String> {
    let inode = listening_inode(port)?;
    let wanted = format!("socket:[{inode}]");
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Ok(files) = fs::read_dir(process.path().join("fd")) else { continue };
        let holds = files
            .flatten()
            .any(|file| fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == wanted.as_str()));
        if holds {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            let line =
                fs::read_to_string(process.path().join("cmdline")).unwrap_or_default().replace('\0', " ");
            let pid = process.file_name();
            return Some(format!("{} (pid {}: {})", name.trim(), pid.to_string_lossy(), line.trim()));
        }
    }
    None
}

/// The kernel's table of sockets: local address, state (0A is listening) and inode.
fn listening_inode(port: u16) -> Option<String> {
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let text = fs::read_to_string(table).ok()?;
        text.lines().skip(1).find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let local = words.get(1)?.rsplit(':').next()?;
            let listens = *words.get(3)? == "0A" && u16::from_str_radix(local, 16) == Ok(port);
            listens.then(|| words.get(9).map(|inode| (*inode).to_owned()))?
        })
    })
}
