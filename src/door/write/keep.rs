//! What of a file stays when its bytes are replaced: owner, mode, access list, extended attributes.

use std::fs::{File, Metadata};
use std::io::Result;
use std::path::Path;

/// Gives a staged file what the file it stands beside has.
pub(super) fn like(file: &File, target: &Path, known: &Metadata) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mut permissions = known.permissions();
        if !own(file, known)? {
            // Another's file: what it does for its owner it must not do for us.
            permissions.set_mode(permissions.mode() & 0o1777);
        }
        file.set_permissions(permissions)?;
    }
    #[cfg(not(unix))]
    file.set_permissions(known.permissions())?;
    // Last: an access list has a part of the mode in it.
    attributes(file, target)
}

/// A new file or folder that root makes in somebody's folder is theirs.
pub(super) fn owner_of_folder(new: &Path, folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        if rustix::process::geteuid().is_root()
            && let Ok(known) = folder.metadata()
        {
            let _ = chown(new, Some(known.uid()), Some(known.gid()));
        }
    }
    #[cfg(not(unix))]
    let _ = (new, folder);
}

/// The owner and group, as far as this user may give them; whether both are the same then.
#[cfg(unix)]
fn own(file: &File, known: &Metadata) -> Result<bool> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let ours = file.metadata()?;
    let is_same = |ours: &Metadata| (ours.uid(), ours.gid()) == (known.uid(), known.gid());
    if is_same(&ours) {
        return Ok(true);
    }
    if fchown(file, Some(known.uid()), Some(known.gid())).is_err() {
        let _ = fchown(file, None, Some(known.gid()));
    }
    file.metadata().map(|ours| is_same(&ours))
}

/// What Linux keeps an access list in.
#[cfg(target_os = "linux")]
const ACCESS_LIST: &[u8] = b"system.posix_acl_access";

/// Extended attributes; on Linux the access list is one.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn attributes(file: &File, target: &Path) -> Result<()> {
    use rustix::fs::{XattrFlags, fsetxattr, lgetxattr, llistxattr};
    use rustix::io::Errno;
    // The most that Linux has of either.
    const MOST: usize = 64 * 1024;
    let mut names = vec![0; MOST];
    let length = match llistxattr(target, names.as_mut_slice()) {
        Ok(length) => length,
        // A file system without any.
        Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let names = || names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    // One that the folder gives to all that is new in it is not this file's.
    #[cfg(target_os = "linux")]
    if !names().any(|name| name == ACCESS_LIST) {
        let _ = rustix::fs::fremovexattr(file, ACCESS_LIST);
    }
    let mut value = vec![0; MOST];
    for name in names() {
        let copied = lgetxattr(target, name, value.as_mut_slice())
            .and_then(|length| fsetxattr(file, name, &value[..length], XattrFlags::empty()));
        match copied {
            Ok(()) => {}
            // What the system keeps for itself it gives to the new file as it sees fit.
            Err(_) if [&b"security."[..], b"trusted.", b"com.apple."].iter().any(|own| name.starts_with(own)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn attributes(_: &File, _: &Path) -> Result<()> {
    Ok(())
}
