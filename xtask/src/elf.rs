//! As much of a 32-bit ELF file as says what a firmware takes: the sections that are loaded (System V ABI, chapter 4).

/// What a program takes, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Code, constants, and the start values of variables.
    pub(crate) flash: u32,
    /// Variables.
    pub(crate) ram: u32,
}

const ALLOCATED: u32 = 0x2;
const WRITABLE: u32 = 0x1;
/// The type of a section without bytes in the file: variables that begin as zero.
const NO_BITS: u32 = 8;

/// Adds up the sections of a little-endian 32-bit ELF file.
///
/// # Errors
/// What is no such file, or is cut.
pub(crate) fn memory(file: &[u8]) -> Result<Memory, String> {
    if file.get(..6) != Some(b"\x7fELF\x01\x01") {
        return Err("this is no little-endian 32-bit ELF file".into());
    }
    let table = word(file, 32)? as usize;
    let (size, count) = (usize::from(half(file, 46)?), usize::from(half(file, 48)?));
    if count == 0 {
        return Err("it has no sections".into());
    }
    let mut memory = Memory { flash: 0, ram: 0 };
    for index in 0..count {
        let at = table + index * size;
        let (kind, flags, bytes) = (word(file, at + 4)?, word(file, at + 8)?, word(file, at + 20)?);
        if flags & ALLOCATED == 0 {
            continue;
        }
        if kind != NO_BITS {
            memory.flash += bytes;
        }
        if flags & WRITABLE != 0 {
            memory.ram += bytes;
        }
    }
    Ok(memory)
}

fn word(file: &[u8], at: usize) -> Result<u32, String> {
    let bytes = file.get(at..).and_then(|rest| rest.first_chunk());
    bytes.map(|bytes| u32::from_le_bytes(*bytes)).ok_or_else(|| format!("it is cut before byte {at}"))
}

fn half(file: &[u8], at: usize) -> Result<u16, String> {
    let bytes = file.get(at..).and_then(|rest| rest.first_chunk());
    bytes.map(|bytes| u16::from_le_bytes(*bytes)).ok_or_else(|| format!("it is cut before byte {at}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with nothing but a header and these sections: type, flags, size.
    fn file(sections: &[(u32, u32, u32)]) -> Vec<u8> {
        let mut file = vec![0; 52];
        file[..6].copy_from_slice(b"\x7fELF\x01\x01");
        file[32..36].copy_from_slice(&52_u32.to_le_bytes());
        file[46..48].copy_from_slice(&40_u16.to_le_bytes());
        file[48..50].copy_from_slice(&u16::try_from(sections.len()).unwrap().to_le_bytes());
        for (kind, flags, size) in sections {
            for word in [0, *kind, *flags, 0, 0, *size, 0, 0, 0, 0] {
                file.extend(word.to_le_bytes());
            }
        }
        file
    }

    #[test]
    fn code_and_constants_are_flash_zeros_are_ram_and_start_values_are_both() {
        let (bits, code, constants, variables) = (1, 0x6, 0x2, 0x3);
        let sections = [(bits, code, 1000), (bits, constants, 200), (bits, variables, 30), (8, variables, 4)];
        assert_eq!(memory(&file(&sections)), Ok(Memory { flash: 1230, ram: 34 }));
        assert_eq!(
            memory(&file(&[(1, 0, 5000)])),
            Ok(Memory { flash: 0, ram: 0 }),
            "comments are not loaded"
        );
    }

    #[test]
    fn other_files_are_refused() {
        let good = file(&[(1, 6, 1)]);
        for cut in [0, 5, 40, 60, good.len() - 20] {
            assert!(memory(&good[..cut]).is_err(), "cut at {cut}");
        }
        let mut wide = good;
        wide[4] = 2;
        assert!(memory(&wide).is_err());
        assert!(memory(&file(&[])).is_err());
    }
}
