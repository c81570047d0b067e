//! A file as rows of cells.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::{BYTES, COLUMNS, ROWS};

/// Why a file cannot be read as a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// More than 20 MB.
    #[error("the file is larger than 20 MB")]
    TooLarge,
    /// More than 200,000 rows.
    #[error("the file has more than 200,000 rows")]
    TooManyRows,
    /// More than 250 columns.
    #[error("the file has more than 250 columns")]
    TooManyColumns,
    /// A header alone, or nothing.
    #[error("the file has no rows")]
    Empty,
    /// It is no text.
    #[error("the file is no text")]
    Binary,
    /// A quotation mark opens a cell that nothing closes.
    #[error("a quoted cell is not closed")]
    BrokenQuotes,
}

impl SheetError {
    /// Stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::TooManyRows => "too_many_rows",
            Self::TooManyColumns => "too_many_columns",
            Self::Empty => "no_rows",
            Self::Binary => "not_text",
            Self::BrokenQuotes => "broken_quotes",
        }
    }
}

/// A file's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Names of the columns.
    pub header: Vec<String>,
    /// All other rows, as long as the header: missing cells are empty, further ones are dropped.
    pub rows: Vec<Vec<String>>,
    /// `,`, `;` or a tabulator.
    pub separator: char,
}

impl Sheet {
    /// Reads a file: UTF-8 or UTF-16 with or without its mark, else Windows-1252, as spreadsheets write them here;
    /// separated by what its first line has most of.
    pub fn read(bytes: &[u8]) -> Result<Self, SheetError> {
        if bytes.len() as u64 > BYTES {
            return Err(SheetError::TooLarge);
        }
        let text = decoded(bytes)?;
        let separator = separator(text.lines().next().unwrap_or_default());
        if !closed(&text) {
            return Err(SheetError::BrokenQuotes);
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator as u8)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut records = reader.records().map_while(Result::ok);
        let header: Vec<String> = match records.next() {
            Some(record) => record.iter().map(|cell| cell.trim().to_owned()).collect(),
            None => return Err(SheetError::Empty),
        };
        if header.len() > COLUMNS {
            return Err(SheetError::TooManyColumns);
        }
        let mut rows = Vec::new();
        for record in records {
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() == ROWS {
                return Err(SheetError::TooManyRows);
            }
            let cell = |place| record.get(place).unwrap_or_default().trim().to_owned();
            rows.push((0..header.len()).map(cell).collect());
        }
        if rows.is_empty() { Err(SheetError::Empty) } else { Ok(Self { header, rows, separator }) }
    }
}

fn decoded(bytes: &[u8]) -> Result<String, SheetError> {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    let (text, _, _) = encoding.decode(bytes);
    if text.contains('\0') { Err(SheetError::Binary) } else { Ok(text.into_owned()) }
}

fn separator(line: &str) -> char {
    let count = |wanted: char| line.chars().filter(|c| *c == wanted).count();
    [',', ';', '\t'].into_iter().rev().max_by_key(|wanted| count(*wanted)).unwrap_or(',')
}

/// Whether every quoted cell ends: each mark inside of one is doubled, so that their number is even.
fn closed(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'"').count() % 2 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Vec<String>, Vec<Vec<String>>), SheetError> {
        Sheet::read(bytes).map(|sheet| (sheet.header, sheet.rows))
    }

    fn of(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn files_of_every_spreadsheet_are_read() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("Nombre;País\nÁngel;Perú\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for (bytes, header, row) in [
            (&b"Nombre,Edad\nAna,3\n"[..], ["Nombre", "Edad"], ["Ana", "3"]),
            ("\u{feff}Nombre;Edad\r\n Ana ;\"3\"\"4\"\r\n".as_bytes(), ["Nombre", "Edad"], ["Ana", "3\"4"]),
            (b"Nombre\tEdad\nAna\t3\n", ["Nombre", "Edad"], ["Ana", "3"]),
            (b"Nombre;Pa\xeds\n\xc1ngel;Per\xfa\n", ["Nombre", "País"], ["Ángel", "Perú"]),
            (&utf16, ["Nombre", "País"], ["Ángel", "Perú"]),
            (b"Nombre,Nota\nAna,\"a,\nb\"\n\n,\n", ["Nombre", "Nota"], ["Ana", "a,\nb"]),
            (b"Nombre,Edad\nAna,3,4\n", ["Nombre", "Edad"], ["Ana", "3"]),
            (b"Nombre,Edad\nAna\n", ["Nombre", "Edad"], ["Ana", ""]),
        ] {
            assert_eq!(read(bytes), Ok((of(&header), vec![of(&row)])), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_no_table_is_said() {
        let many = format!("a\n{}", "x\n".repeat(ROWS + 1));
        let most = format!("a\n{}", "x\n".repeat(ROWS));
        assert!(Sheet::read(most.as_bytes()).is_ok());
        let wide = format!("{}\nx\n", "a,".repeat(COLUMNS));
        let large = vec![b'x'; usize::try_from(BYTES).unwrap() + 1];
        for (bytes, error) in [
            (many.as_bytes(), SheetError::TooManyRows),
            (wide.as_bytes(), SheetError::TooManyColumns),
            (&large, SheetError::TooLarge),
            (b"", SheetError::Empty),
            (b"Nombre,Edad\n\n", SheetError::Empty),
            (b"PK\x03\x04\0\0", SheetError::Binary),
            (b"Nombre,Edad\n\"Ana,3\nBea,4\n", SheetError::BrokenQuotes),
        ] {
            assert_eq!(read(bytes).unwrap_err(), error);
        }
    }
}
