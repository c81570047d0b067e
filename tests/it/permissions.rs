//! Every route as everybody: the gate's answer is held against a table that people wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use colibri_app::api::gate::Caller;
use colibri_app::api::{Api, Call, Gate, Resource, Route, tables};
use colibri_app::http::{HttpHandler, Request, Response};
use colibri_app::problem::Problem;
use colibri_domain::people::{
    COMMENT_ONLY, Membership, OrganizationRole, READ_ONLY, Restriction, Role, User,
};
use colibri_domain::{OrganizationId, UserId, WorkspaceId};
use colibri_testing::{Demo, FakeIdentity, FixedClock};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

const TABLE: &str = include_str!("permissions.txt");

/// Letters of the table, with what the README calls them.
const ROLES: [(char, &str); 12] = [
    ('O', "owner"),
    ('M', "manager"),
    ('m', "restricted manager"),
    ('A', "agent"),
    ('a', "restricted agent"),
    ('V', "read-only"),
    ('C', "comment-only"),
    ('X', "other workspace"),
    ('D', "admin"),
    ('B', "billing admin"),
    ('P', "operator"),
    ('N', "nobody"),
];

struct Line {
    capability: &'static str,
    who: BTreeSet<char>,
    operations: Vec<&'static str>,
}

fn lines() -> Vec<Line> {
    let all = |but: &str| ROLES.iter().map(|(letter, _)| *letter).filter(|l| !but.contains(*l)).collect();
    TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut cells = line.split('|').map(str::trim);
            let mut next = || cells.next().unwrap_or_else(|| panic!("three cells: {line}"));
            let (capability, who, operations) = (next(), next(), next());
            let who = match who {
                "*" => all(""),
                "+" => all("N"),
                "=" => all("XDBPN"),
                "-" => BTreeSet::new(),
                letters => letters.chars().collect(),
            };
            Line { capability, who, operations: operations.split_whitespace().collect() }
        })
        .collect()
}

/// Everything behind the gate is done.
struct Behind(&'static [Route]);

#[async_trait]
impl Resource for Behind {
    fn routes(&self) -> &'static [Route] {
        self.0
    }

    async fn answer(&self, _: Call, _: Caller) -> Result<Response, Problem> {
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }
}

/// One person per letter; his token's subject is the letter.
async fn people(demo: &Demo) {
    let (store, data) = (&demo.store, demo.data());
    let elsewhere = OrganizationId::from_unique("loja");
    store.organization(&elsewhere).put_name("Loja").await.unwrap();
    for (letter, name) in ROLES {
        let id = UserId::from_unique(&format!("matrix{}", u32::from(letter)));
        let organization = if letter == 'X' { elsewhere.clone() } else { demo.organization.clone() };
        let user = User {
            id: id.clone(),
            organization_id: organization.clone(),
            email: format!("{}@ceibo.example", u32::from(letter)),
            first_name: name.into(),
            last_name: String::new(),
            locale: "es".into(),
            workspaces: vec![demo.workspace.clone()],
            revoked_before: None,
            accepted: Vec::new(),
            ended_sessions: Vec::new(),
            version: 0,
            organization_role: match letter {
                'D' => OrganizationRole::Admin,
                'B' => OrganizationRole::BillingAdmin,
                _ => OrganizationRole::Member,
            },
        };
        store.organization(&organization).put_user(&user).await.unwrap();
        store.installation().put_subject(&letter.to_string(), &organization, &id).await.unwrap();
        if letter == 'P' {
            store.installation().put_operator(&id).await.unwrap();
        }
        let role = match letter {
            'O' => Role::Owner,
            'M' | 'm' => Role::Manager,
            'A' | 'a' | 'V' | 'C' => Role::Agent,
            _ => continue,
        };
        let member = Membership {
            user_id: id,
            name: name.into(),
            email: user.email,
            role,
            restrictions: match letter {
                'm' | 'a' => Restriction::ALL.iter().copied().filter(|r| r.level() == role).collect(),
                _ => Vec::new(),
            },
            custom_role: match letter {
                'V' => Some(READ_ONLY.to_owned()),
                'C' => Some(COMMENT_ONLY.to_owned()),
                _ => None,
            },
            ..data.settings().await.unwrap().unwrap().members[0].clone()
        };
        data.put_member(&member).await.unwrap();
    }
}

fn request(method: &str, path: String, letter: char, demo: &Demo) -> Request {
    let mut headers = HeaderMap::new();
    if letter != 'N' {
        let token = FakeIdentity::token(&letter.to_string(), demo.now);
        headers.insert(http::header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    }
    Request {
        method: method.to_uppercase().parse().unwrap(),
        path,
        query: String::new(),
        headers,
        cookies: Vec::new(),
        body: Bytes::new(),
        source_ip: "192.0.2.1".into(),
        request_id: "matrix".into(),
    }
}

fn filled(path: &str, demo: &Demo) -> String {
    path.split('/')
        .map(|segment| match segment {
            "{workspace}" => demo.workspace.as_str(),
            "{organization}" => demo.organization.as_str(),
            other if other.starts_with('{') => "1",
            other => other,
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_route_admits_whom_the_table_names_and_nobody_else() {
    let demo = Demo::new().await;
    people(&demo).await;
    let clock = Arc::new(FixedClock::default());
    let gate = Arc::new(Gate::new(demo.store.clone(), Arc::new(FakeIdentity::default()), clock));
    let doors: Vec<Api<Behind>> =
        tables().into_iter().map(|table| Api { gate: Arc::clone(&gate), resource: Behind(table) }).collect();
    let mut rows = BTreeMap::new();
    for line in lines() {
        for operation in line.operations {
            let before = rows.insert(operation, line.who.clone());
            assert!(before.is_none(), "{operation} stands in two lines");
        }
    }

    let document: Value = serde_json::from_str(include_str!("../../infra/openapi.json")).unwrap();
    let mut wrong = String::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let operation = described["operationId"].as_str().unwrap();
            let Some(who) = rows.remove(operation) else {
                writeln!(wrong, "{operation}: no line of permissions.txt says who may do it").unwrap();
                continue;
            };
            let door = doors.iter().find(|d| d.resource.0.iter().any(|r| r.operation == operation)).unwrap();
            for (letter, name) in ROLES {
                let answer = door.handle(request(method, filled(path, &demo), letter, &demo)).await;
                let admitted = answer.status == StatusCode::NO_CONTENT;
                if admitted != who.contains(&letter) {
                    writeln!(wrong, "{operation} as {name}: {}", answer.status).unwrap();
                }
                if !admitted {
                    let refusal = match letter {
                        'N' => answer.status == StatusCode::UNAUTHORIZED,
                        // Whoever is not of the workspace must not learn that it exists.
                        'X' => answer.status == StatusCode::NOT_FOUND,
                        _ => matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
                    };
                    assert!(refusal, "{operation} refuses {name} with {}", answer.status);
                }
            }
        }
    }
    for left in rows.keys() {
        writeln!(wrong, "{left}: no such route").unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Another workspace of the same table, which nobody here belongs to.
    let other = WorkspaceId::from_unique("nowhere");
    let request = request("get", format!("/console/{other}/contacts"), 'O', &demo);
    let door = doors.iter().find(|d| d.resource.0.iter().any(|r| r.operation == "listContacts")).unwrap();
    assert_eq!(door.handle(request).await.status, StatusCode::NOT_FOUND);
}

/// `UPDATE=1 cargo nextest run -p colibri-tests permissions` writes it again.
#[test]
fn the_readme_shows_the_table_of_permissions() {
    let mut shown = String::from("| what |");
    let columns = ROLES.iter().filter(|(letter, _)| *letter != 'N');
    for (_, name) in columns.clone() {
        write!(shown, " {name} |").unwrap();
    }
    shown.push_str(" routes |\n|---|");
    shown.push_str(&":-:|".repeat(columns.clone().count()));
    shown.push_str("---|\n");
    for line in lines() {
        write!(shown, "| {} |", line.capability).unwrap();
        for (letter, _) in columns.clone() {
            shown.push_str(if line.who.contains(letter) { " ✓ |" } else { " |" });
        }
        writeln!(shown, " {} |", line.operations.join(", ")).unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/app/src/api/README.md");
    let readme = std::fs::read_to_string(path).expect("the API's README");
    let (before, rest) = readme.split_once("<!-- permissions -->\n").expect("the beginning of the table");
    let (kept, after) = rest.split_once("<!-- /permissions -->").expect("the end of the table");
    if std::env::var_os("UPDATE").is_some() {
        let text = format!("{before}<!-- permissions -->\n{shown}<!-- /permissions -->{after}");
        std::fs::write(path, text).expect("the README takes the table");
        return;
    }
    assert!(kept == shown, "run this with UPDATE=1");
}
