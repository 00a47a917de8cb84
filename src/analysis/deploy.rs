//! Deploys are not tests: what is meant to stay is not asked for a teardown. Names say which it is.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use crate::command::test_runner;
use crate::expr::{Expr, ExprKind, Known, Literal, Part, parse_shared, results, template};
use crate::trace::StepTrace;

/// What a stack is brought up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To stay.
    Deploy,
    /// To be tested, then removed.
    Test,
}

/// How near a name is to the command, nearest first. People word a job's `name:` with more care than its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The step's `name:`, else its `id:`.
    Step,
    /// The job's `name:`.
    JobName,
    /// The job's id.
    JobId,
    /// The workflow's `name:`.
    Workflow,
    /// The file's name without its ending.
    File,
}

/// What a name says by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    deploy: bool,
    test: bool,
}

/// How many names a thread keeps.
const MOST_KEPT: usize = 4096;
/// How long those are.
const LONGEST_KEPT: usize = 128;

thread_local! {
    /// What names say: jobs have many steps of one name, workflows many jobs.
    static KEPT: RefCell<HashMap<Box<str>, Said>> = RefCell::default();
}

impl Said {
    /// What a name at this level says.
    pub fn by(level: Level, name: &str) -> Self {
        let read = || {
            let (deploy, test) = classes(level, name);
            Self { deploy, test }
        };
        // A file's name is read otherwise.
        if level == Level::File || name.len() > LONGEST_KEPT {
            return read();
        }
        KEPT.with_borrow_mut(|kept| {
            if let Some(known) = kept.get(name) {
                return *known;
            }
            if kept.len() >= MOST_KEPT {
                kept.clear();
            }
            let said = read();
            kept.insert(name.into(), said);
            said
        })
    }
}

/// What the nearest name says that says anything, nearest first. One that says both leaves it to the next wider one;
/// when none of these decides, it is a test. The job's `environment:` is the widest name, and says deploy.
pub fn by_names(said: impl IntoIterator<Item = Said>, has_environment: bool) -> Option<Purpose> {
    let mut torn = false;
    for Said { deploy, test } in said {
        match (deploy, test) {
            (true, false) => return Some(Purpose::Deploy),
            (false, true) => return Some(Purpose::Test),
            (true, true) => torn = true,
            (false, false) => {}
        }
    }
    if has_environment {
        return Some(Purpose::Deploy);
    }
    torn.then_some(Purpose::Test)
}

/// Whether a name, of an environment or of something on the daemon, speaks of what is to stay, and not of a test.
pub fn says_deploy(name: &str) -> bool {
    classes(Level::Step, name) == (true, false)
}

/// Which steps of a job test. A step's commands are read when somebody asks for it, and then kept: nobody asks for
/// most.
#[derive(Clone, Debug)]
pub struct TestSteps(Vec<OnceLock<bool>>);

impl TestSteps {
    /// Those of as many steps.
    pub fn of(count: usize) -> Self {
        Self(std::iter::repeat_with(OnceLock::new).take(count).collect())
    }

    /// Whether the step at this index, which is `step`, tests.
    pub fn has(&self, index: usize, step: &StepTrace) -> bool {
        let read = || is_test_step(step.name.as_deref().unwrap_or_default(), step.run.as_deref().unwrap_or_default());
        self.0.get(index).is_some_and(|known| *known.get_or_init(read))
    }
}

/// Whether a step tests something: a test word in its name, or a test runner among its commands. A step that
/// only probes whether something answers does not, whatever its name.
fn is_test_step(name: &str, run: &str) -> bool {
    let commands = commands(run);
    if commands.iter().any(|words| test_runner::runs_tests(words)) {
        return true;
    }
    let probes = commands.iter().any(|words| is_probe(words));
    let only_probes = probes && commands.iter().all(|words| is_probe(words) || is_neutral(words));
    !only_probes && classes(Level::Step, name).1
}

/// Whether a name has a deploy word, and whether it has a test word.
fn classes(level: Level, name: &str) -> (bool, bool) {
    let name = &*without_expressions(name);
    let (mut deploy, mut test) = (false, false);
    let (mut before, mut word) = (String::new(), String::new());
    let mut all = tokens(name).peekable();
    while let Some(token) = all.next() {
        std::mem::swap(&mut before, &mut word);
        plain(token, &mut word);
        let known = WORDS.get(word.as_str()).copied().unwrap_or_default();
        // A stage with a number is one of several.
        let has_number = all.peek().is_some_and(|next| next.chars().all(|c| c.is_ascii_digit()));
        let staged = matches!(word.as_str(), "stage" | "stages") && (before == "multi" || has_number);
        // `cd` is also a shell command: in capitals, or as a file's name, it is continuous delivery.
        let delivers = token == "CD" || (token == "cd" && level == Level::File);
        let pair = || DEPLOY_PAIRS.iter().any(|&(one, other)| other == word && one == before);
        deploy |= known.deploy && !staged || delivers || pair();
        test |= known.test;
    }
    // Between words of these languages stand no spaces.
    if !name.is_ascii() {
        deploy |= DEPLOY_UNSPACED.iter().any(|word| name.contains(word));
        test |= TEST_UNSPACED.iter().any(|word| name.contains(word));
    }
    (deploy, test)
}

/// A name as it is written, with what its expressions can be as far as they say it (`a && 'Deploy' || 'Build'`): what a
/// variable is called says nothing of its value.
fn without_expressions(name: &str) -> Cow<'_, str> {
    if !name.contains("${{") {
        return Cow::Borrowed(name);
    }
    let mut said = String::new();
    for part in template(name) {
        match part {
            Part::Literal(range) | Part::Unclosed(range) => said.push_str(name.get(range).unwrap_or_default()),
            Part::Expression { inner, .. } => {
                let expr = name.get(inner).and_then(parse_shared);
                let all = expr.iter().flat_map(|expr| results(expr, &|_| Known::unknown()));
                let texts: Vec<&str> = all.filter_map(text_of).collect();
                // A variable behind a stage says which of them.
                said.push_str(&if texts.is_empty() { " 1 ".to_owned() } else { texts.join(" ") });
            }
        }
    }
    Cow::Owned(said)
}

fn text_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text),
        _ => None,
    }
}

/// What a word says by itself, by the word.
static WORDS: LazyLock<HashMap<&str, Said>> = LazyLock::new(|| {
    let mut words = HashMap::from([("cicd", Said { deploy: true, test: true })]);
    DEPLOY.iter().for_each(|word| words.entry(*word).or_default().deploy = true);
    TEST.iter().for_each(|word| words.entry(*word).or_default().test = true);
    words
});

/// Whole words; camel case is split, digits stay with their word: `runE2ETests` is run, E2E, Tests.
fn tokens(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !letter.is_alphanumeric()).flat_map(humps).filter(|token| !token.is_empty())
}

/// A word, split where camel case begins another one.
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(word);
    std::iter::from_fn(move || {
        let word = rest?;
        let mut before: Option<char> = None;
        let mut letters = word.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let after = letters.peek().map(|(_, after)| *after);
            let starts = letter.is_uppercase()
                && before.is_some_and(|before| {
                    before.is_lowercase() || (before.is_uppercase() && after.is_some_and(char::is_lowercase))
                });
            if starts {
                let (hump, behind) = word.split_at(at);
                rest = Some(behind);
                return Some(hump);
            }
            before = Some(letter);
        }
        rest.take()
    })
}

/// A word in lower case and without accents, in place of what `plain` held.
fn plain(word: &str, plain: &mut String) {
    let fold = |letter| match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'ę' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' | 'ć' => 'c',
        'ñ' | 'ń' => 'n',
        'ż' | 'ź' => 'z',
        'ğ' => 'g',
        'ş' | 'ś' => 's',
        'ł' => 'l',
        'ё' => 'е',
        other => other,
    };
    plain.clear();
    if word.is_ascii() {
        plain.push_str(word);
        plain.make_ascii_lowercase();
    } else {
        plain.extend(word.to_lowercase().chars().map(fold));
    }
}

/// Words of deploys, without accents; inflected forms are words of their own.
#[rustfmt::skip]
const DEPLOY: &[&str] = &[
    "deploy", "deploys", "deployed", "deploying", "deployer", "deployment", "deployments",
    "redeploy", "redeploys", "redeployed", "redeploying", "redeployment", "autodeploy",
    "release", "releases", "released", "releasing", "prerelease",
    "publish", "publishes", "published", "publishing", "publisher",
    "rollout", "rollouts", "rollback", "stage", "stages", "staging", "prod", "production",
    // German, Dutch
    "bereitstellen", "bereitstellung", "ausrollen", "veroffentlichen", "veroffentlichung", "ausliefern",
    "auslieferung", "produktion", "uitrollen", "uitrol", "publiceren", "productie",
    // Spanish, Portuguese, French, Italian
    "desplegar", "despliegue", "despliega", "desplegando", "publicar", "publicacion", "lanzamiento", "produccion",
    "implantar", "implantacao", "publicacao", "producao",
    "deployer", "deploiement", "deploiements", "deploie", "publier", "livraison",
    "rilascio", "rilasciare", "rilascia", "pubblicare", "pubblica", "produzione",
    // Polish, Turkish
    "wdrozenie", "wdroz", "publikacja", "produkcja", "dagitim", "yayinla",
    // Russian, Ukrainian
    "деплой", "деплоя", "задеплоить", "развернуть", "развертывание", "выкатка", "выкатить", "релиз", "публикация",
    "опубликовать", "прод", "продакшн", "розгортання", "розгорнути", "реліз",
];

/// Two words that only together speak of a deploy.
const DEPLOY_PAIRS: &[(&str, &str)] = &[
    ("update", "stack"),
    ("updating", "stack"),
    ("upgrade", "stack"),
    ("refresh", "stack"),
    ("roll", "out"),
    ("rolling", "out"),
    ("go", "live"),
    ("continuous", "delivery"),
    ("review", "app"),
    ("review", "apps"),
    ("review", "env"),
    ("review", "environment"),
    ("review", "environments"),
    ("preview", "app"),
    ("preview", "env"),
    ("preview", "environment"),
    ("preview", "environments"),
    ("pr", "preview"),
    ("request", "preview"),
];

/// Chinese, Japanese, Korean: no spaces stand between words.
const DEPLOY_UNSPACED: &[&str] =
    &["部署", "发布", "發布", "發佈", "上线", "上線", "デプロイ", "リリース", "公開", "本番", "배포", "릴리스"];

/// Words of tests, without accents.
#[rustfmt::skip]
const TEST: &[&str] = &[
    "test", "tests", "tested", "testing", "tester", "unittest", "unittests", "pytest",
    "ci", "check", "checks", "checked", "checking", "checker", "typecheck",
    "e2e", "integration", "integrations", "smoke", "smoketest", "lint", "lints", "linted", "linting", "linter",
    // German, Dutch
    "testen", "prufen", "prufung", "controleren", "controle",
    // Spanish, Portuguese, French, Italian
    "prueba", "pruebas", "probar", "comprobar", "teste", "testes", "testar", "verificacao",
    "essai", "essais", "verifier", "verification", "prova", "prove", "verifica", "verificare",
    // Polish, Russian, Ukrainian
    "testy", "testowanie", "тест", "тесты", "тестов", "тестирование", "проверка", "проверить", "тести", "перевірка",
];

/// Chinese, Japanese, Korean.
const TEST_UNSPACED: &[&str] = &["测试", "測試", "检查", "檢查", "テスト", "検証", "検査", "테스트", "검사"];

fn is_probe(words: &[&str]) -> bool {
    match words {
        ["curl" | "wget" | "ping" | "nc" | "sleep" | "timeout" | "pg_isready" | "dig" | "nslookup", ..] => true,
        ["docker", "ps" | "logs" | "inspect", ..] | ["docker-compose", "ps" | "logs", ..] => true,
        ["docker", "compose", rest @ ..] => rest.iter().any(|word| matches!(*word, "ps" | "logs")),
        _ => false,
    }
}

fn is_neutral(words: &[&str]) -> bool {
    const NEUTRAL: &[&str] = &[
        "echo", "printf", "exit", "set", "true", "false", "[", "[[", "test", "break", "continue", "for", "done", "fi",
        "esac", "}", "{", "grep", "jq", "head", "tail", "cat", "seq", "cd", ":", "local", "return", "case", "date",
    ];
    words.first().is_none_or(|word| NEUTRAL.contains(word) || word.contains('=') || word.ends_with("()"))
}

/// The calls in a script, roughly: the words between separators, without keywords, assignments and `sudo`.
fn commands(run: &str) -> Vec<Vec<&str>> {
    const SKIPPED: &[&str] =
        &["if", "then", "else", "elif", "while", "until", "do", "!", "sudo", "time", "exec", "env"];
    let lines = run.lines().filter(|line| !line.trim_start().starts_with('#'));
    let pieces = lines.flat_map(|line| line.split(['|', ';', '&', '(', ')', '`']));
    let words = pieces.map(|piece| {
        let words = piece.split_whitespace().map(|word| word.trim_matches(['"', '\'', '$']));
        words.skip_while(|word| SKIPPED.contains(word) || is_assignment(word)).collect::<Vec<_>>()
    });
    words.filter(|words| words.first().is_some_and(|word| word.chars().any(char::is_alphanumeric))).collect()
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::Level::{File, JobId, JobName, Step, Workflow};
    use super::Purpose::{Deploy, Test};
    use super::*;

    fn said(names: &[(Level, &str)], has_environment: bool) -> Option<Purpose> {
        assert!(names.is_sorted_by_key(|(level, _)| *level), "nearest first: {names:?}");
        by_names(names.iter().map(|(level, name)| Said::by(*level, name)), has_environment)
    }

    #[test]
    fn one_name() {
        let table = [
            ("Deploy to server", Some(Deploy)),
            ("redeployment", Some(Deploy)),
            ("deployProd", Some(Deploy)),
            ("Update stack", Some(Deploy)),
            ("staging", Some(Deploy)),
            ("Start the review app", Some(Deploy)),
            ("Review the pull request", None),
            ("Start the preview server", None),
            ("CD", Some(Deploy)),
            ("cd into app", None),
            ("multi-stage build", None),
            ("Quality - ${{ matrix.stage }}", None),
            ("Stage ${{ matrix.number }}", None),
            ("${{ github.ref == 'refs/heads/prod' && 'Deploy' || 'Build' }}", Some(Deploy)),
            ("${{ matrix.target == 'deploy' && 'One' || 'Two' }}", None),
            ("Lint (stage 2)", Some(Test)),
            ("Deploy to ${{ matrix.test }}", Some(Deploy)),
            ("Build product images", None),
            ("desplegar", Some(Deploy)),
            ("Déploiement", Some(Deploy)),
            ("Деплой на сервер", Some(Deploy)),
            ("部署到服务器", Some(Deploy)),
            ("发布", Some(Deploy)),
            ("Bereitstellen", Some(Deploy)),
            ("Run E2E", Some(Test)),
            ("runE2ETests", Some(Test)),
            ("integration", Some(Test)),
            ("linting", Some(Test)),
            ("单元测试", Some(Test)),
            ("CI/CD", Some(Test)),
            ("latest", None),
            ("attestation", None),
            ("Start containers", None),
        ];
        for (name, purpose) in table {
            assert_eq!(said(&[(Step, name)], false), purpose, "{name}");
        }
        assert_eq!(said(&[(File, "cd")], false), Some(Deploy));
    }

    #[test]
    fn the_nearest_that_says_anything() {
        assert_eq!(said(&[(Step, "Start"), (JobName, "Deploy"), (Workflow, "CI")], false), Some(Deploy));
        assert_eq!(said(&[(Step, "Test"), (Workflow, "Deploy")], false), Some(Test));
        assert_eq!(said(&[(JobName, "Release"), (JobId, "test")], false), Some(Deploy));
        assert_eq!(said(&[(Step, "Test the deploy"), (Workflow, "Deploy")], false), Some(Deploy));
        assert_eq!(said(&[(Step, "Test the deploy"), (Workflow, "Nightly")], false), Some(Test));
        assert_eq!(said(&[(Step, "Start"), (File, "build")], false), None);
        assert_eq!(said(&[(Step, "Start"), (File, "build")], true), Some(Deploy));
        assert_eq!(said(&[(Step, "Test the deploy"), (Workflow, "Nightly")], true), Some(Deploy));
        assert_eq!(said(&[(Step, "Start"), (JobId, "integration")], true), Some(Test));
    }

    #[test]
    fn test_steps() {
        let table = [
            ("Run tests", "./run.sh", true),
            ("Backend", "cd app && cargo test --workspace", true),
            ("Backend", "docker compose exec -T api pytest -q", true),
            ("Backend", "./mvnw -B verify", true),
            ("Backend", "./gradlew build test", true),
            ("Web", "npm ci\nnpm run test:e2e -- --ci", true),
            ("Tools", "pip install pytest", false),
            ("Health check", "sleep 5\ncurl -f http://localhost:8080/health || exit 1", false),
            ("Smoke test", "for i in 1 2 3; do\n  curl -sf localhost && break\n  sleep 2\ndone", false),
            ("Check", "docker compose ps", false),
            ("Smoke test", "curl localhost\n./verify.sh", true),
            ("Show", "uptime", false),
        ];
        for (name, run, tests) in table {
            assert_eq!(is_test_step(name, run), tests, "{name}: {run}");
        }
    }
}
