//! `option`: options of a job's container and services that runners ignore.

use std::ops::Range;

use super::model::Model;
use crate::expr::{Part, template};
use crate::facts::Fact;
use crate::runner::table::Trait;
use crate::runner::{Network, Substrate};
use crate::truth::Truth;
use crate::workflow::{Container, Field, Scalar};

/// The options that some runners drop.
const DROPPED: [&str; 4] = ["--network", "--net", "--name", "--network-alias"];

/// One for each option that may be dropped.
pub(super) fn option_facts(model: &Model<'_>) -> Vec<Fact> {
    let job = &model.input.job;
    let mut facts = Vec::new();
    if let Some(container) = &job.container {
        facts.extend(of_container(model, "job", "job", &container.value));
        if let Some(network) = &container.value.network {
            let location = model.input.source.location(network.key);
            facts.push(fact(model, "job", "job", "network", location));
        }
    }
    for service in &job.services {
        facts.extend(of_container(model, "service", service.id.value(), &service.container));
    }
    facts
}

fn of_container(model: &Model<'_>, of: &'static str, whose: &str, container: &Container) -> Vec<Fact> {
    let Some(options): Option<&Field<Scalar>> = container.options.as_deref() else { return Vec::new() };
    let all = words(options.value.value());
    let dropped = all.iter().filter_map(|(range, word)| {
        let name = word.split('=').next().unwrap_or_default();
        let name = DROPPED.iter().find(|dropped| **dropped == name)?;
        let location = model.input.source.location(options.value.text.span(range.clone()));
        Some(fact(model, of, whose, name, location))
    });
    dropped.collect()
}

fn fact(model: &Model<'_>, of: &'static str, whose: &str, option: &str, at: crate::source::Location) -> Fact {
    let mut fact = model.job_fact("option", format!("{whose} {option}"));
    fact.set("option", option).set("of", of);
    // An alias more is missed by nobody, and where the network has none the job dies of it.
    let is_alias = option == "--network-alias";
    let ignored = (model.input.ignores_option)(option.trim_start_matches('-'));
    fact.set_truth("ignored", if is_alias { Truth::No } else { ignored });
    fact.set("fatal", of == "service" && is_fatal(model.input.substrate, option));
    fact.at("option", at);
    fact
}

/// Whether a job dies of an option of a service.
fn is_fatal(substrate: &Substrate, option: &str) -> bool {
    match option {
        "--name" => substrate.does(Trait::DiesOfServiceName).is_yes(),
        "--network-alias" => substrate.network == Network::Host && substrate.does(Trait::DiesOfAliasOnHost).is_yes(),
        _ => false,
    }
}

/// The words of an option string with their bytes, quotes taken off. An expression is part of one word, with the blanks
/// that stand in it.
pub fn words(text: &str) -> Vec<(Range<usize>, String)> {
    let mut words = Vec::new();
    let mut quote = None;
    let mut word: Option<(usize, String)> = None;
    let expressions: Vec<Range<usize>> = template(text)
        .into_iter()
        .filter_map(|part| match part {
            Part::Expression { whole, .. } => Some(whole),
            Part::Literal(_) | Part::Unclosed(_) => None,
        })
        .collect();
    let is_in_expression = |at: usize| expressions.iter().any(|whole| whole.contains(&at));
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (_, c) if is_in_expression(at) => word.get_or_insert_with(|| (at, String::new())).1.push(c),
            (Some(open), c) if open == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_with(|| (at, String::new()));
            }
            (None, c) if c.is_whitespace() => {
                if let Some((start, done)) = word.take() {
                    words.push((start..at, done));
                }
            }
            (_, c) => word.get_or_insert_with(|| (at, String::new())).1.push(c),
        }
    }
    if let Some((start, done)) = word {
        words.push((start..text.len(), done));
    }
    words
}

/// The values of options with any of these names.
pub fn values(words: &[(Range<usize>, String)], names: &[&str]) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut rest = words.iter();
    while let Some((range, word)) = rest.next() {
        if names.contains(&word.as_str()) {
            found.extend(rest.next().map(|(value_range, value)| (range.start..value_range.end, value.clone())));
        } else if let Some((name, value)) = word.split_once('=')
            && names.contains(&name)
        {
            found.push((range.clone(), value.to_owned()));
        } else if let Some(short) = names.iter().find(|name| name.len() == 2 && !word.starts_with("--"))
            && let Some(value) = word.strip_prefix(short).filter(|value| !value.is_empty())
        {
            found.push((range.clone(), value.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_words() {
        let text = "--health-cmd \"pg_isready -p 1\" -p 5432:5432 --publish=80:80 -p90:90";
        let found = values(&words(text), &["-p", "--publish"]);
        let texts: Vec<&str> = found.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(texts, ["5432:5432", "80:80", "90:90"]);
        assert_eq!(&text[found[0].0.clone()], "-p 5432:5432");
        let short_behind = values(&words("-p90:90"), &["--publish", "-p"]);
        assert_eq!(short_behind.len(), 1);
    }

    #[test]
    fn an_expression_is_one_word() {
        let text = "--network ${{ vars.NET || 'a b' }} --user=${{ inputs.user }}:root";
        let texts: Vec<String> = words(text).into_iter().map(|(_, word)| word).collect();
        assert_eq!(texts, ["--network", "${{ vars.NET || 'a b' }}", "--user=${{ inputs.user }}:root"]);
    }
}
