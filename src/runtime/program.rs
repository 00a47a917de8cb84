//! berth-run's own program as an image: what the guard and `doctor`'s answering container run.
//!
//! It is imported from the running process, so no registry is needed. An import costs a daemon about as much as a
//! container's start, so the image stays for the jobs to come, and goes when it is old.

use std::time::Duration;

use bollard::query_parameters::{CreateImageOptionsBuilder, ListImagesOptionsBuilder};
use futures_util::StreamExt;

use super::engine::{Engine, label_filter, refused, refused_one, status};
use super::{Error, Result, console, elf, tar, units};
use crate::door::helper;
use crate::identity::{self, GUARD_IMAGE};

/// The repository of the image; its tag is a hash of the binary.
const REPOSITORY: &str = "berth-guard";

/// How long an image that nobody uses is kept from its import on: four megabytes, for which the jobs of a day start
/// faster.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// This process's program, which other containers run.
#[derive(Debug)]
pub struct Executable {
    bytes: Vec<u8>,
    tag: String,
}

impl Executable {
    /// Reads this process's own binary.
    ///
    /// # Errors
    /// It cannot be read, or needs a dynamic loader, which the guard's image does not hold.
    pub fn own() -> Result<Self> {
        let bytes = helper::system("/proc/self/exe").map_err(|error| {
            Error::failed(
                format!("cannot read berth-run's own binary: {error}"),
                "use --no-guard; what this makes is then removed by `berth-run down`, or after its --ttl by a sweep",
            )
        })?;
        if !elf::is_static(&bytes) {
            return Err(Error::failed(
                "this berth-run is dynamically linked and cannot run as the guard",
                "install the static build (docs/berth-run.md), or use --no-guard",
            ));
        }
        let tag = identity::short_hash(&bytes, 16);
        Ok(Self { bytes, tag })
    }

    /// The same on a thread of its own: to read and to hash it takes as long as some answers of the daemon, which come
    /// in meanwhile.
    ///
    /// # Errors
    /// As for [`Executable::own`].
    pub async fn beside() -> Result<Self> {
        match tokio::task::spawn_blocking(Self::own).await {
            Ok(program) => program,
            // It has panicked on that thread: here it says why.
            Err(_) => Self::own(),
        }
    }

    /// The id of an image that holds nothing but this program.
    ///
    /// # Errors
    /// The daemon refuses the import.
    pub async fn image(&self, engine: &Engine) -> Result<String> {
        let reference = format!("{REPOSITORY}:{}", self.tag);
        if let Ok(found) = engine.docker.inspect_image(&reference).await {
            let labels = found.config.and_then(|c| c.labels).unwrap_or_default();
            // An image of that name that we did not make is not run with the socket in its hands.
            if labels.get(GUARD_IMAGE).map(String::as_str) == Some("1")
                && let Some(id) = found.id
            {
                return Ok(id);
            }
        }
        self.import(engine).await
    }

    async fn import(&self, engine: &Engine) -> Result<String> {
        let options = CreateImageOptionsBuilder::default()
            .from_src("-")
            .repo(REPOSITORY)
            .tag(&self.tag)
            .changes(vec![format!("LABEL {GUARD_IMAGE}=1")])
            .build();
        let archive = tar::executable("berth-run", &self.bytes);
        let body = bollard::body_full(archive.into());
        let mut steps = engine.docker.create_image(Some(options), Some(body), None);
        let mut id = None;
        while let Some(step) = steps.next().await {
            let step = step.map_err(|error| refused("import the guard's image", &error))?;
            id = step.status.filter(|s| s.starts_with("sha256:")).or(id);
        }
        id.ok_or_else(|| {
            Error::failed(
                "the daemon imported the guard's image and did not say its id",
                "use --no-guard on this daemon, and have it swept",
            )
        })
    }
}

/// Removes images of this kind, by their label, that no container uses and that are old. The daemon itself refuses
/// those in use; another job that was about to use one imports it again.
///
/// # Errors
/// The daemon refuses to remove some of them: the others are gone.
pub async fn tidy_images(engine: &Engine) -> Result<()> {
    let filters = label_filter(&[(GUARD_IMAGE, "1")])?;
    let options = ListImagesOptionsBuilder::default().filters(&filters).build();
    let images = engine.docker.list_images(Some(options)).await.map_err(|error| refused("list images", &error))?;
    let now = units::now();
    let mut stay = Vec::new();
    for image in images {
        // An image committed from a guard has its label too, and a name that is not ours.
        let (ours, nameless) = (|tag: &String| tag.starts_with("berth-guard:"), |tag: &String| tag == "<none>:<none>");
        if image.repo_tags.iter().any(|tag| !ours(tag) && !nameless(tag)) {
            continue;
        }
        // Of two jobs that imported it at once, the name is with the later one's: nobody will find the other.
        let age = u64::try_from(image.created).map_or(u64::MAX, |made| now.saturating_sub(made));
        if image.repo_tags.iter().any(ours) && age < KEPT.as_secs() {
            continue;
        }
        let options = None::<bollard::query_parameters::RemoveImageOptions>;
        match engine.docker.remove_image(&image.id, options, None).await {
            Ok(_) => {}
            Err(error) if matches!(status(&error), Some(404 | 409)) => {}
            // Of two jobs that remove it at once, the later may get a 500: "unrecognized image ID".
            Err(_) if is_gone(engine, &image.id).await => {}
            Err(error) => match refused_one(&format!("remove the guard's image {}", image.id), &error) {
                gone if gone.is_no_daemon() => return Err(gone),
                refusal => stay.push(refusal.what().to_owned()),
            },
        }
    }
    match stay.is_empty() {
        true => Ok(()),
        false => Err(Error::failed(stay.join("; "), "the daemon's words say why; a later sweep tries again")),
    }
}

/// The same at the end of what is about something else: an image that stays harms no job, and is said only.
///
/// # Errors
/// The daemon does not answer.
pub async fn tidy_images_beside(engine: &Engine) -> Result<()> {
    match tidy_images(engine).await {
        Err(error) if !error.is_no_daemon() => {
            console::failure("an old image stays", &error);
            Ok(())
        }
        outcome => outcome,
    }
}

async fn is_gone(engine: &Engine, image: &str) -> bool {
    matches!(engine.docker.inspect_image(image).await, Err(error) if status(&error) == Some(404))
}
