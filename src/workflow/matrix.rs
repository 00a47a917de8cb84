//! `strategy.matrix` and the legs it makes.
//!
//! GitHub's rules
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrixinclude>):
//! the product of the axes, less what `exclude` matches; then each `include` is added to every leg of the product none
//! of whose axis values it would change, or makes a leg of its own when there is none.

use std::collections::HashSet;

use super::field::{Datum, Scalar};
use super::read::Reader;
use crate::yaml::{Node, NodeKind};

/// How many legs are made out: GitHub's own limit per workflow run.
const MOST_LEGS: usize = 256;

/// `strategy.matrix`
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// The vectors, in the file's order.
    pub axes: Vec<Axis>,
    /// `include`
    pub include: Combinations,
    /// `exclude`
    pub exclude: Combinations,
    /// An expression in place of the whole.
    pub expression: Option<Scalar>,
}

/// One vector of the matrix.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its name.
    pub name: Scalar,
    /// Its values; empty when it is an expression.
    pub values: Vec<Datum>,
    /// An expression in place of the list.
    pub expression: Option<Scalar>,
}

/// `include` or `exclude`: mappings, or an expression in their place.
#[derive(Clone, Debug, Default)]
pub struct Combinations {
    /// Each one's keys and values.
    pub entries: Vec<Vec<(Scalar, Datum)>>,
    /// An expression in place of the list, or of an entry.
    pub expression: Option<Scalar>,
}

/// One job that the matrix makes: values by key; `None` is not known.
#[derive(Clone, Debug, Default)]
pub struct Leg {
    values: Vec<(String, Option<Datum>)>,
}

/// The legs of a matrix.
#[derive(Clone, Debug, Default)]
pub struct Legs {
    /// The legs that are known.
    pub legs: Vec<Leg>,
    /// Whether these are certainly all and each exists; if not, an expression decides.
    pub complete: bool,
    /// Whether any key may have values that are written nowhere.
    pub open: bool,
}

impl Legs {
    /// The keys of all legs, each once.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        for (key, _) in self.legs.iter().flat_map(Leg::values) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// The values that a key takes in any leg, each once; `None` when there may be others.
    pub fn values(&self, key: &str) -> Option<Vec<Datum>> {
        let mut values: Vec<Datum> = Vec::new();
        let mut texts: HashSet<&str> = HashSet::new();
        for leg in &self.legs {
            match leg.get(key) {
                Some(Some(value)) => {
                    let is_new = match value.as_scalar() {
                        Some(scalar) => texts.insert(scalar.value()),
                        None => !values.iter().any(|known| known.same(value)),
                    };
                    if is_new {
                        values.push(value.clone());
                    }
                }
                Some(None) => return None,
                None => {}
            }
        }
        (!self.open && !values.is_empty()).then_some(values)
    }
}

impl Leg {
    /// The value of a key; `Some(None)` when the key exists and its value is not known.
    pub fn get(&self, key: &str) -> Option<Option<&Datum>> {
        self.values.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_ref())
    }

    /// The keys and values.
    pub fn values(&self) -> impl Iterator<Item = (&str, Option<&Datum>)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_ref()))
    }

    fn set(&mut self, key: &str, value: &Datum) {
        match self.values.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = Some(value.clone()),
            None => self.values.push((key.to_owned(), Some(value.clone()))),
        }
    }

    /// Whether all of `pairs` are this leg's values; `None` when it is not known.
    fn has(&self, pairs: &[(Scalar, Datum)]) -> Option<bool> {
        let mut unknown = false;
        for (key, value) in pairs {
            match self.get(key.value()) {
                None => return Some(false),
                Some(None) => unknown = true,
                Some(Some(ours)) if ours.has_expression() || value.has_expression() => unknown = true,
                Some(Some(ours)) if !ours.same(value) => return Some(false),
                Some(Some(_)) => {}
            }
        }
        (!unknown).then_some(true)
    }
}

impl Matrix {
    pub(super) fn read(reader: &mut Reader, node: Node<'_>) -> Self {
        let mut matrix = Self::default();
        if node.kind() != NodeKind::Mapping {
            matrix.expression = Scalar::of(node).filter(|scalar| !scalar.is_null);
            if !matrix.expression.as_ref().is_some_and(Scalar::has_expression) {
                reader.odd(node.span(), "`matrix` takes a mapping of lists");
            }
            return matrix;
        }
        for entry in node.entries() {
            let Some(name) = Scalar::of(entry.key) else { continue };
            match name.value() {
                "include" => matrix.include = Combinations::read(reader, entry.value),
                "exclude" => matrix.exclude = Combinations::read(reader, entry.value),
                _ => matrix.axes.push(Axis::read(name, entry.value)),
            }
        }
        matrix
    }

    /// Whether it makes more than one job, as far as is known.
    pub fn has_several_legs(&self) -> bool {
        let legs = self.legs();
        !legs.complete || legs.legs.len() > 1
    }

    /// All legs, as far as they are known.
    pub fn legs(&self) -> Legs {
        if self.expression.is_some() {
            return Legs { legs: Vec::new(), complete: false, open: true };
        }
        let Some(mut all) = self.product() else {
            return Legs { legs: Vec::new(), complete: false, open: true };
        };
        let mut complete = self.axes.iter().all(|axis| axis.expression.is_none());
        for pairs in &self.exclude.entries {
            complete &= all.iter().all(|leg| leg.has(pairs).is_some());
            all.retain(|leg| leg.has(pairs) != Some(true));
        }
        let mut own = Vec::new();
        for pairs in &self.include.entries {
            let (added, sure) = self.include_into(&mut all, pairs);
            complete &= sure;
            if !added || !sure {
                let mut leg = Leg::default();
                pairs.iter().for_each(|(key, value)| leg.set(key.value(), value));
                own.push(leg);
            }
        }
        all.extend(own);
        let open = self.include.expression.is_some();
        complete &= !open && self.exclude.expression.is_none() && all.len() <= MOST_LEGS;
        all.truncate(MOST_LEGS);
        Legs { legs: all, complete, open }
    }

    /// The product of the axes; an axis that is an expression counts as one unknown value.
    fn product(&self) -> Option<Vec<Leg>> {
        let mut legs = if self.axes.is_empty() { Vec::new() } else { vec![Leg::default()] };
        for axis in &self.axes {
            let values: Vec<Option<&Datum>> = match &axis.expression {
                Some(_) => vec![None],
                None => axis.values.iter().map(Some).collect(),
            };
            if legs.len().checked_mul(values.len())? > MOST_LEGS * 4 {
                return None;
            }
            let with = |leg: &Leg, value: &Option<&Datum>| {
                let mut leg = leg.clone();
                leg.values.push((axis.name.value().to_owned(), value.cloned()));
                leg
            };
            legs = legs.iter().flat_map(|leg| values.iter().map(move |value| with(leg, value))).collect();
        }
        Some(legs)
    }

    /// Adds an include to the product's legs it fits. Tells whether it fitted any, and whether that is sure.
    fn include_into(&self, legs: &mut [Leg], pairs: &[(Scalar, Datum)]) -> (bool, bool) {
        let is_axis = |key: &str| self.axes.iter().any(|axis| axis.name.value() == key);
        let on_axes: Vec<_> = pairs.iter().filter(|(key, _)| is_axis(key.value())).cloned().collect();
        let (mut added, mut sure) = (false, true);
        for leg in legs {
            match leg.has(&on_axes) {
                Some(true) => {
                    added = true;
                    for (key, value) in pairs.iter().filter(|(key, _)| !is_axis(key.value())) {
                        leg.set(key.value(), value);
                    }
                }
                Some(false) => {}
                None => sure = false,
            }
        }
        (added, sure)
    }
}

impl Axis {
    fn read(name: Scalar, node: Node<'_>) -> Self {
        let expression = Scalar::of(node).filter(Scalar::has_expression);
        let values = match node.kind() {
            NodeKind::Sequence => node.items().map(Datum::of).collect(),
            _ if expression.is_none() && !node.is_null() => vec![Datum::of(node)],
            _ => Vec::new(),
        };
        Self { name, values, expression }
    }
}

impl Combinations {
    fn read(reader: &mut Reader, node: Node<'_>) -> Self {
        let mut found = Self { expression: Scalar::of(node).filter(Scalar::has_expression), ..Self::default() };
        for item in node.items() {
            match Datum::of(item) {
                Datum::Mapping(pairs) => found.entries.push(pairs),
                Datum::Scalar(scalar) if scalar.has_expression() => found.expression = Some(scalar),
                _ => reader.odd(item.span(), "each item of `include` and `exclude` is a mapping"),
            }
        }
        found
    }
}
