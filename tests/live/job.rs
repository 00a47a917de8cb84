//! The parts of a workflow file that the tests' runner knows; it stops at any other.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_yaml::Value;

/// Variables as written: a number is the text that a runner hands over.
pub type Env = BTreeMap<String, Value>;

#[derive(Debug, Deserialize)]
pub struct Workflow {
    #[serde(default)]
    pub env: Env,
    pub jobs: BTreeMap<String, Job>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Job {
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(rename = "runs-on")]
    _runs_on: Value,
    #[serde(default)]
    pub env: Env,
    #[serde(default)]
    pub services: BTreeMap<String, Service>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub image: String,
    #[serde(default)]
    pub env: Env,
    #[serde(default)]
    pub ports: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    pub name: Option<String>,
    pub id: Option<String>,
    #[serde(rename = "if")]
    pub condition: Option<String>,
    pub uses: Option<String>,
    #[serde(rename = "with")]
    _with: Option<Value>,
    pub shell: Option<String>,
    pub working_directory: Option<String>,
    #[serde(default)]
    pub env: Env,
    pub run: Option<String>,
}

impl Workflow {
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }
}

impl Step {
    pub fn title(&self) -> &str {
        self.name.as_deref().or(self.uses.as_deref()).or(self.run.as_deref()).unwrap_or_default()
    }
}

/// A scalar as a runner hands it over.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => serde_yaml::to_string(other).unwrap().trim().to_owned(),
    }
}
