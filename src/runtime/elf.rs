//! Is a program statically linked? Only then can it run as the guard, in an image that holds
//! nothing but itself.

/// `PT_INTERP`: the program header that names a dynamic loader (System V ABI, ch. 5).
const PT_INTERP: u32 = 3;

/// Whether these are the bytes of an ELF program that asks for no dynamic loader.
pub fn is_static(program: &[u8]) -> bool {
    headers(program).is_some_and(|types| !types.contains(&PT_INTERP))
}

/// The types of all program headers of a little-endian 64-bit ELF file.
fn headers(program: &[u8]) -> Option<Vec<u32>> {
    if program.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let start = usize::try_from(u64::from_le_bytes(field(program, 32)?)).ok()?;
    let size = usize::from(u16::from_le_bytes(field(program, 54)?));
    let count = usize::from(u16::from_le_bytes(field(program, 56)?));
    (0..count)
        .map(|index| {
            let at = start.checked_add(index.checked_mul(size)?)?;
            Some(u32::from_le_bytes(field(program, at)?))
        })
        .collect()
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_program_asks_for_a_loader() {
        let own = std::fs::read("/proc/self/exe").expect("readable");
        let types = headers(&own).expect("an ELF program");
        assert_eq!(is_static(&own), !types.contains(&PT_INTERP));
        assert!(types.contains(&1), "every program has a PT_LOAD");
    }

    #[test]
    fn what_is_no_whole_program_is_not_static() {
        let own = std::fs::read("/proc/self/exe").expect("readable");
        assert!(!is_static(b"#!/bin/sh\n"));
        assert!(!is_static(&own[..60]));
        assert!(!is_static(&[]));
    }
}
