//! The functions' way to the table, which tests can cut: a relay of bytes between them and the emulator.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the way to the table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Everything passes.
    Open,
    /// Connections are taken and kept, but nothing passes: a network that swallows.
    Cut,
    /// Every connection ends with a reset at once, in the middle of what it carries.
    Reset,
}

impl Way {
    /// Reads what a test asks for.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "open" => Some(Self::Open),
            "cut" => Some(Self::Cut),
            "reset" => Some(Self::Reset),
            _ => None,
        }
    }
}

/// Relays until the process ends.
///
/// # Errors
/// When the port cannot be used.
pub async fn serve(port: u16, emulator_port: u16, way: watch::Receiver<Way>) -> std::io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(carry(stream, emulator_port, way.clone()));
    }
}

async fn carry(mut caller: TcpStream, emulator_port: u16, mut way: watch::Receiver<Way>) {
    let now = *way.borrow_and_update();
    match now {
        Way::Open => {}
        Way::Cut => return hold(&mut way).await,
        Way::Reset => return reset(&caller),
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, emulator_port));
    let Ok(mut table) = TcpStream::connect(address).await else { return reset(&caller) };
    let _ = (caller.set_nodelay(true), table.set_nodelay(true));
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut caller, &mut table) => return,
        _ = way.changed() => {}
    }
    let now = *way.borrow_and_update();
    match now {
        Way::Cut => hold(&mut way).await,
        Way::Open | Way::Reset => {
            reset(&caller);
            reset(&table);
        }
    }
}

/// Keeps a connection without carrying anything until the way changes again.
async fn hold(way: &mut watch::Receiver<Way>) {
    let _ = way.changed().await;
}

/// Makes the end of a connection a reset instead of an orderly close.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        port
    }

    async fn relay() -> (u16, watch::Sender<Way>) {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let (sender, receiver) = watch::channel(Way::Open);
        tokio::spawn(serve(port, echo().await, receiver));
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        (port, sender)
    }

    async fn says(stream: &mut TcpStream, text: &[u8]) -> std::io::Result<()> {
        stream.write_all(text).await?;
        let mut back = vec![0; text.len()];
        stream.read_exact(&mut back).await?;
        assert_eq!(back, text);
        Ok(())
    }

    #[tokio::test]
    async fn bytes_pass_until_the_way_is_cut_or_reset() {
        let (port, way) = relay().await;
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        says(&mut stream, b"one").await.unwrap();

        way.send(Way::Cut).unwrap();
        let silent = tokio::time::timeout(Duration::from_millis(100), says(&mut stream, b"two")).await;
        assert!(silent.is_err(), "nothing passes, and nothing says so");

        way.send(Way::Reset).unwrap();
        let mut other = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        assert!(says(&mut other, b"three").await.is_err());

        way.send(Way::Open).unwrap();
        let mut fresh = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        says(&mut fresh, b"four").await.unwrap();
    }
}
