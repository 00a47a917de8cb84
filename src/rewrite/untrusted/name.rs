//! Names that may stand in a script as they are.

use crate::docker::is_name_letter;
use crate::rewrite::Withheld;

/// Whether a forge takes it for the id of a job or a service: `[A-Za-z_][A-Za-z0-9_-]*`.
pub fn is_id(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Whether a shell can read a variable of that name.
pub fn is_variable(name: &str) -> bool {
    is_id(name) && !name.contains('-')
}

/// Refuses what is no id: of a job, a service, an `env:`. `what` says which it is.
///
/// # Errors
/// When it is none.
pub fn id(what: &str, name: &str) -> Result<(), Withheld> {
    if is_id(name) {
        return Ok(());
    }
    Err(Withheld::because(format!(
        "{what} `{name}` is not a plain name (`[A-Za-z_][A-Za-z0-9_-]*`), so it is not put into a script"
    )))
}

/// Refuses what Docker takes for no name of a network or a container: `[A-Za-z0-9][A-Za-z0-9_.-]*`.
///
/// # Errors
/// When it is none.
pub fn docker_name(what: &str, name: &str) -> Result<(), Withheld> {
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_name_letter) {
        return Ok(());
    }
    if name.contains("${") {
        return Err(Withheld::because(format!(
            "{what} `{name}` has another name in each run: write that where it is asked for, by hand"
        )));
    }
    Err(Withheld::because(format!(
        "{what} `{name}` is not a name that Docker allows (`[A-Za-z0-9][A-Za-z0-9_.-]*`), so it is not put into a script"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_stand_in_a_script() {
        for fine in ["db", "_x", "my-db_2", "DATABASE_URL"] {
            assert!(id("the service", fine).is_ok(), "{fine}");
        }
        for wrong in ["", "2db", "-x", "x$(id)", "x'y", "a b", "a.b", "x\n", "${{ x }}", "ä"] {
            let why = id("the service", wrong).expect_err(wrong).to_string();
            assert!(why.starts_with("the service `"), "{why}");
        }
        assert!(is_variable("A_1") && !is_variable("A-1") && !is_variable("1A"));
        assert!(docker_name("the network", "0ci.net-1").is_ok());
        for wrong in ["", "-x", ".x", "a'b", "a\"b", "a b", "a/b", "$(id)"] {
            assert!(docker_name("the network", wrong).is_err(), "{wrong}");
        }
    }
}
