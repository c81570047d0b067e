//! The same load through Kannel, an SMS gateway of two processes: a message in over HTTP, kept in its store, and out
//! over HTTP to whoever consumes it.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use colibri_testing::bench::Row;

use crate::lambda::usage;
use crate::wire::{self, Response};

/// Messages before it is measured, and messages that are.
const WARM: usize = 100;
const MESSAGES: usize = 1_000;
const PATIENCE: Duration = Duration::from_mins(1);

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Processor time of Kannel's two processes for a message, beside ours in milliseconds; none where it is not
/// installed (`apt install kannel`).
pub fn row(folder: &Path, ours: f64) -> Option<Row> {
    match measured(folder) {
        Ok(millis) => Some(Row {
            name: "process.kannel",
            what: "Kannel (bearerbox and smsbox), the same text in over HTTP and out over HTTP".to_owned(),
            unit: "ms of processor time",
            figure: millis,
            budget: None,
            why: format!(
                "ours, with signature, contact, conversation and list, is {:.2} times that",
                ours / millis
            ),
        }),
        Err(error) => {
            eprintln!("Kannel was not measured: {error}");
            None
        }
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn measured(folder: &Path) -> io::Result<f64> {
    let consumer = TcpListener::bind("127.0.0.1:0")?;
    let arrived = Arc::new(AtomicUsize::new(0));
    let (out, count) = (consumer.local_addr()?.port(), Arc::clone(&arrived));
    std::thread::spawn(move || {
        for connection in consumer.incoming().filter_map(Result::ok) {
            let count = Arc::clone(&count);
            std::thread::spawn(move || {
                let _ = wire::serve(connection, |_| {
                    count.fetch_add(1, Ordering::Relaxed);
                    let headers = vec![("content-type", "text/plain".to_owned())];
                    Some(Response { status: 200, headers, body: Vec::new() })
                });
            });
        }
    });
    let (admin, inner, way_in, send) = (free_port()?, free_port()?, free_port()?, free_port()?);
    let store = folder.join("kannel.store");
    let _ = std::fs::remove_file(&store);
    let settings = folder.join("kannel.conf");
    std::fs::write(
        &settings,
        format!(
            "group = core\nadmin-port = {admin}\nadmin-password = bench\nsmsbox-port = {inner}\nlog-level = 4\n\
             store-type = file\nstore-location = \"{}\"\n\n\
             group = smsc\nsmsc = http\nsystem-type = kannel\nsmsc-id = in\nport = {way_in}\n\
             smsc-username = bench\nsmsc-password = bench\nconnect-allow-ip = 127.0.0.1\n\
             send-url = \"http://127.0.0.1:{out}/\"\n\n\
             group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {send}\nlog-level = 4\n\n\
             group = sms-service\nkeyword = default\nmax-messages = 0\n\
             get-url = \"http://127.0.0.1:{out}/?from=%p&text=%a&id=%I\"\n",
            store.display()
        ),
    )?;
    let start = |name: &str| -> io::Result<Process> {
        let path = format!("/usr/sbin/{name}");
        let mut command = Command::new(path);
        command.arg(&settings).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Process(command.spawn()?))
    };
    let bearerbox = start("bearerbox")?;
    opened(inner)?;
    let smsbox = start("smsbox")?;
    opened(send)?;
    opened(way_in)?;
    let mut line = TcpStream::connect(("127.0.0.1", way_in))?;
    line.set_nodelay(true)?;
    let text =
        "Hola%2C+quisiera+saber+si+el+sofa+de+tres+puestos+esta+disponible+en+gris+y+cuanto+cuesta%3B+"
            .repeat(3);
    let mut write = |from: usize, to: usize| -> io::Result<()> {
        for turn in from..to {
            let person = 9_910_000 + turn % crate::deliveries::PEOPLE;
            let request = format!(
                "GET /?username=bench&password=bench&from=593{person}&to=1000&text={text} HTTP/1.1\r\nHost: k\r\n\r\n"
            );
            line.write_all(request.as_bytes())?;
            accepted(&mut line)?;
        }
        let begin = Instant::now();
        while arrived.load(Ordering::Relaxed) < to {
            if begin.elapsed() > PATIENCE {
                return Err(io::Error::other(format!(
                    "{} of {to} came through",
                    arrived.load(Ordering::Relaxed)
                )));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    };
    let spent = || -> io::Result<Duration> { Ok(usage(bearerbox.0.id())?.cpu + usage(smsbox.0.id())?.cpu) };
    write(0, WARM)?;
    let before = spent()?;
    write(WARM, WARM + MESSAGES)?;
    let millis = spent()?.saturating_sub(before).as_secs_f64() * 1_000.0;
    Ok(millis / f64::from(u32::try_from(MESSAGES).unwrap_or(u32::MAX)))
}

fn opened(port: u16) -> io::Result<()> {
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if begin.elapsed() > PATIENCE {
            return Err(io::Error::other("it does not start"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Reads one answer, which must be a good one.
fn accepted(line: &mut TcpStream) -> io::Result<()> {
    let mut answer = Vec::new();
    let mut part = [0; 2048];
    loop {
        let read = line.read(&mut part)?;
        answer.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
            });
            if body.len() >= length.unwrap_or(0) {
                let good = head.starts_with("HTTP/1.1 20");
                return if good { Ok(()) } else { Err(io::Error::other(text.into_owned())) };
            }
        }
        if read == 0 {
            return Err(io::Error::other("the connection ended"));
        }
    }
}
