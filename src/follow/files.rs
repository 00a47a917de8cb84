//! A repository's files: read once, parsed once, never outside the root.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::RepoPath;
use super::interpreter::ScriptInterpreter;
use super::makefile::Makefile;
use crate::door::list;
use crate::door::read::{Bounds, MOST_BYTES, Reader, Refused};
use crate::shell::{self, Script};
use crate::source::{FileKind, Location, NotText, Source};
use crate::workflow::{Action, Compose, NotThis};
use crate::yaml::{self, Tree};

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// There is none.
    #[error("there is no such file in the repository")]
    Absent,
    /// It is a directory, a device or a socket.
    #[error("it is not a regular file")]
    NotAFile,
    /// A symlink leads out of the repository.
    #[error("it lies outside the repository")]
    Outside,
    /// It is larger than a megabyte.
    #[error("it is larger than 1 MB")]
    TooLarge,
    /// It is a program, an archive or an image, and no text.
    #[error("it is not text")]
    Binary,
    /// It is not UTF-8.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// The system said no.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// How many bytes of shell text are kept parsed: trees are some ten times as large.
const MOST_PARSED: usize = 1 << 22;

/// How many bytes tell whether a file is text.
const HEAD: usize = 8192;

/// Access to one repository, shared by all threads.
#[derive(Debug)]
pub struct Files {
    store: Store,
    prefix: String,
    overlay: HashMap<RepoPath, Vec<u8>>,
    entries: Mutex<HashMap<RepoPath, Arc<Entry>>>,
    asked: Mutex<HashMap<RepoPath, Arc<Entry>>>,
    kinds: Mutex<HashMap<RepoPath, FileKind>>,
    scripts: Arc<Mutex<Scripts>>,
}

/// Shell texts that stand in other files, parsed.
#[derive(Debug, Default)]
struct Scripts {
    known: HashMap<Arc<str>, Arc<Script>>,
    /// How many bytes these texts have.
    bytes: usize,
}

/// Files that somebody asked for, as they were; those that are not there as well.
#[derive(Debug, Default)]
pub struct Asked(HashMap<RepoPath, Arc<Entry>>);

#[derive(Clone, Debug)]
enum Store {
    Disk { root: PathBuf, reader: Arc<Reader> },
    Memory(HashMap<RepoPath, Vec<u8>>),
}

/// What is known of one file.
#[derive(Debug)]
struct Entry {
    source: Result<Source, Missing>,
    script: OnceLock<Arc<Script>>,
    tree: OnceLock<Option<Arc<Tree>>>,
    makefile: OnceLock<Arc<Makefile>>,
    compose: OnceLock<Result<Arc<Compose>, NotThis>>,
    action: OnceLock<Option<Arc<Action>>>,
}

/// How a file on disk is read.
type Way = fn(&Reader, &Path, &Bounds) -> Result<Arc<[u8]>, Refused>;

impl Files {
    /// The repository at `root`; `display_prefix` is what stands before its paths in reports: empty, or the
    /// way from the working directory.
    pub fn new(root: &Path, display_prefix: &str) -> Self {
        Self::unread(Store::Disk { root: root.to_owned(), reader: Arc::default() }, prefix(display_prefix))
    }

    /// A repository of which nothing was read yet.
    fn unread(store: Store, prefix: String) -> Self {
        Self {
            store,
            prefix,
            overlay: HashMap::new(),
            entries: Mutex::default(),
            asked: Mutex::default(),
            kinds: Mutex::default(),
            scripts: Arc::default(),
        }
    }

    /// The same, read by a reader that others use as well.
    pub fn reading(mut self, shared: &Arc<Reader>) -> Self {
        if let Store::Disk { reader, .. } = &mut self.store {
            *reader = shared.clone();
        }
        self
    }

    /// The same, with these files in place of those on disk, by shown path.
    pub fn with(mut self, overlay: &BTreeMap<String, Vec<u8>>) -> Self {
        let own = overlay.iter().filter_map(|(shown, bytes)| {
            let path = RepoPath::new(shown.strip_prefix(&self.prefix)?)?;
            Some((path, bytes.clone()))
        });
        self.overlay = own.collect();
        self
    }

    /// A repository that exists only here: paths and texts.
    pub fn in_memory<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let files = files.into_iter().filter_map(|(path, text)| Some((RepoPath::new(path)?, text.as_bytes().to_vec())));
        Self::unread(Store::Memory(files.collect()), String::new())
    }

    /// The same repository with these files in place of those on disk; of the others stays what was read.
    pub fn again(&self, overlay: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut again = Self::unread(self.store.clone(), self.prefix.clone()).with(overlay);
        let known = lock(&self.entries);
        let same = |path: &RepoPath| self.overlay.get(path) == again.overlay.get(path);
        let entries = known.iter().filter(|(path, _)| same(path)).map(|(path, entry)| (path.clone(), entry.clone()));
        again.entries = Mutex::new(entries.collect());
        again.kinds = Mutex::new(lock(&self.kinds).clone());
        again.scripts = self.scripts.clone();
        again
    }

    /// Forgets what was asked for so far.
    pub fn forget_asked(&self) {
        lock(&self.asked).clear();
    }

    /// What was asked for since that was forgotten.
    pub fn asked(&self) -> Asked {
        Asked(std::mem::take(&mut *lock(&self.asked)))
    }

    /// Whether files are as they were when they were asked for.
    pub fn are_still(&self, asked: &Asked) -> bool {
        let entries = lock(&self.entries);
        let same =
            |(path, entry): (&RepoPath, &Arc<Entry>)| entries.get(path).is_some_and(|now| Arc::ptr_eq(now, entry));
        asked.0.iter().all(same)
    }

    /// The file, if it can be read. The reason why not is kept: [`Files::missing`].
    pub fn read(&self, path: &RepoPath) -> Option<Source> {
        self.open(path).ok()
    }

    /// The file, or the reason why not.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn open(&self, path: &RepoPath) -> Result<Source, Missing> {
        let source = self.entry(path).source.clone()?;
        Ok(source.of_kind(lock(&self.kinds).get(path).copied().unwrap_or_default()))
    }

    /// The file as one of this kind, which it is from now on for all who open it.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn follow(&self, path: &RepoPath, kind: FileKind) -> Result<Source, Missing> {
        let source = self.entry(path).source.clone()?;
        // Of two who follow one file as different kinds the same one wins, whichever comes first.
        let mut kinds = lock(&self.kinds);
        let known = kinds.entry(path.clone()).or_default();
        *known = kind.max(*known);
        Ok(source.of_kind(kind))
    }

    /// What the file that is shown under a path was followed as.
    pub fn kind(&self, shown: &str) -> FileKind {
        let path = shown.strip_prefix(&self.prefix).and_then(RepoPath::new);
        path.and_then(|path| lock(&self.kinds).get(&path).copied()).unwrap_or_default()
    }

    /// Every file that was asked for and could not be read, sorted. Files that are merely absent are left out: asking
    /// is how default names are found. So are folders and what is no text: whoever calls a program does not call a
    /// script.
    pub fn missing(&self) -> Vec<(RepoPath, Missing)> {
        let entries = lock(&self.entries);
        let failed = entries.iter().filter_map(|(path, entry)| Some((path.clone(), entry.source.clone().err()?)));
        let is_said = |why: &Missing| !matches!(why, Missing::Absent | Missing::NotAFile | Missing::Binary);
        let mut failed: Vec<_> = failed.filter(|(_, why)| is_said(why)).collect();
        failed.sort_by(|one, other| one.0.cmp(&other.0));
        failed
    }

    /// What has the wrong shape in the compose files and actions that were read.
    pub fn misshapen(&self) -> BTreeSet<(Location, String)> {
        let entries = lock(&self.entries);
        let mut misshapen = BTreeSet::new();
        for entry in entries.values() {
            let Ok(source) = &entry.source else { continue };
            let compose = entry.compose.get().and_then(|read| read.as_ref().ok()).map(|compose| &compose.oddities);
            let action = entry.action.get().and_then(Option::as_ref).map(|action| &action.oddities);
            let told = compose.into_iter().chain(action).flatten();
            misshapen.extend(told.map(|oddity| (source.location(oddity.span), oddity.message.clone())));
        }
        misshapen
    }

    /// Whether there is a file that can be read.
    pub fn has(&self, path: &RepoPath) -> bool {
        self.entry(path).source.is_ok()
    }

    /// Whether it is a file, or a folder; `None` when it is not there. What cannot be read as text is a file all the
    /// same, and nobody is told of it.
    pub fn is_file(&self, path: &RepoPath) -> Option<bool> {
        if path.as_str().is_empty() {
            return Some(false);
        }
        if let Store::Memory(files) = &self.store
            && files.keys().any(|other| other.as_str().starts_with(&format!("{}/", path.as_str())))
        {
            return Some(false);
        }
        match self.load(path, Reader::read) {
            Ok(_) | Err(Missing::TooLarge | Missing::Binary | Missing::NotText(_)) => Some(true),
            Err(Missing::NotAFile) => Some(false),
            Err(Missing::Absent | Missing::Outside | Missing::Unreadable(_)) => None,
        }
    }

    /// The first of these names in `directory` that is there.
    pub fn first(&self, directory: &RepoPath, names: &[&str]) -> Option<RepoPath> {
        names.iter().filter_map(|name| directory.join(name)).find(|path| self.exists(path))
    }

    /// Every file with one of these names, in any folder but those of other people's code, sorted.
    pub fn named(&self, names: &[&str]) -> Vec<RepoPath> {
        self.listed(|path| names.contains(&path.name()), |root| list::named(root, names))
    }

    /// Whether a file is a program that tests, as far as its name and folders say so.
    pub fn is_of_tests(&self, path: &RepoPath) -> bool {
        list::is_of_tests(path.as_str())
    }

    /// The texts that something may read a name in, and whether these are all: see [`list::of_texts`].
    pub fn of_texts(&self) -> (Vec<RepoPath>, bool) {
        let mut is_all = true;
        let listed = |root: &Path| {
            let (texts, all) = list::of_texts(root);
            is_all = all;
            texts
        };
        let mut texts = self.listed(|path| list::is_text(path.as_str()), listed);
        // Those on a disk are in order.
        if matches!(self.store, Store::Memory(_)) {
            texts.sort_by_key(|path| list::is_data(path.as_str()));
        }
        (texts, is_all)
    }

    /// A file as it is now, for one who looks into many files once: it is not kept, nobody is told that it was asked
    /// for, and what cannot be read is nothing. Nor is what this program has written: a baseline, a report.
    pub fn glance(&self, path: &RepoPath) -> Option<Source> {
        let known = lock(&self.entries).get(path).cloned();
        let source = known.map_or_else(|| self.load(path, Reader::glance), |known| known.source.clone()).ok()?;
        (!is_own_report(path, source.text())).then_some(source)
    }

    /// Files of one kind, sorted: as their paths say it, and as they are listed on disk.
    fn listed(&self, is_one: impl Fn(&RepoPath) -> bool, on_disk: impl FnOnce(&Path) -> Vec<PathBuf>) -> Vec<RepoPath> {
        match &self.store {
            Store::Memory(files) => {
                let mut found: Vec<_> = files.keys().filter(|path| is_one(path)).cloned().collect();
                found.sort();
                found
            }
            Store::Disk { root, .. } => {
                let inside = |path: &PathBuf| RepoPath::new(path.strip_prefix(root).ok()?.to_str()?);
                on_disk(root).iter().filter_map(inside).collect()
            }
        }
    }

    /// The same in `start`, or in the nearest folder above.
    pub(super) fn first_above(&self, start: &RepoPath, names: &[&str]) -> Option<RepoPath> {
        let mut here = Some(start.clone());
        while let Some(directory) = here {
            if let Some(path) = self.first(&directory, names) {
                return Some(path);
            }
            here = directory.parent();
        }
        None
    }

    /// The file as a shell script, parsed once. Ask [`Files::interpreter`] before whether it is one.
    pub fn script(&self, path: &RepoPath) -> Option<Arc<Script>> {
        let entry = self.entry(path);
        let source = entry.source.as_ref().ok()?;
        Some(entry.script.get_or_init(|| Arc::new(shell::parse(source.text()))).clone())
    }

    /// Shell text that stands in another file, parsed once for all who walk it.
    pub fn parsed(&self, text: &str) -> Arc<Script> {
        if let Some(script) = lock(&self.scripts).known.get(text) {
            return script.clone();
        }
        let script = Arc::new(shell::parse(text));
        let mut scripts = lock(&self.scripts);
        if scripts.bytes + text.len() > MOST_PARSED {
            *scripts = Scripts::default();
        }
        scripts.bytes += text.len();
        scripts.known.insert(text.into(), script.clone());
        script
    }

    /// The file as YAML (JSON is YAML), parsed once; `None` when it is missing or is none.
    pub fn tree(&self, path: &RepoPath) -> Option<Arc<Tree>> {
        let entry = self.entry(path);
        let source = entry.source.as_ref().ok()?;
        entry.tree.get_or_init(|| yaml::parse(source).ok().map(Arc::new)).clone()
    }

    /// The file as a compose file, read once; `None` when it is missing or no YAML.
    pub(super) fn compose(&self, path: &RepoPath) -> Option<Result<Arc<Compose>, NotThis>> {
        let tree = self.tree(path)?;
        Some(self.entry(path).compose.get_or_init(|| Compose::read(&tree).map(Arc::new)).clone())
    }

    /// The file as an action, read once; `None` when it is missing or is none.
    pub fn action(&self, path: &RepoPath) -> Option<Arc<Action>> {
        let tree = self.tree(path)?;
        self.entry(path).action.get_or_init(|| Action::read(&tree).ok().map(Arc::new)).clone()
    }

    /// The file as a makefile, read once.
    pub(super) fn makefile(&self, path: &RepoPath) -> Option<Arc<Makefile>> {
        let source = self.follow(path, FileKind::Makefile).ok()?;
        Some(self.entry(path).makefile.get_or_init(|| Arc::new(Makefile::read(&source))).clone())
    }

    /// What runs the file when it is called by its path.
    pub fn interpreter(&self, path: &RepoPath) -> Option<ScriptInterpreter> {
        self.read(path).map(|source| ScriptInterpreter::of(path.name(), source.text()))
    }

    fn exists(&self, path: &RepoPath) -> bool {
        !matches!(self.entry(path).source, Err(Missing::Absent | Missing::NotAFile))
    }

    fn entry(&self, path: &RepoPath) -> Arc<Entry> {
        let entry = self.known(path);
        lock(&self.asked).entry(path.clone()).or_insert_with(|| entry.clone());
        entry
    }

    fn known(&self, path: &RepoPath) -> Arc<Entry> {
        if let Some(entry) = lock(&self.entries).get(path) {
            return entry.clone();
        }
        // Read without the lock: two threads may read one file, and the first one's result stays.
        let source = self.load(path, Reader::read);
        let entry = Entry {
            source,
            script: OnceLock::new(),
            tree: OnceLock::new(),
            makefile: OnceLock::new(),
            compose: OnceLock::new(),
            action: OnceLock::new(),
        };
        lock(&self.entries).entry(path.clone()).or_insert_with(|| Arc::new(entry)).clone()
    }

    fn load(&self, path: &RepoPath, read: Way) -> Result<Source, Missing> {
        if let Some(bytes) = self.overlay.get(path) {
            return Ok(Source::new(format!("{}{}", self.prefix, path.as_str()), bytes.clone())?);
        }
        let bytes = match &self.store {
            Store::Memory(files) => match files.get(path) {
                Some(bytes) if bytes.len() > MOST_BYTES => return Err(Missing::TooLarge),
                Some(bytes) => bytes.clone(),
                None => return Err(Missing::Absent),
            },
            Store::Disk { root, reader } => {
                read(reader, &root.join(path.as_str()), &Bounds::Inside(root.clone()))?.to_vec()
            }
        };
        let is_binary = bytes.iter().take(HEAD).any(|&byte| byte == 0) && !is_utf16(&bytes);
        Source::new(format!("{}{}", self.prefix, path.as_str()), bytes).map_err(|error| match is_binary {
            true => Missing::Binary,
            false => error.into(),
        })
    }
}

/// Whether a text begins as one in UTF-16 does. Its ASCII characters hold zero bytes, too.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn prefix(given: &str) -> String {
    match given.trim_end_matches('/') {
        "" | "." => String::new(),
        given => format!("{given}/"),
    }
}

impl From<Refused> for Missing {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Absent => Self::Absent,
            Refused::NotAFile => Self::NotAFile,
            Refused::Outside => Self::Outside,
            Refused::TooLarge => Self::TooLarge,
            Refused::Denied => Self::Unreadable("permission denied".to_owned()),
            Refused::System(why) => Self::Unreadable(why),
        }
    }
}

/// Whether a text is a baseline or a report of this program's, which quotes the files that it is about.
fn is_own_report(path: &RepoPath, text: &str) -> bool {
    const MARKS: [&str; 4] = [
        "\"schema\": \"berthlint",
        "\"name\": \"berthlint\"",
        "<testsuites name=\"berthlint\"",
        " source=\"berthlint.",
    ];
    let is_report = [".json", ".sarif", ".xml"].iter().any(|ending| path.name().ends_with(ending));
    is_report && path.name() != "package.json" && MARKS.iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).expect("inside")
    }

    #[test]
    fn memory_and_its_limits() {
        let large = "x".repeat(1 + (1 << 20));
        let files = Files::in_memory([("ci/x.sh", "docker ps\n"), ("large", large.as_str())]);
        assert_eq!(files.read(&path("ci/x.sh")).map(|source| source.path().to_string()).as_deref(), Some("ci/x.sh"));
        assert_eq!(files.open(&path("y")).err(), Some(Missing::Absent));
        assert_eq!(files.open(&path("large")).err(), Some(Missing::TooLarge));
        assert_eq!(files.missing(), [(path("large"), Missing::TooLarge)]);
        let (one, two) = (files.script(&path("ci/x.sh")), files.script(&path("ci/x.sh")));
        assert!(Arc::ptr_eq(&one.expect("parsed"), &two.expect("parsed")));
    }

    #[test]
    fn files_are_found_by_their_names() {
        let folder = tempfile::tempdir().expect("a folder");
        for file in [".env", "api/.env", "api/.env.test", "node_modules/x/.env", "vendor/y/.env", "api/env"] {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, "A=b\n").expect("written");
        }
        let found = Files::new(folder.path(), "").named(&[".env", ".env.test"]);
        assert_eq!(found, [path(".env"), path("api/.env"), path("api/.env.test")]);
    }

    #[test]
    fn disk_stays_inside() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("repository");
        std::fs::create_dir_all(root.join("ci")).expect("made");
        std::fs::write(root.join("ci/x.sh"), "true\n").expect("written");
        std::fs::write(root.join("bad"), b"a\xff").expect("written");
        std::fs::write(folder.path().join("secret"), "no\n").expect("written");
        #[cfg(unix)]
        std::os::unix::fs::symlink("../secret", root.join("out")).expect("linked");
        let files = Files::new(&root, "sub/");
        assert_eq!(
            files.read(&path("ci/x.sh")).map(|source| source.path().to_string()).as_deref(),
            Some("sub/ci/x.sh")
        );
        assert_eq!(files.open(&path("ci")).err(), Some(Missing::NotAFile));
        // A word of a command that is no path at all.
        assert_eq!(files.open(&path(&format!("import a.{}", "b".repeat(300)))).err(), Some(Missing::Absent));
        assert!(matches!(files.open(&path("bad")), Err(Missing::NotText(_))));
        #[cfg(unix)]
        assert_eq!(files.open(&path("out")).err(), Some(Missing::Outside));
    }
}
