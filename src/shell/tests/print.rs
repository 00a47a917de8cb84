//! A script in a compact form that shows what the parser understood.

use crate::shell::*;

pub fn script(script: &Script) -> String {
    let mut text = block(&script.body);
    if !script.errors.is_empty() {
        text.push_str(&format!(" !{:?}", script.errors));
    }
    text
}

fn block(body: &Block) -> String {
    body.iter().map(statement).collect::<Vec<_>>().join("; ")
}

fn statement(item: &Statement) -> String {
    let mut text = match &item.kind {
        StatementKind::Command(item) => command(item),
        StatementKind::Pipeline(stages) => {
            format!("pipe({})", stages.iter().map(statement).collect::<Vec<_>>().join(" | "))
        }
        StatementKind::And(left, right) => format!("and({}, {})", statement(left), statement(right)),
        StatementKind::Or(left, right) => format!("or({}, {})", statement(left), statement(right)),
        StatementKind::If { arms, otherwise } => {
            let arms = arms.iter().map(|(condition, body)| format!("{} -> {}", block(condition), block(body)));
            let otherwise = otherwise.iter().map(|body| format!("else {}", block(body)));
            format!("if({})", arms.chain(otherwise).collect::<Vec<_>>().join(", "))
        }
        StatementKind::For { variable, words: over, body } => {
            format!(
                "for({variable} in {}: {})",
                over.as_ref().map_or("arguments".to_owned(), |over| words(over)),
                block(body)
            )
        }
        StatementKind::Count { start, condition, step, body } => {
            format!("count({}; {}; {}: {})", word(start), word(condition), word(step), block(body))
        }
        StatementKind::While { condition, until, body } => {
            format!("{}({}: {})", if *until { "until" } else { "while" }, block(condition), block(body))
        }
        StatementKind::Case { subject, arms } => {
            let arms = arms.iter().map(|(patterns, body)| format!("{} -> {}", words(patterns), block(body)));
            format!("case({}: {})", word(subject), arms.collect::<Vec<_>>().join(", "))
        }
        StatementKind::Subshell(body) => format!("({})", block(body)),
        StatementKind::Group(body) => format!("{{{}}}", block(body)),
        StatementKind::Function { name, body } => format!("function {name} {{{}}}", block(body)),
        StatementKind::Test(items) => format!("test[{}]", words(items)),
        StatementKind::Arithmetic(item) => format!("test[{}]", word(item)),
    };
    for item in &item.redirects {
        text.push_str(&format!(" {}", redirect(item)));
    }
    if item.negated {
        text.insert_str(0, "not ");
    }
    if item.background {
        text.push_str(" &");
    }
    text
}

fn command(item: &Command) -> String {
    let mut parts = Vec::new();
    for assignment in &item.assignments {
        let operator = if assignment.append { "+=" } else { "=" };
        let value = match &assignment.value {
            AssignedValue::Word(value) => word(value),
            AssignedValue::Array(values) => format!("({})", words(values)),
        };
        parts.push(format!("{}{operator}{value}", assignment.name));
    }
    parts.extend(item.words.iter().map(word));
    parts.extend(item.redirects.iter().map(redirect));
    parts.join(" ")
}

fn redirect(item: &Redirect) -> String {
    let descriptor = item.descriptor.map(|number| number.to_string()).unwrap_or_default();
    let (operator, target) = match &item.kind {
        RedirectKind::Write(target) => (">", target),
        RedirectKind::Append(target) => (">>", target),
        RedirectKind::Read(target) => ("<", target),
        RedirectKind::Duplicate(target) => (">&", target),
        RedirectKind::HereString(target) => ("<<<", target),
        RedirectKind::Heredoc { quoted: true, body } => ("<<'", body),
        RedirectKind::Heredoc { quoted: false, body } => ("<<", body),
    };
    format!("{descriptor}{operator}{}", word(target))
}

fn words(items: &[Word]) -> String {
    items.iter().map(word).collect::<Vec<_>>().join(" ")
}

pub fn word(item: &Word) -> String {
    if item.pieces.is_empty() {
        return "\"\"".to_owned();
    }
    item.pieces.iter().map(piece).collect()
}

fn piece(item: &Piece) -> String {
    let text = match &item.part {
        Part::Literal(text) => text.replace('\n', "\\n"),
        Part::Expression(text) => format!("<{text}>"),
        Part::Parameter(item) => parameter(item),
        Part::Substitution(body) => format!("$({})", block(body)),
        Part::Arithmetic(text) => format!("$(({text}))"),
        Part::Process(body) => format!("<({})", block(body)),
    };
    match item.quote {
        Quote::Bare => text,
        Quote::Single => format!("'{text}'"),
        Quote::Double => format!("\"{text}\""),
        Quote::Ansi => format!("$'{text}'"),
    }
}

fn parameter(item: &Parameter) -> String {
    let name = match &item.form {
        ParameterForm::Plain => item.name.clone(),
        ParameterForm::Length => format!("#{}", item.name),
        ParameterForm::Indirect => format!("!{}", item.name),
        ParameterForm::Element(index) => format!("{}[{index}]", item.name),
    };
    match &item.operation {
        Some(operation) => format!("${{{name} {} {}}}", operation.operator, word(&operation.word)),
        None => format!("${name}"),
    }
}
