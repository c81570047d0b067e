//! Starts every built function as Lambda does and waits until it asks for its first event: settings, clients and
//! handler are there. Needs the binaries (`cargo build --workspace --bins`).

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use colibri_tests::bundle::Bundle;
use colibri_tests::root;

const PATIENCE: Duration = Duration::from_secs(30);

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A runtime interface that tells the first request line and then keeps the function waiting.
fn runtime_interface() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (told, asked) = mpsc::channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for connection in listener.incoming().filter_map(Result::ok) {
            let mut line = String::new();
            let _ = BufReader::new(connection.try_clone().unwrap()).read_line(&mut line);
            let end = told.send(line).is_err();
            kept.push(connection);
            if end {
                break;
            }
        }
    });
    (address, asked)
}

fn value(variable: &str) -> &'static str {
    match variable {
        "META_APPS_SECRET" => "{}",
        "OUTBOUND_ALLOW_PRIVATE" => "0",
        name if name.ends_with("_URL")
            || name.ends_with("_ENDPOINT")
            || name.ends_with("_ORIGIN")
            || name.ends_with("_ISSUER") =>
        {
            "https://example.com/x"
        }
        _ => "x",
    }
}

fn start(name: &str, binary: &PathBuf, variables: &[&str], interface: &str) -> Running {
    let child = Command::new(binary)
        .env_clear()
        .envs(variables.iter().map(|variable| (*variable, value(variable))))
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", interface),
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ])
        .envs([
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "x"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "x"),
        ])
        .envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    Running(child.unwrap_or_else(|error| panic!("{}: {error}", binary.display())))
}

#[test]
#[ignore = "needs the built functions"]
fn every_function_starts_with_the_variables_of_its_template() {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let bundle = Bundle::read();
    for (name, function) in bundle.functions() {
        let variables = function.properties()["Environment"]["Variables"].as_object().unwrap();
        let variables: Vec<&str> = variables.keys().map(String::as_str).collect();
        let (interface, asked) = runtime_interface();
        let running = start(&name, &target.join("debug").join(&name), &variables, &interface);
        let line = asked.recv_timeout(PATIENCE);
        let asks =
            line.as_ref().is_ok_and(|line| line.starts_with("GET /2018-06-01/runtime/invocation/next"));
        assert!(asks, "{name} did not start: {}", last_words(running));
    }
}

/// What a function said before it ended.
fn last_words(mut running: Running) -> String {
    let _ = running.0.kill();
    let output = running.0.stdout.take().map(|out| std::io::read_to_string(out).unwrap_or_default());
    let errors = running.0.stderr.take().map(|err| std::io::read_to_string(err).unwrap_or_default());
    format!("{}{}", output.unwrap_or_default(), errors.unwrap_or_default())
}
