//! `action.yml`: what an action takes and runs
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax>).

use super::NotThis;
use super::field::{Field, Oddity, Scalar};
use super::on::Input;
use super::read::Reader;
use super::step::Step;
use crate::source::Span;
use crate::yaml::{Node, NodeKind, Tree};

/// An action's metadata.
#[derive(Clone, Debug)]
pub struct Action {
    /// `inputs`
    pub inputs: Vec<Input>,
    /// What its steps hand out.
    pub outputs: Vec<Output>,
    /// `runs`, by kind.
    pub runs: Runs,
    /// What has the wrong shape.
    pub oddities: Vec<Oddity>,
}

/// What an action runs.
#[derive(Clone, Debug)]
pub enum Runs {
    /// `using: composite`
    Composite {
        /// `steps`
        steps: Vec<Step>,
    },
    /// An image, JavaScript, or something else, such as Gitea's `go`.
    Other,
}

/// An output of a composite action or of a reusable workflow.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its `value:`: mostly an expression.
    pub value: Box<Field<Scalar>>,
}

impl Output {
    /// The `outputs:` of a mapping that have a value.
    fn read_all(reader: &mut Reader, node: Node<'_>) -> Vec<Self> {
        let outputs = node.get("outputs").into_iter().flat_map(Node::entries);
        outputs
            .filter_map(|entry| {
                let name = entry.key.as_str()?.to_owned();
                Some(Self { name, value: reader.scalar(entry.value, "value")? })
            })
            .collect()
    }
}

impl Action {
    /// Reads an action's metadata.
    ///
    /// # Errors
    /// [`NotThis`] when there is no `runs:` mapping.
    pub fn read(tree: &Tree) -> Result<Self, NotThis> {
        let root = tree.root().ok_or_else(|| NotThis::new(Span::new(0, 0), "the file is empty"))?;
        let Some(runs) = root.get("runs").filter(|runs| runs.kind() == NodeKind::Mapping) else {
            return Err(NotThis::new(root.span(), "this is not an action: it has no `runs:` mapping"));
        };
        let mut reader = Reader::default();
        let using = reader.scalar(runs, "using");
        let kind = using.as_ref().map(|using| using.value.value().to_ascii_lowercase()).unwrap_or_default();
        let what = match kind.as_str() {
            "composite" => Runs::Composite { steps: Step::read_all(&mut reader, runs) },
            _ => Runs::Other,
        };
        Ok(Self {
            inputs: Input::read_all(&mut reader, root),
            outputs: Output::read_all(&mut reader, root),
            runs: what,
            oddities: reader.oddities,
        })
    }
}
