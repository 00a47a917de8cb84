//! What planning reads of a repository, read once: each finding of a job is planned from the same texts.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;

use crate::analysis::{Analysed, TracedJob};
use crate::lifecycle::Peers;

/// The workflows of a repository, found by their files, and what their jobs are to each other.
#[derive(Debug)]
pub struct Workflows<'a> {
    all: Vec<(&'a Analysed, Peers<'a>)>,
    by_path: HashMap<Arc<str>, usize>,
}

impl<'a> Workflows<'a> {
    /// These.
    pub fn new(analysed: &'a [Analysed]) -> Self {
        let mut by_path = HashMap::new();
        for (at, one) in analysed.iter().enumerate() {
            by_path.entry(one.path.clone()).or_insert(at);
        }
        Self { all: analysed.iter().map(|one| (one, one.peers())).collect(), by_path }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a Analysed> {
        self.all.iter().map(|(analysed, _)| *analysed)
    }

    /// The one in a file.
    pub fn in_file(&'a self, path: &str) -> Option<(&'a Analysed, &'a Peers<'a>)> {
        let (analysed, peers) = self.all.get(*self.by_path.get(path)?)?;
        Some((analysed, peers))
    }
}

/// What was read already, by what it is and what it was read of.
#[derive(Default)]
pub struct Reading {
    known: RefCell<HashMap<(TypeId, Of), Rc<dyn Any>>>,
}

/// What is read.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Of {
    /// Something of the model, by its address: nothing of it moves while fixes are planned.
    Model(usize),
    /// A file, as shown.
    File(Arc<str>),
}

impl Reading {
    /// What is read of something, once for each type of what comes of it. It may read other things on the way.
    fn once<T: 'static>(&self, of: Of, read: impl FnOnce() -> T) -> Rc<T> {
        let key = (TypeId::of::<T>(), of);
        let known = self.known.borrow().get(&key).cloned();
        if let Some(Ok(known)) = known.map(Rc::downcast::<T>) {
            return known;
        }
        let new = Rc::new(read());
        self.known.borrow_mut().insert(key, new.clone());
        new
    }

    /// What is read of a job, once.
    pub fn of_job<T: 'static>(&self, job: &TracedJob, read: impl FnOnce() -> T) -> Rc<T> {
        self.once(Of::Model(std::ptr::from_ref(job).addr()), read)
    }

    /// What is read of a workflow, once.
    pub fn of_workflow<T: 'static>(&self, analysed: &Analysed, read: impl FnOnce() -> T) -> Rc<T> {
        self.once(Of::Model(std::ptr::from_ref(analysed).addr()), read)
    }

    /// What is read of a file, once.
    pub fn of_file<T: 'static>(&self, path: &Arc<str>, read: impl FnOnce() -> T) -> Rc<T> {
        self.once(Of::File(path.clone()), read)
    }

    /// What is read of the whole repository, once.
    pub fn of_all<T: 'static>(&self, read: impl FnOnce() -> T) -> Rc<T> {
        self.once(Of::Model(0), read)
    }
}

/// What was made of a thing that is read, in ways that a key tells apart: each once.
pub struct ByKey<K, T>(RefCell<HashMap<K, Rc<T>>>);

impl<K: Eq + Hash, T> ByKey<K, T> {
    /// What belongs to a key, made the first time. It may ask for others on the way.
    pub fn once(&self, key: K, make: impl FnOnce() -> T) -> Rc<T> {
        let known = self.0.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let new = Rc::new(make());
            self.0.borrow_mut().insert(key, new.clone());
            new
        })
    }
}

impl<K, T> Default for ByKey<K, T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}
