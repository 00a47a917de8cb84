//! `--filter key=value`.

use crate::command::Arg;
use crate::symbol::Value;
use crate::truth::Truth;

/// One `--filter`. Repeated `label` filters are ANDed, any other key's are ORed, and different keys are
/// ANDed.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// `label`, `name`, `status`, …; none when it is not known text.
    pub key: Option<String>,
    /// What stands behind the first `=`.
    pub value: Value,
    /// `label!=…`, which only prune understands.
    pub negated: bool,
    /// The option's value.
    pub arg: Arg,
}

impl Filter {
    /// Reads the value of `--filter`.
    pub fn parse(arg: &Arg) -> Self {
        let Some((key, value)) = arg.value.split_once('=') else {
            let key = arg.text().map(str::to_owned);
            return Self { key, value: Value::default(), negated: false, arg: arg.clone() };
        };
        let Some(key) = key.as_literal() else {
            return Self { key: None, value: arg.value.clone(), negated: false, arg: arg.clone() };
        };
        let negated = key.ends_with('!');
        let key = Some(key.trim_end_matches('!').trim().to_ascii_lowercase());
        Self { key, value, negated, arg: arg.clone() }
    }

    /// Whether its key is this.
    pub fn is(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key)
    }
}

/// Whether a `label=` filter's value selects what carries `label` (`key=value` or `key`, as given to
/// `--label`): the whole key, and the whole value when the filter has one. No globs.
pub fn label_filter_matches(filter: &Value, label: &Value) -> Truth {
    let (label_key, label_value) = label.split_once('=').unwrap_or((label.clone(), Value::default()));
    match filter.split_once('=') {
        Some((key, value)) => key.same(&label_key).and(value.same(&label_value)),
        // `label=$X` may hold a `=`.
        None if filter.as_literal().is_none() => match filter.same(label) {
            Truth::Yes => Truth::Yes,
            _ => Truth::Unknown,
        },
        None => filter.same(&label_key),
    }
}

/// Whether `ancestor=` selects a container of `image`. It goes by the image's id, so another name of the
/// same image is selected too, and so is every image built from it: a different name is unknown. A glob
/// matches nothing.
pub fn ancestor_filter_matches(filter: &Value, image: &Value) -> Truth {
    if is_glob(filter) {
        return Truth::No;
    }
    // Without a tag both mean `latest`.
    let tagged = |value: &Value| match value.as_literal() {
        Some(text) if !text.rsplit('/').next().unwrap_or(text).contains([':', '@']) => {
            Value::literal(format!("{text}:latest"))
        }
        _ => value.clone(),
    };
    match tagged(filter).same(&tagged(image)) {
        Truth::Yes => Truth::Yes,
        _ => Truth::Unknown,
    }
}

/// Whether known text of it has a glob's signs, which no image name can hold.
pub fn is_glob(value: &Value) -> bool {
    value.parts().iter().any(|part| matches!(part, crate::symbol::Part::Literal(text) if text.contains(['*', '?'])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    #[test]
    fn filters_have_a_key() {
        for (text, key, filter_value, negated) in [
            ("name=^ws-", Some("name"), "^ws-", false),
            ("label=a=b", Some("label"), "a=b", false),
            ("label!=keep", Some("label"), "keep", true),
            ("label=run=$RUN", Some("label"), "run=$RUN", false),
            ("dangling", Some("dangling"), "", false),
            ("$FILTER", None, "", false),
            ("$KEY=x", None, "$KEY=x", false),
        ] {
            let filter = Filter::parse(&Arg::new(value(text), 0..1));
            assert_eq!(
                (filter.key.as_deref(), filter.value.to_string().as_str(), filter.negated),
                (key, filter_value, negated),
                "{text}"
            );
        }
    }

    #[test]
    fn labels_are_compared_whole() {
        for (filter, label, wanted) in [
            ("run=1", "run=1", Truth::Yes),
            ("run", "run=1", Truth::Yes),
            ("ru", "run=1", Truth::No),
            ("run=", "run=1", Truth::No),
            ("run=@run", "run=@run", Truth::Yes),
            ("run=@run", "run=$X", Truth::Unknown),
            ("run=@run", "job=@run", Truth::No),
            ("repo=x*", "repo=xy", Truth::No),
            ("$LABEL", "run=1", Truth::Unknown),
        ] {
            assert_eq!(label_filter_matches(&value(filter), &value(label)), wanted, "{filter} {label}");
        }
    }

    #[test]
    fn ancestors_go_by_id() {
        for (filter, image, wanted) in [
            ("postgres", "postgres:latest", Truth::Yes),
            ("postgres:15", "postgres:15", Truth::Yes),
            ("molecule/*", "molecule/a", Truth::No),
            ("busybox", "child", Truth::Unknown),
        ] {
            assert_eq!(ancestor_filter_matches(&value(filter), &value(image)), wanted, "{filter} {image}");
        }
    }
}
