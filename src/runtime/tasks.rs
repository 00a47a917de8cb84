//! The job containers that runners have running on this daemon, and what belongs to them.

use std::collections::{HashMap, HashSet};

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum};

use super::own;
use crate::identity::{OF, TASK, task_number};

/// Those that run.
#[derive(Debug, Default)]
pub struct RunningTasks {
    numbers: HashSet<String>,
    names: Vec<String>,
    task_ids: HashSet<String>,
    ids: HashSet<String>,
}

impl RunningTasks {
    /// Out of all containers of the daemon.
    pub fn among(all: &[ContainerSummary]) -> Self {
        let mut tasks = Self::default();
        for container in all.iter().filter(|container| container.state == Some(ContainerSummaryStateEnum::RUNNING)) {
            let id = container.id.clone().unwrap_or_default();
            if let Some((name, number)) = own::name(container).and_then(|name| Some((name, task_number(name)?))) {
                tasks.numbers.insert(number.to_owned());
                tasks.names.push(name.to_owned());
                tasks.task_ids.insert(id.clone());
            }
            // Also a job container that no runner has named so: things name it as theirs.
            tasks.ids.insert(id);
        }
        tasks
    }

    /// Whether this container is such a task's, its service, or was made in it.
    pub fn hold(&self, container: &ContainerSummary) -> bool {
        let none = HashMap::new();
        let labels = container.labels.as_ref().unwrap_or(&none);
        let number = own::name(container).and_then(task_number);
        let mode = container.host_config.as_ref().and_then(|host| host.network_mode.as_deref()).unwrap_or_default();
        number.is_some_and(|number| self.numbers.contains(number))
            || self.hold_labels(labels)
            || mode.strip_prefix("container:").is_some_and(|other| {
                self.task_ids.contains(other) || self.names.iter().any(|name| name == other)
            })
            // A network that the runner made for the task is called after its container.
            || self.names.iter().any(|name| mode.starts_with(name.as_str()))
    }

    /// The same for what has labels only.
    pub fn hold_labels(&self, labels: &HashMap<String, String>) -> bool {
        labels.get(TASK).is_some_and(|number| self.numbers.contains(number))
            || labels.get(OF).is_some_and(|id| self.ids.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::ContainerSummaryHostConfig;

    fn container(name: &str, running: bool) -> ContainerSummary {
        ContainerSummary {
            id: Some(format!("id-{name}")),
            names: Some(vec![format!("/{name}")]),
            state: Some(if running { ContainerSummaryStateEnum::RUNNING } else { ContainerSummaryStateEnum::EXITED }),
            ..Default::default()
        }
    }

    #[test]
    fn what_belongs_to_a_running_task_is_known_by_name_label_and_network() {
        let job = "GITEA-ACTIONS-TASK-7_WORKFLOW-ci_JOB-test";
        let tasks = RunningTasks::among(&[container(job, true), container("GITEA-ACTIONS-TASK-8_JOB-x", false)]);
        assert!(tasks.hold(&container(job, true)) && tasks.hold(&container("GITEA-ACTIONS-TASK-7_service-pg", false)));
        assert!(
            !tasks.hold(&container("GITEA-ACTIONS-TASK-8_service-pg", true)) && !tasks.hold(&container("ws-1", true))
        );
        let labelled = |key: &str, value: &str| ContainerSummary {
            labels: Some(HashMap::from([(key.to_owned(), value.to_owned())])),
            ..container("ws-1", true)
        };
        assert!(tasks.hold(&labelled(TASK, "7")) && !tasks.hold(&labelled(TASK, "8")));
        assert!(tasks.hold(&labelled(OF, &format!("id-{job}"))) && !tasks.hold(&labelled(OF, "gone")));
        let on = |mode: String| ContainerSummary {
            host_config: Some(ContainerSummaryHostConfig { network_mode: Some(mode), ..Default::default() }),
            ..container("ws-1", true)
        };
        assert!(tasks.hold(&on(format!("{job}-test-network"))) && !tasks.hold(&on("bridge".to_owned())));
    }
}
