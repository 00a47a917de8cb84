//! What a service publishes, as it is written: `ports:` and `-p` in `options:`.

use std::ops::Range;

use crate::docker::{HostPort, Publish};
use crate::lifecycle::option;
use crate::rewrite::Withheld;
use crate::symbol::Value;
use crate::workflow::{Scalar, Service};

/// A published port.
#[derive(Debug)]
pub(super) struct Published<'a> {
    /// The text it stands in.
    pub scalar: &'a Scalar,
    /// Its bytes in that text.
    pub range: Range<usize>,
    /// The option's name before it and the blank before that, in `options:`.
    pub option: Option<Range<usize>>,
    /// It is free to take another port.
    pub is_free: bool,
    /// What is written for a port that Docker chooses.
    pub random: String,
}

/// All that a service publishes.
///
/// # Errors
/// When a port is not written out.
pub(super) fn published(service: &Service) -> Result<Vec<Published<'_>>, Withheld> {
    let mut all = Vec::new();
    for scalar in service.container.ports.iter().flat_map(|ports| &ports.value) {
        all.push(one(scalar, 0..scalar.value().len(), None)?);
    }
    let Some(options) = &service.container.options else { return Ok(all) };
    let text = options.value.value();
    for (word, port) in option::values(&option::words(text), &["-p", "--publish"]) {
        let start = text.get(word.clone()).and_then(|text| text.rfind(&port)).map(|at| word.start + at);
        let start =
            start.ok_or_else(|| Withheld::because("its `options:` are quoted in a way that cannot be edited"))?;
        let blank = text.get(..word.start).map_or(word.start, |head| head.trim_end_matches(' ').len());
        all.push(one(&options.value, start..start + port.len(), Some(blank..start))?);
    }
    Ok(all)
}

fn one(scalar: &Scalar, range: Range<usize>, option: Option<Range<usize>>) -> Result<Published<'_>, Withheld> {
    let text = scalar.value().get(range.clone()).unwrap_or_default().to_owned();
    let unclear = || {
        Withheld::because(match text.contains("matrix.") {
            true => format!(
                "each leg of the matrix has a port of its own (`{text}`), and what uses it would have to be told \
                             leg by leg: change both by hand"
            ),
            false => format!("the port `{text}` is not written out"),
        })
    };
    if scalar.aliased || text.contains(['$', '"', '\'']) {
        return Err(unclear());
    }
    let publish = Publish::parse(&Value::literal(text.as_str()));
    let is_free = match publish.host_port() {
        HostPort::Free => true,
        HostPort::Fixed(_) => false,
        _ => return Err(unclear()),
    };
    let container = publish.container.as_literal().ok_or_else(unclear)?;
    let protocol = publish.protocol.as_ref().map_or(String::new(), |protocol| format!("/{protocol}"));
    let ip = publish.ip.as_ref().map_or(String::new(), |ip| format!("{ip}::"));
    let random = format!("{ip}{container}{protocol}");
    Ok(Published { scalar, range, option, is_free, random })
}
