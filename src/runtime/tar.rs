//! A tar archive (POSIX ustar) of one executable file: the form in which Docker imports an image.

/// An archive with the one file `name`, mode 0755, owner root.
pub fn executable(name: &str, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    put(&mut header, 0, name.as_bytes(), 100);
    put(&mut header, 100, b"0000755", 8);
    put(&mut header, 108, b"0000000", 8);
    put(&mut header, 116, b"0000000", 8);
    put(&mut header, 124, format!("{:011o}", content.len()).as_bytes(), 12);
    put(&mut header, 136, b"00000000000", 12);
    put(&mut header, 156, b"0", 1);
    put(&mut header, 257, b"ustar\x0000", 8);
    // The checksum counts its own field as blanks.
    put(&mut header, 148, b"        ", 8);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes(), 8);

    let padding = content.len().next_multiple_of(512) - content.len();
    let mut archive = Vec::with_capacity(512 + content.len() + padding + 1024);
    archive.extend_from_slice(&header);
    archive.extend_from_slice(content);
    archive.resize(archive.len() + padding + 1024, 0);
    archive
}

fn put(header: &mut [u8; 512], at: usize, text: &[u8], width: usize) {
    for (slot, byte) in header[at..at + width].iter_mut().zip(text) {
        *slot = *byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    #[test]
    fn the_system_tar_reads_it_back() {
        let content = vec![7_u8; 1000];
        let mut tar = Command::new("tar")
            .args(["-xOf", "-", "berth-run"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tar");
        let archive = executable("berth-run", &content);
        assert_eq!(archive.len() % 512, 0);
        tar.stdin.take().expect("piped").write_all(&archive).expect("taken");
        let output = tar.wait_with_output().expect("ended");
        assert!(output.status.success());
        assert_eq!(output.stdout, content);
    }
}
