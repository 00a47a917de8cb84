//! What a Dockerfile says of other images.

/// The images that it is built on, as they are written: of `FROM`, of `COPY --from=…`, and those that an `ARG` names where
/// nobody `given` says another.
pub fn bases<'t>(text: &'t str, given: &dyn Fn(&str) -> bool) -> Vec<&'t str> {
    text.lines().flat_map(|line| of_line(line, given)).filter(|image| !image.is_empty()).collect()
}

fn of_line<'t>(line: &'t str, given: &dyn Fn(&str) -> bool) -> Vec<&'t str> {
    let mut words = line.split_whitespace();
    let verb = words.next().unwrap_or_default().to_ascii_uppercase();
    match verb.as_str() {
        "FROM" => words.find(|word| !word.starts_with("--")).into_iter().collect(),
        "COPY" => words.filter_map(|word| word.strip_prefix("--from=")).collect(),
        "ARG" => {
            let (name, value) = words.next().and_then(|word| word.split_once('=')).unwrap_or_default();
            let value = value.trim_matches(['"', '\'']);
            // A version is no image, and has no other image's tag.
            if given(name) || !value.contains(':') { Vec::new() } else { vec![value] }
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfile_names_the_images_it_is_built_on() {
        let text = "ARG BASE=app:base\nARG TOOLS=app:tools\nARG VERSION=1.2\nfrom --platform=linux/amd64 app:ci AS x\n\
                    COPY --from=app:files /a /b\nRUN echo FROM app:no\n";
        assert_eq!(bases(text, &|name| name == "TOOLS"), ["app:base", "app:ci", "app:files"]);
    }
}
