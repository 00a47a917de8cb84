//! `berthlint rules` and `berthlint explain`.

use super::arguments::{Color, Configuration, Explain, ListFormat, Rules};
use super::exit::{CLEAN, FINDINGS, Failure};
use super::output::Output;
use super::{input, output};
use crate::check::{Engine, OwnRule, RuleHelp, own_rules, rule_help_of};
use crate::names::Names;
use crate::report::{self, Tried};
use crate::rules::Rule;
use crate::trial::troubles;

/// Lists the rules, or runs the examples of the user's own.
pub(super) fn rules(engine: &Engine, arguments: Rules, color: Color) -> Result<u8, Failure> {
    let own = own_rules(engine, &input::configured(arguments.config)?)?;
    if arguments.test {
        return test(engine, &own, arguments.format);
    }
    let own: Vec<Rule> = own.into_iter().map(|own| own.rule).collect();
    let rules = engine.rules_with(&own);
    let style = output::style(color, None);
    match arguments.format {
        ListFormat::Text => {
            let text = report::rules_text(&rules, style);
            output::write(None, Output::Lines { text: &text, with_colors: style.color })?;
        }
        ListFormat::Json => output::write(None, report::rules_json(&rules).as_str())?,
    }
    Ok(CLEAN)
}

fn test(engine: &Engine, own: &[OwnRule], format: ListFormat) -> Result<u8, Failure> {
    if own.is_empty() {
        let words = "--test runs the examples of your own rules, and there are none: `rules-dirs:` in the configuration \
                     names their folders (docs/writing-rules.md)";
        return Err(Failure::Usage(words.to_owned()));
    }
    let tried: Vec<Tried> = own.iter().map(|own| tried(engine, own)).collect();
    let text = match format {
        ListFormat::Text => report::trials_text(&tried),
        ListFormat::Json => report::trials_json(&tried),
    };
    let has_failed = tried.iter().any(|rule| rule.failed() > 0);
    output::say(None, text.as_str(), if has_failed { FINDINGS } else { CLEAN })
}

fn tried(engine: &Engine, OwnRule { rule, file, folders }: &OwnRule) -> Tried {
    let examples = rule.prose().examples;
    let examples = examples.iter().map(|example| troubles(engine, example, folders)).collect();
    Tried { file: file.clone(), rule: rule.id.clone(), examples }
}

/// Explains a rule, or lists those of a family.
pub(super) fn explain(engine: &Engine, arguments: Explain, color: Color) -> Result<u8, Failure> {
    let Explain { rule, format, config } = arguments;
    let own = own_where_needed(engine, &rule, config)?;
    let names: Names = engine.names(&own);
    let ids: Vec<&str> = names.rules_of(&rule).collect();
    if ids.is_empty() {
        let hint = names.hint_and_list(&rule);
        return Err(Failure::Usage(format!("there is no rule or family `{rule}`{hint}")));
    }
    let style = output::style(color, None);
    match format {
        // A family is chosen from first.
        ListFormat::Text if ids != [rule.as_str()] => {
            let mut rules = engine.rules_with(&own);
            rules.retain(|info| ids.contains(&info.id.as_str()));
            let text = report::rules_text(&rules, style) + "\n`berthlint explain RULE` says more of one\n";
            output::write(None, Output::Lines { text: &text, with_colors: style.color })?;
        }
        ListFormat::Text => {
            let explained = |id: &&str| {
                let own = own.iter().find(|rule| rule.id == *id);
                own.map(Rule::explain).or_else(|| (engine.explain)(id))
            };
            let text = ids.iter().filter_map(explained).collect::<Vec<String>>().join("\n\n");
            let text = report::explained_text(&text, style);
            output::write(None, Output::Lines { text: &text, with_colors: style.color })?;
        }
        ListFormat::Json => {
            let helps: Vec<RuleHelp> = ids.iter().filter_map(|id| rule_help_of(&own, id)).collect();
            output::write(None, report::explained_json(&helps).as_str())?;
        }
    }
    Ok(CLEAN)
}

/// What is built in is explained whatever the configuration is like.
fn own_where_needed(engine: &Engine, rule: &str, config: Configuration) -> Result<Vec<Rule>, Failure> {
    if (engine.explain)(rule).is_some() {
        return Ok(Vec::new());
    }
    let own = own_rules(engine, &input::configured(config)?)?;
    Ok(own.into_iter().map(|own| own.rule).collect())
}
