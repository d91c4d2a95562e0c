//! Parquet: columns named like the fields of [`Item`](crate::catalog::Item) or of Merchant Center.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::data_type::AsBytes;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::{Field, Row};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::catalog::CatalogError;
use crate::catalog::operator::import::ImportOptions;
use crate::catalog::operator::import::jsonl;
use crate::catalog::operator::import::take::Take;
use crate::catalog::operator::import::text::{Peeked, unreadable};

/// Largest file, bytes.
const MAX_FILE: u64 = 4 << 30;
/// Most values in a list.
const MAX_LIST: usize = 1000;

/// Reads a file.
pub(crate) fn read(
    file: Peeked<'_>,
    options: &ImportOptions,
    target: &mut dyn Take,
) -> Result<(), CatalogError> {
    let mut bytes = Vec::new();
    file.into_read().take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(CatalogError::TooLarge { what: "the Parquet file", limit: MAX_FILE });
    }
    // The crate panics on some damaged files; what was taken until then goes with the error.
    catch_unwind(AssertUnwindSafe(|| rows(bytes, options, target)))
        .unwrap_or_else(|_| Err(CatalogError::feed("the Parquet file is damaged: write it again")))
}

fn rows(bytes: Vec<u8>, options: &ImportOptions, target: &mut dyn Take) -> Result<(), CatalogError> {
    let damaged = |error: ParquetError| CatalogError::feed(format!("the Parquet file is damaged: {error}"));
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(damaged)?;
    options.note_currency(target.report());
    for (row, record) in (1..).zip(reader.get_row_iter(None).map_err(damaged)?) {
        jsonl::item(row, &object(&record.map_err(damaged)?), options, target);
    }
    Ok(())
}

fn object(row: &Row) -> Map<String, Value> {
    row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(is) => Value::Bool(*is),
        Field::Byte(number) => Value::from(*number),
        Field::Short(number) => Value::from(*number),
        Field::Int(number) => Value::from(*number),
        Field::Long(number) => Value::from(*number),
        Field::UByte(number) => Value::from(*number),
        Field::UShort(number) => Value::from(*number),
        Field::UInt(number) => Value::from(*number),
        Field::ULong(number) => Value::from(*number),
        Field::Float(number) => Value::String(jsonl::decimal(&number.to_string())),
        Field::Double(number) => Value::String(jsonl::decimal(&number.to_string())),
        Field::Str(text) => Value::String(text.clone()),
        Field::Bytes(bytes) => Value::String(String::from_utf8_lossy(bytes.as_bytes()).into_owned()),
        Field::Group(row) => Value::Object(object(row)),
        Field::ListInternal(list) => list.elements().iter().take(MAX_LIST).map(value).collect(),
        Field::MapInternal(_) => Value::Null,
        // Decimals, dates and times as their usual text.
        other => Value::String(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;

    use crate::base::money::Money;
    use crate::catalog::operator::import::{ImportOptions, read, supplement};

    /// A file of three columns.
    fn file(ids: &[&str], titles: &[&str], prices: &[f64]) -> Vec<u8> {
        let message = "message feed { required binary id (UTF8); required binary title (UTF8); required double price; }";
        let schema = Arc::new(parse_message_type(message).unwrap());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
        let mut rows = writer.next_row_group().unwrap();
        for texts in [ids, titles] {
            let texts: Vec<ByteArray> = texts.iter().map(|text| ByteArray::from(*text)).collect();
            let mut column = rows.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
            column.close().unwrap();
        }
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(prices, None, None).unwrap();
        column.close().unwrap();
        rows.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn a_file_is_read_and_laid_over() {
        let options = ImportOptions { currency: Some("EUR".into()), ..ImportOptions::default() };
        let mut imported =
            read(file(&["a", "b"], &["Caf\u{e9}", ""], &[19.99, 5.0]).as_slice(), &options).unwrap();
        assert_eq!((imported.items.len(), imported.report.rejected), (1, 1));
        assert_eq!(imported.items[0].price, Some(Money { minor: 1999, currency: "EUR".into() }));
        supplement(&mut imported, file(&["a"], &["Tea"], &[0.1 + 0.2]).as_slice(), &options).unwrap();
        let item = &imported.items[0];
        assert_eq!((item.title.as_str(), item.price.as_ref().unwrap().minor), ("Tea", 30));
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let whole = file(&["a"], &["b"], &[1.0]);
        for at in 4..whole.len() {
            let _ = read(&whole[..at], &ImportOptions::default());
            let mut other = whole.clone();
            other[at] ^= 0x55;
            let _ = read(other.as_slice(), &ImportOptions::default());
        }
    }
}
