//! Which file of `src` uses which: every `use` and every path, as far as the file that defines what it names.
//!
//! A re-export is no use: what is imported through one is looked up where it is defined. What `mod.rs` re-exports and
//! does not itself speak of makes no arrow either.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// File to the files it uses, both by their path in `src`.
pub type Uses = BTreeMap<String, BTreeSet<String>>;

type Words = Vec<String>;

static QUOTED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""(?:[^"\\]|\\.)*""#).unwrap());
static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*").unwrap());

/// What a file is made of.
#[derive(Default)]
struct File {
    module: Words,
    /// What it defines itself.
    items: BTreeSet<String>,
    /// What it imports or re-exports, by the name it has here.
    imports: BTreeMap<String, Words>,
    /// What it imports all of.
    globs: Vec<Words>,
    /// Every path in it that is a use.
    paths: BTreeSet<Words>,
    is_folder: bool,
}

/// Where a path ends.
enum End<'a> {
    /// In an item of this file.
    Item(&'a str),
    /// In a module.
    Module(Words),
    /// In a library, or in a name that is no item.
    Outside,
}

/// Files with their text, by path in `src`.
pub fn uses(files: &[(String, String)]) -> Uses {
    let read: Files = Files(files.iter().map(|(name, text)| (name.clone(), File::read(name, text))).collect());
    let of = |(name, file): (&String, &File)| {
        let found = file.paths.iter().filter_map(|path| read.file(&file.module, path));
        (name.clone(), found.filter(|used| *used != name).map(str::to_owned).collect())
    };
    read.0.iter().map(of).collect()
}

/// Circles: nodes of which each leads to every other one.
pub fn circles(uses: &Uses) -> Vec<Vec<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = uses.keys().map(|node| (node, reached(uses, node))).collect();
    let circle = |node: &&String| {
        let back = |other: &&&String| reach.get(*other).is_some_and(|there| there.contains(*node));
        reach[*node].iter().filter(back).map(|other| (*other).clone()).collect::<Vec<_>>()
    };
    let all: BTreeSet<Vec<String>> = uses.keys().map(|node| circle(&node)).filter(|circle| circle.len() > 1).collect();
    all.into_iter().collect()
}

fn reached<'a>(uses: &'a Uses, from: &String) -> BTreeSet<&'a String> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&String> = uses[from].iter().collect();
    while let Some(node) = next.pop() {
        if seen.insert(node) {
            next.extend(uses.get(node).into_iter().flatten());
        }
    }
    seen
}

/// The same between what stands side by side in one folder: a file, or a folder with all that is in it.
pub fn between(uses: &Uses, folder: &str) -> Uses {
    let child = |file: &str| {
        let rest = file.strip_prefix(folder)?.strip_prefix('/')?;
        Some(rest.split('/').next().unwrap_or(rest).to_owned())
    };
    let mut between = Uses::new();
    for (file, used) in uses {
        if let Some(from) = child(file) {
            let to = used.iter().filter_map(|used| child(used)).filter(|to| *to != from);
            between.entry(from.clone()).or_default().extend(to);
        }
    }
    between
}

struct Files(BTreeMap<String, File>);

impl Files {
    fn file(&self, module: &[String], path: &[String]) -> Option<&str> {
        match self.resolve(module, path, 0) {
            End::Item(file) => Some(file),
            End::Module(_) | End::Outside => None,
        }
    }

    fn at(&self, module: &[String]) -> Option<(&str, &File)> {
        let path = module.join("/");
        let names =
            [if path.is_empty() { "lib.rs".to_owned() } else { format!("{path}.rs") }, format!("{path}/mod.rs")];
        names.iter().find_map(|name| self.0.get_key_value(name)).map(|(name, file)| (name.as_str(), file))
    }

    /// `depth` ends what two files import from each other.
    fn resolve(&self, module: &[String], path: &[String], depth: usize) -> End<'_> {
        let Some((first, rest)) = path.split_first() else { return End::Module(module.to_vec()) };
        match first.as_str() {
            "crate" => return self.resolve(&[], rest, depth),
            "self" => return self.resolve(module, rest, depth),
            "super" => return self.resolve(&module[..module.len().saturating_sub(1)], rest, depth),
            _ => {}
        }
        let Some((name, file)) = self.at(module) else { return End::Outside };
        if depth > 16 {
            return End::Outside;
        }
        let child = [module, std::slice::from_ref(first)].concat();
        if self.at(&child).is_some() && !(rest.is_empty() && file.items.contains(first)) {
            return self.resolve(&child, rest, depth);
        }
        if file.items.contains(first) {
            return End::Item(name);
        }
        if let Some(import) = file.imports.get(first).filter(|import| import.first() != Some(first)) {
            return self.resolve(module, &[import, rest].concat(), depth + 1);
        }
        let globs = file.globs.iter().map(|glob| self.resolve(module, glob, depth + 1));
        for glob in globs {
            if let End::Module(glob) = glob
                && let found @ End::Item(_) = self.resolve(&glob, path, depth + 1)
            {
                return found;
            }
        }
        End::Outside
    }
}

impl File {
    fn read(name: &str, text: &str) -> Self {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("src/{name}: {error}"));
        let path = name.trim_end_matches(".rs");
        let is_folder = path.ends_with("/mod") || path == "lib";
        let mut module: Words = path.split('/').map(str::to_owned).collect();
        if is_folder {
            module.pop();
        }
        let mut file = Self { module, is_folder, ..Self::default() };
        file.visit_file(&parsed);
        file
    }

    fn import(&mut self, tree: &UseTree, before: &[String], is_use: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident), is_use),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, is_use)),
            UseTree::Glob(_) => {
                self.globs.push(before.to_vec());
                self.paths.insert(before.to_vec());
            }
            UseTree::Name(name) if name.ident == "self" => {
                self.imported(before.last().cloned().unwrap_or_default(), before.to_vec(), is_use);
            }
            UseTree::Name(name) => self.imported(name.ident.to_string(), with(&name.ident), is_use),
            UseTree::Rename(rename) => self.imported(rename.rename.to_string(), with(&rename.ident), is_use),
        }
    }

    fn imported(&mut self, name: String, path: Words, is_use: bool) {
        if is_use {
            self.paths.insert(path.clone());
        }
        self.imports.insert(name, path);
    }
}

impl<'ast> Visit<'ast> for File {
    fn visit_file(&mut self, file: &'ast syn::File) {
        self.items = file.items.iter().filter(|item| !is_test(item)).filter_map(defined).collect();
        visit::visit_file(self, file);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(item) {
            return;
        }
        if let Item::Use(item) = item {
            let is_use = matches!(item.vis, syn::Visibility::Inherited) || !self.is_folder;
            self.import(&item.tree, &[], is_use);
        }
        visit::visit_item(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // What is handed to a macro is no syntax tree yet: its words are read, and not what stands in quotes.
        let text = call.tokens.to_string();
        for found in PATH.find_iter(&QUOTED.replace_all(&text, "")) {
            self.paths.insert(found.as_str().split("::").map(|word| word.trim().to_owned()).collect());
        }
        visit::visit_macro(self, call);
    }
}

fn is_test(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    };
    let is = |attribute: &Attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    };
    attributes.iter().any(is)
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
