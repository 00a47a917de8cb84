//! The file that the user names for a report.

use std::path::{Component, Path};

use super::staged::{beside, unwritable};

/// Why a report is not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// It is a link.
    #[error("is a link: name the file that it leads to")]
    Link,
    /// A device, a pipe, a directory.
    #[error("is not a regular file")]
    NotAFile,
    /// A folder on the way is a link that leads out of the folder that the path begins in.
    #[error("lies behind a link that leads elsewhere: name the folder that it leads to")]
    Elsewhere,
    /// There is no folder for it.
    #[error("cannot be written: there is no such folder")]
    NoFolder,
    /// The system said no.
    #[error("{0}")]
    System(String),
}

/// Writes a report beside the file and puts it in its place: what was there stays whole until the new one is. The
/// checkout that a report is written into may be a stranger's, so no link decides where it goes.
///
/// # Errors
/// [`ReportError`]; nothing is changed then.
pub fn report(file: &Path, text: &[u8]) -> Result<(), ReportError> {
    match file.symlink_metadata() {
        Ok(known) if known.is_symlink() => return Err(ReportError::Link),
        Ok(known) if !known.is_file() => return Err(ReportError::NotAFile),
        _ => {}
    }
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let real = folder.canonicalize().map_err(|_| ReportError::NoFolder)?;
    let is_below = file.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_below && !Path::new(".").canonicalize().is_ok_and(|here| real.starts_with(here)) {
        return Err(ReportError::Elsewhere);
    }
    let target = real.join(file.file_name().ok_or(ReportError::NotAFile)?);
    let system = |error: std::io::Error| ReportError::System(unwritable(&error));
    let staged = beside(&target, text).map_err(system)?;
    staged.persist(&target).map(drop).map_err(|error| system(error.error))
}
