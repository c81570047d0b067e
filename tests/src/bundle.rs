//! The templates as data: resources of all stacks, with references between stacks followed.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Map, Value, json};

use crate::root;

/// One template file.
pub struct Stack {
    /// File name without ending; `template` for the root.
    pub name: String,
    /// Everything in it. A short tag such as `!Ref x` is `{"!Ref": x}`.
    pub body: Value,
}

/// One resource of a stack.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    /// The stack it stands in.
    pub stack: &'a str,
    /// Its logical id.
    pub id: &'a str,
    /// Its declaration.
    pub body: &'a Value,
}

impl<'a> Resource<'a> {
    /// Type, such as `AWS::SQS::Queue`.
    pub fn kind(&self) -> &'a str {
        self.body["Type"].as_str().unwrap_or_default()
    }

    /// Properties.
    pub fn properties(&self) -> &'a Value {
        &self.body["Properties"]
    }
}

/// The root template and its stacks.
pub struct Bundle {
    /// The root.
    pub root: Stack,
    /// The stacks by name.
    pub stacks: BTreeMap<String, Stack>,
}

impl Bundle {
    /// Reads `infra/`.
    ///
    /// # Panics
    /// When a template is missing or no YAML.
    pub fn read() -> Self {
        let infra = root().join("infra");
        let files = fs::read_dir(infra.join("stacks")).expect("infra/stacks");
        let stacks = files
            .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
            .map(|name| (name.clone(), stack(&name, &infra.join(format!("stacks/{name}.yaml")))))
            .collect();
        Self { root: stack("template", &infra.join("template.yaml")), stacks }
    }

    /// All resources of the stacks.
    pub fn resources(&self) -> Vec<Resource<'_>> {
        self.stacks.values().flat_map(Stack::resources).collect()
    }

    /// All resources of a type.
    pub fn of(&self, kind: &str) -> Vec<Resource<'_>> {
        self.resources().into_iter().filter(|resource| resource.kind() == kind).collect()
    }

    /// All functions by their folder name.
    pub fn functions(&self) -> BTreeMap<String, Resource<'_>> {
        self.of("AWS::Serverless::Function")
            .into_iter()
            .map(|function| (kebab(function.id), function))
            .collect()
    }

    /// The resource of `core` behind a value such as `!Ref InboundQueueArn` in another stack.
    pub fn core_resource(&self, value: &Value) -> Option<&str> {
        let parameter = value["!Ref"].as_str()?;
        let output = &self.stacks["core"].body["Outputs"][parameter]["Value"];
        // Of a choice, the last one is what holds without further parameters.
        let output = output["!If"].get(2).unwrap_or(output);
        let target = output["!Ref"].as_str().or_else(|| output["!GetAtt"].as_str())?;
        target.split('.').next()
    }
}

impl Stack {
    /// Its resources.
    pub fn resources(&self) -> Vec<Resource<'_>> {
        let resources = self.body["Resources"].as_object();
        resources.into_iter().flatten().map(|(id, body)| Resource { stack: &self.name, id, body }).collect()
    }

    /// A resource by its logical id.
    pub fn resource(&self, id: &str) -> &Value {
        &self.body["Resources"][id]
    }
}

/// `MessageReceive` as `message-receive`.
pub fn kebab(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn stack(name: &str, path: &std::path::Path) -> Stack {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let yaml = serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Stack { name: name.to_owned(), body: plain(yaml) }
}

fn plain(yaml: serde_yaml_ng::Value) -> Value {
    use serde_yaml_ng::Value as Yaml;
    match yaml {
        Yaml::Tagged(tagged) => json!({ tagged.tag.to_string(): plain(tagged.value) }),
        Yaml::Sequence(list) => list.into_iter().map(plain).collect(),
        Yaml::Mapping(map) => {
            let pairs = map
                .into_iter()
                .map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), plain(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        scalar => serde_json::to_value(scalar).unwrap_or_default(),
    }
}
