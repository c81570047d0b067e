//! Who may depend on whom, read from cargo itself.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use colibri_tests::root;
use serde_json::Value;

/// What cargo says of the workspace.
fn metadata(arguments: &[&str]) -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let run = Command::new(cargo)
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--offline"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

/// Direct dependencies of each member, without those of tests.
fn members() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let normal = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"] != "dev");
            let names = normal.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

/// What each shared crate may build on, among ours.
const ALLOWED: [(&str, &[&str]); 5] = [
    ("colibri-domain", &[]),
    ("colibri-channels", &["colibri-domain"]),
    ("colibri-store", &["colibri-domain", "colibri-channels"]),
    ("colibri-app", &["colibri-domain", "colibri-channels", "colibri-store"]),
    ("colibri-lambda", &["colibri-domain", "colibri-channels", "colibri-store", "colibri-app"]),
];

#[test]
fn dependencies_point_inwards() {
    let members = members();
    for (name, allowed) in ALLOWED {
        for dependency in members[name].iter().filter(|dependency| dependency.starts_with("colibri-")) {
            assert!(allowed.contains(&dependency.as_str()), "{name} depends on {dependency}");
        }
    }
    let ours: BTreeSet<&str> =
        ALLOWED.iter().map(|(name, _)| *name).chain(["colibri-testing", "colibri-tests"]).collect();
    for (function, dependencies) in members.iter().filter(|(name, _)| !name.starts_with("colibri-")) {
        assert!(!dependencies.contains("colibri-testing"), "{function} ships test code");
        assert!(dependencies.contains("colibri-lambda"), "{function} is no function");
    }
    let unknown: Vec<_> =
        members.keys().filter(|name| name.starts_with("colibri-") && !ours.contains(name.as_str())).collect();
    assert!(unknown.is_empty(), "say what these may build on: {unknown:?}");
}

#[test]
fn foreign_services_have_one_door() {
    for (name, dependencies) in members() {
        if name == "colibri-testing" || name == "colibri-tests" {
            continue;
        }
        for dependency in dependencies {
            let door: &[&str] = match dependency.as_str() {
                // The runtime builds the clients and hands them over.
                "aws-sdk-dynamodb" | "aws-sdk-s3" => &["colibri-store", "colibri-lambda"],
                "lambda_runtime" => &["colibri-lambda"],
                sdk if sdk.starts_with("aws-smithy") => &["colibri-store", "colibri-lambda"],
                sdk if sdk.starts_with("aws-") => &["colibri-lambda"],
                "reqwest" | "rustls" => &["colibri-lambda"],
                _ => continue,
            };
            assert!(door.contains(&name.as_str()), "{name} names {dependency}");
        }
    }
}

#[test]
fn no_crate_is_a_drawer() {
    for name in members().keys() {
        assert!(
            !["util", "utils", "common", "helpers"].iter().any(|drawer| name.ends_with(drawer)),
            "{name}"
        );
    }
}

/// A list of `deny.toml`, which cargo-deny reads too.
fn denied() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("{ crate = \"")?.split('"').next().map(str::to_owned));
    names.collect()
}

#[test]
fn there_is_one_tls_stack() {
    let denied = denied();
    assert!(denied.iter().any(|name| name == "openssl") && denied.iter().any(|name| name == "aws-lc-rs"));
    let metadata = metadata(&[]);
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(!denied.iter().any(|denied| denied == name), "{name} is in the tree");
    }
}

#[test]
fn every_licence_lets_people_use_it() {
    let allowed = [
        "Apache-2.0",
        "MIT",
        "BSD",
        "ISC",
        "Zlib",
        "Unicode-3.0",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "BSL-1.0",
    ];
    let metadata = metadata(&[]);
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(allowed.iter().any(|allowed| licence.contains(allowed)), "{}: {licence}", package["name"]);
    }
}

#[test]
fn no_function_makes_planted_mistakes() {
    let metadata = metadata(&["--no-deps"]);
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let features = dependency["features"].as_array().unwrap();
            let planted = features.iter().any(|feature| feature == "planted");
            let tests_only = dependency["kind"] == "dev" && name == "colibri-testing";
            assert!(!planted || tests_only, "{name} turns on planted mistakes");
        }
        for (feature, on) in package["features"].as_object().unwrap() {
            let text = on.to_string();
            assert!(!text.contains("planted"), "{feature} of {name} turns on planted mistakes");
        }
    }
}
