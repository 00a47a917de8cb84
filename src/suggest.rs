//! "Did you mean": the nearest known name.

/// The known name that is most like `name`, if one is.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let known: Vec<&str> = known.into_iter().collect();
    similar::get_close_matches(name, &known, 1, 0.6).first().copied()
}

/// `; did you mean …?`, or nothing.
pub fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    nearest(name, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name() {
        let known = ["service-fixed-port", "missing-teardown", "scope"];
        assert_eq!(nearest("service-fix-port", known), Some("service-fixed-port"));
        assert_eq!(nearest("scopes", known), Some("scope"));
        assert_eq!(did_you_mean("zzz", known), "");
    }
}
