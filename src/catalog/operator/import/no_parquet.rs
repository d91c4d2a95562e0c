//! Parquet in a build without it.

use crate::catalog::CatalogError;
use crate::catalog::operator::import::ImportOptions;
use crate::catalog::operator::import::take::Take;
use crate::catalog::operator::import::text::Peeked;

pub(crate) fn read(_: Peeked<'_>, _: &ImportOptions, _: &mut dyn Take) -> Result<(), CatalogError> {
    Err(CatalogError::feed(
        "this is Parquet, which this build does not read: build it with --features parquet",
    ))
}
