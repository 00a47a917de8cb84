//! Which network a container is put on.

use crate::symbol::Value;

/// The value of `--network`.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkChoice {
    /// Not told, `default` or `bridge`: docker's default bridge, without names.
    Default,
    /// The machine's own network.
    Host,
    /// None at all.
    None,
    /// Another container's: `container:NAME`.
    Container(Value),
    /// A network by its name.
    Named(Value),
}

impl NetworkChoice {
    /// Reads `--network NAME`, also its long form `name=NAME,alias=…`.
    pub fn parse(value: &Value) -> Self {
        let long = value.split(',').into_iter().find_map(|field| field.strip_prefix("name="));
        let name = long.unwrap_or_else(|| value.clone());
        match name.as_literal() {
            Some("host") => return Self::Host,
            Some("none") => return Self::None,
            Some("" | "default" | "bridge") => return Self::Default,
            _ => {}
        }
        match name.strip_prefix("container:") {
            Some(container) => Self::Container(container),
            None => Self::Named(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    #[test]
    fn networks_are_told_apart() {
        for (text, wanted) in [
            ("host", NetworkChoice::Host),
            ("bridge", NetworkChoice::Default),
            ("none", NetworkChoice::None),
            ("container:$JOB", NetworkChoice::Container(value("$JOB"))),
            ("name=ci-$RUN,alias=db", NetworkChoice::Named(value("ci-$RUN"))),
            ("ci", NetworkChoice::Named(value("ci"))),
        ] {
            assert_eq!(NetworkChoice::parse(&value(text)), wanted, "{text}");
        }
    }
}
