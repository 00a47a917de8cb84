// engine runs one job of a workflow as a Gitea runner does: the executor is gitea.com/gitea/act, which
// act_runner wraps, configured as act_runner's task path fills it in.
//
// What needs a forge is replaced: `actions/checkout` unpacks a folder of this machine, and other remote actions only
// say their name. Local actions are real.
package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/nektos/act/pkg/common"
	"github.com/nektos/act/pkg/model"
	"github.com/nektos/act/pkg/runner"
	log "github.com/sirupsen/logrus"
)

// How the job ended, as an exit code.
const (
	succeeded = 0
	failed    = 1
	cancelled = 3
	misused   = 2
)

// A run of one job.
type run struct {
	repository, workflow, job string
	task                      int
	id, attempt               string
	image, network, options   string
	home                      string
	cancelAt, killAt          string
	timeout                   time.Duration
}

func main() {
	var run run
	flag.StringVar(&run.repository, "repository", "", "the folder that a checkout gives")
	flag.StringVar(&run.workflow, "workflow", "", "the workflow's path in it")
	flag.StringVar(&run.job, "job", "", "the job's id")
	flag.IntVar(&run.task, "task", 0, "the task's number, which no other run on this daemon may have")
	flag.StringVar(&run.id, "run", "", "github.run_id")
	flag.StringVar(&run.attempt, "attempt", "", "github.run_attempt; act_runner before 0.3.1 has none")
	flag.StringVar(&run.image, "image", "", "the job's image; -self-hosted is host mode")
	flag.StringVar(&run.network, "network", "", "container.network: empty is a network of the job's own")
	flag.StringVar(&run.options, "options", "", "container.options")
	flag.StringVar(&run.home, "home", "", "a folder for what the runner keeps")
	flag.StringVar(&run.cancelAt, "cancel-at", "", "cancel the job when a line of the log holds this")
	flag.StringVar(&run.killAt, "kill-at", "", "die of SIGKILL when a line of the log holds this")
	flag.DurationVar(&run.timeout, "timeout", 10*time.Minute, "the job's deadline")
	flag.Parse()
	code, err := run.do()
	if err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
	}
	os.Exit(code)
}

func (run *run) do() (int, error) {
	plan, err := run.plan()
	if err != nil {
		return misused, err
	}
	// The engine's own remarks are not the job's log.
	log.SetLevel(log.WarnLevel)
	ctx, cancel := context.WithTimeout(context.Background(), run.timeout)
	defer cancel()
	loggers := &loggers{run: run, cancel: cancel}
	ctx = runner.WithJobLoggerFactory(ctx, loggers)
	executor, err := runner.New(run.config())
	if err != nil {
		return misused, err
	}
	err = executor.NewPlanExecutor(plan)(common.WithDryrun(ctx, false))
	switch {
	case ctx.Err() != nil:
		return cancelled, ctx.Err()
	case err != nil:
		return failed, err
	}
	return succeeded, nil
}

// The job alone, in one leg of its matrix.
func (run *run) plan() (*model.Plan, error) {
	file, err := os.Open(filepath.Join(run.repository, run.workflow))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	workflow, err := model.ReadWorkflow(file)
	if err != nil {
		return nil, err
	}
	job := workflow.GetJob(run.job)
	if job == nil {
		return nil, fmt.Errorf("%s has no job %q", run.workflow, run.job)
	}
	job.RawNeeds.Encode([]string{})
	if job.Strategy != nil {
		legs, err := job.GetMatrixes()
		if err != nil {
			return nil, err
		}
		matrix := map[string][]any{}
		for key, value := range legs[0] {
			matrix[key] = []any{value}
		}
		if err := job.Strategy.RawMatrix.Encode(matrix); err != nil {
			return nil, err
		}
	}
	for _, step := range job.Steps {
		if err := run.stub(step); err != nil {
			return nil, err
		}
	}
	return model.CombineWorkflowPlanner(workflow).PlanJob(run.job)
}

// What would be fetched from a forge is done here.
func (run *run) stub(step *model.Step) error {
	switch {
	case step.Uses == "" || strings.HasPrefix(step.Uses, "./"):
	case strings.HasPrefix(step.Uses, "actions/checkout@"):
		packed, err := packed(run.repository)
		if err != nil {
			return err
		}
		// Lines, for no program takes an argument of this length.
		step.Run = "mkdir -p './" + step.With["path"] + "'\nbase64 -d <<'PACKED' | tar -xz -C './" + step.With["path"] + "'\n" + packed + "PACKED\n"
		step.Name, step.Uses, step.With = name(step), "", nil
	default:
		step.Run = "echo 'not run here: " + strings.ReplaceAll(step.Uses, "'", "") + "'"
		step.Name, step.Uses, step.With = name(step), "", nil
	}
	return nil
}

// What the log calls a step, as it would call the action.
func name(step *model.Step) string {
	if step.Name != "" {
		return step.Name
	}
	return step.Uses
}

// A folder as base64 of a packed tar, in lines.
func packed(folder string) (string, error) {
	var bytes bytes.Buffer
	zip := gzip.NewWriter(&bytes)
	archive := tar.NewWriter(zip)
	if err := archive.AddFS(tree{os.DirFS(folder)}); err != nil {
		return "", err
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		return "", err
	}
	text := base64.StdEncoding.EncodeToString(bytes.Bytes())
	var lines strings.Builder
	for len(text) > 76 {
		lines.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	lines.WriteString(text + "\n")
	return lines.String(), nil
}

// A checkout without its history.
type tree struct{ fs.FS }

func (tree tree) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(tree.FS, name)
	var kept []fs.DirEntry
	for _, entry := range all {
		if entry.Name() != ".git" {
			kept = append(kept, entry)
		}
	}
	return kept, err
}

// As act_runner's internal/app/run/runner.go fills it in.
func (run *run) config() *runner.Config {
	level := log.InfoLevel
	preset := &model.GithubContext{
		Event:           map[string]any{},
		RunID:           run.id,
		RunNumber:       run.id,
		RunAttempt:      run.attempt,
		Actor:           "someone",
		Repository:      "team/app",
		RepositoryOwner: "team",
		EventName:       "push",
		Sha:             "0123456789abcdef0123456789abcdef01234567",
		Ref:             "refs/heads/main",
		RefName:         "main",
		RefType:         "branch",
		Token:           "none",
		ServerURL:       "https://forge.example",
		APIURL:          "https://forge.example/api/v1",
	}
	return &runner.Config{
		Workdir:               "/workspace/team/app",
		ActionCacheDir:        filepath.Join(run.home, "act"),
		AutoRemove:            true,
		NoSkipCheckout:        true,
		LogOutput:             true,
		JSONLogger:            false,
		Env:                   map[string]string{"CI": "true"},
		GitHubInstance:        "forge.example",
		PresetGitHubContext:   preset,
		EventJSON:             "{}",
		ContainerNamePrefix:   fmt.Sprintf("GITEA-ACTIONS-TASK-%d", run.task),
		ContainerMaxLifetime:  3 * time.Hour,
		ContainerNetworkMode:  container.NetworkMode(run.network),
		ContainerOptions:      run.options,
		ContainerDaemonSocket: cmp.Or(strings.TrimPrefix(os.Getenv("DOCKER_HOST"), "unix://"), "/var/run/docker.sock"),
		PlatformPicker:        func([]string) string { return run.image },
		ValidVolumes:          []string{"**"},
		JobLoggerLevel:        &level,
	}
}

// Writes the log as plain lines, and strikes when a line says that it is time.
type loggers struct {
	run    *run
	cancel context.CancelFunc
}

func (loggers *loggers) WithJobLogger() *log.Logger {
	logger := log.New()
	logger.SetOutput(os.Stdout)
	logger.SetFormatter(&lines{run: loggers.run, cancel: loggers.cancel})
	return logger
}

type lines struct {
	run    *run
	cancel context.CancelFunc
	once   sync.Once
}

func (lines *lines) Format(entry *log.Entry) ([]byte, error) {
	holds := func(text string) bool { return text != "" && strings.Contains(entry.Message, text) }
	if holds(lines.run.killAt) {
		fmt.Println(entry.Message)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if holds(lines.run.cancelAt) {
		lines.once.Do(lines.cancel)
	}
	return []byte(strings.TrimRight(entry.Message, "\r\n") + "\n"), nil
}
