//! Steps that use two local actions, written once for all workflows.

use super::lines::broken;
use super::shell::{ASK, REACH, REACHED, REMOVE_EARLIER, START, label_options, leg_word};
use super::sibling::listed;
use super::{Export, Given, Ground, Piece, Sibling, variable};
use crate::rewrite::Withheld;
use crate::rewrite::step::NewStep;
use crate::rewrite::untrusted::is_variable;
use crate::steering::steers;

const UP: &str = "sibling-up";
const DOWN: &str = "sibling-down";

pub(super) fn start(ground: &Ground, sibling: &Sibling) -> Result<NewStep, Withheld> {
    if ground.called_at_once {
        return Err(Withheld::because(
            "one run may call the workflow several times at once, and the local action would give all calls one \
             name: use `emit: shell`",
        ));
    }
    let mut with = vec![("name".to_owned(), sibling.name.clone()), ("prefix".to_owned(), variable(&sibling.name, ""))];
    let stepped = |name: &str| sibling.step_env.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let text = |given: &Given| match given {
        Given::Plain(text) => text.clone(),
        Given::Step(name) => stepped(name).unwrap_or_default(),
    };
    with.push(("image".to_owned(), text(&sibling.image)));
    let ports: Vec<String> = sibling.ports.iter().map(ToString::to_string).collect();
    with.push(("ports".to_owned(), ports.join(" ")));
    with.extend(ground.network.iter().map(|network| ("network".to_owned(), network.clone())));
    with.extend(ground.leg().map(|leg| ("leg".to_owned(), leg)));
    // They are variables of the action's own shell on their way.
    if let Some((name, _)) = sibling.env.iter().find(|(name, _)| steers(name) || is_own(name) || !is_variable(name)) {
        return Err(Withheld::because(format!(
            "`{}` has the variable `{name}`, which would change what the local action does: use `emit: shell`",
            sibling.id
        )));
    }
    let env: Vec<String> = sibling.env.iter().map(|(name, value)| format!("-e {name}={}\n", text(value))).collect();
    with.extend((!env.is_empty()).then(|| ("env".to_owned(), env.concat())));
    let ready = sibling.health.iter().find(|(option, _)| option == "--health-cmd").map(|(_, value)| value.as_str());
    with.extend(ready.or(sibling.ready.as_deref()).map(|ready| ("ready".to_owned(), ready.to_owned())));
    let shaped = sibling.entrypoint.is_some() || !sibling.tmpfs.is_empty() || sibling.shm_size.is_some();
    if shaped || !sibling.arguments.is_empty() {
        return Err(Withheld::because(format!(
            "`{}` has options that the local action does not take: use `emit: shell`",
            sibling.id
        )));
    }
    let exports = sibling.exports.iter().map(|export| exported(sibling, export)).collect::<Result<Vec<_>, _>>()?;
    with.extend((!exports.is_empty()).then(|| ("export".to_owned(), exports.concat())));
    Ok(NewStep {
        name: format!("Start {}", sibling.id),
        uses: Some(format!("./{}/{UP}", folder(ground))),
        with,
        ..NewStep::default()
    })
}

pub(super) fn stop(ground: &Ground, siblings: &[Sibling]) -> NewStep {
    let ids: Vec<String> =
        siblings.iter().map(|sibling| format!("${{{{ env.{} }}}}", sibling.variable("ID"))).collect();
    NewStep {
        name: format!("Stop {}", listed(siblings)),
        uses: Some(format!("./{}/{DOWN}", folder(ground))),
        with: vec![("containers".to_owned(), ids.join(" "))],
        ..NewStep::default()
    }
}

/// Whether the action's shell uses a variable of that name.
fn is_own(name: &str) -> bool {
    const OWN: [&str; 9] = ["NAME", "PREFIX", "IMAGE", "PORTS", "NETWORK", "LEG", "VARIABLES", "READY", "EXPORTS"];
    OWN.contains(&name) || super::is_own(name) || ["vars", "newline", "entry", "line", "port", "limit"].contains(&name)
}

/// A line of the action's `export`; `{host}` is its own address.
fn exported(sibling: &Sibling, export: &Export) -> Result<String, Withheld> {
    if export.value.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains("{host}"))) {
        return Err(Withheld::because(format!("`{}` has `{{host}}` in it", export.name)));
    }
    let pieces = export.value.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Host(name) if *name == sibling.name => "{host}".to_owned(),
        Piece::Host(name) => format!("${{{{ env.{} }}}}", variable(name, "HOST")),
        Piece::Port(name, port) => format!("${{{{ env.{} }}}}", variable(name, &format!("PORT_{port}"))),
    });
    Ok(format!("{}={}\n", export.name, pieces.collect::<String>()))
}

fn folder(ground: &Ground) -> String {
    format!(".{}/actions", ground.forge.name())
}

pub(super) fn files(ground: &Ground) -> Vec<(String, String)> {
    let folder = folder(ground);
    let labels = broken(
        &format!("docker run -d --name \"$name\" --network \"$NETWORK\" --label {}=1", crate::identity::MANAGED),
        &[label_options(), vec!["--env-file \"$vars\" \"$IMAGE\"".to_owned()]],
    );
    let leg = leg_word("$LEG");
    let run = format!(
        r#"name="$NAME-$GITHUB_RUN_ID-${{GITHUB_RUN_ATTEMPT:-1}}-$GITHUB_JOB"
[ -z "$LEG" ] || name="$name-{leg}"
echo "${{PREFIX}}ID=$name" >> "$GITHUB_ENV"
command -v docker >/dev/null || {{ echo "::error::no docker to start $NAME with"; exit 1; }}
docker network inspect "$NETWORK" >/dev/null || {{ echo "::error::no network $NETWORK to start $NAME on"; exit 1; }}
# Docker takes a name alone from the environment: values have lines of their own, and no command line shows them.
vars=$(mktemp)
trap 'rm -f "$vars"' EXIT
newline='
'
entry=
give() {{ case $entry in *=*) export "${{entry?}}"; echo "${{entry%%=*}}" >> "$vars" ;; esac; }}
while IFS= read -r line; do
  case $line in
    "-e "*) give; entry=${{line#-e }} ;;
    *) entry=$entry$newline$line ;;
  esac
done <<END
$(printf %s "$VARIABLES")
END
give
{REMOVE_EARLIER}{labels}host=$(docker inspect -f "{{{{(index .NetworkSettings.Networks \"$NETWORK\").IPAddress}}}}" "$name")
{ASK}{REACHED}fail() {{ echo "::error::$NAME $1; its log:"; docker logs "$name"; exit 1; }}
limit={START}
if [ -n "$READY" ]; then
  ask {START} docker exec "$name" sh -c "$READY" || fail "does not get ready"
  limit={REACH}
fi
for port in $PORTS; do
  ask $limit reached "$port" || fail "is not reached at $host:$port: does it serve, on a network that the job reaches?"
done
{{
  echo "${{PREFIX}}HOST=$host"
  echo "${{PREFIX}}PORT=${{PORTS%% *}}"
  printf '%s' "$EXPORTS" | sed "s/{{host}}/$host/g"
}} >> "$GITHUB_ENV"
"#
    );
    let up = format!(
        r#"name: Start a container beside the job
description: Its name is this run's own, its address and its name are in BERTH_<NAME>_HOST, _PORT and _ID afterwards.
inputs:
  name: {{ description: "[a-z][a-z0-9-]*", required: true }}
  prefix: {{ description: "What its variables begin with: BERTH_<NAME>_", required: true }}
  image: {{ description: The image, required: true }}
  ports: {{ description: What it listens on, required: true }}
  network: {{ description: A network that is there, default: bridge }}
  leg: {{ description: The matrix's values, default: "" }}
  env: {{ description: "Lines of -e NAME=value; what stands below belongs to the value", default: "" }}
  ready: {{ description: A command inside that succeeds once it serves, default: "" }}
  export: {{ description: "Lines of NAME=value for later steps, with {{host}}", default: "" }}
runs:
  using: composite
  steps:
    - name: Start the container
      shell: sh
      working-directory: /
      env:
        PREFIX: ${{{{ inputs.prefix }}}}
        NAME: ${{{{ inputs.name }}}}
        IMAGE: ${{{{ inputs.image }}}}
        PORTS: ${{{{ inputs.ports }}}}
        NETWORK: ${{{{ inputs.network }}}}
        LEG: ${{{{ inputs.leg }}}}
        VARIABLES: ${{{{ inputs.env }}}}
        READY: ${{{{ inputs.ready }}}}
        EXPORTS: ${{{{ inputs.export }}}}
      run: |
{}"#,
        run.lines().map(|line| format!("        {line}\n")).collect::<String>()
    );
    let down = r#"name: Remove containers beside the job
description: What is gone already, or just going, is no error.
inputs:
  containers: { description: Their names, required: true }
runs:
  using: composite
  steps:
    - name: Remove the containers
      # A step of an action has a condition of its own: without one it is passed over after a failure or a cancel.
      if: always()
      shell: sh
      working-directory: /
      env:
        CONTAINERS: ${{ inputs.containers }}
      run: |
        echo "$CONTAINERS" | xargs docker rm -fv || true
"#;
    vec![(format!("{folder}/{UP}/action.yml"), up), (format!("{folder}/{DOWN}/action.yml"), down.to_owned())]
}
