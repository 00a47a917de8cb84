//! What proves that a thing is this job's.
//!
//! Labels are copied: `docker commit` writes a container's labels into an image, and every
//! container started from that image has them. So a label alone proves nothing.

use std::collections::HashMap;

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum};

use super::Result;
use super::engine::{Engine, refused_one, status};
use crate::identity::{GUARD, SELF, TOKEN};

/// A container's name without Docker's leading slash; links add further names with more slashes.
pub fn name(container: &ContainerSummary) -> Option<&str> {
    container.names.iter().flatten().filter_map(|name| name.strip_prefix('/')).find(|name| !name.contains('/'))
}

/// Whether this container was itself made with the labels it carries. With `berth.self` its name
/// must be the one recorded, or it has begun to be removed and lost its name (a daemon that is
/// killed meanwhile shows it as dead: Docker 20.10); without (a container of the job's own, labelled by
/// `berth-run labels`), its image must not be where the token comes from.
///
/// # Errors
/// The daemon does not answer.
pub async fn is_original(engine: &Engine, container: &ContainerSummary) -> Result<bool> {
    let Some(labels) = &container.labels else {
        return Ok(false);
    };
    if let Some(recorded) = labels.get(SELF) {
        return Ok(match name(container) {
            Some(name) => name == recorded,
            None => container.state == Some(ContainerSummaryStateEnum::DEAD),
        });
    }
    let Some(image) = &container.image_id else {
        return Ok(false);
    };
    match engine.docker.inspect_image(image).await {
        Ok(found) => {
            let inherited = found.config.and_then(|c| c.labels).unwrap_or_default();
            Ok(inherited.get(TOKEN) != labels.get(TOKEN))
        }
        // An image removed by force while its container ran: nothing can be proven any more.
        Err(error) if status(&error) == Some(404) => Ok(false),
        Err(error) => {
            let name = name(container).unwrap_or("without a name");
            Err(refused_one(&format!("tell whose container {name} is: inspect the image {image}"), &error))
        }
    }
}

/// Whether these are a guard's labels.
pub fn is_guard(labels: Option<&HashMap<String, String>>) -> bool {
    labels.is_some_and(|labels| labels.contains_key(GUARD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_that_is_no_link() {
        let container = ContainerSummary {
            names: Some(vec!["/other/alias".to_owned(), "/berth-pg-1".to_owned()]),
            ..Default::default()
        };
        assert_eq!(name(&container), Some("berth-pg-1"));
        assert_eq!(name(&ContainerSummary::default()), None);
    }
}
