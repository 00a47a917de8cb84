//! A call of the program that may take only so much time and memory.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;

/// What a call may take of the processor: a second of an optimised build (docs/performance.md), and what a build for
/// debugging needs for the same.
const MOST_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 1 });
/// What a call may take of memory.
const MOST_MEMORY: u64 = 256 << 20;
/// Far more than a loaded machine needs; a call that waits for something takes longer.
const ENDS_WITHIN: Duration = Duration::from_secs(180);

/// What a call did, and took.
pub struct Call {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
    /// Of the processor, all threads together.
    pub time: Duration,
    /// The most memory that it had at once, in bytes; 0 where nobody can tell.
    pub memory: u64,
}

/// Calls berthlint in a folder, and holds it to its limits.
#[track_caller]
pub fn berthlint(name: &str, here: &Path, arguments: &[&str]) -> Call {
    let call = call(name, here, arguments);
    let (time, memory) = (call.time, call.memory >> 20);
    assert!(time <= MOST_TIME, "{name}: {arguments:?} took {time:?} of the processor");
    assert!(call.memory <= MOST_MEMORY, "{name}: {arguments:?} took {memory} MB");
    call
}

#[track_caller]
fn call(name: &str, here: &Path, arguments: &[&str]) -> Call {
    let mut command = Command::cargo_bin("berthlint").unwrap();
    command.current_dir(here).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    std::thread::scope(|scope| {
        let read = |pipe: &mut dyn std::io::Read| {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).map(|_| bytes).unwrap()
        };
        let stdout = scope.spawn(move || read(&mut stdout));
        let stderr = scope.spawn(move || read(&mut stderr));
        let (status, time, memory) = watched(name, &mut child);
        let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
        Call { status, stdout: stdout.join().unwrap(), stderr, time, memory }
    })
}

/// Waits for its end, and looks at what it takes meanwhile: what the system knows of it is gone with it.
#[track_caller]
fn watched(name: &str, child: &mut Child) -> (ExitStatus, Duration, u64) {
    let started = Instant::now();
    let (mut time, mut memory) = (Duration::ZERO, 0);
    loop {
        time = time.max(time_of(child.id()));
        memory = memory.max(memory_of(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            // Elsewhere than on Linux the clock has to do.
            let time = if cfg!(target_os = "linux") { time } else { started.elapsed() };
            return (status, time, memory);
        }
        // What has no end, or eats the machine, is ended here.
        let out_of_bounds = started.elapsed() > ENDS_WITHIN || time > 2 * MOST_TIME || memory > 2 * MOST_MEMORY;
        if out_of_bounds {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{name}: ended after {:?}, {time:?} of the processor and {} MB", started.elapsed(), memory >> 20);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// `VmHWM` of proc(5).
fn memory_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) << 10
}

/// `utime` and `stime` of proc(5), which count hundredths.
fn time_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    Duration::from_millis(10 * ticks.sum::<u64>())
}
