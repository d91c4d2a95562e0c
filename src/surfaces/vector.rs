//! A query by vector: what is like a picture or a sound that the app's own recogniser turned into numbers.

use crate::base::limits::{LIST, VECTOR};
use crate::catalog::Catalog;
use crate::catalog::device_vector;
use crate::surfaces::SurfaceError;

/// A product that is like a vector.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct VectorMatch {
    /// The variant that is most like it.
    pub item_id: String,
    /// Its product.
    pub product_id: String,
    /// Cosine of the angle between the two, from 0 to 1.
    pub likeness: f32,
}

/// The products most like a vector, the nearest first. The same for everyone: products that can be ordered and are about no
/// sensitive topic, because a vector names none.
///
/// # Errors
/// [`SurfaceError::OutOfBounds`], and [`SurfaceError::Argument`] for a vector of another width than the catalog's, without a
/// direction, or with numbers that are not finite.
pub fn by_vector(catalog: &Catalog, vector: &[f32], limit: u32) -> Result<Vec<VectorMatch>, SurfaceError> {
    VECTOR.entries("vector", vector.len())?;
    LIST.number("limit", limit)?;
    let refused = |detail| SurfaceError::Argument { field: "vector", detail };
    let steps = device_vector(vector).ok_or(refused("it has no direction"))?;
    if catalog.vector_width() != vector.len() {
        return Err(refused("the catalog has vectors of another width, or none"));
    }
    let allowed = |ix: u32| catalog.availability(ix).can_be_ordered() && catalog.sensitive(ix).is_empty();
    let found =
        catalog.alike(&steps, limit as usize, allowed).into_iter().map(|(ix, likeness)| VectorMatch {
            item_id: catalog.item_id(ix).to_owned(),
            product_id: catalog.product_id(ix).to_owned(),
            likeness,
        });
    Ok(found.collect())
}
